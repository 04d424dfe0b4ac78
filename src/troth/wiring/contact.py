"""The walk of a contact, composed: the roles `load` and `letters` with their keys, and the ledger as keeper of certificates."""

from __future__ import annotations

import contextlib
import fcntl
from dataclasses import dataclass
from typing import TYPE_CHECKING

from troth.fieldwork.load import Load, go_on, quietly
from troth.fieldwork.release import Release
from troth.retention.erase import erase_due, show_due
from troth.vaults.sample import post
from troth.vaults.sample.erasable import contacts

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from troth.keys.erasable import Due, Erasable
    from troth.retention.erase import Certificate
    from troth.vaults.ledger.store import Ledger
    from troth.wiring.open import Opened


@dataclass(frozen=True)
class LedgerRegistrar:
    """Keeps certificates in the ledger's chain: fulfils `retention.erase.Registrar`."""

    ledger: Ledger

    def certify(self, certificate: Certificate) -> None:
        """The certificate is in the chain, once."""
        body: dict[str, str | int | list[str] | list[int]] = {
            "name": certificate.name,
            "bucket": certificate.bucket,
            "rule": certificate.rule,
            "promise": certificate.promise,
            "count": certificate.count,
        }
        self.ledger.enter("erasure", certificate.key, certificate.day, body)


@contextlib.contextmanager
def load_for(
    work: Opened, *, between: Callable[[str], None] = go_on, progress: Callable[[int, int], None] = quietly
) -> Iterator[Load]:
    """The role `load` at work; one load at a time in an installation, others wait."""
    with (work.settings.home / "load.turn").open("ab") as turn:
        fcntl.flock(turn, fcntl.LOCK_EX)
        keys = work.keys
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
            clock=work.clock,
            between=between,
            progress=progress,
        )


def release_for(work: Opened, *, between: Callable[[str], None] = go_on) -> Release:
    """The role `letters` at work."""
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


def contact_erasables(work: Opened) -> list[Erasable]:
    """The retention rules of the role `letters`."""
    return [contacts(work.vault("sample"), work.keys.ring("contact"), work.pack.retention.contact.promise)]


@dataclass(frozen=True)
class Erased:
    """What an erasure run did, or would do, and how many people outlive their rule after it (P05: none)."""

    due: list[Due]
    certificates: list[Certificate]
    outliving: int


def erase_contacts(work: Opened, *, dry_run: bool = False, between: Callable[[str], None] = go_on) -> Erased:
    """Every contact whose day has come is gone, with a certificate; a dry run says which, and changes nothing.

    Raises:
        StorageFailed, KeyMissing: something refused; what was done stays done, and running again goes on from there.

    """
    erasables = contact_erasables(work)
    due = show_due(erasables, work.clock)
    done = [] if dry_run else erase_due(erasables, LedgerRegistrar(work.ledger()), work.clock, between=between)
    return Erased(due, done, post.outliving(work.vault("sample"), work.clock.today()))
