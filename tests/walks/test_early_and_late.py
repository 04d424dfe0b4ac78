"""Before it opens and after it closes the site says so before any code; in process, for no served process takes another clock (P07)."""

from __future__ import annotations

import asyncio
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from tests.support.installation import make

from troth.kit.clock import UK, SimulatedClock, SystemClock
from troth.protocol.blind import IssuerSigner
from troth.wiring.issuing import IssuerHere
from troth.wiring.open import opened
from troth.wiring.respond import respond_app

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from tests.support.installation import Installation

OPEN, CLOSED = 43, 44
"""Days: the demonstration opened yesterday and is open for 42 days from today."""


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return make(tmp_path_factory.mktemp("season"))


def visit(place: Installation, days: int, visitor: Callable[[httpx.AsyncClient], Awaitable[Any]]) -> Any:
    """What the visitor found, so many days from the day before the study opened."""
    day = SystemClock().today() - timedelta(days=2) + timedelta(days=days)
    clock = SimulatedClock(datetime.combine(day, time(12), UK))

    async def go() -> Any:
        with opened(place.home, "respond", clock) as work, opened(place.home, "issuer", clock) as issuing:
            signers = {p: IssuerSigner(issuing.keys.issuer_private(p)) for p in ("voucher", "interview")}
            transport = httpx.ASGITransport(app=respond_app(work, IssuerHere(signers)))  # type: ignore[arg-type]
            # https, so that the client keeps a Secure cookie
            async with httpx.AsyncClient(transport=transport, base_url="https://localhost") as client:
                return await visitor(client)

    return asyncio.run(go())


@pytest.mark.parametrize(
    ("days", "language", "words"),
    [
        (0, "en", "The survey is not open yet"), (0, "cy", "Nid yw’r arolwg ar agor eto"),
        (CLOSED + 1, "en", "The survey has closed"), (CLOSED + 1, "cy", "Mae’r arolwg wedi cau"),
    ],
)  # fmt: skip
def test_outside_its_days_the_door_says_so_for_any_code_and_sets_no_cookie(
    installation: Installation, days: int, language: str, words: str
) -> None:
    from troth.protocol.code import new_code

    async def knock(client: httpx.AsyncClient) -> list[httpx.Response]:
        codes = (installation.code(), new_code(), "mistyped")
        return [
            await client.get(f"/{language}/"),
            *[await client.post(f"/{language}/", data={"code": c}) for c in codes],
        ]

    replies = visit(installation, days, knock)
    for reply in replies:
        assert reply.status_code == 200
        assert words in reply.text
        assert "#code" not in reply.text
        assert "set-cookie" not in reply.headers
    assert len({reply.content for reply in replies}) == 1


@pytest.mark.parametrize("days", [1, CLOSED - 1, CLOSED])
def test_on_its_first_and_last_day_it_is_open(installation: Installation, days: int) -> None:
    async def knock(client: httpx.AsyncClient) -> httpx.Response:
        return await client.post("/en/", data={"code": installation.code()})

    reply = visit(installation, days, knock)
    assert (reply.status_code, reply.headers["location"]) == (303, "/en/before")


def test_an_answer_after_the_close_is_not_taken(installation: Installation) -> None:
    # Given Mair, in a session on the last day
    code = installation.code()

    async def begin(client: httpx.AsyncClient) -> str:
        await client.post("/en/", data={"code": code})
        return str(client.cookies["__Host-troth"])

    cookie = visit(installation, OPEN, begin)

    # When she continues a day after the close
    async def late(client: httpx.AsyncClient) -> list[httpx.Response]:
        client.headers["cookie"] = f"__Host-troth={cookie}"
        return [
            await client.post("/en/page", data={"do": "continue"}),
            await client.post("/en/return", data={"do": "without"}),
        ]

    replies = visit(installation, CLOSED + 2, late)
    # Then nothing is saved and she is told
    assert replies[0].headers["location"] == "/en/?over=1"
    assert "The survey has closed" in replies[1].text
    assert installation.steps(code) == []
