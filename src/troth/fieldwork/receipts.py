"""A receipt batch: whose response is complete, in tags, of at least k a cell, from the flush to the role `letters` (P04, P06).

Only where a study chooses targeted reminders. Lines inside an age file: a manifest (batch, study, day, how many tags a cell, SHA-256 of
the tags), the installation's signature over it, and the tags, in one order drawn over all cells.

Why the two vaults cannot be joined by it. A tag comes from the code by a label of its own (`protocol.root`): neither it nor the
handle gives the other. In RESPONSES it lies under the strip layer alone, whose key the flush destroys; it is seen beside a record
by the flush process, in memory, for the moment of the move. What leaves names no handle and no record, and of a cell at least as
many people as k, or nobody. What is conceded, and to whom, is in docs/threat-model.md.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from troth.fieldwork.respondents import NO_TAG
from troth.kit.errors import CannotOpen, Refused
from troth.protocol.names import Tag
from troth.protocol.signed import Frame
from troth.vaults.responses.flush import Receipts

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from troth.protocol.names import AgeIdentity, AgeRecipient, SigningPrivate, SigningPublic

FORMAT: Final = "troth-receipts-1"
SUFFIX: Final = ".receipts.age"
_LENGTH: Final = 16
_MEND: Final = "take nothing from it, and ask for the flush's own file"
FRAME: Final = Frame(
    b"troth receipts manifest\0",
    where="receipts",
    unsigned="the receipts are not signed by this installation",
    broken="this is not a receipt batch",
    mend=_MEND,
)


@dataclass(frozen=True)
class Handing:
    """What the flush process needs to hand receipts over: the ledger's key, and whom they are for."""

    study: str
    k: int
    signing: SigningPrivate = field(repr=False)
    to: AgeRecipient
    folder: Path
    """Where the files go."""

    def of(self, day: date) -> Callable[[Mapping[str, Sequence[bytes]]], Receipts | None]:
        """Makes the receipt batch of a flush on that day."""
        return lambda tags: self.batch(tags, day)

    def batch(self, tags: Mapping[str, Sequence[bytes]], day: date) -> Receipts | None:
        """The tags of every cell that has at least k of them, sealed; None: no cell has.

        Who began before the study was targeted has no tag in their last step: they get their reminder.
        """
        due = {cell: [tag for tag in some if len(tag) == _LENGTH and tag != NO_TAG] for cell, some in tags.items()}
        due = {cell: some for cell, some in due.items() if len(some) >= self.k}
        if not due:
            return None
        counts = {cell: len(some) for cell, some in sorted(due.items())}
        mixed = [Tag(tag) for some in due.values() for tag in some]
        secrets.SystemRandom().shuffle(mixed)
        told = Told(secrets.token_hex(16), self.study, day, counts, tuple(mixed))
        return Receipts(told.batch, day, write_receipts(told, self.signing, self.to), counts)

    def file(self, batch_id: str) -> Path:
        """Where that batch's file lies."""
        return self.folder / f"{self.study}-{batch_id[:8]}{SUFFIX}"


@dataclass(frozen=True)
class Told:
    """What a receipt batch says. The `repr` tells no tag."""

    batch: str
    study: str
    day: date
    counts: Mapping[str, int]
    tags: tuple[Tag, ...] = field(repr=False)


def write_receipts(told: Told, signing: SigningPrivate, to: AgeRecipient) -> bytes:
    """The batch as an age file (binary). Its length tells how many tags there are, which the ledger tells too."""
    body = b"".join(told.tags)
    said = {
        "format": FORMAT, "batch": told.batch, "study": told.study, "day": told.day.isoformat(), "counts": dict(told.counts),
        "digest": hashlib.sha256(body).hexdigest(),
    }  # fmt: skip
    head = json.dumps(said, ensure_ascii=False, separators=(",", ":")).encode()
    return FRAME.seal(head, [base64.b64encode(body)], signing, to)


def read_receipts(data: bytes, identity: AgeIdentity, signed_by: SigningPublic, *, study: str, k: int) -> Told:
    """The batch, whole and as the flush handed it over.

    Raises:
        CannotOpen: not for this role, not signed by this installation, or changed since. Refused: of another study or format, or of
            fewer than k people of a cell.

    """
    head, lines = FRAME.open(data, identity, signed_by)
    try:
        body = base64.b64decode(lines[0], validate=True)
        said = json.loads(head)
        if said["format"] != FORMAT:
            raise Refused(f"receipts of another format than {FORMAT}", where="receipts", mend="use the program's own")
        told = _told(said, body)
    except (IndexError, ValueError, KeyError, TypeError, AttributeError):
        raise FRAME.no() from None
    whole = len(body) == _LENGTH * sum(told.counts.values()) and len(set(told.tags)) == len(told.tags)
    if len(lines) != 1 or said["digest"] != hashlib.sha256(body).hexdigest() or not whole:
        raise CannotOpen("the tags are not those of the manifest", where="receipts", mend=_MEND)
    if told.study != study:
        raise Refused("these receipts are of another study", where="receipts", mend="bring this study's own")
    if any(count < k for count in told.counts.values()):
        raise Refused(f"receipts of fewer than {k} people of a cell", where="receipts", mend=_MEND)
    return told


def _told(said: dict[str, Any], body: bytes) -> Told:
    counts = {str(cell): int(count) for cell, count in said["counts"].items()}
    tags = tuple(Tag(body[at : at + _LENGTH]) for at in range(0, len(body), _LENGTH))
    return Told(str(said["batch"]), str(said["study"]), date.fromisoformat(said["day"]), counts, tags)
