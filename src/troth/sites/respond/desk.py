"""What every route of the respond site shares: the cookie, the language, where to go on."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, cast

from troth.fieldwork import idle
from troth.fieldwork.admit import SessionOver, where
from troth.fieldwork.carried import Carried, Stage, decode
from troth.fieldwork.idle import LeftTooLong
from troth.kit.errors import CannotOpen
from troth.web.pages import see

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from troth.fieldwork.respondents import Respondents
    from troth.kit.clock import Clock
    from troth.protocol.claim import Purpose
    from troth.protocol.names import IssuerPublic
    from troth.sites.respond.parts import Parts
    from troth.study import StudyPack
    from troth.web.cookie import SealedCookie
    from troth.web.language import Language
    from troth.web.pages import Pages
    from troth.web.question import QuestionPages


@dataclass(frozen=True)
class Desk:
    """One respond process."""

    room: Respondents
    pack: StudyPack
    pages: Pages
    questions: QuestionPages
    cookie: SealedCookie
    clock: Clock
    publics: Mapping[Purpose, IssuerPublic]
    claim_origin: str
    parts: Parts
    _words: dict[Language, Callable[[str], str]] = field(default_factory=dict, repr=False)

    def carried(self, request: Request) -> Carried:
        """Who is asking. Raises SessionOver: nobody that this site knows. LeftTooLong: the page was left too long."""
        payload = self.cookie.read(request)
        if payload is None:
            raise SessionOver("no session")
        try:
            carried = decode(payload)
        except CannotOpen:
            raise SessionOver("no session") from None
        if idle.over(carried, self.pack.idle_minutes, self.clock.now()):
            raise LeftTooLong("the page was left too long")
        return carried

    def answering(self, request: Request) -> Carried:
        """Who is in a session. Raises SessionOver."""
        carried = self.carried(request)
        if carried.stage is not Stage.ANSWERING:
            raise SessionOver("no session")
        return carried

    def present(self, request: Request) -> Carried:
        """Who is in a session that still holds: a cookie kept from before a pause or another entry is nobody's (P09).

        Raises:
            SessionOver: there is none, it is over, or the survey is finished.

        """
        carried = self.answering(request)
        if where(self.room, carried) is None:
            raise SessionOver("the survey is finished")
        return carried

    def back(self, request: Request) -> str:
        """Where a session that still holds goes on (`page`, `return`); empty where there is none. For pages beside the survey."""
        with contextlib.suppress(SessionOver):
            carried = self.carried(request)
            if carried.stage is Stage.RETURNING:
                return "return"
            where(self.room, carried)
            return "page"
        return ""

    def aftercare(self, language: Language) -> list[dict[str, str]]:
        """Who helps, in short, for the last pages: name, words, and the number to call. The same for everybody."""
        words = self.pack.catalogue(language)
        return [
            {"name": words(one.name), "about": words(one.about), "phone": one.phone or ""}
            for one in self.pack.support.aftercare()
        ]

    def minutes(self, carried: Carried) -> int:
        """How many minutes this person may leave a page."""
        return idle.minutes(carried, self.pack.idle_minutes)

    def looked(self, carried: Carried) -> int:
        """For how many minutes the page was looked at, to five."""
        return idle.looked(carried, self.clock.now())

    def keep(self, response: Response, carried: Carried) -> None:
        """The response carries the cookie sealed anew, used just now."""
        self.cookie.set(response, carried.encode(seen=idle.moment(self.clock.now())))

    def go(self, language: Language, to: str, carried: Carried | None = None) -> Response:
        """See other; the cookie, sealed anew, goes along (rotated on each POST: an old copy of a page has an old one)."""
        response = see(f"/{language}/{to}")
        if carried is not None:
            self.keep(response, carried)
        return response

    def over(self, language: Language, why: SessionOver | None = None) -> Response:
        """The session is over: the code page, or calm words where a page was left; the browser forgets the cookie."""
        to = "away" if isinstance(why, LeftTooLong) else "?over=1"
        response = see(f"/{language}/{to}")
        self.cookie.clear(response)
        return response

    def words(self, language: Language) -> Callable[[str], str]:
        """The study's own words first, else the interface's: what is wrong with an answer is said in words of both."""
        known = self._words.get(language)
        if known is not None:
            return known
        study, interface = self.pack.catalogue(language), self.pages.locale(language).translate

        def translate(text: str) -> str:
            found = study(text)
            return found if found != text else interface(text)

        self._words[language] = translate
        return translate

    def season(self) -> Literal["early", "open", "late"]:
        """Whether the study collects answers today; said before any code is asked for."""
        today = self.clock.today()
        if today < self.pack.collection.opens:
            return "early"
        return "late" if today > self.pack.collection.closes else "open"


def language_of(request: Request) -> Language:
    """The language that the path says."""
    return cast("Language", request.path_params["language"])
