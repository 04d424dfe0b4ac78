"""The survey: one page at a time, saved before the next is shown, and nothing earlier on any of them (P08, P09)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from troth.fieldwork.admit import SessionOver, where
from troth.fieldwork.answer import Elsewhere, Saved, Unsure, answer, draw, stop_and_delete, token
from troth.questionnaire import Position, view
from troth.sites.respond.desk import Desk, language_of
from troth.web.forms import one, read_form
from troth.web.pages import page as as_page
from troth.web.question import Actions

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from troth.web.language import Language


class Survey:
    """Routes of the question pages."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def show(self, request: Request) -> Response:
        """The page that this session is on; never pre-filled."""
        desk, language = self._desk, language_of(request)
        try:
            carried = desk.answering(request)
            here = where(desk.room, carried)
        except SessionOver:
            return desk.over(language)
        if here is None or not isinstance(here.at, Position):
            return desk.go(language, "finish")
        mark = token(carried, here.at.slot)
        shown = view(desk.room.questionnaire, here.at, here.facts, desk.words(language), draw(mark))
        return as_page(desk.questions.fresh(language, shown, _actions(language), mark))

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
            outcome = await answer(desk.room, carried, form)
        except SessionOver:
            return desk.over(language)
        if isinstance(outcome, (Saved, Elsewhere)):
            return desk.go(language, "page", carried)
        here = outcome.here
        assert isinstance(here.at, Position)
        words, mark = desk.words(language), token(carried, here.at.slot)
        shown = view(desk.room.questionnaire, here.at, here.facts, words, draw(mark))
        if isinstance(outcome, Unsure):
            body = desk.questions.asking(language, shown, _actions(language), mark, sure=outcome.sure, form=form)
        else:
            errors = tuple((error.answer, error.words(words)) for error in outcome.read.errors)
            body = desk.questions.with_errors(language, shown, _actions(language), mark, errors=errors, form=form)
        response = as_page(body)
        desk.cookie.set(response, carried.encode())
        return response

    async def ask_delete(self, request: Request) -> Response:
        """Are you sure? Nothing is deleted yet."""
        desk, language = self._desk, language_of(request)
        try:
            desk.present(request)
        except SessionOver:
            return desk.over(language)
        return desk.pages.respond(language, "delete.html", path=f"/{language}/delete", exit_action=f"/{language}/exit")

    async def delete(self, request: Request) -> Response:
        """Everything saved is deleted."""
        desk, language = self._desk, language_of(request)
        form = await read_form(request)
        try:
            carried = desk.answering(request)
            if one(form, "do") != "delete":
                return desk.go(language, "page", carried)
            await stop_and_delete(desk.room, carried)
        except SessionOver:
            return desk.over(language)
        response = desk.go(language, "deleted")
        desk.cookie.clear(response)
        return response

    async def deleted(self, request: Request) -> Response:
        """It is done."""
        language = language_of(request)
        return self._desk.pages.respond(language, "deleted.html", path=f"/{language}/deleted", pack=self._desk.pack)


def _actions(language: Language) -> Actions:
    return Actions(path=f"/{language}/page", exit=f"/{language}/exit")
