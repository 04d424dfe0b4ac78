"""The walk of a contact, composed: the roles `load` and `letters` with their keys."""

from __future__ import annotations

import contextlib
import fcntl
from typing import TYPE_CHECKING

from troth.fieldwork.load import Load
from troth.fieldwork.receiving import Receiving
from troth.fieldwork.release import Release
from troth.kit.steps import go_on, quietly
from troth.vaults.sample import post, receipts
from troth.vaults.sample.erasable import contacts
from troth.wiring.collection import RECEIPTS
from troth.wiring.keyring import RECEIPTS_KEY
from troth.wiring.replicas import require_reconciled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from troth.vaults.bucketed import BucketedRows
    from troth.wiring.open import Opened


@contextlib.contextmanager
def load_for(
    work: Opened, *, between: Callable[[str], None] = go_on, progress: Callable[[int, int], None] = quietly
) -> Iterator[Load]:
    """The role `load` at work; one load at a time in an installation, others wait. Raises Refused: SAMPLE is not reconciled."""
    with (work.settings.home / "load.turn").open("ab") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        keys = work.keys
        keys.require_apart()
        require_reconciled(work)
        yield Load(
            pack=work.pack,
            sample=work.vault("sample"),
            responses=work.vault("responses"),
            ledger=work.ledger(),
            pepper=keys.pepper(),
            index=keys.index(),
            printroom=keys.recipient_public("printroom"),
            custodian=keys.recipient_public("custodian"),
            ring=keys.sealing_ring("contact"),
            folder=keys.folder,
            clock=work.clock,
            between=between,
            progress=progress,
        )


def release_for(work: Opened, *, between: Callable[[str], None] = go_on) -> Release:
    """The role `letters` at work. Raises Refused: the print room's key is somebody else's, or SAMPLE was restored and is not reconciled."""
    work.keys.require_apart()
    require_reconciled(work)
    return stopping_for(work, between=between)


def stopping_for(work: Opened, *, between: Callable[[str], None] = go_on) -> Release:
    """The same, to stop people and nothing else: that is never too early, whatever backup SAMPLE is, and no lost disk delays it (P32)."""
    return Release(
        pack=work.pack,
        sample=work.vault("sample"),
        ledger=work.ledger(),
        ring=work.keys.ring("contact"),
        signing=work.keys.ledger(),
        printroom=work.keys.age_recipient("printroom"),
        clock=work.clock,
        between=between,
    )


def receiving_for(work: Opened, *, between: Callable[[str], None] = go_on) -> Receiving | None:
    """The role `letters`, taking in receipts; None: the study is receipt-free, and there are none.

    Raises KeyMissing: the key that opens them is gone, because the collection is over; or it never was, because the study was made
    receipt-free.
    """
    if work.pack.reminders != "targeted":
        return None
    return Receiving(
        pack=work.pack,
        sample=work.vault("sample"),
        ledger=work.ledger(),
        identity=work.keys.age_identity("letters"),
        checking=work.keys.ledger_public(),
        folder=work.settings.home / RECEIPTS,
        clock=work.clock,
        between=between,
    )


def receipts_today(work: Opened) -> None:
    """Receipts that wait are taken in; and when the collection is over, no tag, no receipt batch and no key that opens one is left.

    Tags that a restored backup brought back go too, though the key went long ago (P04).
    """
    if work.pack.reminders != "targeted":
        return
    here, over = work.keys.folder.has(RECEIPTS_KEY), work.clock.today() > work.pack.collection.closes
    receiving = receiving_for(work) if here else None
    if receiving is not None and not over:
        receiving.run()
    elif over and (receiving is not None or receipts.held(work.vault("sample"))[0]):
        if receiving is not None:
            receiving.over()
        receipts.forget_tags(work.vault("sample"))
        work.vault("sample").forget_residue()
        work.keys.folder.destroy(RECEIPTS_KEY)


def contact_erasable(work: Opened) -> BucketedRows:
    """P05 over SAMPLE."""
    return contacts(work.vault("sample"), work.keys.ring("contact"), work.pack.retention.contact.promise)


def contacts_outliving(work: Opened) -> int:
    """How many people are still here though their day has come (P05): looked up in the rows, whatever keys there are."""
    return post.outliving(work.vault("sample"), work.clock.today())
