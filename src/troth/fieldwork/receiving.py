"""Receipts are taken in: who has finished gets no reminder, and their contact dies early (P05, P06).

Steps, each repeatable after a kill: the file is opened and checked whole; SAMPLE marks its people, in one transaction; the ledger is told;
the file is deleted, where it lies in the installation's own folder. The role `letters` learns that at least k people of a cell have
finished, and who they are; never when, and nothing of what they said.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING

from troth.fieldwork.receipts import SUFFIX, read_receipts
from troth.fieldwork.today import today
from troth.kit.errors import CannotOpen, Invalid, Refused
from troth.kit.steps import go_on
from troth.storage.whole import drafts
from troth.vaults.sample import receipts

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date
    from pathlib import Path

    from troth.kit.clock import Clock
    from troth.protocol.names import AgeIdentity, SigningPublic
    from troth.storage.database import Database
    from troth.study import StudyPack
    from troth.vaults.ledger.store import Ledger


@dataclass(frozen=True)
class Received:
    """What taking in receipts did: counts only."""

    files: int
    known: int
    """Tags of people who were here."""
    unknown: int
    """Tags of nobody here: of codes that stood by, of contacts erased before."""


@dataclass(frozen=True)
class Receiving:
    """The role `letters`, with the key that opens receipts."""

    pack: StudyPack
    sample: Database
    ledger: Ledger
    identity: AgeIdentity = field(repr=False)
    checking: SigningPublic
    folder: Path
    """Where the flush process leaves its files, if it lives on this machine."""
    clock: Clock
    between: Callable[[str], None] = go_on

    def run(self, files: Sequence[Path] = ()) -> Received:
        """Those files are taken in; without any, all that lie in the installation's folder, which are deleted then.

        A file that was taken in before changes nothing, and is not counted.

        Raises:
            Invalid: a file is not there. CannotOpen: not this role's, or changed. Refused: of another study, or fewer than k of a cell;
                or the clock was set back. The files before it are taken in.

        """
        day = today(self.ledger, self.clock, "letters receipts")
        count = known = unknown = 0
        for file in files or self._own():
            data = _bytes(file)
            digest = hashlib.sha256(data).hexdigest()
            before = receipts.taken(self.sample).get(digest)
            done = before or self._take(file, data, digest, day)
            body: dict[str, str | int | list[str] | list[int]] = {"known": done.known, "unknown": done.unknown}
            self.ledger.enter("receipted", f"receipted {digest}", done.day, body)
            self.between("receipts told")
            if file.parent == self.folder:
                file.unlink(missing_ok=True)
                self.between("receipts deleted")
            if before is None:
                count, known, unknown = count + 1, known + done.known, unknown + done.unknown
        return Received(count, known, unknown)

    def missing(self) -> int:
        """How many receipt batches the flush process handed over, as the ledger says, that were not taken in here."""
        here = receipts.taken(self.sample)
        return sum(str(entry.body["digest"]) not in here for entry in self.ledger.entries("receipts"))

    def over(self) -> None:
        """No reminder is due any more: no tag is here, and no file waits."""
        receipts.forget_tags(self.sample)
        for file in (*self._own(), *drafts(self.folder, f"*{SUFFIX}")):
            file.unlink(missing_ok=True)

    def _take(self, file: Path, data: bytes, digest: str, day: date) -> receipts.Taken:
        days = timedelta(days=self.pack.retention.contact.days)
        try:
            told = read_receipts(data, self.identity, self.checking, study=self.pack.id, k=self.pack.flush.minimum)
        except (CannotOpen, Refused) as error:
            raise type(error)(error.what, where=file.name, mend=error.mend or "nothing of it was taken in") from None
        done = receipts.take(self.sample, told.tags, days=days, day=day, digest=digest)
        self.between("receipts taken")
        return done

    def _own(self) -> list[Path]:
        return sorted(self.folder.glob(f"*{SUFFIX}"))


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise Invalid(f"the receipts cannot be read ({error.strerror})", where=file.name) from None
