"""What release asks of SAMPLE: whose letters are due, batches of them, and people who want no more letters.

Every date here only ever moves earlier (P05): each statement that writes `dies_on` says so in its condition.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, Literal

from sqlalchemy import and_, exists, func, insert, not_, select, text, update

from troth.protocol.names import LetterRef
from troth.vaults.sample.schema import batch, intake, letter, person, receipt

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy import ColumnElement, Connection
    from sqlalchemy.engine import Row

    from troth.storage.database import Database

_CHUNK = 500
Kind = Literal["wave", "replacement", "reserve"]


@dataclass(frozen=True)
class Batch:
    """One file for the print room: `prepared` (its letters are fixed) or `released` (the file is whole)."""

    id: str
    wave: str
    state: str
    day: date
    dispatched_on: date
    delivered_by: date
    count: int
    digest: str | None
    kind: Kind = "wave"
    part: int = 1
    parts: int = 1
    intake: str | None = None
    """The load that everybody in it came with, where the release was asked to keep loads apart."""


@dataclass(frozen=True)
class CellDeath:
    """Of one cell: how many letters are due, and between which days these contacts die."""

    cell: str
    count: int
    dies_first: date
    dies_last: date


@dataclass(frozen=True)
class Sealed:
    """One letter's sealed parts with what is needed to take off the bucket layer. The `repr` tells nothing."""

    ref: LetterRef = field(repr=False)
    bucket: str
    contact_wrapped: bytes = field(repr=False)
    contact_sealed: bytes = field(repr=False)
    code_wrapped: bytes = field(repr=False)
    code_sealed: bytes = field(repr=False)


@dataclass(frozen=True)
class Standing:
    """How a wave stands: letters that could go out now, and live people who wait for an earlier wave first."""

    due: int
    early: int
    last: int
    """Of those due, for how many it is the last letter."""


def batches(database: Database, wave: str | None = None, kind: Kind | None = None) -> list[Batch]:
    """Every batch; of one wave or kind if asked; the oldest first, parts in their order."""
    statement = select(batch).order_by(batch.c.day, batch.c.part, batch.c.id)
    if wave is not None:
        statement = statement.where(batch.c.wave == wave)
    if kind is not None:
        statement = statement.where(batch.c.kind == kind)
    return [Batch(**row._mapping) for row in database.rows(statement)]  # noqa: SLF001 - SQLAlchemy's documented name


def standing(database: Database, wave: str, earlier: Sequence[str], later: Sequence[str]) -> Standing:
    """How the wave stands, given the study's waves before and after it."""
    with database.read() as connection:
        waiting = _waiting(wave)
        ready = waiting & not_(_has(earlier))
        due, early, last = (
            int(connection.scalar(select(func.count()).select_from(person).where(condition)) or 0)
            for condition in (ready, waiting & _has(earlier), ready & not_(_has(later)))
        )
    return Standing(due, early, last)


def unconfirmed(database: Database) -> bool:
    """Whether a load was begun and is not finished, with people or codes of it here: its letters wait."""
    open_ = intake.c.state.in_(("loading", "loaded"))
    with database.read() as connection:
        return bool(connection.scalar(select(func.count()).select_from(intake).where(open_)))


def deaths(
    database: Database, wave: str, earlier: Sequence[str], later: Sequence[str], dies_on: date
) -> list[CellDeath]:
    """Cell by cell, when the contacts whose letter of that wave is due would die if it were released now."""
    ready = _waiting(wave) & not_(_has(earlier))
    days = (func.count(), func.min(person.c.dies_on), func.max(person.c.dies_on))
    found: dict[str, CellDeath] = {}
    with database.read() as connection:
        for last in (True, False):
            which = ready & (not_(_has(later)) if last else _has(later))
            rows = connection.execute(select(person.c.cell, *days).where(which).group_by(person.c.cell)).all()
            for cell, count, first, longest in rows:
                ends = (min(first, dies_on), min(longest, dies_on)) if last else (first, longest)
                known = found.get(cell, CellDeath(cell, 0, *ends))
                found[cell] = CellDeath(
                    cell, known.count + count, min(known.dies_first, ends[0]), max(known.dies_last, ends[1])
                )
    return [found[cell] for cell in sorted(found)]


def alike(database: Database, wave: str, earlier: Sequence[str]) -> int:
    """How many letters of that wave are due to a name and postcode to which another person's letters go as well."""
    other = person.alias("other")
    shared = exists().where((other.c.lookup == person.c.lookup) & (other.c.ref != person.c.ref))
    due = _waiting(wave) & not_(_has(earlier)) & shared
    with database.read() as connection:
        return int(connection.scalar(select(func.count()).select_from(person).where(due)) or 0)


