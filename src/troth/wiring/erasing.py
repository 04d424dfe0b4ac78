"""Erasure over a whole installation: each rule by the role that owns it, one role at a time, each with its own keys only."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from troth.care.holding import end_moves
from troth.fieldwork.today import today
from troth.kit.clock import SystemClock
from troth.kit.errors import Refused, TrothError
from troth.kit.steps import go_on
from troth.retention.erase import erase_due, show_due
from troth.vaults.holds import store as holds
from troth.wiring.claims import interview_erasable, voucher_erasable
from troth.wiring.contact import contact_erasable, contacts_outliving
from troth.wiring.findings import microdata_erasable, records_erasable
from troth.wiring.open import opened
from troth.wiring.registrar import LedgerRegistrar
from troth.wiring.replicas import follow

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from troth.keys.erasable import Due, Erasable
    from troth.kit.clock import Clock
    from troth.retention.erase import Certificate
    from troth.vaults.bucketed import BucketedRows
    from troth.wiring.open import Opened


def hold_erasable(work: Opened) -> BucketedRows:
    """A hold's review date, over HOLDS (P14)."""
    return holds.erasable(work.vault("holds"), work.keys.ring("hold"), work.clock.today())


RULES: Final[dict[str, Callable[[Opened], Erasable]]] = {
    "letters": contact_erasable,
    "vouchers": voucher_erasable,
    "interviews": interview_erasable,
    "holds": hold_erasable,
    "flush": records_erasable,
    "findings": microdata_erasable,
}
"""Role -> its retention rule (P05, P26, P16, P14, P12, P12)."""


@dataclass(frozen=True)
class Erased:
    """What an erasure run did, or would do; and how many people's data outlives its rule after it, which must be 0."""

    due: list[Due]
    certificates: list[Certificate]
    outliving: int


def erase_all(
    home: Path, clock: Clock | None = None, *, dry_run: bool = False, between: Callable[[str], None] = go_on
) -> Erased:
    """Nothing whose day has come is left in any vault of this installation; a dry run says what is due and changes nothing.

    A role whose settings are not on this machine is left to the machine that has them.

    Raises:
        StorageFailed, KeyMissing, Refused: something refused; the other vaults were done all the same, what was done stays done, and
            running again goes on from there. Or the clock was set back: what is due by it is erased, and more may be.

    """
    clock = clock or SystemClock()
    whole = Erased([], [], 0)
    failed: list[TrothError] = []
    early: list[TrothError] = []
    for role in RULES:
        if not (home / "settings" / f"{role}.toml").is_file():
            continue
        try:
            with opened(home, role, clock) as work:
                early += [] if dry_run else set_back(work, "erase run")
                mine = erase_role(work, dry_run=dry_run, between=between)
                whole = Erased(
                    whole.due + mine.due, whole.certificates + mine.certificates, whole.outliving + mine.outliving
                )
                if role == "letters" and mine.certificates:
                    follow(work)  # a stop goes with its contact
        except TrothError as error:  # one vault's trouble lets nothing outlive its day in another
            failed.append(error)
    for trouble in (*failed, *early):
        raise trouble
    return whole


def set_back(work: Opened, where: str) -> list[TrothError]:
    """Why the calendar cannot be believed: the ledger was written on a later day. A clock set back forgets nobody in silence (P05).

    Looked at before a role does its part, whose entries bear the wrong day, and raised after it. Nothing is said of a ledger that this role
    has not, or that is away: whoever needs it says so.
    """
    try:
        ledger = work.ledger()
    except TrothError:
        return []
    try:
        today(ledger, work.clock, where)
    except Refused as error:
        return [error]
    except TrothError:
        return []
    return []


def erase_role(work: Opened, *, dry_run: bool = False, between: Callable[[str], None] = go_on) -> Erased:
    """As `erase_all`, for the one rule of the role that is at work. Raises KeyError for a role that has none."""
    erasables: list[Erasable] = [RULES[work.settings.role](work)]
    due = found = show_due(erasables, work.clock)
    certificates: list[Certificate] = []
    if not dry_run:
        if due and work.settings.role == "holds":
            end_moves(work.vault("holds"), work.ledger(), work.pack.retention.contact.promise, work.clock.today())
        certificates = erase_due(erasables, LedgerRegistrar(work.ledger()), work.clock, between=between)
        found = show_due(erasables, work.clock) if due or certificates else []  # most days nothing is
    outliving = sum(each.dying for each in found)
    if work.settings.role == "letters":
        outliving = max(outliving, contacts_outliving(work))
    return Erased(due, certificates, outliving)
