"""The real product in this process, small: a house whose people stand in every state that a code can have, and its respond site."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import httpx
from sqlalchemy import select
from tests.support.house import House, answer_all

from troth.assurance.attacks.outside import Browser
from troth.protocol.blind import IssuerSigner
from troth.protocol.code import new_code, show_code
from troth.protocol.root import Cost, derive
from troth.vaults.responses.schema import handle
from troth.wiring.collection import flush_for
from troth.wiring.issuing import IssuerHere
from troth.wiring.open import opened
from troth.wiring.respond import respond_app

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable, Iterable

    from starlette.types import ASGIApp

    from troth.protocol.claim import Ticket
    from troth.protocol.names import Code

TO_THE_END = 99


@dataclass
class People:
    """A house in the middle of its collection. `states` hold codes as people type them."""

    house: House
    states: dict[str, list[str]] = field(default_factory=dict)
    saved: list[tuple[Code, int]] = field(default_factory=list)
    """Codes that are paused, after so many pages."""
    tickets: list[dict[str, Ticket]] = field(default_factory=list)


def handle_of(house: House, code: Code) -> bytes:
    with opened(house.home, "respond", house.clock) as work:
        return derive(code, work.keys.pepper(), work.pack.id, Cost(work.pack.code_cost_log2_n)).handle


def states_of(house: House, codes: Iterable[Code]) -> dict[Code, str]:
    with opened(house.home, "flush", house.clock) as work, work.vault("responses").read() as connection:
        found = {bytes(row.handle): row.state for row in connection.execute(select(handle.c.handle, handle.c.state))}
    return {code: found[handle_of(house, code)] for code in codes}


@contextlib.asynccontextmanager
async def running(app: ASGIApp) -> AsyncIterator[None]:
    """The application's own beginning and end, as a server brings them about."""
    todo: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
    done: asyncio.Queue[Any] = asyncio.Queue()
    life = asyncio.create_task(app({"type": "lifespan", "asgi": {"version": "3.0"}}, todo.get, done.put))
    await todo.put({"type": "lifespan.startup"})
    await done.get()
    yield
    await todo.put({"type": "lifespan.shutdown"})
    await done.get()
    await life


@contextlib.asynccontextmanager
async def site(house: House) -> AsyncIterator[ASGIApp]:
    """The house's respond site."""
    with opened(house.home, "issuer", house.clock) as work:
        signers: Any = {p: IssuerSigner(work.keys.issuer_private(p)) for p in ("voucher", "interview")}
    with opened(house.home, "respond", house.clock) as work:
        app = respond_app(work, IssuerHere(signers))
        async with running(app):
            yield app


@contextlib.asynccontextmanager
async def browser(app: ASGIApp, *, remembers: bool = True) -> AsyncIterator[Browser]:
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url="http://localhost") as client:
        yield Browser(client, remembers=remembers)


def flush(house: House) -> int:
    with opened(house.home, "flush", house.clock) as work:
        return flush_for(work).run(house.clock.today()).records


def fill(house: House, each: int, *, night: Callable[[], None] = lambda: None) -> People:
    """`each` codes in every state that opens nothing, some paused after 2 to 9 pages or at the end; a day goes by before each `night`."""

    def next_day() -> None:
        house.clock.forward(timedelta(days=1))
        night()

    codes = list(house.codes)
    people = People(house)
    typed = people.states
    typed["unknown"] = [show_code(new_code()) for _ in range(each)]
    typed["mistyped"] = [code[:-1] + ("B" if code[-1] != "B" else "C") for code in typed["unknown"]]
    early, codes = codes[: 2 * each + 6], codes[2 * each + 6 :]
    people.tickets = answer_all(house, tuple(early))
    next_day()
    assert flush(house) >= each
    next_day()
    gone = [code for code, state in states_of(house, early).items() if state == "flushed"]
    typed["flushed"] = [show_code(code) for code in gone[:each]]
    late, codes = codes[:each], codes[each:]
    people.tickets += answer_all(house, tuple(late))
    typed["used"] = [show_code(code) for code in late]
    typed["withdrawn"], codes = [show_code(code) for code in codes[:each]], codes[each:]
    for pages in (*range(2, 10), TO_THE_END):
        some, codes = codes[:2], codes[2:]
        answer_all(house, tuple(some), pages=pages)
        people.saved += [(code, pages) for code in some]
    asyncio.run(_withdraw(house, typed["withdrawn"]))
    next_day()
    return people


async def _withdraw(house: House, codes: list[str]) -> None:
    async with site(house) as app:
        for code in codes:
            async with browser(app) as somebody:
                await somebody("POST", "/en/", {"code": code})
                reply = await somebody("POST", "/en/delete", {"do": "delete"})
                assert reply.headers["location"].endswith("/deleted")
