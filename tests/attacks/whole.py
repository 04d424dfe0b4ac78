"""A whole small study, in this process, with a thief beside it from the first day to the last: made once."""

from __future__ import annotations

import asyncio
import random
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.attacks.place import People, browser, fill, handle_of, site
from tests.attacks.swag import Swag
from tests.support.house import build, claim_all, last_day, run_calendar

from troth.assurance.attacks.loot import Loot, append
from troth.assurance.attacks.outside import (
    ask_states,
    common_pages,
    hold_letter,
    holder_row,
    issuers_on,
    quasi_columns,
)
from troth.keys.folder import KeyFolder
from troth.protocol.code import show_code
from troth.study import bundled, load_pack
from troth.wiring.collection import close_study, sever_study
from troth.wiring.findings import ceremony
from troth.wiring.open import opened

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.house import House

EACH = 8


@dataclass
class Whole:
    """The bag when the study is over, the oracle's truth, and the house as it was in the middle, in a copy."""

    swag: Swag
    states: dict[str, str]
    midway: People


@pytest.fixture(scope="session")
def stolen(whole: Whole) -> Swag:
    return whole.swag


@pytest.fixture(scope="session")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Whole:
    """Everything that the thief has when the study is over, severed and erased."""
    folder = tmp_path_factory.mktemp("whole")
    house = build(folder / "home")
    swag = Swag(Loot(folder / "loot"), house)
    swag.printed()
    swag.keys("first")
    swag.copy()
    swag.night()
    people = fill(house, EACH, night=swag.night)
    claim_all(house, people.tickets[:6])
    midway = replace(people, house=house.copy(folder / "midway"))
    states = asyncio.run(look(people, swag.loot))
    house.clock.forward(timedelta(days=1))
    for take in (swag.night, swag.backup, swag.copy, lambda: swag.keys("middle")):
        take()
    run_calendar(house, last_day(house))
    swag.night()
    asyncio.run(knock(people, swag.loot, "closed"))
    with opened(house.home, "flush", house.clock) as work:
        close_study(work)
        house.clock.forward(timedelta(days=1))
        swag.night()
        sever_study(work)
    severed = house.clock.today()
    with opened(house.home, "letters", house.clock) as work:
        kept = work.pack.retention
    days = {"P05": kept.contact.latest, "P16": kept.interviews.latest, "P26": kept.vouchers.latest}
    run_calendar(house, max(days.values()) + timedelta(days=1), every=60)
    swag.night()
    swag.copy()
    swag.keys("end")
    open_answers(house, swag.loot.folder / "microdata")
    swag.about(severed=severed, erased={promise: day + timedelta(days=1) for promise, day in days.items()})
    return Whole(swag, states, midway)


async def knock(people: People, loot: Loot, moment: str) -> dict[str, str]:
    """The oracle is asked."""
    async with site(people.house) as app, browser(app, remembers=False) as stranger:
        rows, truth = await ask_states(stranger, people.states, rounds=3, draw=random.Random(moment), moment=moment)
    append(loot.folder, "observations/oracle", rows)
    return truth


async def look(people: People, loot: Loot) -> dict[str, str]:
    """From outside: the oracle, held letters, finish pages; and what the questionnaire tells everybody."""
    pack = load_pack(bundled("sdcs"))
    truth = await knock(people, loot, "open")
    async with site(people.house) as app:
        for code, _ in people.saved:
            async with browser(app) as somebody:
                held = holder_row(handle_of(people.house, code).hex(), await hold_letter(somebody, show_code(code)))
                append(loot.folder, "observations/holder", [held])
                await to_the_end(somebody, loot)
    append(loot.folder, "observations/common", common_pages(pack.questionnaire))
    append(loot.folder, "observations/quasi", quasi_columns(pack.questionnaire))
    return truth


async def to_the_end(somebody: object, loot: Loot) -> None:
    """The finish page, where a session stands at it."""
    reply = await somebody("GET", "/en/finish", None)  # type: ignore[operator]
    if reply.status == 200:
        append(loot.folder, "observations/issuers", [issuers_on(reply.body.decode())])


def open_answers(house: House, out: Path) -> None:
    shares = [KeyFolder(house.home / "keys" / f"share-{n}").get("analysis", "share").decode() for n in (1, 3)]
    with opened(house.home, "findings", house.clock) as work:
        ceremony(work, shares, out)
