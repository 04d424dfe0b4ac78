"""What stands beside the questions: before the first, between two parts, how long a page may be left; support, help, the cookie.

Everything here depends on the position and the cookie alone, never on an answer, and writes nothing to the vault but a pause word.
"""

from __future__ import annotations

import contextlib
from dataclasses import replace
from typing import TYPE_CHECKING

from starlette.responses import Response

from troth.fieldwork import idle
from troth.fieldwork.admit import SessionOver, leave, set_word
from troth.kit.errors import Busy, Invalid, StorageFailed
from troth.sites.respond.desk import Desk, language_of
from troth.sites.respond.door import differ
from troth.web.forms import one, read_form

if TYPE_CHECKING:
    from typing import Any

    from starlette.requests import Request

    from troth.fieldwork.carried import Carried
    from troth.web.language import Language


class Beside:
    """Routes beside the questions."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def before(self, request: Request) -> Response:
        """Before the first question, and from help at any time: how to be safe while answering."""
        return self._read(request, "before.html", "before")

    async def support(self, request: Request) -> Response:
        """Everybody who helps, the same for everybody."""
        return self._read(request, "support.html", "support", pack=self._desk.pack, support=self._desk.pack.support)

    async def help(self, request: Request) -> Response:
        """Help."""
        return self._read(request, "help.html", "help", usual=self._desk.pack.idle_minutes)

    async def cookies(self, request: Request) -> Response:
        """The one cookie, named."""
        return self._read(request, "web/cookies.html", "cookies", cookie=self._desk.cookie.name)

    async def between(self, request: Request) -> Response:
        """Before the part that may be harder: a break, and the pause word for whoever has none. One tap goes on."""
        desk, language = self._desk, language_of(request)
        try:
            carried = desk.present(request)
        except SessionOver as why:
            return desk.over(language, why)
        return desk.go(language, "page") if carried.word_set else self._between_page(language, carried)

    async def go_on(self, request: Request) -> Response:
        """A word was chosen, or not; it is not offered again in this session."""
        desk, language = self._desk, language_of(request)
        form = await read_form(request)
        word, wanted = one(form, "word"), one(form, "do")
        try:
            carried = replace(desk.present(request), offered=True)
            if wanted == "pause":
                return desk.go(language, "pause", carried)
            if wanted != "skip" and word.strip():
                if differ(word, one(form, "again")):
                    return self._between_page(language, carried, wrong=True)
                with contextlib.suppress(Invalid):  # a word of nothing but signs that fall away
                    carried = await set_word(desk.room, carried, word)
        except SessionOver as why:
            return desk.over(language, why)
        return desk.go(language, "page", carried)

    async def time(self, request: Request) -> Response:
        """How long a page may be left, and more of it for whoever needs it (WCAG 2.2.1)."""
        desk, language = self._desk, language_of(request)
        try:
            carried = desk.answering(request)
        except SessionOver as why:
            return desk.over(language, why)
        usual = desk.pack.idle_minutes
        return desk.pages.respond(
            language, "time.html", path=f"/{language}/time", idle=desk.minutes(carried), usual=usual,
            hours=usual * idle.LONGER // 60, longer=carried.longer,
        )  # fmt: skip

    async def choose_time(self, request: Request) -> Response:
        """It is as they chose, until the session is over."""
        desk, language = self._desk, language_of(request)
        form = await read_form(request)
        try:
            carried = desk.answering(request)
        except SessionOver as why:
            return desk.over(language, why)
        return desk.go(language, "page", replace(carried, longer=one(form, "do") == "longer"))

    async def stay(self, request: Request) -> Response:
        """Somebody is still there: the session was used just now. No content, so the page stays as it is, typing and all."""
        desk, language = self._desk, language_of(request)
        try:
            carried = desk.present(request)
        except SessionOver as why:
            return desk.over(language, why)
        response = Response(status_code=204)
        desk.keep(response, carried)
        return response

    async def away(self, request: Request) -> Response:
        """The page was left and closed itself: what is kept and how to come back; nothing of the topic."""
        language = language_of(request)
        return self._desk.pages.respond(language, "away.html", path=f"/{language}/away")

    async def go_away(self, request: Request) -> Response:
        """The page's own clock ran out: the session is over (204), unless another tab used it meanwhile (on to the page)."""
        desk, language = self._desk, language_of(request)
        response = Response(status_code=204)
        with contextlib.suppress(SessionOver, Busy, StorageFailed):  # the cookie goes, whatever can be written just now
            carried = desk.answering(request)
            if not idle.due(carried, desk.pack.idle_minutes, desk.clock.now()):
                return desk.go(language, "page")
            await leave(desk.room, carried)
        desk.cookie.clear(response)
        return response

    def _between_page(self, language: Language, carried: Carried, *, wrong: bool = False) -> Response:
        desk = self._desk
        text = desk.pages.locale(language).translate("The two words are not the same")
        errors = [{"text": text, "href": "#word"}] if wrong else []
        response = desk.pages.respond(
            language, "between.html", path=f"/{language}/between", errors=errors, idle=desk.minutes(carried)
        )
        if wrong:
            desk.keep(response, carried)
        return response

    def _read(self, request: Request, template: str, path: str, **context: Any) -> Response:
        """A page to read: with a way back to the survey where a session holds."""
        language = language_of(request)
        back = self._desk.back(request)
        return self._desk.pages.respond(language, template, path=f"/{language}/{path}", back=back, **context)
