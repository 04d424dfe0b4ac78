"""A person in front of the sites: types the code, answers by what stands on the page, pauses, comes back, claims.

Reads nothing but pages, as a browser does; what it remembers (`Ledger`) is compared with what the vaults count.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from troth.fieldwork.complete import Signatures, begin_both, finish_both
from troth.kit.errors import Refused
from troth.protocol.claim import new_claim_secret
from troth.rehearsal.person import Ledger, Pause
from troth.rehearsal.wire import Browser

if TYPE_CHECKING:
    import random  # noqa: TID251 - handed in: what a synthetic person answers is drawn from the seed
    from collections.abc import Mapping

    import httpx

    from troth.protocol.claim import Purpose
    from troth.protocol.names import IssuerPublic
    from troth.rehearsal.person import Character
    from troth.rehearsal.wire import Form, Site

_INPUT: Final = re.compile(r"<(?:input|textarea)\b[^>]*>")
_ATTRIBUTE: Final = re.compile(r'([a-z-]+)="([^"]*)"')
_TICKET: Final = re.compile(r"[A-Za-z0-9_-]{556}")
_MISSING: Final = "-missing"
_FOUND, _SEE = 200, 303


@dataclass(frozen=True)
class Ground:
    """What is the same for every visitor: the study's public facts."""

    study: str
    publics: Mapping[Purpose, IssuerPublic]
    gate: frozenset[str]
    """Every field of the sensitive sections: whoever met one has come so far, also who then left the rest out."""
    hard: frozenset[str]
    """Those of them whose answers are sensitive."""


