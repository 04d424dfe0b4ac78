"""HOLDS, reconciled: dead and lost holds, lost renewals, originals that a backup of SAMPLE brought back (P05, P14)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from troth.care.sealing import data_key, open_terms
from troth.vaults.holds import store as holds
from troth.wiring.erasing import hold_erasable
from troth.wiring.holding import CONTACT, ContactSource
from troth.wiring.restoring.line import Line, Totals, account

if TYPE_CHECKING:
    from troth.vaults.holds.store import Hold
    from troth.wiring.kept import Replicas
    from troth.wiring.open import Opened


def reconcile_holds(work: Opened, _kept: Replicas, dry_run: bool) -> list[Line]:
    """HOLDS agrees with the ledger, and originals of held contacts die; by the role `holds`."""
    rule, ledger, database = hold_erasable(work), work.ledger(), work.vault("holds")
    dead = rule.unopenable()
    if not dry_run:
        rule.forget_unopenable()
        for entry in ledger.entries("hold-released"):  # killed before its erasure, it would be held on
            holds.release(database, str(entry.body["hold"]), entry.day)
    told = {entry.key.removeprefix("hold "): int(entry.body["count"]) for entry in ledger.entries("hold")}
    ends = [entry for entry in ledger.entries("erasure") if entry.body.get("rule") == holds.RULE]
    here = [each for each in holds.holds(database) if each.bucket in {bucket.id for bucket in rule.ring.living()}]
    reviews = {str(entry.body["hold"]): str(entry.body["review"]) for entry in ledger.entries("hold-renewed")}
    renewed = sum(reviews.get(each.id, f"{each.review_on:%Y-%m}") != f"{each.review_on:%Y-%m}" for each in here)
    kept = sum(each.id in told for each in here)
    found = Totals("holds.held", holds.RULE, holds.PROMISE, sum(told.values()), ends, kept)
    return [
        Line("holds", "held records that no key opens any more, deleted again", dead),
        Line(
            "holds",
            "held records whose renewal is lost: erased on the earlier day, unless two approvers renew them again",
            renewed,
        ),
        Line("sample", "originals of held contacts, which are to die at once again", _originals(work, here, dry_run)),
        *account("held records", found, work, rule, dry_run=dry_run),
    ]


def _originals(work: Opened, here: list[Hold], dry_run: bool) -> int:
    """Of each held contact the original dies today, if a backup of SAMPLE brought it back with a later day (P05)."""
    home, today, ring = work.settings.home, work.clock.today(), work.keys.ring("hold")
    if not (home / "settings" / "letters.toml").is_file():
        return 0
    source, count = ContactSource(home, work.clock), 0
    for each in here:
        if each.source == CONTACT:
            ref = open_terms(data_key(ring, each), each).ref
            day = source.dies_on(ref)
            if day is not None and day > today:
                count += 1
                if not dry_run:
                    source.withdraw(ref, today)
    return count
