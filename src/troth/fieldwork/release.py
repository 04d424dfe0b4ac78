"""Release: one wave's letters leave SAMPLE in one batch file for the print room, and the days on which contacts die are fixed.

Steps, each repeatable after a kill: the batch is prepared (its letters, its dates, and the deaths that follow from them are
fixed in one transaction); the file is written whole; its letters are released; the ledger is told. A release that was killed
goes on with the same batch, the same letters and the same dates. This role takes off the bucket layer, reads nothing (P05, P06).
"""

from __future__ import annotations

import hashlib
import os
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from troth.fieldwork.batch import Manifest, Part, write_batch
from troth.fieldwork.delivery import delivery_day, dispatch_day
from troth.fieldwork.suppress import require_fresh, why_stale
from troth.keys.ring import read_bucket_id
from troth.kit.errors import Refused, StorageFailed
from troth.protocol.bucket import Locked, open_data_key, unlock
from troth.protocol.seal import Place, open_sealed
from troth.vaults.sample import post
from troth.vaults.sample.post import Batch

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from pathlib import Path

    from troth.keys.ring import Ring
    from troth.kit.clock import Clock
    from troth.protocol.names import AgeRecipient, BucketPrivate, LetterRef, SigningPrivate
    from troth.storage.database import Database
    from troth.study import StudyPack
    from troth.study.policy import Wave
    from troth.vaults.ledger.store import Ledger
    from troth.vaults.sample.post import Sealed

SUFFIX: Final = ".letters.age"


def go_on(_step: str) -> None:
    """Nobody is killing."""


@dataclass(frozen=True)
class Released:
    """A batch that is on its way to the print room."""

    batch: str
    wave: str
    file: Path
    count: int
    dispatched_on: date
    delivered_by: date
    digest: str
    waiting: int
    """Live people who get no letter of this wave yet, because an earlier one of theirs is not released."""


@dataclass(frozen=True)
class Preview:
    """What a release would do now."""

    wave: str
    count: int
    waiting: int
    last: int
    """For so many it is the last letter."""
    planned: date
    dispatched_on: date
    delivered_by: date
    dies_first: date
    """Those whose last letter this is die on this day…"""
    dies_last: date
    """…and those who get another die on this day at the latest."""
    suppression: str
    """Why the release would be refused for want of a suppression; empty when it would not."""


