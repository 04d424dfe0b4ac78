"""VOUCHERS and INTERVIEWS, reconciled: used tickets, dead claims, orders and rounds that had left, days of death (P15, P16, P26)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from troth.vaults.claimbox import Batch
from troth.vaults.interviews import store as interviews
from troth.vaults.vouchers import store as vouchers
from troth.wiring.claims import interview_erasable, voucher_erasable
from troth.wiring.restoring.line import Line

if TYPE_CHECKING:
    from troth.vaults.bucketed import BucketedRows
    from troth.vaults.claimbox import ClaimBox
    from troth.wiring.kept import Replicas
    from troth.wiring.open import Opened


def reconcile_vouchers(work: Opened, kept: Replicas, dry_run: bool) -> list[Line]:
    """VOUCHERS agrees with its replica and the ledger; by the role `vouchers`."""
    box, rule, ledger = vouchers.box(work.vault("vouchers")), voucher_erasable(work), work.ledger()
    lines = _claims("vouchers", box, rule, kept.spent("voucher").read(), dry_run)
    entries = ledger.entries("vouchers")
    if not dry_run:
        for entry in entries:
            if entry.key.startswith("order "):
                made = Batch(
                    entry.key.removeprefix("order "),
                    "sent",
                    entry.day,
                    int(entry.body["count"]),
                    str(entry.body["digest"]),
                )
                lines.append(Line("vouchers", "claims that count as ordered", box.ordered_again(made, "ordered")))
        for entry in entries:
            if entry.key.startswith("sent "):
                dies = date.fromisoformat(str(entry.body["erased by"]))
                _done(box, entry.key.removeprefix("sent "), entry.day, "sent", dies)
    return lines


def reconcile_interviews(work: Opened, kept: Replicas, dry_run: bool) -> list[Line]:
    """INTERVIEWS agrees with its replica and the ledger; by the role `interviews`."""
    box, rule, ledger = interviews.box(work.vault("interviews")), interview_erasable(work), work.ledger()
    lines = _claims("interviews", box, rule, kept.spent("interview").read(), dry_run)
    entries = ledger.entries("interviews")
    if not dry_run:
        for entry in entries:
            if entry.key.startswith("round "):
                made = Batch(entry.key.removeprefix("round "), "sent", entry.day, int(entry.body["count"]), None)
                lines.append(Line("interviews", "people who count as invited", box.ordered_again(made, "arranged")))
        for entry in entries:
            if entry.key.startswith("held "):
                _done(box, entry.key.removeprefix("held "), entry.day, "held", entry.day)
    return lines


def _claims(vault: str, box: ClaimBox, rule: BucketedRows, spent: set[bytes], dry_run: bool) -> list[Line]:
    lost, dead = spent - box.spent_keys(), rule.unopenable()
    if not dry_run:
        box.spend_again(lost)
        rule.forget_unopenable()
    return [
        Line(vault, "tickets that were used, and would have been taken again; their details are lost", len(lost)),
        Line(vault, "claims that no key opens any more, deleted again", dead),
    ]


def _done(box: ClaimBox, batch: str, day: date, state: str, dies: date) -> None:
    """The batch is done and its people die on that day, as the ledger says; nothing where it was so already."""
    if any(each.id == batch and each.state != "done" for each in box.batches()):
        box.advance(batch, before="sent", after="done", day=day)
        box.set_death(batch, state, dies)
