"""Holds of an installation, composed: each role opened in its turn, with its own keys.

A move needs three roles on one machine: `letters` takes the bucket layer off, the custodian opens the parcel, `holds` keeps it.
"""

from __future__ import annotations

import contextlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from troth.care import people
from troth.care.holding import WARNING, Holding
from troth.fieldwork.private import write_private
from troth.fieldwork.today import today
from troth.fieldwork.wishes.access import uncover
from troth.fieldwork.wishes.moved import record
from troth.keys.folder import KeyFolder
from troth.kit.steps import go_on
from troth.protocol.names import LetterRef
from troth.vaults.holds import store
from troth.vaults.sample import moved
from troth.wiring.erasing import erase_role
from troth.wiring.open import opened
from troth.wiring.replicas import follow, require_reconciled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date
    from pathlib import Path

    from troth.care.people import Approver
    from troth.kit.clock import Clock
    from troth.wiring.open import Opened

CONTACT: Final = "contact"


@dataclass(frozen=True)
class ContactSource:
    """Contacts, by letter reference: fulfils `troth.care.holding.Source`. Each call opens the role it needs, and closes it."""

    home: Path
    clock: Clock = field(repr=False)
    promise: str = "P05"

    def dies_on(self, ref: str) -> date | None:
        """By `letters`."""
        with opened(self.home, "letters", self.clock) as work:
            return moved.dies_on(work.vault("sample"), LetterRef(ref))

    def take(self, ref: str) -> bytes:
        """By `letters`, which reads nothing, then the custodian. Never the code.

        Raises Refused: nobody here has this reference, or SAMPLE was restored and is not reconciled.
        """
        with opened(self.home, "letters", self.clock) as work:
            require_reconciled(work)
            found = uncover(work.vault("sample"), work.keys.ring("contact"), work.ledger(), LetterRef(ref))
        with opened(self.home, "custodian", self.clock) as custody:
            return record(found, custody.keys.recipient("custodian"), custody.pack.id)

    def withdraw(self, ref: str, day: date) -> None:
        """By `letters`; its replica has it, so that no backup of before writes to them again. Raises as `wiring.replicas.follow`."""
        with opened(self.home, "letters", self.clock) as work:
            moved.withdraw(work.vault("sample"), LetterRef(ref), day)
            follow(work)


def holding_for(work: Opened, home: Path, *, between: Callable[[str], None] = go_on) -> Holding:
    """The role `holds`, deciding. Raises Refused: the clock was set back."""
    ledger = work.ledger()
    return Holding(
        study=work.pack.id,
        holds=work.vault("holds"),
        ledger=ledger,
        ring=work.keys.ring("hold"),
        public=work.keys.public,
        sources={CONTACT: ContactSource(home, work.clock)},
        day=today(ledger, work.clock, "hold"),
        between=between,
    )


@contextlib.contextmanager
def holding(home: Path, clock: Clock | None = None, *, between: Callable[[str], None] = go_on) -> Iterator[Holding]:
    """The role `holds`, alone at its vault until the block ends. Raises as `holding_for`; Refused: HOLDS is not reconciled."""
    with opened(home, "holds", clock, alone=True) as work:
        require_reconciled(work)
        yield holding_for(work, home, between=between)


def appoint(home: Path, what: str, name: str, folder: Path | None = None, clock: Clock | None = None) -> str:
    """There is an approver or officer of that name; gives the fingerprint of their public key. Raises as `care.people.appoint`."""
    with opened(home, "holds", clock, alone=True) as work:
        day = today(work.ledger(), work.clock, "hold")
        keys = KeyFolder(folder or key_folder(home, what, name))
        return people.appoint(what, name, keys, public=work.keys.public, ledger=work.ledger(), day=day)


def approver(at: Holding, home: Path, name: str, folder: Path | None = None) -> Approver:
    """The approver, their key from `folder` or where `appoint` puts it. Raises as `care.people.approver`."""
    return people.approver(
        name, KeyFolder(folder or key_folder(home, "approver", name)), at.public, at.ledger
    )  # fmt: skip


def key_folder(home: Path, what: str, name: str) -> Path:
    """Where the key of that approver or officer lies unless said otherwise."""
    return home / "keys" / f"{what}-{people.named(name)}"


def agree(
    home: Path, id_: str, ref: str | None, by: str, *, folder: Path | None = None, dry_run: bool = False,
    clock: Clock | None = None, between: Callable[[str], None] = go_on,
) -> str:  # fmt: skip
    """As `Holding.agree`; what is released is erased at once, with its certificate. Killed before that, the next `erase run` does it."""
    with opened(home, "holds", clock, alone=True) as work:
        require_reconciled(work)
        at = holding_for(work, home, between=between)
        done = at.agree(id_, ref, approver(at, home, by, folder), dry_run=dry_run)
        if done == "release" and not dry_run:
            erase_role(work, between=between)
    return done


def read_to(home: Path, id_: str, out: Path, *, folder: Path | None = None, clock: Clock | None = None) -> None:
    """The record stands in that file, as JSON for its officer only.

    Raises:
        Refused: no such hold, or there is a file already. CannotOpen: it is another officer's. KeyMissing. StorageFailed: disk full.

    """
    with holding(home, clock) as at:
        officer = at.hold(id_).officer
        private = people.officer_private(KeyFolder(folder or key_folder(home, "officer", officer)))
        said = json.loads(at.read(id_, private))
    write_private(out, (json.dumps(said, indent=1, ensure_ascii=False) + "\n").encode())


def reviews_near(work: Opened) -> int:
    """How many holds are to be reviewed within `WARNING`: those that nobody renews are erased on their day."""
    return store.due_by(work.vault("holds"), work.clock.today() + WARNING)
