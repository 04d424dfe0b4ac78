"""The survey: one page at a time, saved before the next is shown, and nothing earlier on any of them (P08, P09)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from troth.fieldwork.admit import SessionOver, where
from troth.fieldwork.answer import Elsewhere, Saved, Unsure, answer, draw, stop_and_delete, token
from troth.protocol.session import same
from troth.questionnaire import Position, alike, view
from troth.sites.respond.desk import Desk, language_of
from troth.web.forms import one, read_form
from troth.web.pages import page as as_page
from troth.web.question import TOKEN, Actions

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from troth.fieldwork.carried import Carried
    from troth.questionnaire import PageId
    from troth.web.forms import Form
    from troth.web.language import Language
    from troth.web.press import Pressed


@dataclass(frozen=True)
class AtPage(Actions):
    """What stands around a question besides its own buttons; of the page and the minutes alone, so a pressed page can be kept."""

    idle: int = 0
    """Minutes that the page may be left."""
    begins: bool = False
    """A part begins here: support and a break are offered."""
    more: bool = True
    """More time can still be had; it goes with the minutes."""


class Survey:
    """Routes of the question pages."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._alike = alike(desk.room.questionnaire)
        self._kept: dict[tuple[Language, PageId, int, int], Pressed] = {}
        """Pages that are alike for everybody, pressed: no answer, session or person is in a key or a page (P09)."""

    async def show(self, request: Request) -> Response:
        """The page that this session is on; never pre-filled."""
        desk, language = self._desk, language_of(request)
        try:
            carried = desk.answering(request)
            here = where(desk.room, carried)
        except SessionOver as why:
            return desk.over(language, why)
        if here is None or not isinstance(here.at, Position):
            return desk.go(language, "finish")
        if here.at.page in desk.parts.hard and not carried.offered and not carried.word_set:
            return desk.go(language, "between")
        mark = token(carried, here.at.slot)
        kept = self._kept.get((language, here.at.page, here.at.repeat, desk.minutes(carried)))
        if kept is not None:
            return as_page(kept.fill({TOKEN: mark}))
        shown = view(desk.room.questionnaire, here.at, here.facts, desk.words(language), draw(mark), marks=True)
        around = self._around(language, here.at, carried)
        if here.at.page in self._alike:
            kept = desk.questions.pressed(language, shown, around)
            self._kept[language, here.at.page, here.at.repeat, around.idle] = kept
            return as_page(kept.fill({TOKEN: mark}))
        return as_page(desk.questions.fresh(language, shown, around, mark))

    async def save(self, request: Request) -> Response:
        """The page came back: saved, or shown again with what to mend, or left for the page where the session is."""
        desk, language = self._desk, language_of(request)
        if desk.season() != "open":
            return desk.over(language)
        form = await read_form(request)
        wanted = one(form, "do")
        form.pop("do", None)
        try:
            carried = desk.answering(request)
            if wanted in {"pause", "delete"}:
                return desk.go(language, wanted, carried)
            if wanted == "longer":
                carried = replace(carried, longer=True)
            if wanted in {"language", "longer"}:
                return self._as_typed(language, carried, form)
            carried = carried if carried.language == language else replace(carried, language=language)
            outcome = await answer(desk.room, carried, form, desk.looked(carried))
        except SessionOver as why:
            return desk.over(language, why)
        if isinstance(outcome, (Saved, Elsewhere)):
            return desk.go(language, "page", carried)
        here = outcome.here
        assert isinstance(here.at, Position)
        words, mark = desk.words(language), token(carried, here.at.slot)
        shown = view(desk.room.questionnaire, here.at, here.facts, words, draw(mark))
        around = self._around(language, here.at, carried)
        if isinstance(outcome, Unsure):
            body = desk.questions.asking(language, shown, around, mark, sure=outcome.sure, form=form)
        else:
            errors = tuple((error.answer, error.words(words)) for error in outcome.read.errors)
            body = desk.questions.with_errors(language, shown, around, mark, errors=errors, form=form)
        response = as_page(body)
        desk.keep(response, carried)
        return response

    async def ask_delete(self, request: Request) -> Response:
        """Are you sure? Nothing is deleted yet."""
        desk, language = self._desk, language_of(request)
        try:
            carried = desk.present(request)
        except SessionOver as why:
            return desk.over(language, why)
        return desk.pages.respond(language, "delete.html", path=f"/{language}/delete", idle=desk.minutes(carried))

    async def delete(self, request: Request) -> Response:
        """Everything saved is deleted."""
        desk, language = self._desk, language_of(request)
        form = await read_form(request)
        try:
            carried = desk.answering(request)
            if one(form, "do") != "delete":
                return desk.go(language, "page", carried)
            await stop_and_delete(desk.room, carried)
        except SessionOver as why:
            return desk.over(language, why)
        response = desk.go(language, "deleted")
        desk.cookie.clear(response)
        return response

    async def deleted(self, request: Request) -> Response:
        """It is done."""
        language = language_of(request)
        return self._desk.pages.respond(language, "deleted.html", path=f"/{language}/deleted", pack=self._desk.pack)

    def _as_typed(self, language: Language, carried: Carried, form: Form) -> Response:
        """The same page, in the other language or for longer, with what stood in it a moment ago. Nothing is saved anywhere (P09).

        Raises:
            SessionOver: the session does not hold any more.

        """
        desk = self._desk
        here = where(desk.room, carried)
        if here is None or not isinstance(here.at, Position):
            return desk.go(language, "page", carried)
        own = token(carried, here.at.slot)
        if not same(one(form, "token"), own):  # the form of an earlier page: what was typed there is not for this one
            return desk.go(language, "page", carried)
        shown = view(desk.room.questionnaire, here.at, here.facts, desk.words(language), draw(own))
        around = self._around(language, here.at, carried)
        response = as_page(desk.questions.with_errors(language, shown, around, own, errors=(), form=form))
        desk.keep(response, carried)
        return response

    def _around(self, language: Language, at: Position, carried: Carried) -> AtPage:
        desk = self._desk
        return AtPage(
            path=f"/{language}/page", exit=f"/{language}/exit", idle=desk.minutes(carried), begins=at.page in desk.parts.begin,
            more=not carried.longer,
        )  # fmt: skip
