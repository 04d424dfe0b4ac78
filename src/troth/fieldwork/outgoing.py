"""A prepared batch goes out: one sealed file, whole or not at all, its letters released, the ledger told.

Shared by the three kinds of batch: a wave's letters, replacements, and codes that stand by. Each step may be repeated after a
kill. The letters role takes off the bucket layer and reads nothing of what lies under it (P05, P06).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import date  # noqa: TC003 - dataclass field
from pathlib import Path  # noqa: TC003 - dataclass field
from typing import TYPE_CHECKING, Final

from troth.fieldwork.batch import Manifest, Part, write_batch
from troth.keys.ring import read_bucket_id
from troth.kit.steps import go_on
from troth.protocol.bucket import Locked, open_data_key, unlock
from troth.protocol.seal import Place, open_sealed
from troth.storage import whole

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from troth.keys.ring import Ring
    from troth.protocol.names import AgeRecipient, BucketPrivate, SigningPrivate
    from troth.vaults.ledger.store import Ledger
    from troth.vaults.sample.post import Batch, Sealed

SUFFIX: Final = ".letters.age"


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
    part: int = 1
    parts: int = 1
    load: str = ""


@dataclass(frozen=True)
class Outgoing:
    """Seals, writes and accounts for batches of one study."""

    study: str
    ledger: Ledger
    ring: Ring
    signing: SigningPrivate = field(repr=False)
    printroom: AgeRecipient
    between: Callable[[str], None] = go_on

    def send(
        self, of: Batch, kind: str, postage: str, parts: Sequence[Part], *, folder: Path, mark: Callable[[str], None]
    ) -> Released:
        """The batch lies in one file in that folder, and is released.

        Args:
            of: the batch as it was prepared.
            kind: which letter it is: the wave's own kind.
            postage: how it is posted.
            parts: what lies in it.
            folder: where the file goes.
            mark: writes into SAMPLE that it is released, given the file's SHA-256.

        Raises:
            StorageFailed: the database or the disk refused; running again goes on with the same batch.

        """
        said = Manifest(
            of.id, self.study, of.wave, kind, postage, of.dispatched_on, of.delivered_by, len(parts), of.kind, of.part,
            of.parts, of.intake or "",
        )  # fmt: skip
        data = write_batch(said, parts, self.signing, self.printroom)
        file = self._file(of, folder)
        whole.write_whole(file, data)
        self.between("file written")
        digest = hashlib.sha256(data).hexdigest()
        mark(digest)
        self.between("letters released")
        return Released(
            of.id, of.wave, file, len(parts), of.dispatched_on, of.delivered_by, digest, 0, of.part, of.parts,
            of.intake or "",
        )  # fmt: skip

    def forget(self, of: Batch, folder: Path) -> None:
        """Nobody is left in a batch that was never released: what a kill left of its file in that folder is gone."""
        file = self._file(of, folder)
        for left in (file, *whole.drafts(folder, file.name)):
            left.unlink(missing_ok=True)

    def _file(self, of: Batch, folder: Path) -> Path:
        return folder / f"{self.study}-{_named(of)}{batch_suffix(of.id)}"

    def account(self, of: Batch, more: Mapping[str, str | int]) -> None:
        """The ledger says that the batch left, once. `of` as it stands after its release."""
        body: dict[str, str | int | list[str] | list[int]] = {
            "wave": of.wave, "count": of.count, "digest": of.digest or "", "dispatched_on": of.dispatched_on.isoformat(),
            "delivered_by": of.delivered_by.isoformat(), **more,
        }  # fmt: skip
        if of.parts > 1:
            body |= {"part": of.part, "parts": of.parts}
        if of.intake:
            body["load"] = of.intake
        kind = "release" if of.kind == "wave" else of.kind
        if self.ledger.enter(kind, f"{kind} {of.id}", of.day, body):
            self.between("ledger told")

    def uncover(self, sealed: Sequence[Sealed], wave: Callable[[Sealed], str]) -> list[Part]:
        """The parcels without the bucket layer; what lies in them opens only in the print room. Raises KeyMissing, CannotOpen."""
        private: dict[str, BucketPrivate] = {}
        parts = []
        for each in sealed:
            if each.bucket not in private:
                private[each.bucket] = self.ring.private(read_bucket_id(each.bucket))
            parts.append(_uncover(each, wave(each), private[each.bucket]))
        return parts


def _named(of: Batch) -> str:
    part = f"-part-{of.part}-of-{of.parts}" if of.parts > 1 else ""
    return {"wave": of.wave, "replacement": f"{of.wave}-again", "reserve": "reserve"}[of.kind] + part


def _uncover(sealed: Sealed, wave: str, private: BucketPrivate) -> Part:
    here = sealed.ref.encode()
    contact = unlock(private, Locked(sealed.contact_wrapped, sealed.contact_sealed), Place("person", here, "contact"))
    data_key = open_data_key(private, sealed.code_wrapped, Place("person", here, "code"))
    return Part(sealed.ref, contact, open_sealed(data_key, sealed.code_sealed, Place("letter", here, f"code {wave}")))


def batch_suffix(batch_id: str) -> str:
    """How the name of that batch's file ends."""
    return f"-{batch_id[:8]}{SUFFIX}"


def drafts(folder: Path) -> list[Path]:
    """What releases that were killed while they wrote left there: contacts and codes that no bucket's death reaches (P05)."""
    return whole.drafts(folder, f"*{SUFFIX}")