@dataclass(frozen=True)
class Release:
    """The letters role: the private half of the contact buckets, the ledger's key, the print room's recipient."""

    pack: StudyPack
    sample: Database
    ledger: Ledger
    ring: Ring
    signing: SigningPrivate = field(repr=False)
    printroom: AgeRecipient
    clock: Clock
    between: Callable[[str], None] = go_on

    def preview(self, wave: str) -> Preview:
        """What a release of that wave would do now; nothing is changed. Raises Refused: there is no such wave."""
        _, earlier, later = self._wave(wave)
        stands = post.standing(self.sample, wave, earlier, later)
        new = self._batch(wave)
        latest = self.pack.retention.contact.latest
        planned = self._wave(wave)[0].dispatch_on
        return Preview(
            wave, stands.due, stands.early, stands.last, planned, new.dispatched_on, new.delivered_by,
            min(self._death(new), latest) if stands.last else latest, min(self._death(new), latest) if not later else latest,
            why_stale(self.sample, self.pack, self.clock.today()) if stands.due else "",
        )  # fmt: skip

    def run(self, wave: str, folder: Path) -> Released:
        """Every letter of that wave that is due lies in one file in that folder, and is released.

        Raises:
            Refused: no such wave; nobody is due (the wave was released, or an earlier one was not); too late for the post.
            StorageFailed: the database or the disk refused; running again goes on with the same batch.

        """
        planned, earlier, later = self._wave(wave)
        before = post.batches(self.sample, wave)
        for done in before:
            if done.state == "released":
                self._account(done)
        open_ones = [each for each in before if each.state == "prepared"]
        if open_ones:  # a batch that was prepared before a kill is as old as its screening
            require_fresh(self.sample, self.pack, self.clock.today(), where=f"wave {wave}")
        chosen = open_ones[0] if open_ones else self._prepare(wave, earlier, later, before)
        stands = post.standing(self.sample, wave, earlier, later)
        parts = self._parts(chosen)
        said = Manifest(
            chosen.id,
            self.pack.id,
            wave,
            planned.kind,
            planned.postage,
            chosen.dispatched_on,
            chosen.delivered_by,
            len(parts),
        )
        data = write_batch(said, parts, self.signing, self.printroom)
        file = folder / f"{self.pack.id}-{wave}{batch_suffix(chosen.id)}"
        _write_whole(file, data)
        self.between("file written")
        digest = hashlib.sha256(data).hexdigest()
        post.released(self.sample, chosen.id, [part.ref for part in parts], digest)
        self.between("letters released")
        self._account(next(each for each in post.batches(self.sample, wave) if each.id == chosen.id))
        self.between("ledger told")
        return Released(
            chosen.id, wave, file, len(parts), chosen.dispatched_on, chosen.delivered_by, digest, stands.early
        )

    def stop(self, ref: LetterRef) -> date:
        """No further letter goes to this person; gives the day on which their contact dies (P05).

        Raises:
            Refused: nobody here has this reference: it was erased already, or never was.

        """
        here, delivered = post.last_delivery(self.sample, ref)
        if not here:
            raise Refused(
                "nobody here has this letter reference", where="sample stop", mend="they were erased, or it is mistyped"
            )
        today = self.clock.today()
        dies_on = today if delivered is None else delivered + timedelta(days=self.pack.retention.contact.days)
        post.stop(self.sample, ref, dies_on)
        return dies_on

    def _wave(self, name: str) -> tuple[Wave, list[str], list[str]]:
        """The wave, the ids of those before it, and of those after it."""
        ids = [str(wave.id) for wave in self.pack.waves]
        if name not in ids:
            raise Refused(f"this study has no wave {name}", where="letters release", mend=f"one of {', '.join(ids)}")
        place = ids.index(name)
        return self.pack.waves[place], ids[:place], ids[place + 1 :]

    def _batch(self, wave: str) -> Batch:
        """A batch as it would be now."""
        planned = self._wave(wave)[0]
        posted = dispatch_day(self.clock.now(), planned.dispatch_on)
        return Batch(
            secrets.token_hex(16),
            wave,
            "prepared",
            self.clock.today(),
            posted,
            delivery_day(posted, planned.postage),
            0,
            None,
        )

    def _death(self, of: Batch) -> date:
        return of.delivered_by + timedelta(days=self.pack.retention.contact.days)

    def _prepare(self, wave: str, earlier: list[str], later: list[str], before: list[Batch]) -> Batch:
        where = f"wave {wave}"
        if post.unconfirmed(self.sample):
            raise Refused(
                "a load is not finished", where=where, mend="run `troth sample load` with the same file again"
            )
        new = self._batch(wave)
        too_late = min(self.pack.collection.closes, self.pack.retention.contact.latest)
        if new.delivered_by > too_late:
            raise Refused(
                f"a letter released now comes by {new.delivered_by}, after {too_late}",
                where=where,
                mend="it can help nobody any more",
            )
        if post.standing(self.sample, wave, earlier, later).due:
            require_fresh(self.sample, self.pack, self.clock.today(), where=where)
        count = post.prepare(self.sample, new, earlier, later, self._death(new))
        if count:
            self.between("batch prepared")
            return new
        stands = post.standing(self.sample, wave, earlier, later)
        if stands.early:
            raise Refused(
                f"{stands.early} people wait for an earlier letter first",
                where=where,
                mend=f"release {earlier[0]} first",
            )
        if before:
            raise Refused(
                f"this wave was released on {before[-1].day}", where=where, mend="nobody else is due a letter of it"
            )
        raise Refused("nobody is due a letter", where=where, mend="load a sample first")

    def _parts(self, of: Batch) -> list[Part]:
        private: dict[str, BucketPrivate] = {}
        parts = []
        for sealed in post.contents(self.sample, of.id):
            if sealed.bucket not in private:
                private[sealed.bucket] = self.ring.private(read_bucket_id(sealed.bucket))
            parts.append(_uncover(sealed, of.wave, private[sealed.bucket]))
        return parts

    def _account(self, of: Batch) -> None:
        self.ledger.enter(
            "release",
            f"release {of.id}",
            of.day,
            {
                "wave": of.wave, "count": of.count, "digest": of.digest or "", "dispatched_on": of.dispatched_on.isoformat(),
                "delivered_by": of.delivered_by.isoformat(), "dies_by": self._death(of).isoformat(),
            },
        )  # fmt: skip


def _uncover(sealed: Sealed, wave: str, private: BucketPrivate) -> Part:
    """The two parcels without the bucket layer; what lies in them opens only in the print room."""
    here = sealed.ref.encode()
    contact = unlock(private, Locked(sealed.contact_wrapped, sealed.contact_sealed), Place("person", here, "contact"))
    data_key = open_data_key(private, sealed.code_wrapped, Place("person", here, "code"))
    return Part(sealed.ref, contact, open_sealed(data_key, sealed.code_sealed, Place("letter", here, f"code {wave}")))


def batch_suffix(batch_id: str) -> str:
    """How the name of that batch's file ends."""
    return f"-{batch_id[:8]}{SUFFIX}"


def drafts(folder: Path, name: str = f"*{SUFFIX}") -> list[Path]:
    """What releases that were killed while they wrote left there: contacts and codes that no bucket's death reaches (P05)."""
    return list(folder.glob(f".{name}.*"))


def _write_whole(file: Path, data: bytes) -> None:
    """The file is on the disk, whole or not at all, readable by its owner only, and no earlier draft of it."""
    draft = file.with_name(f".{file.name}.{secrets.token_hex(4)}")
    try:
        file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as handle:
            handle.write(data)
            handle.flush()
            os.fsync(handle.fileno())
        draft.replace(file)
        for left in drafts(file.parent, file.name):
            left.unlink(missing_ok=True)
        folder = os.open(file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except OSError as error:
        draft.unlink(missing_ok=True)
        raise StorageFailed(
            f"the batch file cannot be written ({error.strerror})",
            where=file.name,
            mend="Make room and run it again: the batch is the same",
        ) from None
