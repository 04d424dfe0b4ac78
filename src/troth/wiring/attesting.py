"""Copies outside the house, over a whole installation: every role may read of them, the one that sent them accounts for them."""

from __future__ import annotations

import hashlib
from dataclasses import replace
from typing import TYPE_CHECKING

from troth.fieldwork.printroom.destroy import read_attestation, settled
from troth.fieldwork.printroom.journal import Journal
from troth.kit.clock import SystemClock
from troth.kit.errors import Refused
from troth.retention.attest import attest, copies, find
from troth.vaults.ledger.store import Ledger
from troth.wiring.open import opened

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path

    from troth.fieldwork.printroom.journal import Line
    from troth.kit.clock import Clock
    from troth.retention.attest import Copy
    from troth.wiring.open import Opened


def copies_outside(home: Path, clock: Clock | None = None) -> tuple[list[Copy], date]:
    """Every copy that left this installation, and the day that it is. By the role `assurance`, which reads the ledger.

    One of which the print room of this machine has printed more since is attested by nobody yet.
    """
    with opened(home, "assurance", clock or SystemClock()) as work:
        return _copies(work), work.clock.today()


def attest_copy(
    home: Path, of: str, *, by: str, destroyed: date, statement: bytes | None = None, weaker: bool = False,
    clock: Clock | None = None,
) -> tuple[Copy, date]:  # fmt: skip
    """The ledger has it, entered by the role that sent the batch.

    Args:
        home: the installation.
        of: the copy, as `copies_outside` names it, or its batch alone.
        by: who attests.
        destroyed: the day of the destruction.
        statement: what the holder wrote. The print room's own attestation is checked: signature, study, batch, day.
        weaker: enter the holder's word without a check; the ledger says that it is weaker.
        clock: says what day it is.

    Raises:
        Refused: as `retention.attest.attest`; or nothing can be checked, and it is not entered as weaker; or the statement is of another
            study, batch or day, or says that something is left.
            Invalid: it is not signed by the print room's key, or the role that sent the batch is elsewhere.
            KeyMissing: the public half of the print room's key is not here.

    """
    clock = clock or SystemClock()
    found, today = copies_outside(home, clock)
    copy = find(found, of)
    with opened(home, copy.role, clock) as work:
        others = [] if weaker else _check(work, copy, statement, destroyed)
        digest = hashlib.sha256(statement).hexdigest() if statement is not None else ""
        word = attest(
            work.ledger(), of, by=by, destroyed=destroyed, today=today, statement=digest, signed=not weaker, others=others,
        )  # fmt: skip
        return word, today


def _check(work: Opened, copy: Copy, statement: bytes | None, destroyed: date) -> list[str]:
    """The statement is the print room's own, of this batch and day; gives who else has copies, as it says: it speaks for none of them."""
    where, weaker = "attestation", "or enter it as the holder's word and no more: --weaker"
    if statement is None or copy.role != "letters":
        raise Refused(
            "nothing here can be checked against a key",
            where=where,
            mend=f"give what `troth print destroy` wrote with --statement, {weaker}",
        )
    said = read_attestation(statement.decode("utf-8", "replace"), work.keys.attest_public())
    for what, theirs, ours in (
        ("study", said.get("study"), work.pack.id),
        ("batch", said.get("batch"), copy.of.split(" ", 1)[1]),
        ("day", said.get("day"), destroyed.isoformat()),
    ):
        if theirs != ours:
            raise Refused(
                f"the attestation is of another {what}", where=where, mend="bring the one of this batch and day"
            )
    if said.get("left"):
        raise Refused(
            f"the attestation says that {said['left']} files of the batch are left",
            where=where,
            mend="remove them, and run `troth print destroy` again",
        )
    return [str(each) for each in said.get("others", [])]


def late_copies(work: Opened) -> int:
    """How many of the copies that this role sent out are late today: more than none breaks their promise."""
    mine = [each for each in _copies(work) if each.role == work.settings.role]
    return sum(each.late(work.clock.today()) for each in mine)


def _copies(work: Opened) -> list[Copy]:
    """As the ledger has them, held against the print room's journal where that is here and may be read."""
    found = copies(Ledger(work.vault("ledger")).entries())
    try:
        lines = Journal(work.settings.home / "printroom").lines()
    except OSError:
        return found
    return [each if _settled(lines, each) else replace(each, destroyed=None) for each in found]


def _settled(lines: Sequence[Line], copy: Copy) -> bool:
    return copy.role != "letters" or settled(lines, copy.of.split(" ", 1)[1], copy.statements)
