"""How a hold is sealed: one data key under the bucket of its review date, over the record and over the terms, each of one size.

The record is a parcel for the officer alone, so the role `holds`, which takes the bucket layer off, reads none. The terms (the
reference that the record had, and the signatures) are that role's to open: it must know a record again, and a check must verify.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from troth.keys.ring import read_bucket_id
from troth.kit.errors import CannotOpen
from troth.protocol.bucket import new_data_key, open_data_key
from troth.protocol.parcel import open_parcel, seal_parcel
from troth.protocol.seal import Place, open_sealed, pad, seal, unpad

if TYPE_CHECKING:
    from troth.keys.ring import Bucket, Ring
    from troth.protocol.names import RecipientPrivate, RecipientPublic
    from troth.vaults.holds.store import Hold, Proposal

RECORD_SIZE: Final = 4096
TERMS_SIZE: Final = 512


@dataclass(frozen=True)
class Agreed:
    """Who agreed to what record. The `repr` tells nothing."""

    ref: str = field(repr=False)
    signed: tuple[tuple[str, bytes], ...] = field(repr=False)
    """(Approver's name, signature of 64 bytes), the first approver first."""


def fresh(ring: Ring, bucket: Bucket, id_: str) -> tuple[bytes, bytes]:
    """A new data key for that row, and its wrapped form under the bucket. Raises KeyMissing."""
    return new_data_key(ring.public(bucket), _place(id_, "record"))


def data_key(ring: Ring, row: Hold | Proposal) -> bytes:
    """The row's data key. Raises KeyMissing: its day has come. CannotOpen: changed."""
    return open_data_key(ring.private(read_bucket_id(row.bucket)), row.wrapped, _place(row.id, "record"))


def seal_terms(key: bytes, id_: str, agreed: Agreed) -> bytes:
    """The terms of that row, of one size."""
    said = {"ref": agreed.ref, "signed": [[name, signature.hex()] for name, signature in agreed.signed]}
    return seal(key, pad(json.dumps(said).encode(), TERMS_SIZE), _place(id_, "terms"))


def open_terms(key: bytes, row: Hold | Proposal) -> Agreed:
    """The terms of that row. Raises CannotOpen: changed, moved, or something else."""
    try:
        said = json.loads(unpad(open_sealed(key, row.terms, _place(row.id, "terms"))))
        return Agreed(str(said["ref"]), tuple((str(name), bytes.fromhex(made)) for name, made in said["signed"]))
    except (ValueError, KeyError, TypeError):
        raise CannotOpen("the terms of a hold are something else", where="hold") from None


def seal_record(key: bytes, id_: str, record: bytes, officer: RecipientPublic, study: str) -> bytes:
    """The record for its officer alone, of one size. Raises Refused: it is longer than that."""
    parcel = seal_parcel([officer], record, RECORD_SIZE, Place("held", id_.encode(), "record", study))
    return seal(key, parcel, _place(id_, "sealed"))


def open_record(key: bytes, row: Hold, officer: RecipientPrivate, study: str) -> bytes:
    """The record, by its officer. Raises CannotOpen: another officer's, changed, or moved."""
    parcel = open_sealed(key, row.sealed, _place(row.id, "sealed"))
    return open_parcel(officer, parcel, Place("held", row.id.encode(), "record", study))


def _place(id_: str, column: str) -> Place:
    return Place("held", id_.encode(), column)
