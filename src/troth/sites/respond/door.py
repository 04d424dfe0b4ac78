"""The door: code page, pause word on return, pausing, exit. Every refusal of a well-typed code is one neutral page."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from starlette.responses import RedirectResponse, Response

from troth.fieldwork.admit import (
    NotOpened,
    SessionOver,
    WrongWordTyped,
    admit,
    leave,
    set_word,
    with_word,
    without_word,
)
from troth.fieldwork.carried import Stage
from troth.kit.errors import Busy, Invalid, StorageFailed
from troth.protocol.code import Mistyped
from troth.sites.respond.desk import Desk, language_of
from troth.web.forms import one, read_form

if TYPE_CHECKING:
    from starlette.requests import Request

    from troth.fieldwork.carried import Carried
    from troth.web.language import Language

LONGEST_WORD = 100
"""Characters of a pause word."""


class Door:
    """Routes of the door."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def show(self, request: Request) -> Response:
        """The code page, or plain words when the survey is not open."""
        over = request.query_params.get("over") == "1"
        return self._code_page(language_of(request), over=over)

    async def knock(self, request: Request) -> Response:
        """A code was typed."""
        desk, language = self._desk, language_of(request)
        if desk.season() != "open":
            return self._code_page(language)
        form = await read_form(request)
        try:
            carried = await admit(desk.room, one(form, "code"), language=language)
        except Mistyped:
            return self._code_page(language, problem="mistyped")
        except NotOpened:
            return self._code_page(language, problem="neutral")
        return desk.go(language, "before" if carried.stage is Stage.ANSWERING else "return", carried)

    async def returning(self, request: Request) -> Response:
        """Something is saved: the pause word, or on from the next section."""
        desk, language = self._desk, language_of(request)
        try:
            carried = desk.carried(request)
        except SessionOver as why:
            return desk.over(language, why)
        if carried.stage is not Stage.RETURNING:
            return desk.go(language, "page")
        return self._return_page(language, carried)

    async def come_back(self, request: Request) -> Response:
        """The pause word was typed, or left out."""
        desk, language = self._desk, language_of(request)
        if desk.season() != "open":
            return self._code_page(language)
        form = await read_form(request)
        try:
            carried = desk.carried(request)
        except SessionOver as why:
            return desk.over(language, why)
        try:
            if carried.stage is not Stage.RETURNING:
                return desk.go(language, "page", carried)
            if one(form, "do") == "without":
                return desk.go(language, "page", await without_word(desk.room, carried))
            return desk.go(language, "page", await with_word(desk.room, carried, one(form, "word")[: LONGEST_WORD + 1]))
        except (WrongWordTyped, Invalid):
            return self._return_page(language, carried, wrong=True)
        except (SessionOver, NotOpened):
            return desk.over(language)

    async def pause(self, request: Request) -> Response:
        """What pausing does, and the pause word."""
        desk, language = self._desk, language_of(request)
        try:
            carried = desk.present(request)
        except SessionOver as why:
            return desk.over(language, why)
        return self._pause_page(language, carried)

    async def do_pause(self, request: Request) -> Response:
        """The word is set if one was typed, and the session is over."""
        desk, language = self._desk, language_of(request)
        form = await read_form(request)
        word, again = one(form, "word"), one(form, "again")
        try:
            carried = desk.present(request)
            if one(form, "do") == "back":
                return desk.go(language, "page", carried)
            if word.strip():
                if differ(word, again):
                    return self._pause_page(language, carried, wrong=True)
                carried = await set_word(desk.room, carried, word)
            await leave(desk.room, carried)
        except SessionOver as why:
            return desk.over(language, why)
        response = desk.go(language, "paused")
        desk.cookie.clear(response)
        return response

    async def paused(self, request: Request) -> Response:
        """Nothing of the answers; how to come back."""
        language = language_of(request)
        return self._desk.pages.respond(language, "paused.html", path=f"/{language}/paused", pack=self._desk.pack)

    async def leave(self, request: Request) -> Response:
        """Exit this page: the session is over, the cookie gone, a page that anybody might look at comes next.

        Where the vault cannot be written just now the cookie goes all the same: who leaves is never kept waiting by a page of ours.
        """
        desk = self._desk
        response = RedirectResponse(desk.pages.chrome(language_of(request)).exit_url, status_code=303)
        desk.cookie.clear(response)
        with contextlib.suppress(SessionOver, Busy, StorageFailed):
            await leave(desk.room, desk.carried(request))
        return response

    def _code_page(self, language: Language, *, problem: str = "", over: bool = False) -> Response:
        desk = self._desk
        season = desk.season()
        if season != "open":
            return desk.pages.respond(language, "not_open.html", path=f"/{language}/", season=season, pack=desk.pack)
        translate = desk.pages.locale(language).translate
        words = {
            "mistyped": translate("Check the code: one of its characters is not as it is in the letter"),
            "neutral": translate("This code does not open the survey"),
        }
        errors = [{"text": words[problem], "href": "#code"}] if problem else []
        return desk.pages.respond(
            language, "code.html", path=f"/{language}/", errors=errors, problem=problem, over=over,
            scripts=["fragment.js"], pack=desk.pack,
        )  # fmt: skip

    def _return_page(self, language: Language, carried: Carried, *, wrong: bool = False) -> Response:
        desk = self._desk
        text = desk.pages.locale(language).translate("That word does not open the saved place")
        errors = [{"text": text, "href": "#word"}] if wrong else []
        response = desk.pages.respond(
            language, "return.html", path=f"/{language}/return", errors=errors, idle=desk.minutes(carried)
        )
        if wrong:
            desk.keep(response, carried)
        return response

    def _pause_page(self, language: Language, carried: Carried, *, wrong: bool = False) -> Response:
        desk = self._desk
        text = desk.pages.locale(language).translate("The two words are not the same")
        errors = [{"text": text, "href": "#word"}] if wrong else []
        response = desk.pages.respond(
            language, "pause.html", path=f"/{language}/pause", errors=errors, word_set=carried.word_set,
            idle=desk.minutes(carried),
        )  # fmt: skip
        if wrong:
            desk.keep(response, carried)
        return response


def differ(word: str, again: str) -> bool:
    """Whether the two pause words are not the same, or one is too long to be a word."""
    return word.strip() != again.strip() or len(word) > LONGEST_WORD
