"""The respond site in this process, with a clock that a test moves: what no served process accepts."""

from __future__ import annotations

import asyncio
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import httpx

from troth.kit.clock import UK, SimulatedClock, SystemClock
from troth.protocol.blind import IssuerSigner
from troth.wiring.issuing import IssuerHere
from troth.wiring.open import opened
from troth.wiring.respond import respond_app

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.support.installation import Installation


def noon(days: int = 0) -> SimulatedClock:
    """A clock at noon, so many days from today; a demonstration is open then."""
    day = SystemClock().today() + timedelta(days=days)
    return SimulatedClock(datetime.combine(day, time(12), UK))


def visit(
    place: Installation, visitor: Callable[[httpx.AsyncClient], Awaitable[Any]], clock: SimulatedClock | None = None
) -> Any:
    """What the visitor found at the respond site."""
    clock = clock or noon()

    async def go() -> Any:
        with opened(place.home, "respond", clock) as work, opened(place.home, "issuer", clock) as issuing:
            signers = {p: IssuerSigner(issuing.keys.issuer_private(p)) for p in ("voucher", "interview")}
            transport = httpx.ASGITransport(app=respond_app(work, IssuerHere(signers)))  # type: ignore[arg-type]
            # https, so that the client keeps a Secure cookie
            async with httpx.AsyncClient(transport=transport, base_url="https://localhost") as client:
                return await visitor(client)

    return asyncio.run(go())


__all__ = ["noon", "visit"]
