"""The claim site's routes. The ticket arrives by a form of the respond site, or is pasted; the two cannot be told apart."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from starlette.convertors import StringConvertor, register_url_convertor
from starlette.routing import Route

from troth.claims.claim import AlreadyUsed, NotATicket
from troth.claims.details import read_details
from troth.web.forms import one, read_form

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request
    from starlette.responses import Response

    from troth.claims.claim import Desk
    from troth.protocol.claim import Purpose
    from troth.study import StudyPack
    from troth.web.language import Language
    from troth.web.pages import Pages


@dataclass(frozen=True)
class ClaimSite:
    """One claim process."""

    desks: Mapping[Purpose, Desk]
    pages: Pages
    pack: StudyPack

    async def home(self, request: Request) -> Response:
        """Asks which ticket there is."""
        language = _language(request)
        return self.pages.respond(language, "home.html", path=f"/{language}/")

    async def ask(self, request: Request) -> Response:
        """A place to paste a ticket."""
        return self._ticket_page(request)

    async def begin(self, request: Request) -> Response:
        """A ticket arrived: the form for the details, if it is good. Nothing is spent yet."""
        form = await read_form(request)
        ticket = one(form, "ticket")
        try:
            self.desks[_purpose(request)].check(ticket)
        except NotATicket:
            return self._ticket_page(request, problem="not a ticket")
        except AlreadyUsed:
            return self._ticket_page(request, problem="used")
        return self._details_page(request, ticket)

    async def claim(self, request: Request) -> Response:
        """The details came: spent and sealed together, or mended first."""
        form = await read_form(request)
        ticket = one(form, "ticket")
        if one(form, "do") == "language":
            return self._in_other_words(request, ticket, form)
        details, errors = read_details(one(form, "name"), one(form, "email"), one(form, "phone"))
        try:
            if details is None:
                self.desks[_purpose(request)].check(ticket)
                return self._details_page(request, ticket, errors=errors, form=form)
            self.desks[_purpose(request)].claim(ticket, details)
        except NotATicket:
            return self._ticket_page(request, problem="not a ticket")
        except AlreadyUsed:
            return self._ticket_page(request, problem="used")
        return self.pages.respond(
            _language(request), "thanks.html", purpose=_purpose(request), values=self._values(request)
        )

    def _in_other_words(self, request: Request, ticket: str, form: Mapping[str, list[str]]) -> Response:
        """The same form in the other language, with what was typed; nothing is spent and nothing kept."""
        try:
            self.desks[_purpose(request)].check(ticket)
        except NotATicket:
            return self._ticket_page(request, problem="not a ticket")
        except AlreadyUsed:
            return self._ticket_page(request, problem="used")
        return self._details_page(request, ticket, form=form)

    def _ticket_page(self, request: Request, *, problem: str = "") -> Response:
        language, purpose = _language(request), _purpose(request)
        translate = self.pages.locale(language).translate
        words = {
            "not a ticket": translate("This is not a ticket for this page. Check that you copied all of it"),
            "used": translate("This ticket has been used. If you sent your details before, they have arrived"),
        }
        errors = [{"text": words[problem], "href": "#ticket"}] if problem else []
        return self.pages.respond(
            language,
            "ticket.html",
            path=f"/{language}/{purpose}",
            purpose=purpose,
            errors=errors,
            values=self._values(request),
        )

    def _details_page(
        self,
        request: Request,
        ticket: str,
        *,
        errors: tuple[tuple[str, str], ...] = (),
        form: Mapping[str, list[str]] | None = None,
    ) -> Response:
        language, purpose = _language(request), _purpose(request)
        translate = self.pages.locale(language).translate
        shown = [{"text": translate(words), "href": f"#{field}"} for field, words in errors]
        at = {field: translate(words) for field, words in reversed(errors)}
        typed = {name: (form or {}).get(name, [""])[0] for name in ("name", "email", "phone")}
        return self.pages.respond(
            language, "details.html", path=f"/{language}/{purpose}/details", switch_form="details", purpose=purpose,
            ticket=ticket, errors=shown, at=at, typed=typed, values=self._values(request),
        )  # fmt: skip

    def _values(self, request: Request) -> Mapping[str, str]:
        return self.pack.values(_language(request))


def routes(site: ClaimSite) -> list[Route]:
    """Every door of the site."""
    where = "/{language:language}/{purpose:purpose}"
    return [
        Route("/{language:language}/", site.home, methods=["GET"]),
        Route(where, site.ask, methods=["GET"]),
        Route(where, site.begin, methods=["POST"]),
        Route(f"{where}/details", site.claim, methods=["POST"]),
    ]


def open_doors() -> frozenset[str]:
    """Paths that a form of another site may POST to: a ticket may arrive from the respond site. They change nothing."""
    return frozenset(f"/{language}/{purpose}" for language in ("en", "cy") for purpose in ("voucher", "interview"))


class _Purpose(StringConvertor):
    regex = "voucher|interview"


register_url_convertor("purpose", _Purpose())


def _language(request: Request) -> Language:
    return cast("Language", request.path_params["language"])


def _purpose(request: Request) -> Purpose:
    return cast("Purpose", request.path_params["purpose"])
