"""Whoever watches the door: a browser that asks with a stopwatch, and the codes of every kind that it tries."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from troth.assurance.attacks.outside import MISTYPED, Reply
from troth.kit.clock import stopwatch
from troth.protocol.code import new_code, show_code
from troth.rehearsal.wire import Browser

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from troth.assurance.attacks.outside import Ask
    from troth.rehearsal.resident import Resident
    from troth.rehearsal.wire import Site

_CODES: Final = 15
"""How many codes of each kind are tried."""


def codes_to_try(residents: Iterable[Resident], season: str) -> dict[str, list[str]]:
    """Kind -> codes that open nothing: used, deleted, unknown, mistyped; never used, once the collection is `closed`."""
    kinds: dict[str, list[str]] = {
        "unknown": [show_code(new_code()) for _ in range(_CODES)],
        "used": [],
        "deleted": [],
    }
    for one in residents:
        if one.visitor and one.visitor.remembers.completed:
            kinds["used"].append(one.code)
        elif one.visitor and one.visitor.remembers.deleted:
            kinds["deleted"].append(one.code)
        elif season == "closed" and one.visitor and not one.visitor.remembers.started:
            kinds.setdefault("never used", []).append(one.code)
    codes = {kind: found[:_CODES] for kind, found in kinds.items() if found}
    codes[MISTYPED] = [_mistyped(code) for code in kinds["unknown"][:_CODES]]
    return codes


def _mistyped(code: str) -> str:
    return ("B" if code[0] != "B" else "C") + code[1:]


def asking(site: Site, *, remembers: bool = True) -> Ask:
    """How an observer asks: one browser, with its cookie, and a stopwatch; or each time a browser that was never here."""
    browser = Browser(site)

    async def ask(method: str, path: str, form: Mapping[str, str] | None) -> Reply:
        if not remembers:
            browser.close()
        began = stopwatch()
        answer = await (browser.post(path, form or {}) if method == "POST" else browser.get(path))
        return Reply(answer.status_code, dict(answer.headers), answer.content, stopwatch() - began)

    return ask
