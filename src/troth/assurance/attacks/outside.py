"""What somebody sees who has a browser and a letter: the eyes of the attacks from outside.

A rehearsal, or a test, hands these an `Ask`; they walk the site as anybody could, and give rows for `DIR/observations/`. No row
holds a code, a state, an answer or a word of a page: pages are kept as SHA-256, after what is drawn afresh for each visit
(form tokens, claim words) is taken out.

| rows | go to | by |
|---|---|---|
| the code page's answers | `observations/oracle` | `ask_states` |
| the letter's holder | `observations/holder` | `hold_letter`, `holder_row` |
| what the questionnaire shows to all | `observations/common` | `common_pages` |
| issuer keys of a finish page | `observations/issuers` | `issuers_on` |
| what the frame and the answers have in common | `observations/quasi` | `quasi_columns` |
"""

from __future__ import annotations

import hashlib
import html
import json
import re
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Final, Protocol

from troth.kit.clock import stopwatch
from troth.protocol.claim import new_claim_secret, show_claim_secret
from troth.questionnaire import columns

if TYPE_CHECKING:
    import random  # noqa: TID251 - seeded, so that a run can be repeated
    from collections.abc import Mapping, Sequence

    import httpx

    from troth.questionnaire import Questionnaire

MISTYPED: Final = "mistyped"
"""The one state of which a row says so: anybody can tell it from the code alone."""
REFUSED: Final = ("unknown", "used", "flushed", "withdrawn")
"""The states of a well-typed code that opens nothing."""
DOORS: Final = ("code", "lost")
"""Where a code can be typed: the code page, and the page that gives lost tickets back."""
_FRESH_HEADERS: Final = frozenset({"date", "set-cookie"})
_TOKEN: Final = re.compile(rb'(name="token" value=")[^"]*"')
_WORDS: Final = re.compile(rb'(<p class="govuk-inset-text troth-words"[^>]*>)[^<]*<')
_HEADING: Final = re.compile(rb"<h1[^>]*>(.*?)</h1>", re.DOTALL)
_FIELD: Final = re.compile(rb'<(?:input|textarea|select)[^>]* name="([^"]+)"')
_ISSUERS: Final = re.compile(r'data-issuers="([^"]*)"')
_NOT_ASKED: Final = frozenset({"token", "do", "exit", "word"})
_SEE_OTHER: Final = 303


@dataclass(frozen=True)
class Reply:
    """What came back, and how long it took. `path` is what was asked for."""

    status: int
    headers: Mapping[str, str]
    """Names in lower case."""
    body: bytes = field(repr=False)
    seconds: float
    path: str = ""


class Ask(Protocol):
    """Asks the site once: no redirect is followed."""

    async def __call__(self, method: str, path: str, form: Mapping[str, str] | None) -> Reply:
        """What the site answered."""
        ...


class Browser:
    """An `Ask` over an httpx client, with a browser's cookies, `Secure` ones too; timed with the stopwatch."""

    def __init__(self, client: httpx.AsyncClient, *, remembers: bool = True) -> None:
        """`remembers=False`: every request comes from a browser that was never here."""
        self._client = client
        self._remembers = remembers
        self._cookies: dict[str, str] = {}

    async def __call__(self, method: str, path: str, form: Mapping[str, str] | None = None) -> Reply:
        """What the site answered."""
        self._client.cookies.clear()  # the client's own jar keeps Secure cookies back where a test speaks plain HTTP
        sent = {"cookie": "; ".join(f"{name}={value}" for name, value in self._cookies.items())}
        request = self._client.build_request(
            method, path, data=dict(form) if form is not None else None, headers=sent if self._cookies else None
        )
        begun = stopwatch()
        response = await self._client.send(request, follow_redirects=False)
        seconds = stopwatch() - begun
        if self._remembers:
            self._keep(response.headers.get_list("set-cookie"))
        return Reply(response.status_code, dict(response.headers), response.content, seconds, path)

    def _keep(self, given: Sequence[str]) -> None:
        for each in given:
            name, _, rest = each.partition("=")
            value = rest.partition(";")[0].strip('"')
            if not value or "max-age=0" in each.lower():
                self._cookies.pop(name, None)
            else:
                self._cookies[name] = value


