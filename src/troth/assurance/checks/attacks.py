"""What the attacks found the last time that they were tried (`troth attack`, `troth rehearse`).

P04, P15 and P23 need them: without a fresh result these promises are not called kept. Every other promise that an attack is on is broken
by one that found something, and not helped by one that did not.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from troth.assurance.attacks.told import FRESH_DAYS, read_told
from troth.assurance.check import check, say

if TYPE_CHECKING:
    from collections.abc import Callable

    from troth.assurance.check import Site
    from troth.promises import CheckResult

_CONTACTS: Final = "no attack links a contact to a response"
_INTERVIEWS: Final = "no attack links an interview claim to a response"
_VOUCHERS: Final = "no attack links a voucher claim to a response"


def _told(site: Site, promise: str, name: str) -> CheckResult | None:
    work = site.role("assurance")
    told = read_told(site.home / "evidence", work.keys.ledger_public(), work.pack.id)
    if told is None:
        return None
    mine = told.about(promise)
    broken = [each for each in mine if each["verdict"] in {"broken", "failed"}]
    judged = [each for each in mine if each["verdict"] in {"held", "broken", "failed"}]
    age = (site.clock.today() - told.day).days
    if not judged or not 0 <= age <= FRESH_DAYS:
        return None  # nothing that was tried lately: not checked, and so never called kept
    evidence = f"{len(judged)} attacks tried on {told.day} ({told.kind}), {len(broken)} found something"
    left = len(mine) - len(judged)
    if left:
        evidence += f"; {left} conceded or not tried"
    return say(name, passed=not broken, evidence=evidence, weaker=told.kind != "rehearsal")


@check("P04", _CONTACTS)
def contacts(site: Site) -> CheckResult | None:
    """Every attack on P04 held, in a file signed in the last 31 days."""
    return _told(site, "P04", _CONTACTS)


@check("P15", _INTERVIEWS)
def interviews(site: Site) -> CheckResult | None:
    """As `contacts`, for P15."""
    return _told(site, "P15", _INTERVIEWS)


@check("P23", _VOUCHERS)
def vouchers(site: Site) -> CheckResult | None:
    """As `contacts`, for P23."""
    return _told(site, "P23", _VOUCHERS)


OTHERS: Final = ("P05", "P06", "P07", "P09", "P12", "P16", "P26")
"""Promises that attacks are on besides."""


def name_of(promise: str) -> str:
    """The name of the check of a promise in `OTHERS`."""
    return f"no attack on {promise} found something"


def _only_if_broken(promise: str) -> Callable[[Site], CheckResult | None]:
    def ask(site: Site) -> CheckResult | None:
        result = _told(site, promise, name_of(promise))
        return result if result is not None and not result.passed else None

    return ask


for _promise in OTHERS:
    check(_promise, name_of(_promise), needed=False)(_only_if_broken(_promise))
