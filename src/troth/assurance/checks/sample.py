"""P03: who is invited, and by what right, as the ledger tells it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from troth.assurance.check import check, say
from troth.fieldwork.suppress import WORKING_DAYS, working_days
from troth.vaults.ledger.store import Ledger

if TYPE_CHECKING:
    from troth.assurance.check import Site
    from troth.promises import CheckResult


@check("P03", "every load names its source and takes in declared columns only")
def loads_are_accounted_for(site: Site) -> CheckResult | None:
    """Each load in the ledger has source, lawful basis and the day of the extract, and no column that the study does not declare."""
    work = site.role("assurance")
    declared = {column.name for column in work.pack.sample_columns}
    loads = [entry.body for entry in Ledger(work.vault("ledger")).entries("load")]
    if not loads:
        return None
    bare = sum(not all(body.get(part) for part in ("source", "lawful_basis", "extracted")) for body in loads)
    more = sum(not set(body["columns"]) <= declared for body in loads)
    name = "every load names its source and takes in declared columns only"
    evidence = f"{len(loads)} loads, {bare} without source, lawful basis or day, {more} with undeclared columns"
    return say(name, passed=not bare and not more, evidence=evidence)


@check("P03", "no letters left unless the supplier was asked whom not to write to", needed=False)
def released_after_a_suppression(site: Site) -> CheckResult | None:
    """Where the study requires it, each release in the ledger, replacements too, follows a suppression at most two working days old."""
    work = site.role("assurance")
    if work.pack.sample.suppression != "required":
        return None
    ledger = Ledger(work.vault("ledger"))
    releases = [*ledger.entries("release"), *ledger.entries("replacement")]
    if not releases:
        return None
    ran = [entry.day for entry in ledger.entries("suppression")]
    late = sum(
        not any(day <= release.day and working_days(day, release.day) <= WORKING_DAYS for day in ran)
        for release in releases
    )
    name = "no letters left unless the supplier was asked whom not to write to"
    evidence = f"{len(releases)} releases, {len(ran)} suppressions, {late} releases without a fresh one"
    return say(name, passed=not late, evidence=evidence)
