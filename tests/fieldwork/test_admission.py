"""P07, P09: a code enters, pauses and resumes; who has the letter and not the word sees nothing that an answer decided."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING

import pytest
from tests.cast.house import House, Respondent

from troth.fieldwork.admit import (
    MOST_TRIES,
    NotOpened,
    SessionOver,
    WrongWordTyped,
    admit,
    leave,
    set_word,
    where,
    with_word,
    without_word,
)
from troth.fieldwork.carried import Stage
from troth.protocol.code import new_code
from troth.questionnaire import Finish, Position

if TYPE_CHECKING:
    from troth.fieldwork.carried import Carried
    from troth.fieldwork.respondents import Respondents


async def paused(room: Respondents, mair: Respondent, pages: int = 3, word: str = "Ceri's boat") -> Carried:
    """Mair has answered some pages, set a word, and paused; what is on her letter comes back as a new cookie."""
    await mair.enter(room)
    for _ in range(pages):
        await mair.next(room)
    mair.paused_at = mair.here(room).at
    mair.carried = await set_word(room, mair.mine, word)
    await leave(room, mair.mine)
    with pytest.raises(SessionOver):
        where(room, mair.mine)
    return await admit(room, mair.code, language="en")


def test_the_word_opens_exactly_the_page_where_she_paused(house: House, room: Respondents) -> None:
    mair = Respondent(house.hand_out(1)[0])

    async def walk() -> None:
        back = await paused(room, mair)
        assert back.stage is Stage.RETURNING
        before = house.boxes()
        mair.carried = await with_word(room, back, "  CERI'S   BOAT ")
        assert mair.here(room).at == mair.paused_at
        assert isinstance(mair.paused_at, Position)
        assert house.boxes() == before
        assert await mair.next(room)

    asyncio.run(walk())


def test_without_the_word_the_next_common_section_and_the_slots_between_are_filled(
    house: House, room: Respondents
) -> None:
    """Two people who answered differently resume at the same page and slot, with as many steps as each other."""
    people = [Respondent(code, seed=n) for n, code in enumerate(house.hand_out(4))]

    async def walk() -> None:
        for pages, person in enumerate(people, start=2):
            back = await paused(room, person, pages=pages)
            kept = house.boxes()
            person.carried = await without_word(room, back)
            here = person.here(room)
            assert here.at == Position("today", 0, house.plan.section_slot["now"])  # type: ignore[arg-type]
            assert here.facts == {}
            mine = {n for of, n in house.boxes() if of == person.mine.handle}
            assert mine == set(range(house.plan.section_slot["now"]))  # type: ignore[index]
            assert kept.items() <= house.boxes().items()
            while await person.next(room):
                pass
            assert isinstance(person.here(room).at, Finish)
            await person.finish(room)
        steps = house.boxes()
        assert len(steps) == len(people) * house.plan.total_slots
        assert len({len(box) for box in steps.values()}) == 1

    asyncio.run(walk())


def test_wrong_words_are_counted_across_sessions_and_processes_and_the_right_one_sets_them_to_none(
    house: House, room: Respondents
) -> None:
    mair = Respondent(house.hand_out(1)[0])
    other = house.room()

    async def walk() -> None:
        back = await paused(room, mair)
        for n in range(MOST_TRIES - 1):
            with pytest.raises(WrongWordTyped):
                await with_word(room if n % 2 else other, back, f"guess {n}")
            back = await admit(room, mair.code, language="en")
        mair.carried = await with_word(room, back, "ceri's boat")
        await leave(room, mair.mine)
        back = await admit(room, mair.code, language="en")
        for n in range(MOST_TRIES):
            with pytest.raises(WrongWordTyped):
                await with_word(other, back, f"guess {n}")
        with pytest.raises(WrongWordTyped):
            await with_word(room, back, "ceri's boat")
        mair.carried = await without_word(room, back)
        assert mair.here(room).at.slot == house.plan.section_slot["now"]  # type: ignore[index]

    asyncio.run(walk())


def test_guesses_sent_all_at_once_are_counted_too(house: House, room: Respondents) -> None:
    """Sabotage: a count that is read before the guess and written after it lets fifty guesses through."""
    mair = Respondent(house.hand_out(1)[0])

    async def walk() -> int:
        back = await paused(room, mair)
        opened = 0
        words = [f"guess {n}" for n in range(MOST_TRIES)] + ["ceri's boat"]
        for outcome in await asyncio.gather(*(with_word(room, back, word) for word in words), return_exceptions=True):
            assert isinstance(outcome, WrongWordTyped) or not isinstance(outcome, BaseException)
            opened += not isinstance(outcome, BaseException)
        return opened

    assert asyncio.run(walk()) == 0


def test_every_refusal_of_a_well_typed_code_is_the_same(house: House, room: Respondents) -> None:
    finished, stopped = (Respondent(code) for code in house.hand_out(2))

    async def walk() -> list[str]:
        await finished.all(room)
        await finished.finish(room)
        await stopped.enter(room)
        from troth.fieldwork.answer import stop_and_delete

        await stop_and_delete(room, stopped.mine)
        told = []
        for code in (finished.code, stopped.code, new_code()):
            with pytest.raises(NotOpened) as refusal:
                await admit(room, code, language="en")
            told.append(str(refusal.value))
        return told

    assert len(set(asyncio.run(walk()))) == 1


def test_two_devices_entering_at_once_leave_one_session_that_works(house: House) -> None:
    mair = Respondent(house.hand_out(1)[0])
    rooms = [house.room(), house.room()]

    async def walk() -> None:
        entered = await asyncio.gather(*(admit(room, mair.code, language="en") for room in rooms))
        working = 0
        for carried in entered:
            if carried.stage is Stage.ANSWERING:
                with contextlib.suppress(SessionOver):  # the later one took its place
                    working += where(rooms[0], carried) is not None
        assert working == 1
        assert len(house.snapshot()["session"]) == 1

    asyncio.run(walk())


def test_the_word_can_be_changed_and_the_old_one_then_opens_nothing(house: House, room: Respondents) -> None:
    mair = Respondent(house.hand_out(1)[0])

    async def walk() -> None:
        back = await paused(room, mair, word="first")
        mair.carried = await with_word(room, back, "first")
        mair.carried = await set_word(room, mair.mine, "second")
        await leave(room, mair.mine)
        back = await admit(room, mair.code, language="en")
        with pytest.raises(WrongWordTyped):
            await with_word(room, back, "first")
        mair.carried = await with_word(room, back, "second")
        assert mair.here(room).at.slot == 3

    asyncio.run(walk())


@pytest.mark.parametrize("at_once", [False, True])
def test_a_code_sent_twice_before_the_first_answer_enters_twice(
    house: House, room: Respondents, *, at_once: bool
) -> None:
    """Whoever presses the button twice stands on the first page, and is not welcomed back to nothing."""
    code = house.hand_out(1)[0]

    async def walk() -> None:
        first = await admit(room, code, language="en")
        await set_word(room, first, "heulwen")
        knocks = [admit(room, code, language="en") for _ in range(2)]
        entered = list(await asyncio.gather(*knocks)) if at_once else [await knock for knock in knocks]
        assert {carried.stage for carried in entered} == {Stage.ANSWERING}
        # The last is the session, and the only one: what was carried before opens nothing any more (P09)
        here = []
        for carried in (first, *entered):
            with contextlib.suppress(SessionOver):
                here.append(where(room, carried))
        assert [found.at for found in here if found] == [Position(house.questionnaire.pages[0].id, 0, 0)]
        assert house.boxes() == {}
        # And after the first answer the code asks for the word
        mair = Respondent(code, carried=next(found.carried for found in here if found))
        await mair.next(room)
        assert (await admit(room, code, language="en")).stage is Stage.RETURNING

    asyncio.run(walk())
