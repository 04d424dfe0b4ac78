"""What a reconciliation found, in words, and how what is lost for good is accounted for (P05, P14)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from troth.vaults.bucketed import BucketedRows
    from troth.vaults.ledger.store import Entry
    from troth.wiring.open import Opened


@dataclass(frozen=True)
class Line:
    """One thing that was found, by vault or folder, in words; and how often."""

    where: str
    what: str
    count: int


@dataclass(frozen=True)
class Totals:
    """What came into a vault and what is in it, as totals."""

    vault: str
    rule: str
    promise: str
    came: int
    ends: list[Entry]
    here: int


def account(what: str, found: Totals, work: Opened, rule: BucketedRows, *, dry_run: bool) -> list[Line]:
    """What came, is not here and was not certified is certified as lost; what a later backup brought back is so no longer.

    Whoever counts certificates (the opening) must never count one person twice, while another one lives (P04, P05, P10).
    """
    certified = {str(entry.body["bucket"]) for entry in found.ends}
    pending = sum(each.count for each in rule.pending() if each.bucket.id not in certified)
    before = [entry for entry in found.ends if entry.key.startswith(f"erasure {found.vault} restore ")]
    lost = found.came - found.here - pending - sum(int(entry.body["count"]) for entry in found.ends)
    lost = max(lost, -sum(int(entry.body["count"]) for entry in before))
    if lost and not dry_run:
        n = len(before) + 1
        body: dict[str, str | int | list[str] | list[int]] = {
            "vault": found.vault, "bucket": f"lost with a restore, {n}", "rule": found.rule, "promise": found.promise, "count": lost,
        }  # fmt: skip
        work.ledger().enter("erasure", f"erasure {found.vault} restore {n}", work.clock.today(), body)
    return [
        Line(found.vault.split(".")[0], f"{what} that are lost with the backup, accounted for", max(0, lost)),
        Line(found.vault.split(".")[0], f"{what} that an earlier restore had lost, and are here again", max(0, -lost)),
    ]
