"""What is kept of how a response was answered: sittings, a coarse band, nothing else, and only of complete ones."""

from __future__ import annotations

import asyncio
import csv
from collections import Counter
from dataclasses import replace
from typing import TYPE_CHECKING

from tests.cast.house import House, Respondent, begun
from tests.findings.test_opening import DAY, closed, house, opened, severed

from troth.fieldwork.admit import admit, leave, set_word, with_word, without_word
from troth.fieldwork.answer import answer
from troth.fieldwork.idle import looked, used
from troth.kit.clock import SimulatedClock

if TYPE_CHECKING:
    from pathlib import Path

    from troth.fieldwork.respondents import Respondents

__all__ = ["house"]


async def _page(person: Respondent, room: Respondents, minutes: int) -> None:
    here = person.here(room)
    await answer(room, person.mine, person.form(room, here), minutes)


async def _comes_back(person: Respondent, room: Respondents, word: str | None) -> None:
    await leave(room, person.mine)
    again = await admit(room, person.code, language="en")
    person.carried = await (with_word(room, again, word) if word else without_word(room, again))


async def _ends(person: Respondent, room: Respondents) -> None:
    while await person.next(room):
        pass
    await person.finish(room)


def test_sittings_are_counted_and_minutes_are_known_only_to_whoever_has_the_word(house: House, tmp_path: Path) -> None:
    room = house.room()
    codes = house.hand_out(6, cell="north")
    people = [Respondent(code, seed=n) for n, code in enumerate(codes)]

    async def walk() -> None:
        for number, person in enumerate(people):
            await person.enter(room)
            await _page(person, room, 15)
            if number in (1, 2):
                person.carried = await set_word(room, person.mine, "heron")
                await _comes_back(person, room, "heron")
                await _page(person, room, 10)
            if number == 3:
                await _comes_back(person, room, None)
            await _ends(person, room)

    asyncio.run(walk())
    begun(house, room, 4, cell="south", pages=2)
    house.ledger.enter("load", "load 1", DAY, {"people": 10})
    house.ledger.enter("erasure", "erasure 1", DAY, {"count": 10, "promise": "P05"})
    closed(house)
    severed(house)
    with opened(house, tmp_path / "out").microdata.open(encoding="utf-8", newline="") as handle:
        rows = list(csv.DictReader(handle))
    found = Counter((row["response"], row["record__sittings"], row["record__duration"]) for row in rows)
    assert found == {
        ("complete", "1", "ten_to_twenty"): 3,
        ("complete", "2", "twenty_to_forty"): 2,
        ("complete", "2", "unknown"): 1,
        ("partial", "-6", "-6"): 4,
    }


def test_minutes_are_counted_from_the_time_in_the_cookie_in_steps_of_five(house: House) -> None:
    clock = SimulatedClock()
    mair = Respondent(house.hand_out(1)[0])
    asyncio.run(mair.enter(house.room()))
    now = clock.now()
    carried = used(replace(mair.mine), now)
    assert looked(carried, now) == 0
    assert looked(carried, now.replace(hour=now.hour + 1)) == 60
    assert looked(carried, now.replace(year=now.year - 1)) == 0, "a clock that was set back counts nothing"
