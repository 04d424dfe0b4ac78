"""P05: what is kept past its day is kept by a hold alone: reviewed in time, agreed to by two, its original gone.

The evidence is shown to everybody: it says what is wrong and never how many are held, and it is there from the first day on, so that
nobody learns from it that somebody is held, or since when.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from troth.assurance.check import check, say
from troth.care.holding import LONGEST
from troth.care.people import approver_public
from troth.care.sealing import data_key, open_terms
from troth.findings.opening import HELD
from troth.kit.errors import TrothError
from troth.protocol.chain import verify
from troth.vaults.holds import store
from troth.wiring.holding import CONTACT, ContactSource, holding_for

if TYPE_CHECKING:
    from troth.assurance.check import Site
    from troth.care.holding import Holding
    from troth.promises import CheckResult
    from troth.vaults.holds.store import Hold

_ON_TIME = "no hold outlives its review"
_BY_TWO = "each hold was agreed to by two"
_GONE = "a held record's original is gone"
_TOLD = "the ledger knows every hold"


@check("P05", _ON_TIME, needed=False)
def on_time(site: Site) -> CheckResult:
    """Nothing is held whose review date has come or lies further off than any may; no key of a hold is past its day or certified."""
    found = store.holds(site.vault("holds", "holds"))
    today, work = site.clock.today(), site.role("holds")
    living = work.keys.ring("hold").living()
    ends = [entry.body for entry in work.ledger().entries("erasure") if entry.body.get("rule") == HELD]
    certified = {str(body["bucket"]) for body in ends}
    keys = sum(bucket.day <= today or bucket.id in certified for bucket in living)
    late = sum(each.dies_on <= today or each.review_on <= today for each in found)
    far = sum(each.review_on > today + LONGEST or each.dies_on > each.review_on for each in found)
    evidence = f"holds: {late} past their review, {far} too far ahead, {keys} keys that should be gone"
    return say(_ON_TIME, passed=not late and not far and not keys, evidence=evidence)


@check("P05", _BY_TWO, needed=False)
def by_two(site: Site) -> CheckResult:
    """Each hold has the signatures of two different approvers whom the ledger knows, over its terms as they stand."""
    found = store.holds(site.vault("holds", "holds"))
    at = holding_for(site.role("holds"), site.home)
    wrong = sum(not _agreed(at, each) for each in found)
    return say(_BY_TWO, passed=not wrong, evidence=f"holds without two valid signatures: {wrong}")


@check("P05", _GONE, needed=False)
def original_gone(site: Site) -> CheckResult:
    """Of each held contact nothing is left in SAMPLE but what the next erasure takes; no move stopped half-way."""
    found = store.holds(site.vault("holds", "holds"))
    ring, source = site.role("holds").keys.ring("hold"), ContactSource(site.home, site.clock)
    refs = [open_terms(data_key(ring, each), each).ref for each in found if each.source == CONTACT]
    days = [day for day in map(source.dies_on, refs) if day is not None]
    left = sum(day > site.clock.today() for day in days)
    moving = sum(each.state == "moving" for each in found)
    evidence = f"originals of held contacts that live on: {left}; moves not finished: {moving}"
    return say(_GONE, passed=not left and not moving, evidence=evidence)


@check("P05", _TOLD, needed=False)
def told(site: Site) -> CheckResult:
    """As many are held as the ledger says were held and did not end: none came in or went out unseen."""
    found = [each for each in store.holds(site.vault("holds", "holds")) if each.state == "held"]
    ledger = site.role("holds").ledger()
    entries = {entry.key: int(entry.body["count"]) for entry in ledger.entries("hold")}
    ended = sum(int(entry.body["count"]) for entry in ledger.entries("erasure") if entry.body.get("rule") == HELD)
    strange = sum(f"hold {each.id}" not in entries for each in found)
    missing = sum(entries.values()) - ended - len(found)
    evidence = f"holds that the ledger does not know: {strange}; that it knows and are not here: {missing}"
    return say(_TOLD, passed=not strange and not missing, evidence=evidence)


def _agreed(at: Holding, hold: Hold) -> bool:
    try:
        terms = open_terms(data_key(at.ring, hold), hold)
        message = at.terms(hold, hold.kind, terms.ref).message()
        keys = {name: approver_public(name, at.public, at.ledger) for name, _ in terms.signed}
    except TrothError:
        return False
    signed = all(verify(keys[name], message, signature) for name, signature in terms.signed)
    return signed and len(set(keys.values())) == len(terms.signed) == 2  # noqa: PLR2004 - two approvers
