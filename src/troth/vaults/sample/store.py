"""What load asks of SAMPLE: an intake's life, and everybody of a file, part by part. Letters leave by `post`."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from datetime import date  # noqa: TC003 - dataclass field
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, exists, func, insert, select, text, update

from troth.kit.errors import Refused
from troth.protocol.names import LetterRef, Tag  # noqa: TC001 - dataclass field
from troth.vaults.sample.schema import erasing, intake, letter, person, reserve, staged

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from troth.keys.ring import Bucket, SealingRing
    from troth.storage.database import Database


_CHUNK = 500


@dataclass(frozen=True)
class Intake:
    """One load of one file.

    `begun` (nothing is stored), `loading` (some are), `loaded` (everybody is), `confirmed` (RESPONSES knows, the ledger too).
    """

    id: str
    state: str
    day: date
    count: int
    digest: str
    sealed: int = 0
    """People and codes that stand by which are stored."""
    rows: str | None = None
    """Keyed digest of what was read."""


_INTAKE = ("id", "state", "day", "count", "digest", "sealed", "rows")


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
    tag: Tag | None = field(default=None, repr=False)
    """Where the study's reminders are targeted: what tells, at a flush, that this person needs none."""
    stopped: str | None = None
    """Why they get no letter: they had been stopped when they came with another load. Their contact dies on the day of the load (P05)."""


@dataclass(frozen=True)
class NewReserve:
    """A code that stands by."""

    ref: LetterRef = field(repr=False)
    cell: str
    code_sealed: bytes = field(repr=False)


def intakes(database: Database) -> list[Intake]:
    """Every load."""
    return [Intake(**row._mapping) for row in database.rows(select(*(intake.c[name] for name in _INTAKE)))]  # noqa: SLF001 - SQLAlchemy's own name for it


def begin(database: Database, new: Intake) -> None:
    """The load is noted before anything else is written anywhere.

    Raises:
        Refused: a load of the same file is noted already.

    """
    with database.write() as connection:
        if connection.scalar(select(intake.c.id).where(intake.c.digest == new.digest)) is not None:
            raise Refused("this file is being loaded already", where="sample load", mend="run the load again")
        connection.execute(insert(intake), {name: getattr(new, name) for name in _INTAKE})


def drop(database: Database, intake_id: str) -> int:
    """A load that is not whole is forgotten, with whom it had stored; counts them. Nobody was ever sent their codes.

    The caller has seen that RESPONSES did not confirm it. On PostgreSQL what was deleted is in the files
    until they are recycled: it lies under the bucket's key, as all of it.
    """
    with database.write() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("LOCK TABLE person IN EXCLUSIVE MODE"))
        mine = (intake.c.state != "confirmed") & (intake.c.id == intake_id)
        if connection.scalar(select(intake.c.id).where(mine)) is None:
            return 0
        refs = select(person.c.ref).where(person.c.intake == intake_id)
        connection.execute(delete(letter).where(letter.c.ref.in_(refs)))
        gone = connection.execute(delete(person).where(person.c.intake == intake_id)).rowcount
        connection.execute(delete(reserve).where(reserve.c.intake == intake_id))
        connection.execute(delete(staged).where(staged.c.intake == intake_id))
        connection.execute(delete(intake).where(intake.c.id == intake_id))
        return gone


def taken(database: Database, refs: Sequence[str]) -> set[str]:
    """Those of the letter references that somebody or some code has already."""
    found: set[str] = set()
    with database.read() as connection:
        for start in range(0, len(refs), _CHUNK):
            some = refs[start : start + _CHUNK]
            for table in (person, reserve):
                found |= set(connection.scalars(select(table.c.ref).where(table.c.ref.in_(some))))
    return found


def repeated(database: Database, intake_id: str) -> int:
    """People of that load who share name and postcode with another row: of an earlier load, or one before them in this."""
    other = person.alias()
    elsewhere = exists().where((other.c.lookup == person.c.lookup) & (other.c.intake != intake_id))
    mine = person.c.intake == intake_id
    with database.read() as connection:
        people = connection.scalar(select(func.count()).select_from(person).where(mine)) or 0
        fresh = connection.scalar(select(func.count(person.c.lookup.distinct())).where(mine & ~elsewhere)) or 0
    return int(people) - int(fresh)


