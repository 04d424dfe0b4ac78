"""What release asks of SAMPLE: whose letters are due, batches of them, and people who want no more letters.

Every date here only ever moves earlier (P05): each statement that writes `dies_on` says so in its condition.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import and_, exists, func, insert, not_, select, text, update

from troth.protocol.names import LetterRef
from troth.vaults.sample.schema import batch, intake, letter, person

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy import ColumnElement
    from sqlalchemy.engine import Row

    from troth.storage.database import Database

_CHUNK = 500


@dataclass(frozen=True)
class Batch:
    """One release of one wave: `prepared` (its letters are fixed) or `released` (its file is whole)."""

    id: str
    wave: str
    state: str
    day: date
    dispatched_on: date
    delivered_by: date
    count: int
    digest: str | None


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


def batches(database: Database, wave: str | None = None) -> list[Batch]:
    """Every batch; of one wave if asked; the oldest first."""
    statement = select(batch).order_by(batch.c.day, batch.c.id)
    if wave is not None:
        statement = statement.where(batch.c.wave == wave)
    with database.read() as connection:
        return [Batch(**row) for row in connection.execute(statement).mappings()]


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
    """Whether a load is not finished: its letters wait."""
    with database.read() as connection:
        return bool(connection.scalar(select(func.count()).select_from(intake).where(intake.c.state == "loaded")))


def prepare(database: Database, new: Batch, earlier: Sequence[str], later: Sequence[str], dies_on: date) -> int:
    """The letters that are due are the batch's own, and whoever gets no other dies on `dies_on` at the latest; counts them.

    One transaction. Nobody is due who is stopped, whose load is not confirmed, or who waits for an earlier wave.
    """
    with database.write() as connection:
        if connection.dialect.name == "postgresql":
            # Two releases at once take turns, and erasure, which locks person before letter, is not met the other way round.
            connection.execute(text("LOCK TABLE batch IN EXCLUSIVE MODE"))
            connection.execute(text("LOCK TABLE person IN ROW EXCLUSIVE MODE"))
        refs = list(connection.scalars(select(person.c.ref).where(_waiting(new.wave) & not_(_has(earlier)))))
        if not refs:
            return 0
        connection.execute(insert(batch), {**_row(new), "count": len(refs)})
        for some in _chunks(refs):
            mine = letter.c.ref.in_(some) & (letter.c.wave == new.wave)
            connection.execute(update(letter).where(mine).values(batch=new.id, delivered_by=new.delivered_by))
            last = person.c.ref.in_(some) & not_(_has(later)) & (person.c.dies_on > dies_on)
            connection.execute(update(person).where(last).values(dies_on=dies_on))
    return len(refs)


def contents(database: Database, batch_id: str) -> list[Sealed]:
    """The batch's letters of people who are here and still want them, in the order of their references."""
    columns = (
        person.c.ref, person.c.bucket, person.c.contact_wrapped, person.c.contact_sealed, person.c.code_wrapped,
        letter.c.code_sealed,
    )  # fmt: skip
    joined = letter.join(person, person.c.ref == letter.c.ref)
    mine = (letter.c.batch == batch_id) & (person.c.state == "live")
    statement = select(*columns).select_from(joined).where(mine).order_by(person.c.ref)
    with database.read() as connection:
        return [_sealed(row) for row in connection.execute(statement)]


def released(database: Database, batch_id: str, refs: Sequence[LetterRef], digest: str) -> None:
    """The batch's file is whole: those letters are released, and the batch keeps the file's digest."""
    with database.write() as connection:
        for some in _chunks(list(refs)):
            mine = letter.c.ref.in_(some) & (letter.c.batch == batch_id)
            connection.execute(update(letter).where(mine).values(state="released"))
        done = {"state": "released", "count": len(refs), "digest": digest}
        connection.execute(update(batch).where(batch.c.id == batch_id).values(**done))


def last_delivery(database: Database, ref: LetterRef) -> tuple[bool, date | None]:
    """Whether the person is here, and the latest day that their own last letter comes; None when none went out."""
    with database.read() as connection:
        here = connection.scalar(select(person.c.ref).where(person.c.ref == ref)) is not None
        return here, connection.scalar(select(func.max(letter.c.delivered_by)).where(letter.c.ref == ref))


def stop(database: Database, ref: LetterRef, dies_on: date) -> None:
    """No further letter goes to this person; they die on `dies_on`, or earlier if they were to."""
    with database.write() as connection:
        mine = person.c.ref == ref
        connection.execute(update(person).where(mine).values(state="stopped"))
        connection.execute(update(person).where(mine & (person.c.dies_on > dies_on)).values(dies_on=dies_on))


def dying(database: Database) -> tuple[date, date] | None:
    """The first and the last day on which somebody here dies; None when nobody is here."""
    with database.read() as connection:
        first, last = connection.execute(select(func.min(person.c.dies_on), func.max(person.c.dies_on))).one()
    return None if first is None else (first, last)


def outliving(database: Database, today: date) -> int:
    """How many people are still here though their day, or the latest day of all, has come."""
    late = (person.c.dies_on <= today) | (person.c.latest <= today)
    with database.read() as connection:
        return int(connection.scalar(select(func.count()).select_from(person).where(late)) or 0)


def _waiting(wave: str) -> ColumnElement[bool]:
    """Live people of confirmed loads whose letter of that wave is in no batch yet."""
    mine = (
        (letter.c.ref == person.c.ref)
        & (letter.c.wave == wave)
        & (letter.c.state == "waiting")
        & letter.c.batch.is_(None)
    )
    whole = exists().where((intake.c.id == person.c.intake) & (intake.c.state == "confirmed"))
    return and_(person.c.state == "live", exists().where(mine), whole)


def _has(waves: Sequence[str]) -> ColumnElement[bool]:
    """People with a letter of one of these waves that has not been released."""
    return exists().where((letter.c.ref == person.c.ref) & letter.c.wave.in_(waves) & (letter.c.state == "waiting"))


def _sealed(row: Row[*tuple[Any, ...]]) -> Sealed:
    parts = (row.contact_wrapped, row.contact_sealed, row.code_wrapped, row.code_sealed)
    return Sealed(LetterRef(row.ref), row.bucket, *(bytes(part) for part in parts))


def _row(new: Batch) -> dict[str, object]:
    return {
        "id": new.id, "wave": new.wave, "state": new.state, "day": new.day, "dispatched_on": new.dispatched_on,
        "delivered_by": new.delivered_by, "digest": new.digest,
    }  # fmt: skip


def _chunks(refs: list[LetterRef]) -> list[list[LetterRef]]:
    return [refs[start : start + _CHUNK] for start in range(0, len(refs), _CHUNK)]
