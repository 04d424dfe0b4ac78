"""A sensitive choice that decides what is asked next is shown once more before it is saved: nobody can mend it later (P09)."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from tests.cast.house import House, Respondent

from troth.fieldwork.admit import where
from troth.fieldwork.answer import Elsewhere, Saved, Unsure, answer, token
from troth.questionnaire import Position, confirmed, load_file
from troth.study import bundled

if TYPE_CHECKING:
    from troth.fieldwork.respondents import Respondents


def test_of_the_bundled_study_one_page_decides_what_is_asked_next_by_something_sensitive() -> None:
    assert confirmed(load_file(bundled("sdcs") / "questionnaire.yaml")) == {"unsafe"}


async def _stands(house: House, room: Respondents) -> tuple[Respondent, int]:
    gwen = Respondent(house.hand_out(1)[0])
    await gwen.enter(room)
    while not room.pages[gwen.here(room).at.page].answers:  # type: ignore[union-attr]
        await gwen.next(room)
    here = gwen.here(room)
    assert isinstance(here.at, Position)
    room.confirmed = frozenset({here.at.page})
    return gwen, here.at.slot


def test_nothing_is_saved_until_the_same_answer_comes_with_a_yes(house: House, room: Respondents) -> None:
    async def walk() -> None:
        gwen, slot = await _stands(house, room)
        here, before = gwen.here(room), len(house.boxes())
        form = gwen.form(room, here)
        asked = await answer(room, gwen.mine, form)
        assert isinstance(asked, Unsure)
        assert len(house.boxes()) == before
        assert len(asked.sure) == 12
        again = await answer(room, gwen.mine, {**form, "sure": ["x" * 12]})
        assert isinstance(again, Unsure), "not every yes is one"
        assert isinstance(await answer(room, gwen.mine, {**form, "sure": [asked.sure, asked.sure]}), Unsure)
        assert len(house.boxes()) == before
        assert isinstance(await answer(room, gwen.mine, {**form, "sure": [asked.sure]}), Saved)
        assert len(house.boxes()) == before + 1
        assert isinstance(await answer(room, gwen.mine, {**form, "sure": [asked.sure]}), Elsewhere)
        found = where(room, gwen.mine)
        assert found is not None
        assert found.at.slot > slot

    asyncio.run(walk())


def test_a_yes_is_of_one_answer_one_page_and_one_session(house: House, room: Respondents) -> None:
    async def walk() -> None:
        gwen, slot = await _stands(house, room)
        other, _ = await _stands(house, room)
        form = gwen.form(room, gwen.here(room))
        asked = await answer(room, gwen.mine, form)
        assert isinstance(asked, Unsure)
        said = {name: ["prefer-not-to-say"] for name in form if name != "token"}
        changed = await answer(room, gwen.mine, {**form, **said, "sure": [asked.sure]})
        assert isinstance(changed, Unsure), "another answer is asked about again"
        theirs = {**form, "token": [token(other.mine, slot)], "sure": [asked.sure]}
        assert isinstance(await answer(room, other.mine, theirs), Unsure)

    asyncio.run(walk())
