"""P04: nobody is told who has finished; or, where the study chose targeted reminders, of at least k people of a cell at once."""

from __future__ import annotations

from typing import TYPE_CHECKING

from troth.assurance.check import check, say
from troth.protocol.boxes import ANALYSIS_OVERHEAD, STRIP_OVERHEAD
from troth.questionnaire import plan
from troth.vaults.ledger.store import Ledger
from troth.wiring.keyring import RECEIPTS_KEY

if TYPE_CHECKING:
    from troth.assurance.check import Site
    from troth.promises import CheckResult


@check("P04", "a receipt-free study has no tag and no receipt", needed=False)
def receipt_free(site: Site) -> CheckResult | None:
    """No tag and no receipt stand in SAMPLE, no step of RESPONSES has room for a tag, no batch was ever told, no key opens one."""
    if site.role("assurance").pack.reminders != "receipt_free":
        return None
    tags = site.one("letters", "sample", "SELECT count(tag) FROM person")
    told = len(Ledger(site.role("assurance").vault("ledger")).entries("receipts"))
    receipts = sum(
        site.one(role, vault, f"SELECT count(*) FROM {table}")
        for role, vault, table in (("letters", "sample", "receipt"), ("letters", "sample", "receipts"), ("flush", "responses", "receipts"))
    )  # fmt: skip
    shape = plan(site.role("flush").pack.questionnaire)
    long = shape.box_size + ANALYSIS_OVERHEAD + STRIP_OVERHEAD
    room = site.one("flush", "responses", "SELECT count(*) FROM step WHERE length(box) > :long", long=long)
    key = site.role("letters").keys.folder.has(RECEIPTS_KEY)
    evidence = f"{tags} tags, {receipts} receipts, {told} batches told, {int(key)} keys that open any, {room} steps with room for a tag"
    return say(
        "a receipt-free study has no tag and no receipt",
        passed=not (tags or receipts or told or key or room),
        evidence=evidence,
    )


@check("P04", "receipts come for at least k people of a cell at once", needed=False)
def in_crowds(site: Site) -> CheckResult | None:
    """Every batch that a flush told had k of each of its cells, none came from elsewhere, and after the close no tag and no key is left."""
    work = site.role("assurance")
    if work.pack.reminders != "targeted":
        return None
    batches = [entry.body for entry in Ledger(work.vault("ledger")).entries("receipts")]
    small = sum(min(body["counts"], default=0) < work.pack.flush.minimum for body in batches)
    taken = {str(digest) for (digest,) in site.ask("letters", "sample", "SELECT digest FROM receipts")}
    elsewhere = len(taken - {str(body["digest"]) for body in batches})
    tags = site.one("letters", "sample", "SELECT count(tag) FROM person")
    over = site.clock.today() > work.pack.collection.closes
    left = (tags + site.role("letters").keys.folder.has(RECEIPTS_KEY)) if over else 0
    receipts = site.one("letters", "sample", "SELECT count(*) FROM receipt")
    more = max(0, receipts - sum(sum(body["counts"]) for body in batches))
    name = "receipts come for at least k people of a cell at once"
    evidence = (
        f"{len(batches)} batches, {small} with fewer than {work.pack.flush.minimum} of a cell, {elsewhere} taken in that no flush told, "
        f"{more} receipts that none brought, {left} tags or keys after the close"
    )
    return say(name, passed=not (small or elsewhere or more or left), evidence=evidence)