async def ask_states(
    ask: Ask, codes: Mapping[str, Sequence[str]], *, rounds: int, draw: random.Random, moment: str = "open"
) -> tuple[list[dict[str, Any]], dict[str, str]]:
    """Every code was typed `rounds` times at both doors, in one shuffled order.

    Args:
        ask: without memory of cookies (`Browser(client, remembers=False)`).
        codes: state -> codes as people type them. Only codes that must open nothing (an issued one opens, a saved one asks for
            the word: that is conceded and would be a finding here), and `mistyped` ones, of which the row says so.
        rounds: how often each is asked: the more, the less noise in the times.
        draw: orders and numbers them.
        moment: what everybody knows of the day: `open`, or `closed`. Only answers of one moment are compared.

    Returns:
        Rows for `observations/oracle`, none of which says its state (each says how many codes of which states were asked in all,
        which the attacker may know); and number -> state, for the truth.

    """
    truth: dict[str, str] = {}
    kinds = {state: len(some) for state, some in codes.items() if some and state != MISTYPED}
    visits: list[tuple[str, str, str, int, bool]] = []
    for state, some in codes.items():
        for code in some:
            number = f"{draw.getrandbits(64):016x}"
            truth[number] = state
            visits += [(number, code, door, turn, state == MISTYPED) for door in DOORS for turn in range(rounds)]
    draw.shuffle(visits)
    rows = []
    for number, code, door, turn, mistyped in visits:
        form = {"code": code}
        if door == "lost":
            form["words"] = show_claim_secret(new_claim_secret())
        reply = await ask("POST", "/en/" if door == "code" else "/en/lost", form)
        known = {"number": number, "round": turn, "door": door, "moment": moment, "mistyped": mistyped, "kinds": kinds}
        rows.append(known | _seen(reply))
    return rows, {number: state for number, state in truth.items() if state != MISTYPED}


async def hold_letter(ask: Ask, code: str, *, language: str = "en") -> list[Reply]:
    """Somebody with the letter and no pause word typed the code, went on without the word, looked, and stopped there.

    The respondent's own session is over then, and their saved place is the next common section: they lose some pages.
    """
    door = await _ask(ask, "POST", f"/{language}/", {"code": code})
    replies = [door]
    if not _leads(door, "/return"):
        return replies  # nothing was saved, or the code opens nothing
    replies.append(await _ask(ask, "GET", f"/{language}/return", None))
    replies.append(await _ask(ask, "POST", f"/{language}/return", {"do": "without", "word": ""}))
    looked = await _ask(ask, "GET", f"/{language}/page", None)
    replies.append(looked)
    if _leads(looked, "/finish"):
        replies.append(await _ask(ask, "GET", f"/{language}/finish", None))
    return replies


def holder_row(handle: str, replies: Sequence[Reply]) -> dict[str, Any]:
    """One line of `observations/holder`: `handle` is hex, each page its status, path, where it leads, digest, heading's digest, fields."""
    return {"handle": handle, "pages": [_page(reply) for reply in replies]}


def common_pages(questionnaire: Questionnaire) -> list[dict[str, Any]]:
    """Rows of `observations/common`: of each common section the fields of its first page. Anybody may know: the questions are public."""
    return [
        {"section": str(section.id), "fields": sorted(str(answer.id) for answer in section.pages[0].answers)}
        for number, section in enumerate(questionnaire.sections)
        if section.common or number == 0
    ]


def issuers_on(page_html: str) -> dict[str, str]:
    """SHA-256 of the issuers' JSON on a finish page (`issuers`), and of each key in it by purpose. Raises ValueError: there is none."""
    found = _ISSUERS.search(page_html)
    if found is None:
        raise ValueError("no issuers stand on that page")
    words = html.unescape(found.group(1))
    keys = {name: value for name, value in json.loads(words).items() if name != "study"}
    return {"issuers": _digest(words.encode()), **{name: _digest(value.encode()) for name, value in keys.items()}}


def quasi_columns(questionnaire: Questionnaire) -> list[dict[str, str]]:
    """Rows of `observations/quasi`: the microdata's columns that somebody could know of a person otherwise."""
    quasi = {answer.id for page in questionnaire.pages for answer in page.answers if answer.disclosure == "quasi"}
    return [{"column": column.variable} for column in columns(questionnaire) if column.answer in quasi]


async def _ask(ask: Ask, method: str, path: str, form: Mapping[str, str] | None) -> Reply:
    return replace(await ask(method, path, form), path=path)


def _leads(reply: Reply, end: str) -> bool:
    return reply.status == _SEE_OTHER and reply.headers.get("location", "").endswith(end)


def _seen(reply: Reply) -> dict[str, Any]:
    return {
        "status": reply.status,
        "headers": {name: value for name, value in sorted(reply.headers.items()) if name not in _FRESH_HEADERS},
        "body": _digest(reply.body),
        "length": len(reply.body),
        "cookie": len(reply.headers.get("set-cookie", "")),
        "seconds": reply.seconds,
    }


def _page(reply: Reply) -> dict[str, Any]:
    plain = _WORDS.sub(rb"\1<", _TOKEN.sub(rb'\1"', reply.body))
    heading = _HEADING.search(plain)
    return {
        "status": reply.status,
        "path": reply.path,
        "leads": reply.headers.get("location", ""),
        "body": _digest(plain),
        "length": len(plain),
        "cookie": len(reply.headers.get("set-cookie", "")),
        "title": _digest(heading.group(1)) if heading else "",
        "fields": _fields(plain),
    }


def _fields(page: bytes) -> list[str]:
    names = {name.decode() for name in _FIELD.findall(page)} - _NOT_ASKED
    return sorted(name for name in names if "-" not in name)  # `homes-missing` belongs to `homes`


def _digest(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
