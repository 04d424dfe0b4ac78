"""What load asks of SAMPLE: an intake's life, and everybody of a file in one transaction. Letters leave by `post`."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, select, update

from troth.kit.errors import Refused
from troth.protocol.names import LetterRef  # noqa: TC001 - dataclass field
from troth.vaults.sample.schema import erasing, intake, letter, person, reserve

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from datetime import date

    from troth.keys.ring import Bucket, SealingRing
    from troth.storage.database import Database


@dataclass(frozen=True)
class Intake:
    """One load of one file: `begun`, `loaded` (everybody is stored) or `confirmed` (RESPONSES knows, the ledger too)."""

    id: str
    state: str
    day: date
    count: int
    digest: str


_INTAKE = ("id", "state", "day", "count", "digest")


@dataclass(frozen=True)
class NewPerson:
    """One person's row and letters, sealed. The `repr` tells the cell only."""

    ref: LetterRef = field(repr=False)
    cell: str
    contact_wrapped: bytes = field(repr=False)
    contact_sealed: bytes = field(repr=False)
    code_wrapped: bytes = field(repr=False)
    codes: Mapping[str, bytes] = field(repr=False)
    """Wave -> code part."""
    lookup: bytes = field(repr=False)
    supplier: bytes | None = field(default=None, repr=False)
    """Index of the supplier's own reference, where the study has one."""


@dataclass(frozen=True)
class NewReserve:
    """A code that stands by."""

    ref: LetterRef = field(repr=False)
    cell: str
    code_sealed: bytes = field(repr=False)


def intakes(database: Database) -> list[Intake]:
    """Every load."""
    with database.read() as connection:
        return [Intake(**row) for row in connection.execute(select(*(intake.c[name] for name in _INTAKE))).mappings()]


def begin(database: Database, intake_id: str, day: date, count: int, digest: str) -> None:
    """The load is noted before anything else is written anywhere.

    Raises:
        Refused: a load of the same file is noted already.

    """
    with database.write() as connection:
        if connection.scalar(select(intake.c.id).where(intake.c.digest == digest)) is not None:
            raise Refused("this file is being loaded already", where="sample load", mend="run the load again")
        row = {"id": intake_id, "state": "begun", "day": day, "count": count, "digest": digest}
        connection.execute(insert(intake), row)


def drop(database: Database, intake_id: str) -> None:
    """A load that stored nobody is forgotten."""
    with database.write() as connection:
        connection.execute(delete(intake).where(intake.c.id == intake_id, intake.c.state == "begun"))


def taken(database: Database) -> tuple[set[str], set[bytes]]:
    """Letter references in use, and the blind indexes of everybody here."""
    with database.read() as connection:
        refs = set(connection.scalars(select(person.c.ref))) | set(connection.scalars(select(reserve.c.ref)))
        return refs, {bytes(value) for value in connection.scalars(select(person.c.lookup))}


def store(
    database: Database,
    intake_id: str,
    people: Sequence[NewPerson],
    reserves: Sequence[NewReserve],
    *,
    ring: SealingRing,
    bucket: Bucket,
    latest: date,
) -> None:
    """Everybody of the file is in SAMPLE, in orders drawn afresh, and the intake is loaded: all in one transaction.

    Raises:
        Refused: the intake is not the one that was begun, or its bucket died meanwhile; nothing was changed, load again.

    """
    order = secrets.SystemRandom()
    rows: list[dict[str, Any]] = [
        {
            "ref": new.ref,
            "intake": intake_id,
            "cell": new.cell,
            "state": "live",
            "contact_wrapped": new.contact_wrapped,
            "contact_sealed": new.contact_sealed,
            "code_wrapped": new.code_wrapped,
            "bucket": bucket.id,
            "latest": latest,
            "dies_on": latest,
            "lookup": new.lookup,
            "supplier": new.supplier,
        }
        for new in people
    ]
    letters: list[dict[str, Any]] = [
        {"ref": new.ref, "wave": wave, "code_sealed": sealed, "state": "waiting"}
        for new in people
        for wave, sealed in new.codes.items()
    ]
    spare = [{"ref": new.ref, "cell": new.cell, "code_sealed": new.code_sealed} for new in reserves]
    for each in (rows, letters, spare):
        order.shuffle(each)
    again = Refused("the load was overtaken, and nothing was stored", where="vault sample", mend="run it again")
    with database.write() as connection:
        mine = (intake.c.id == intake_id) & (intake.c.state == "begun")
        if not connection.execute(update(intake).where(mine).values(state="loaded")).rowcount:
            raise again
        connection.execute(insert(person), rows)
        # Erasure locks the table before it notes a bucket, and takes the note away only when the key is gone: so after the
        # insert either its note is to be seen, or its key is missing, or it comes later and takes these rows along.
        if connection.scalar(select(func.count()).select_from(erasing).where(erasing.c.bucket == bucket.id)):
            raise again
        ring.public(bucket)
        connection.execute(insert(letter), letters)
        if spare:
            connection.execute(insert(reserve), spare)


def confirm(database: Database, intake_id: str) -> None:
    """The load is whole: its letters may go out. Confirming twice is done already."""
    with database.write() as connection:
        connection.execute(
            update(intake).where(intake.c.id == intake_id, intake.c.state == "loaded").values(state="confirmed")
        )
