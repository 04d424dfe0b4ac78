"""Respondents: real requests to whichever process answers, from the code to the thanks for the claim; they go on whatever dies."""

from __future__ import annotations

import asyncio
import contextlib
import random
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import httpx
from tests.crash.accounts import Account, Attempt, Claiming, Values

from troth.protocol.claim import read_ticket
from troth.protocol.code import show_code

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from tests.crash.town import Served

    from troth.protocol.names import Code

SURE = re.compile(r'name="sure" value="([^"]*)"')
INPUT = re.compile(r"<input\b[^>]*>")
ATTRIBUTE = re.compile(r'([a-z-]+)="([^"]*)"')
TICKET = re.compile(r"[A-Za-z0-9_-]{556}")
MISSING = {"dont-know": "dont_know", "prefer-not-to-say": "prefer_not_to_say"}
WORDS = re.compile(r'<p class="govuk-inset-text troth-words">([^<]+)</p>')
TRIES = 1000
"""Requests of one person, the ones without a reply among them: beyond that nothing goes on any more."""


class StuckError(Exception):
    """Somebody's way does not go on."""


@dataclass
class Person:
    """Somebody who answers, and remembers. `pages`: after so many they stop for good; None: they go to the end and claim."""

    code: Code
    account: Account
    choose: random.Random
    responds: Sequence[Served]
    claim: Served
    issuer: Served
    pages: int | None
    told: Callable[[], None]
    """Called when an answer or a claim was acknowledged."""
    cookie: str = ""
    tries: int = field(default=0, repr=False)

    async def live(self, client: httpx.AsyncClient) -> None:
        """Their whole way."""
        try:
            await self._enter(client)
            if await self._answer(client):
                await self._finish(client)
                for ticket in self.account.tickets:
                    await self._claim(client, ticket)
        except StuckError as error:
            self.account.oddities.append(str(error))

    async def _enter(self, client: httpx.AsyncClient) -> None:
        while True:
            answer = await self._ask(client, "POST", "/en/", {"code": show_code(self.code)})
            if answer is not None and answer.headers.get("location") == "/en/return":
                # The entry was in and its reply lost: on as with a lost phone, at the next common section.
                answer = await self._ask(client, "POST", "/en/return", {"do": "without"})
            if answer is not None and answer.headers.get("location") in {"/en/before", "/en/page", "/en/finish"}:
                return

    async def _answer(self, client: httpx.AsyncClient) -> bool:
        """True: at the end."""
        while self.pages is None or self.account.acknowledged < self.pages:
            page = await self._ask(client, "GET", "/en/page")
            if page is None:
                continue
            if page.status_code != 200:
                if page.headers["location"] == "/en/finish":
                    return True
                if page.headers["location"] == "/en/between":  # a pause word is offered; on without one
                    await self._ask(client, "POST", "/en/between", {"do": "skip"})
                    continue
                await self._enter(client)
                continue
            form = self._form(page.text)
            answer = await self._ask(client, "POST", "/en/page", form)
            if answer is not None and answer.status_code == 200 and (sure := SURE.search(answer.text)):
                form["sure"] = [sure[1]]  # "is this right?": nothing was saved yet
                answer = await self._ask(client, "POST", "/en/page", form)
            values = as_stored({name: value for name, value in form.items() if name not in {"token", "do", "sure"}})
            acknowledged = answer is not None and answer.headers.get("location") == "/en/page"
            self.account.attempts.append(Attempt(values, acknowledged))
            if acknowledged:
                self.told()
        return False

    async def _finish(self, client: httpx.AsyncClient) -> None:
        """Sent, with both tickets; where their session was flushed away before the reply came, by code and claim words."""
        words = ""
        while len(self.account.tickets) != 2:
            shown = await self._ask(client, "GET", "/en/finish")
            if shown is None:
                continue
            if shown.status_code == 200:
                words = "".join(WORDS.findall(shown.text)) or words
                with _waiting(self.issuer):  # whom the respond process asks to sign
                    sent = await self._ask(client, "POST", "/en/finish", {"do": "send"})
            elif shown.headers["location"] == "/en/page":
                await self._answer(client)
                continue
            else:
                lost = {"code": show_code(self.code), "words": words}
                sent = await self._ask(client, "POST", "/en/lost", lost)
                self.account.recoveries += 1
            if sent is not None and sent.status_code == 200:
                self.account.tickets = tuple(dict.fromkeys(TICKET.findall(sent.text)))

    async def _claim(self, client: httpx.AsyncClient, ticket: str) -> None:
        purpose = read_ticket(ticket).purpose
        mine = self.account.claims.setdefault(purpose, Claiming())
        while not mine.settled:
            email = f"p{self.account.number}.{purpose}.{len(mine.sent)}@example.org"
            form = {"ticket": ticket, "name": f"Person {self.account.number}", "email": email, "phone": ""}
            mine.sent.append(email)
            answer = await self._ask(client, "POST", f"/en/{purpose}/details", form, self.claim)
            if answer is None:
                continue
            if "Your details have arrived" in answer.text:
                mine.acknowledged = email
                self.told()
            elif "This ticket has been used" in answer.text:
                mine.used = True
            else:
                self.account.oddities.append(
                    f"a {purpose} ticket is answered with {answer.status_code} and another page"
                )
                return

    async def _ask(
        self,
        client: httpx.AsyncClient,
        method: str,
        path: str,
        form: dict[str, Any] | None = None,
        to: Served | None = None,
    ) -> httpx.Response | None:
        """One request; None: no answer came, or "not now", and nobody knows what became of it."""
        self.tries += 1
        if self.tries > TRIES:
            raise StuckError(f"{TRIES} requests, and {method} {path} does not go on")
        server = to or self.choose.choice(self.responds)
        host = "127.0.0.1" if to else "localhost"
        headers = {"cookie": self.cookie} if self.cookie and to is None else {}
        try:
            with _waiting(server):
                answer = await client.request(method, f"http://{host}:{server.port}{path}", data=form, headers=headers)
        except httpx.TransportError:
            answer = None
        if answer is None or answer.status_code >= 500:
            await asyncio.sleep(0.1)
            return None
        if "set-cookie" in answer.headers and to is None:
            self.cookie = answer.headers["set-cookie"].split(";", 1)[0]
        return answer

    def _form(self, html: str) -> dict[str, list[str]]:
        """A choice of their own for every radio button, "don't know" for the rest: no check across answers can fail."""
        radios: dict[str, list[str]] = {}
        form: dict[str, list[str]] = {"do": ["continue"]}
        for found in INPUT.findall(html):
            it = dict(ATTRIBUTE.findall(found))
            name, value = it.get("name", ""), it.get("value", "")
            if name == "token":
                form["token"] = [value]
            elif it.get("type") == "radio":
                radios.setdefault(name, []).append(value)
            elif value == "dont-know":
                form[name] = [value]
        return form | {
            name: ["dont-know" if name.endswith("-missing") else self.choose.choice(values)]
            for name, values in radios.items()
        }


@contextlib.contextmanager
def _waiting(server: Served) -> Iterator[None]:
    server.waiting += 1
    server.asked.set()
    try:
        yield
    finally:
        server.waiting -= 1


def as_stored(form: dict[str, list[str]]) -> Values:
    """What a form of `Person._form` says, in the words of a record."""
    return {
        name.removesuffix("-missing"): {"missing": MISSING[value]} if "-" in value else value
        for name, (value,) in form.items()
    }


__all__ = ["Person", "as_stored"]
