"""Copies outside the house, over a whole installation: every role may read of them, the one that sent them accounts for them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from troth.kit.clock import SystemClock
from troth.retention.attest import LEAVING, attest, copies
from troth.vaults.ledger.store import Ledger
from troth.wiring.open import opened

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from troth.kit.clock import Clock
    from troth.retention.attest import Copy
    from troth.wiring.open import Opened


def copies_outside(home: Path, clock: Clock | None = None) -> tuple[list[Copy], date]:
    """Every copy that left this installation, and the day that it is. By the role `assurance`, which reads the ledger."""
    with opened(home, "assurance", clock or SystemClock()) as work:
        return copies(Ledger(work.vault("ledger")).entries()), work.clock.today()


def attest_copy(
    home: Path, of: str, *, by: str, destroyed: date, statement: str = "", clock: Clock | None = None
) -> tuple[Copy, date]:
    """The ledger has it, entered by the role that sent the batch. Raises Refused as `attest` does; Invalid: that role is elsewhere."""
    clock = clock or SystemClock()
    found, today = copies_outside(home, clock)
    role = next((each.role for each in found if of in {each.of, each.of.split(" ", 1)[1]}), LEAVING[0].role)
    with opened(home, role, clock) as work:
        return attest(work.ledger(), of, by=by, destroyed=destroyed, today=today, statement=statement), today


def late_copies(work: Opened) -> int:
    """How many of the copies that this role sent out are late today: more than none breaks their promise."""
    mine = [each for each in copies(Ledger(work.vault("ledger")).entries()) if each.role == work.settings.role]
    return sum(each.late(work.clock.today()) for each in mine)
