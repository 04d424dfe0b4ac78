"""P08, P09: first write wins, a stale form changes nothing, one progress a handle, and always the next page of the route."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from tests.cast.house import House, Respondent

from troth.fieldwork.admit import SessionOver, where
from troth.fieldwork.answer import Elsewhere, Saved, Wrong, answer, stop_and_delete
from troth.protocol.session import new_session, session_hash
from troth.questionnaire import Finish, Position
from troth.vaults.responses import store

if TYPE_CHECKING:
    from troth.fieldwork.respondents import Respondents


def test_every_page_is_one_step_and_progress_is_replaced_never_two(house: House, room: Respondents) -> None:
    mair = Respondent(house.hand_out(1)[0], seed=1)

    async def walk() -> None:
        await mair.enter(room)
        answered = 0
        while await mair.next(room):
            answered += 1
            seen = house.snapshot()
            assert len(seen["progress"]) == 1
            assert seen["progress"][0]["n"] == getattr(mair.here(room).at, "slot", 0)
            assert len(seen["step"]) == seen["progress"][0]["n"]
        assert isinstance(mair.here(room).at, Finish)
        assert answered == len(mair.said)

    asyncio.run(walk())
    assert len(house.boxes()) == house.plan.total_slots


def test_the_first_of_two_equal_posts_wins_and_the_other_lands_elsewhere(house: House, room: Respondents) -> None:
    """Two tabs at the same moment, through two processes: one box, and nothing of the loser's."""
    mair = Respondent(house.hand_out(1)[0])
    other = house.room()

    async def race() -> list[object]:
        await mair.enter(room)
        await mair.next(room)
        here = mair.here(room)
        forms = [{**mair.form(room, here), "adults": [choice]} for choice in ("parents", "carers")]
        return list(await asyncio.gather(answer(room, mair.mine, forms[0]), answer(other, mair.mine, forms[1])))

    outcomes = asyncio.run(race())
    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Elsewhere", "Saved"]
    assert len(house.boxes()) == 2


def test_many_processes_racing_with_one_form_save_it_once(house: House) -> None:
    mair = Respondent(house.hand_out(1)[0])
    rooms = [house.room() for _ in range(3)]

    async def race() -> list[object]:
        await mair.enter(rooms[0])
        form = mair.form(rooms[0], mair.here(rooms[0]))
        return list(await asyncio.gather(*(answer(room, mair.mine, form) for room in rooms * 6)))

    outcomes = asyncio.run(race())
    assert [type(outcome) for outcome in outcomes].count(Saved) == 1
    assert len(house.boxes()) == 1


def test_a_form_of_an_earlier_page_changes_nothing_and_says_elsewhere(house: House, room: Respondents) -> None:
    mair = Respondent(house.hand_out(1)[0])

    async def walk() -> None:
        await mair.enter(room)
        await mair.next(room)
        old = mair.form(room, mair.here(room))
        await mair.next(room)
        before = house.snapshot()
        assert isinstance(await answer(room, mair.mine, old), Elsewhere)
        assert isinstance(await answer(room, mair.mine, {**old, "token": ["x" * 12]}), Elsewhere)
        assert isinstance(await answer(room, mair.mine, {}), Elsewhere)
        assert house.snapshot() == before

    asyncio.run(walk())


def test_a_wrong_page_is_shown_again_and_nothing_is_saved(house: House, room: Respondents) -> None:
    mair = Respondent(house.hand_out(1)[0])

    async def walk() -> None:
        await mair.enter(room)
        await mair.next(room)
        await mair.next(room)
        before = house.snapshot()
        form = {**mair.form(room, mair.here(room)), "homes": ["0"], "places": ["boat"]}
        form.pop("homes-missing", None)
        told = await answer(room, mair.mine, form)
        assert isinstance(told, Wrong)
        assert [error.answer for error in told.read.errors] == ["homes"]
        assert house.snapshot() == before

    asyncio.run(walk())


