"""P09: no sequence of posts, valid or not, from any cookie, shows a page out of route, changes a saved box, or breaks anything."""

from __future__ import annotations

import asyncio
import contextlib
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.cast.house import House, Respondent

from troth.fieldwork.admit import (
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
from troth.fieldwork.answer import Elsewhere, Saved, Wrong, answer, token
from troth.fieldwork.carried import Carried, Stage
from troth.questionnaire import Finish, Position, advance, first, read

if TYPE_CHECKING:
    from collections.abc import Callable

    from troth.fieldwork.respondents import Respondents

MOVES = st.one_of(
    st.tuples(st.just("good"), st.integers(0, 2)),
    st.tuples(st.just("replay"), st.integers(0, 2)),
    st.tuples(st.just("tokens"), st.integers(0, 9)),
    st.tuples(
        st.just("junk"),
        st.dictionaries(
            st.sampled_from(["adults", "homes", "homes-missing", "places", "safety", "willing", "today", "ideas", "x", "token"]),
            st.lists(st.sampled_from(["", "parents", "carers", "3", "-1", "boat", "nowhere", "safe", "go_on", "leave_out", "good", "dont-know", "\ud800", "é" * 30]), max_size=3),
            max_size=4,
        ),
    ),
    st.tuples(st.sampled_from(["leave", "word", "enter", "right", "wrong", "without", "finish"]), st.integers(0, 2)),
)  # fmt: skip


class Run:
    """One life of one code, and what must be true after each move."""

    def __init__(self, house: House, room: Respondents) -> None:
        self.house, self.room = house, room
        self.mair = Respondent(house.hand_out(1)[0], seed=3)
        self.cookies: list[Carried] = []
        self.forms: list[dict[str, list[str]]] = []
        self.kept: dict[tuple[bytes, int], bytes] = {}
        self.q = house.questionnaire
        self.at: Any = first(self.q)  # what our own count of the route says comes next
        self.facts: Any = {}

    async def move(self, kind: str, argument: Any) -> None:
        cookie = self.cookies[argument % len(self.cookies)] if self.cookies and isinstance(argument, int) else None
        with contextlib.suppress(SessionOver, NotOpened, WrongWordTyped):
            await self._do(kind, argument, cookie)
        self._check()

    async def _do(self, kind: str, argument: Any, cookie: Carried | None) -> None:
        if kind == "enter" or (cookie is None and kind != "junk"):
            self.cookies.append(await admit(self.room, self.mair.code, language="en"))
        elif kind == "leave" and cookie:
            await leave(self.room, cookie)
        elif kind == "word" and cookie:
            self.cookies.append(await set_word(self.room, cookie, "boat"))
        elif kind in {"right", "wrong"} and cookie and cookie.stage is Stage.RETURNING:
            self.cookies.append(await with_word(self.room, cookie, "boat" if kind == "right" else "ship"))
        elif kind == "without" and cookie and cookie.stage is Stage.RETURNING:
            entered = await without_word(self.room, cookie)
            self.cookies.append(entered)
            here = where(self.room, entered)
            assert here is not None
            self.at, self.facts = here.at, {}
            assert isinstance(here.at, Finish) or here.at.slot in self.house.plan.section_slot.values()
        elif kind == "finish" and cookie:
            self.mair.carried = cookie
            await self.mair.finish(self.room)
        elif kind in {"good", "tokens", "replay"} and cookie:
            await self._post(kind, argument, cookie)
        elif kind == "junk" and self.cookies:
            await self._send(self.cookies[-1], argument)

    async def _post(self, kind: str, argument: int, cookie: Carried) -> None:
        if kind == "replay" and self.forms:
            await self._send(cookie, self.forms[argument % len(self.forms)])
            return
        here = where(self.room, cookie)
        if here is None or not isinstance(here.at, Position):
            return
        self.mair.carried = cookie
        form = self.mair.form(self.room, here)
        if kind == "tokens":
            form["token"] = [token(cookie, argument)]
        self.forms.append(form)
        await self._send(cookie, form)

    async def _send(self, cookie: Carried, form: dict[str, list[str]]) -> None:
        before = where(self.room, cookie) if cookie.stage is Stage.ANSWERING else None
        outcome = await answer(self.room, cookie, form)
        assert isinstance(outcome, (Saved, Elsewhere, Wrong))
        if isinstance(outcome, Saved):
            assert before is not None
            assert isinstance(self.at, Position)
            assert before.at == self.at
            page = self.room.pages[self.at.page]
            values = read(page, {k: v for k, v in form.items() if k != "token"}, self.facts).values
            onward = advance(self.q, self.at, values, self.facts)
            self.at, self.facts = onward.next, onward.facts

    def _check(self) -> None:
        """What is saved stays as it is; every cookie that still works shows exactly the route's next page."""
        boxes = {
            place: box for place, box in self.house.boxes().items() if place[0] in {c.handle for c in self.cookies}
        }
        for place, box in self.kept.items():
            assert boxes[place] == box
        self.kept = boxes
        shown = []
        for cookie in self.cookies:
            try:
                here = where(self.room, cookie)
            except SessionOver:
                continue
            if here is not None:
                shown.append(here.at)
        assert all(at == self.at for at in shown)


@pytest.fixture
def one_room(new_house: Callable[[], House]) -> Run:
    house = new_house()
    return Run(house, house.room())


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(moves=st.lists(MOVES, min_size=5, max_size=18))
def test_no_sequence_of_posts_leaves_the_route_or_changes_a_saved_box(
    one_room: Run, moves: list[tuple[str, Any]]
) -> None:
    async def walk() -> None:
        run = Run(one_room.house, one_room.room)
        await run.move("enter", 0)
        for kind, argument in moves:
            await run.move(kind, argument)

    asyncio.run(walk())