def stagings(database: Database, intake_id: str) -> list[tuple[int, bytes]]:
    """(Part, its sealed handles) of a load, in order."""
    statement = select(staged.c.n, staged.c.handles_sealed).where(staged.c.intake == intake_id).order_by(staged.c.n)
    with database.read() as connection:
        return [(row.n, bytes(row.handles_sealed)) for row in connection.execute(statement)]


@dataclass(frozen=True)
class Part:
    """What one part of a load stores, in one transaction."""

    people: Sequence[NewPerson]
    reserves: Sequence[NewReserve]
    handles_sealed: bytes = field(repr=False)
    last: bool
    day: date
    """Today."""


def store(database: Database, mine: Intake, part: Part, *, ring: SealingRing, bucket: Bucket, latest: date) -> Intake:
    """A part of the file is in SAMPLE, in orders drawn afresh, and the intake says so: all in one transaction. Gives the intake.

    Raises:
        Refused: the intake is not as far as `mine` says, or its bucket died meanwhile; nothing was changed, load again.

    """
    order = secrets.SystemRandom()
    rows: list[dict[str, Any]] = [
        {
            "ref": new.ref,
            "intake": mine.id,
            "cell": new.cell,
            "state": "stopped" if new.stopped else "live",
            "reason": new.stopped,
            "contact_wrapped": new.contact_wrapped,
            "contact_sealed": new.contact_sealed,
            "code_wrapped": new.code_wrapped,
            "bucket": bucket.id,
            "latest": latest,
            "dies_on": min(part.day, latest) if new.stopped else latest,
            "lookup": new.lookup,
            "supplier": new.supplier,
            "tag": new.tag,
        }
        for new in part.people
    ]
    letters: list[dict[str, Any]] = [
        {"ref": new.ref, "wave": wave, "code_sealed": sealed, "state": "waiting"}
        for new in part.people
        for wave, sealed in new.codes.items()
    ]
    spare = [
        {"ref": new.ref, "cell": new.cell, "code_sealed": new.code_sealed, "intake": mine.id} for new in part.reserves
    ]
    for each in (rows, letters, spare):
        order.shuffle(each)
    after = replace(mine, state="loaded" if part.last else "loading", sealed=mine.sealed + len(rows) + len(spare))
    again = Refused(
        "the load was overtaken, and nothing of this part was stored", where="vault sample", mend="run it again"
    )
    with database.write() as connection:
        here = (intake.c.id == mine.id) & (intake.c.state == mine.state) & (intake.c.sealed == mine.sealed)
        change = update(intake).where(here).values(state=after.state, sealed=after.sealed)
        if not connection.execute(change).rowcount:
            raise again
        if rows:
            connection.execute(insert(person), rows)
        # Erasure locks the table before it notes a bucket, and takes the note away only when the key is gone: so after the
        # insert either its note is to be seen, or its key is missing, or it comes later and takes these rows along.
        if connection.scalar(select(func.count()).select_from(erasing).where(erasing.c.bucket == bucket.id)):
            raise again
        ring.public(bucket)
        if letters:
            connection.execute(insert(letter), letters)
        if spare:
            connection.execute(insert(reserve), spare)
        # A part's number is how far the load had come: each has its own.
        row = {"intake": mine.id, "n": mine.sealed, "handles_sealed": part.handles_sealed}
        connection.execute(insert(staged), row)
    return after


def confirm(database: Database, intake_id: str) -> None:
    """The load is whole: its letters may go out, and no sealed list of handles is left. Confirming twice is done already."""
    with database.write() as connection:
        connection.execute(delete(staged).where(staged.c.intake == intake_id))
        connection.execute(
            update(intake).where(intake.c.id == intake_id, intake.c.state == "loaded").values(state="confirmed")
        )