def test_another_session_is_refused_by_reading_and_by_writing(house: House, room: Respondents) -> None:
    mair = Respondent(house.hand_out(1)[0])

    async def walk() -> None:
        await mair.enter(room)
        await mair.next(room)
        forged = replace(mair.mine, session=new_session())
        before = house.snapshot()
        for attempt in (
            answer(room, forged, mair.form(room, mair.here(room))),
            stop_and_delete(room, forged),
        ):
            with pytest.raises(SessionOver):
                await attempt
        with pytest.raises(SessionOver):
            where(room, forged)
        assert house.snapshot() == before

    asyncio.run(walk())


def test_a_session_that_was_taken_over_between_reading_and_writing_writes_nothing(
    house: House, room: Respondents
) -> None:
    """The store checks the session itself, inside the transaction: what the site saw before does not count."""
    mair = Respondent(house.hand_out(1)[0])

    async def walk() -> None:
        await mair.enter(room)
        await mair.next(room)
        form = mair.form(room, mair.here(room))
        submit = room.writer.submit
        stolen = mair.mine

        async def later(job: object) -> object:
            room.writer.submit = submit  # type: ignore[method-assign]
            second = Respondent(mair.code)
            await second.enter(room)  # the question for the word
            from troth.fieldwork.admit import without_word

            second.carried = await without_word(room, second.mine)
            return await submit(job)  # type: ignore[arg-type]

        room.writer.submit = later  # type: ignore[method-assign,assignment]
        before = len(house.boxes())
        assert isinstance(await answer(room, stolen, form), Elsewhere)
        assert (stolen.handle, 1) in house.boxes()  # the dummy that the other entry put there
        assert len(house.boxes()) > before
        with pytest.raises(SessionOver):
            await answer(room, stolen, form)

    asyncio.run(walk())


def test_stop_and_delete_leaves_nothing_and_the_code_opens_nothing(house: House, room: Respondents) -> None:
    mair = Respondent(house.hand_out(1)[0])

    async def walk() -> None:
        await mair.enter(room)
        await mair.next(room)
        await stop_and_delete(room, mair.mine)
        seen = house.snapshot()
        assert (seen["step"], seen["progress"], seen["session"]) == ([], [], [])
        assert house.states() == {"withdrawn": 1}
        from troth.fieldwork.admit import NotOpened

        with pytest.raises(NotOpened):
            await mair.enter(room)

    asyncio.run(walk())


def test_the_position_after_every_answer_is_a_page_of_the_questionnaire(house: House, room: Respondents) -> None:
    people = [Respondent(code, seed=n) for n, code in enumerate(house.hand_out(6))]

    async def walk() -> None:
        for person in people:
            await person.enter(room)
            slots = []
            while isinstance(at := person.here(room).at, Position):
                slots.append(at.slot)
                await person.next(room)
            assert slots == sorted(set(slots))
            # Both common sections begin where they begin for everybody.
            assert slots[0] == 0
            assert house.plan.section_slot["now"] in slots

    asyncio.run(walk())


def test_more_pages_at_once_than_one_statement_holds_are_all_saved(
    house: House, room: Respondents, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A page and what fills the slots after it stay in one statement, however many wait."""
    monkeypatch.setattr(store, "_MOST_ROWS", 4)
    everybody = [Respondent(code) for code in house.hand_out(4)]

    async def save() -> list[store.Told]:
        for each in everybody:
            await each.enter(room)
        jobs = [
            store.Save(
                each.mine.handle, session_hash(each.mine.session), 0, b"page", room.strip(), ((1, b"filler"), (2, b"filler")),
                store.Forward(3, b"exact", b"common"),
            )
            for each in everybody
        ]  # fmt: skip
        stale = replace(jobs[0], hash=session_hash(new_session()))
        return list(await asyncio.gather(*(room.writer.submit(job) for job in (*jobs, stale))))

    assert asyncio.run(save()) == [store.Told.DONE] * 4 + [store.Told.LOST]
    assert len(house.boxes()) == 12
    assert {row["n"] for row in house.snapshot()["progress"]} == {3}