@dataclass
class Visitor:
    """One person, their letter, and where they are."""

    who: Character
    code: str = field(repr=False)
    ground: Ground
    answers: random.Random
    word: str = field(default="", repr=False)
    remembers: Ledger = field(default_factory=Ledger)
    tickets: dict[str, str] = field(default_factory=dict, repr=False)
    finish_page: str = field(default="", repr=False)
    """The page that tells the issuers' keys."""
    _pauses: list[Pause] | None = None
    _forgot: bool = False

    async def sit(self, site: Site) -> Pause | None:
        """One sitting, from the code to the end, a pause, or the deletion; gives the pause if it was one.

        Raises:
            Refused: the site did what it never should; `where` says at which page. No code and no answer is quoted.

        """
        browser, at = Browser(site), f"/{self.who.language}"
        if self._pauses is None:
            self._pauses = list(self.who.pauses)
        entered = await self._enter(browser, at)
        if entered is not None:  # whoever sits down has a good code, and the collection is open
            raise _strange(entered, "code")
        while True:
            page = await browser.get(f"{at}/page")
            if page.headers.get("location") == f"{at}/between":
                await self._between(browser, at)
                continue
            if page.status_code == _SEE:
                await self._finish(browser, at)
                return None
            if page.status_code != _FOUND:
                raise _strange(page, "page")
            if self.who.deletes_at is not None and self.remembers.pages >= self.who.deletes_at:
                await self._delete(browser, at, page.text)
                return None
            if self._pauses and self.remembers.pages >= self._pauses[0].pages:
                pause = self._pauses.pop(0)
                self._forgot = pause.wrong_word
                await self._pause(browser, at, page.text, pause)
                return pause
            await self._answer(browser, at, page.text)

    async def look_again(self, site: Site) -> None:
        """The code is typed once more, and the window closed."""
        await Browser(site).post(f"/{self.who.language}/", {"code": self.code})

    async def claim(self, site: Site, purpose: str, name: str, email: str) -> bool:
        """The ticket goes to the claim site, and the details; whether they were taken."""
        browser, where = Browser(site), f"/{self.who.language}/{purpose}"
        shown = await browser.post(where, {"ticket": self.tickets[purpose]})
        if shown.status_code != _FOUND:
            raise _strange(shown, purpose)
        form = {"ticket": self.tickets[purpose], "name": name, "email": email, "phone": ""}
        thanks = await browser.post(f"{where}/details", form)
        if thanks.status_code != _FOUND or "<form" in thanks.text.split("<main", 1)[-1].split("</main", 1)[0]:
            return False
        self.remembers.claims.add(purpose)
        return True

    async def _enter(self, browser: Browser, at: str) -> httpx.Response | None:
        """None: in. Else what the site answered."""
        if self.who.mistypes and not self.remembers.started:
            swapped = self.code[:2] + ("B" if self.code[2] != "B" else "C") + self.code[3:]
            wrong = await browser.post(f"{at}/", {"code": swapped})
            if wrong.status_code != _FOUND:
                raise _strange(wrong, "code")
        answer = await browser.post(f"{at}/", {"code": self.code})
        where = answer.headers.get("location", "")
        if where == f"{at}/return":
            answer = await self._return(browser, at)
            where = answer.headers.get("location", "")
        if where == f"{at}/before":  # read, and on to the first question
            await browser.get(where)
            return None
        return None if where == f"{at}/page" else answer

    async def _between(self, browser: Browser, at: str) -> None:
        """The break before the hard part: on without a word. Who wants one chooses it where they pause."""
        shown = await browser.get(f"{at}/between")
        if shown.status_code != _FOUND:
            raise _strange(shown, "between")
        await browser.post(f"{at}/between", {"do": "skip"})

    async def _return(self, browser: Browser, at: str) -> httpx.Response:
        if self.word:
            if self._forgot:
                await browser.post(f"{at}/return", {"do": "with", "word": "not this one"})
            answer = await browser.post(f"{at}/return", {"do": "with", "word": self.word})
            if answer.status_code == _SEE:
                return answer
        # No word, or a holder of the letter went on from here meanwhile: then no word opens the old place any more.
        self.word = ""
        return await browser.post(f"{at}/return", {"do": "without"})

    async def _answer(self, browser: Browser, at: str, html: str) -> None:
        form = self._fill(html)
        self.remembers.hard_reached |= bool(self.ground.gate & {name.removesuffix(_MISSING) for name in form})
        saved = await browser.post(f"{at}/page", form)
        if (
            saved.status_code == _FOUND
        ):  # a check across answers (say nothing to any of it), or a question whether it is right
            if not (sure := _hidden(saved.text, "sure")):
                form = _missing(saved.text)
                saved = await browser.post(f"{at}/page", form)
                sure = _hidden(saved.text, "sure")
            if sure:  # "is this right?": it is
                saved = await browser.post(f"{at}/page", form | sure)
        if saved.status_code != _SEE or saved.headers.get("location") != f"{at}/page":
            raise _strange(saved, "page")
        self.remembers.pages += 1
        self.remembers.started = True
        self.remembers.hard_answered |= bool(self.ground.hard & set(form))

    def _fill(self, html: str) -> Form:
        """An answer of the person's own to everything on the page."""
        single, many, texts, missing = _fields(html)
        form: Form = {"do": ["continue"], **_token(html)}
        for name, values in single.items():
            form[name] = [self.answers.choice(values)]
        for name, values in many.items():
            form[name] = [self.answers.choice(values)]
        for name, kind in texts.items():
            if kind == "number" or self.answers.random() < 0.2:  # noqa: PLR2004 - few write something
                form[name] = [str(self.answers.randint(0, 3)) if kind == "number" else "somebody to talk to"]
        for name, values in missing.items():
            answer = name.removesuffix(_MISSING)
            if answer not in form or self.answers.random() < 0.05:  # noqa: PLR2004 - some would rather not
                form.pop(answer, None)
                form[name] = [self.answers.choice(values)]
        return form

    async def _pause(self, browser: Browser, at: str, html: str, pause: Pause) -> None:
        if pause.how == "left":
            browser.close()
            return
        if pause.how == "exit":
            await browser.post(f"{at}/exit", {})
            return
        await browser.follow(await browser.post(f"{at}/page", {"do": "pause", **_token(html)}))
        word = "heron" if pause.how == "word" else ""
        paused = await browser.post(f"{at}/pause", {"do": "pause", "word": word, "again": word})
        if paused.headers.get("location") != f"{at}/paused":
            raise _strange(paused, "pause")
        self.word = word or self.word

    async def _delete(self, browser: Browser, at: str, html: str) -> None:
        await browser.follow(await browser.post(f"{at}/page", {"do": "delete", **_token(html)}))
        gone = await browser.post(f"{at}/delete", {"do": "delete"})
        if gone.headers.get("location") != f"{at}/deleted":
            raise _strange(gone, "delete")
        self.remembers.deleted = True

    async def _finish(self, browser: Browser, at: str) -> None:
        shown = await browser.get(f"{at}/finish")
        if shown.status_code != _FOUND:
            raise _strange(shown, "finish")
        self.finish_page = shown.text
        tickets = await (self._with_script if self.who.script else self._without)(browser, at)
        self.tickets = tickets
        self.remembers.completed = True

    async def _with_script(self, browser: Browser, at: str) -> dict[str, str]:
        """As assets/js/finish.js does it: secret, blinding and unblinding on this side of the wire."""
        begun = begin_both(self.ground.study, new_claim_secret(), self.ground.publics)
        form = {str(purpose): base64.b64encode(ticket.blinded).decode() for purpose, ticket in begun.items()}
        sent = await browser.post(f"{at}/finish", form)
        if sent.status_code != _FOUND:
            raise _strange(sent, "finish")
        signed = {name: base64.b64decode(value) for name, value in json.loads(sent.text).items()}
        return {purpose: ticket.show() for purpose, ticket in finish_both(begun, Signatures(**signed)).items()}

    async def _without(self, browser: Browser, at: str) -> dict[str, str]:
        sent = await browser.post(f"{at}/finish", {"do": "send"})
        shown = list(dict.fromkeys(_TICKET.findall(sent.text)))
        if sent.status_code != _FOUND or len(shown) != len(self.ground.publics):
            raise _strange(sent, "finish")
        return dict(zip(("voucher", "interview"), shown, strict=True))


