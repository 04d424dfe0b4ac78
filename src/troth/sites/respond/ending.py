"""The end: send the answers, and both tickets, wanted or not (P15, P23).

With JavaScript the browser makes the claim secret, blinds, and unblinds: this process sees neither secret nor ticket. Without it
this process does so in memory, and the page says plainly that this is the weaker guarantee. What is shown is the same.
"""

from __future__ import annotations

import base64
import binascii
import json
from dataclasses import replace
from typing import TYPE_CHECKING

from starlette.responses import JSONResponse, Response

from troth.fieldwork.admit import NotOpened, SessionOver, where
from troth.fieldwork.answer import finished
from troth.fieldwork.complete import Blinded, begin_both, complete, finish_both, recover
from troth.kit.errors import Invalid
from troth.protocol.claim import new_claim_secret, read_claim_secret, show_claim_secret
from troth.protocol.code import Mistyped
from troth.sites.respond.desk import Desk, language_of
from troth.web.forms import one, read_form

if TYPE_CHECKING:
    from starlette.requests import Request

    from troth.fieldwork.carried import Carried
    from troth.protocol.claim import Purpose, Ticket
    from troth.protocol.names import ClaimSecret
    from troth.web.language import Language

_NONE = bytes(16)


class Ending:
    """Routes of the end."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._issuers = json.dumps(
            {"study": desk.room.study, **{p: base64.b64encode(public).decode() for p, public in desk.publics.items()}}
        )

    async def show(self, request: Request) -> Response:
        """The last page before sending: the claim words, so that they can be kept before anything is signed."""
        desk, language = self._desk, language_of(request)
        try:
            carried = desk.answering(request)
            here = where(desk.room, carried)
            if not finished(here):
                return desk.go(language, "page")
            if here is None:
                return desk.pages.respond(
                    language, "done.html", path=f"/{language}/finish", aftercare=desk.aftercare(language)
                )
        except SessionOver as why:
            return desk.over(language, why)
        if carried.claim_secret == _NONE:
            carried = replace(carried, claim_secret=new_claim_secret())
        response = desk.pages.respond(
            language, "finish.html", path=f"/{language}/finish", scripts=["finish.js"], idle=desk.minutes(carried),
            secret=show_claim_secret(carried.claim_secret), issuers=self._issuers, claim_origin=desk.claim_origin,
            aftercare=desk.aftercare(language),
        )  # fmt: skip
        desk.keep(response, carried)
        return response

    async def send(self, request: Request) -> Response:
        """Sent: by the form (this process blinds) or by the page's script (the browser blinded)."""
        desk, language = self._desk, language_of(request)
        form = await read_form(request)
        try:
            carried = desk.answering(request)
            where(desk.room, carried)
            if "voucher" in form:
                return await self._browser_blinded(carried, form)
            return await self._blinded_here(language, carried)
        except SessionOver as why:
            if "voucher" in form:
                return JSONResponse({"over": True}, status_code=409)
            return desk.over(language, why)

    async def ask_lost(self, request: Request) -> Response:
        """A lost ticket: code and claim words together."""
        return self._lost_page(language_of(request))

    async def find_lost(self, request: Request) -> Response:
        """Both tickets again, or one neutral refusal."""
        desk, language = self._desk, language_of(request)
        form = await read_form(request)
        try:
            secret = read_claim_secret(one(form, "words"))
            tickets = await recover(desk.room, one(form, "code"), secret, desk.publics)
        except Mistyped:
            return self._lost_page(language, problem="mistyped")
        except NotOpened:
            return self._lost_page(language, problem="neutral")
        return self._tickets(language, secret, tickets)

    async def _browser_blinded(self, carried: Carried, form: dict[str, list[str]]) -> Response:
        try:
            values = [base64.b64decode(one(form, name), validate=True) for name in ("voucher", "interview")]
        except (binascii.Error, ValueError):
            raise Invalid("a blinded ticket is base64", where="form", mend="send the page again") from None
        signed = await complete(self._desk.room, carried, Blinded(*values))
        encoded = {name: base64.b64encode(value).decode() for name, value in vars(signed).items()}
        response = JSONResponse(encoded)
        self._desk.keep(response, carried)
        return response

    async def _blinded_here(self, language: Language, carried: Carried) -> Response:
        desk = self._desk
        if carried.claim_secret == _NONE:
            return desk.go(language, "finish", carried)
        begun = begin_both(desk.room.study, carried.claim_secret, desk.publics)
        blinded = Blinded(begun["voucher"].blinded, begun["interview"].blinded)
        signed = await complete(desk.room, carried, blinded)
        # Sent again in the other language, the same values give the same tickets: so the switch is a form here.
        response = self._tickets(language, carried.claim_secret, finish_both(begun, signed), again=True)
        desk.keep(response, carried)
        return response

    def _tickets(
        self, language: Language, secret: ClaimSecret, tickets: dict[Purpose, Ticket], *, again: bool = False
    ) -> Response:
        desk = self._desk
        return desk.pages.respond(
            language, "tickets.html", secret=show_claim_secret(secret), voucher=tickets["voucher"].show(),
            interview=tickets["interview"].show(), claim_origin=desk.claim_origin, aftercare=desk.aftercare(language),
            path=f"/{language}/finish" if again else "", switch_form="again" if again else "",
        )  # fmt: skip

    def _lost_page(self, language: Language, *, problem: str = "") -> Response:
        translate = self._desk.pages.locale(language).translate
        words = {
            "mistyped": translate("Check what you typed: a character is not as you kept it"),
            "neutral": translate("The code and the claim words do not belong together"),
        }
        errors = [{"text": words[problem], "href": "#code"}] if problem else []
        return self._desk.pages.respond(
            language, "lost.html", path=f"/{language}/lost", errors=errors
        )  # fmt: skip
