"""Letters for people who lost theirs: replacements while the contact lives, codes that stand by after it died (P05, P06).

A replacement is the person's own sealed code part of their newest released wave, once more. A code that stands by belongs to nobody:
it is drawn at random from its cell's stock, given once, and no row says to whom.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sqlalchemy import delete, exists, func, insert, or_, select, update

from troth.protocol.names import LetterRef
from troth.vaults.sample.post import SEALED, Batch, lock, sealed_row, whole
from troth.vaults.sample.schema import batch, intake, letter, person, reissue, reserve
from troth.vaults.sample.wishes import count

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date

    from sqlalchemy import ColumnElement

    from troth.storage.database import Database
    from troth.vaults.sample.post import Sealed


@dataclass(frozen=True)
class Standing:
    """How a person stands who lost their letter."""

    live: bool
    sent: bool
    """A letter of theirs was released."""
    asked: bool
    """A replacement waits already."""
    dies_on: date


@dataclass(frozen=True)
class Spare:
    """A code that stands by, sealed to the print room."""

    ref: LetterRef
    cell: str
    code: bytes


def standing(database: Database, ref: LetterRef) -> Standing | None:
    """How the person stands; None when they are not here."""
    with database.read() as connection:
        row = connection.execute(select(person.c.state, person.c.dies_on).where(person.c.ref == ref)).first()
        if row is None:
            return None
        theirs = (letter.c.ref == ref) & (letter.c.state == "released")
        waits = (reissue.c.ref == ref) & (reissue.c.state == "waiting")
        sent, asked = (bool(connection.scalar(select(func.count()).where(condition))) for condition in (theirs, waits))
    return Standing(row.state == "live", sent, asked, row.dies_on)


def ask(database: Database, ref: LetterRef, day: date) -> None:
    """A replacement waits for this person. Asked while one waits, nothing changes."""
    with database.write() as connection:
        lock(connection)
        theirs = reissue.c.ref == ref
        if connection.scalar(select(func.count()).where(theirs & (reissue.c.state == "waiting"))):
            return
        n = int(connection.scalar(select(func.count()).where(theirs)) or 0) + 1
        connection.execute(insert(reissue), {"ref": ref, "n": n, "state": "waiting"})
        count(connection, "replacement", day)


def waiting(database: Database) -> int:
    """How many replacements wait, of people who still want one, and are in no batch."""
    alone = (reissue.c.state == "waiting") & reissue.c.batch.is_(None) & (person.c.state == "live")
    joined = reissue.join(person, person.c.ref == reissue.c.ref)
    with database.read() as connection:
        return int(connection.scalar(select(func.count()).select_from(joined).where(alone)) or 0)


def prepare(database: Database, new: Batch, waves: Sequence[str]) -> list[Batch]:
    """Every replacement that can come in time is in a batch, one for each wave that is sent again.

    In time is: before the day on which the person's contact dies. `waves` are the study's, in order. One transaction.
    """
    with database.write() as connection:
        lock(connection)
        alone = (reissue.c.state == "waiting") & reissue.c.batch.is_(None)
        here = (person.c.state == "live") & (person.c.dies_on > new.delivered_by)
        joined = reissue.join(person, person.c.ref == reissue.c.ref)
        asked = connection.scalars(select(reissue.c.ref).select_from(joined).where(alone & here)).all()
        newest: dict[str, str] = {}
        had = (letter.c.state == "released") & letter.c.ref.in_(asked)
        for ref, wave in connection.execute(select(letter.c.ref, letter.c.wave).where(had)):
            if ref not in newest or waves.index(wave) > waves.index(newest[ref]):
                newest[ref] = wave
        made = []
        for wave in (each for each in waves if each in newest.values()):
            refs = [ref for ref, theirs in newest.items() if theirs == wave]
            each = replace(new, id=secrets.token_hex(16), wave=wave, count=len(refs))
            connection.execute(insert(batch), vars(each))
            mine = alone & reissue.c.ref.in_(refs)
            values = {"batch": each.id, "wave": wave, "delivered_by": new.delivered_by}
            connection.execute(update(reissue).where(mine).values(**values))
            made.append(each)
    return made


def contents(database: Database, batch_id: str) -> list[Sealed]:
    """The batch's letters of people who are here and still want them, in the order of their references."""
    same = (letter.c.ref == reissue.c.ref) & (letter.c.wave == reissue.c.wave)
    joined = reissue.join(person, person.c.ref == reissue.c.ref).join(letter, same)
    mine = (reissue.c.batch == batch_id) & (person.c.state == "live")
    with database.read() as connection:
        rows = connection.execute(select(*SEALED).select_from(joined).where(mine).order_by(person.c.ref)).all()
    return [sealed_row(row) for row in rows]


def released(database: Database, batch_id: str, refs: Sequence[LetterRef], digest: str) -> None:
    """The batch's file is whole: those replacements are released, and the batch keeps the file's digest."""
    with database.write() as connection:
        mine = reissue.c.ref.in_(refs) & (reissue.c.batch == batch_id)
        connection.execute(update(reissue).where(mine).values(state="released"))
        whole(connection, batch_id, len(refs), digest)


def stock(database: Database) -> dict[str, int]:
    """Cell -> how many codes stand by: none was given out, and RESPONSES knows them all."""
    alone = select(reserve.c.cell, func.count()).where(_stands_by()).group_by(reserve.c.cell)
    with database.read() as connection:
        return {cell: int(left) for cell, left in connection.execute(alone)}


def draw(database: Database, new: Batch, cell: str, day: date) -> Batch | None:
    """A code of that cell, drawn at random, is in a batch of its own and stands by no longer; None: none is left."""
    with database.write() as connection:
        lock(connection)
        alone = (reserve.c.cell == cell) & _stands_by()
        left = connection.scalars(select(reserve.c.ref).where(alone)).all()
        if not left:
            return None
        connection.execute(insert(batch), vars(new))
        mine = reserve.c.ref == secrets.choice(left)
        connection.execute(update(reserve).where(mine).values(batch=new.id))
        count(connection, "reserve", day)
    return new


def given(database: Database, batch_ids: Collection[str]) -> dict[str, Spare]:
    """Batch -> the code that it gives out."""
    with database.read() as connection:
        rows = connection.execute(select(reserve).where(reserve.c.batch.in_(batch_ids))).all()
    return {row.batch: Spare(LetterRef(row.ref), row.cell, bytes(row.code_sealed)) for row in rows}


def gave(database: Database, batch_id: str, digest: str) -> None:
    """The file that gives out a code is whole."""
    with database.write() as connection:
        whole(connection, batch_id, 1, digest)


def forget_reserves(database: Database) -> int:
    """No code stands by any more; counts those that did."""
    if not database.rows(select(reserve.c.ref).limit(1)):
        return 0
    with database.write() as connection:
        return connection.execute(delete(reserve)).rowcount


def _stands_by() -> ColumnElement[bool]:
    """Codes not given out, of loads that are whole: a code of another opens nothing, and goes when that load is given up.

    A code of before loads were noted with it has none, and came whole.
    """
    confirmed = exists().where((intake.c.id == reserve.c.intake) & (intake.c.state == "confirmed"))
    return reserve.c.batch.is_(None) & or_(reserve.c.intake.is_(None), confirmed)