def prepare(
    database: Database,
    new: Batch,
    earlier: Sequence[str],
    later: Sequence[str],
    dies_on: date,
    *,
    split: int | None = None,
    by_load: bool = False,
) -> list[Batch]:
    """The letters that are due are in batches, and whoever gets no other dies on `dies_on` at the latest.

    One transaction. Nobody is due who is stopped, whose load is not confirmed, or who waits for an earlier wave.

    Args:
        database: SAMPLE.
        new: what the batches are; each gets an id and a count of its own.
        earlier: the waves before this one.
        later: the waves after it.
        dies_on: the death of those whose last letter this is.
        split: a batch has at most so many letters.
        by_load: the people of one batch all came with one load.

    """
    with database.write() as connection:
        lock(connection)
        due = _waiting(new.wave) & not_(_has(earlier))
        rows = connection.execute(select(person.c.ref, person.c.intake).where(due).order_by(person.c.ref)).all()
        loads = sorted({row.intake for row in rows}) if by_load else [None]
        groups = [
            (load, refs[start : start + (split or len(refs))])
            for load in loads
            for refs in [[row.ref for row in rows if load in (None, row.intake)]]
            for start in range(0, len(refs), split or len(refs) or 1)
        ]
        made = []
        for part, (load, refs) in enumerate(groups, start=1):
            each = replace(
                new, id=secrets.token_hex(16), count=len(refs), part=part, parts=len(groups), intake=load
            )  # fmt: skip
            connection.execute(insert(batch), vars(each))
            made.append(each)
            for some in chunks(refs):
                mine = letter.c.ref.in_(some) & (letter.c.wave == new.wave)
                connection.execute(update(letter).where(mine).values(batch=each.id, delivered_by=new.delivered_by))
                last = person.c.ref.in_(some) & not_(_has(later)) & (person.c.dies_on > dies_on)
                connection.execute(update(person).where(last).values(dies_on=dies_on))
    return made


def lock(connection: Connection) -> None:
    """Two releases at once take turns, and erasure, which locks person before letter, is not met the other way round."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("LOCK TABLE batch IN EXCLUSIVE MODE"))
        connection.execute(text("LOCK TABLE person IN ROW EXCLUSIVE MODE"))


def contents(database: Database, batch_id: str) -> list[Sealed]:
    """The batch's letters of people who are here and still want them, in the order of their references."""
    joined = letter.join(person, person.c.ref == letter.c.ref)
    mine = (letter.c.batch == batch_id) & (person.c.state == "live")
    statement = select(*SEALED).select_from(joined).where(mine).order_by(person.c.ref)
    with database.read() as connection:
        return [sealed_row(row) for row in connection.execute(statement)]


def released(database: Database, batch_id: str, refs: Sequence[LetterRef], digest: str) -> None:
    """The batch's file is whole: those letters are released, and the batch keeps the file's digest."""
    with database.write() as connection:
        for some in chunks(refs):
            mine = letter.c.ref.in_(some) & (letter.c.batch == batch_id)
            connection.execute(update(letter).where(mine).values(state="released"))
        whole(connection, batch_id, len(refs), digest)


def whole(connection: Connection, batch_id: str, count: int, digest: str) -> None:
    """The batch is released: its file is whole, with so many letters and that digest."""
    done = {"state": "released", "count": count, "digest": digest}
    connection.execute(update(batch).where(batch.c.id == batch_id).values(**done))


def dying(database: Database) -> tuple[date, date] | None:
    """The first and the last day on which somebody here dies; None when nobody is here."""
    ((first, last),) = database.rows(select(func.min(person.c.dies_on), func.max(person.c.dies_on)))
    return None if first is None else (first, last)


def first_latest(database: Database) -> date | None:
    """The earliest of the latest dates that were fixed for those who are here; None when nobody is."""
    found: date | None = database.rows(select(func.min(person.c.latest)))[0][0]
    return found


def people(database: Database) -> int:
    """How many contacts are here."""
    with database.read() as connection:
        return int(connection.scalar(select(func.count()).select_from(person)) or 0)


def outliving(database: Database, today: date) -> int:
    """How many people are still here though their day, or the latest day of all, has come."""
    late = (person.c.dies_on <= today) | (person.c.latest <= today)
    return int(database.rows(select(func.count()).select_from(person).where(late))[0][0])


def _waiting(wave: str) -> ColumnElement[bool]:
    """Live people of confirmed loads whose letter of that wave is in no batch yet, and who need it: of whom there is no receipt."""
    mine = (
        (letter.c.ref == person.c.ref)
        & (letter.c.wave == wave)
        & (letter.c.state == "waiting")
        & letter.c.batch.is_(None)
    )
    whole = exists().where((intake.c.id == person.c.intake) & (intake.c.state == "confirmed"))
    done = exists().where(receipt.c.ref == person.c.ref)
    return and_(person.c.state == "live", exists().where(mine), whole, not_(done))


def _has(waves: Sequence[str]) -> ColumnElement[bool]:
    """People with a letter of one of these waves that has not been released."""
    return exists().where((letter.c.ref == person.c.ref) & letter.c.wave.in_(waves) & (letter.c.state == "waiting"))


def sealed_row(row: Row[*tuple[Any, ...]]) -> Sealed:
    """A row of `SEALED`."""
    parts = (row.contact_wrapped, row.contact_sealed, row.code_wrapped, row.code_sealed)
    return Sealed(LetterRef(row.ref), row.bucket, *(bytes(part) for part in parts))


SEALED = (
    person.c.ref, person.c.bucket, person.c.contact_wrapped, person.c.contact_sealed, person.c.code_wrapped,
    letter.c.code_sealed,
)  # fmt: skip
"""The columns that a `Sealed` is made of."""


def chunks(refs: Sequence[str]) -> list[Sequence[str]]:
    """As many references as one statement takes."""
    return [refs[start : start + _CHUNK] for start in range(0, len(refs), _CHUNK)]