def _inputs(html: str) -> list[dict[str, str]]:
    body = html.split("<main", 1)[-1]
    return [dict(_ATTRIBUTE.findall(found)) | {"tag": found[1:6]} for found in _INPUT.findall(body)]


def _fields(html: str) -> tuple[dict[str, list[str]], dict[str, list[str]], dict[str, str], dict[str, list[str]]]:
    """(radio groups, checkbox groups, text fields with their kind, missing-value radios) of the page."""
    single: dict[str, list[str]] = {}
    many: dict[str, list[str]] = {}
    texts: dict[str, str] = {}
    missing: dict[str, list[str]] = {}
    for it in _inputs(html):
        name, kind = it.get("name", ""), it.get("type", "text")
        if not name or kind == "hidden":
            continue
        if name.endswith(_MISSING):
            missing.setdefault(name, []).append(it["value"])
        elif kind == "radio":
            single.setdefault(name, []).append(it["value"])
        elif kind == "checkbox":
            many.setdefault(name, []).append(it["value"])
        else:
            texts[name] = "number" if it.get("inputmode") == "numeric" else "text"
    return single, many, texts, missing


def _missing(html: str) -> Form:
    """The page with nothing said to anything; what has no such choice gets its last option."""
    single, many, _, missing = _fields(html)
    form: Form = {"do": ["continue"], **_token(html)}
    form |= {name: [values[-1]] for name, values in missing.items()}
    form |= {name: [v[-1]] for name, v in {**single, **many}.items() if name + _MISSING not in missing}
    return form


def _token(html: str) -> Form:
    return _hidden(html, "token")


def _hidden(html: str, name: str) -> Form:
    return {name: values[:1]} if (values := [it["value"] for it in _inputs(html) if it.get("name") == name]) else {}


def _strange(answer: httpx.Response, page: str) -> Refused:
    return Refused(
        f"the site answered {answer.status_code} where a visitor goes on",
        where=page,
        mend="this is a fault of the product or of the rehearsal: say the seed",
    )
