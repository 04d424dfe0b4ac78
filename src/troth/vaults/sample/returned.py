"""Letters that came back, scanned by reference: counted by cell and wave, and no reminder follows them (P05).

A list is counted once, by its digest. Of somebody who is here at most as many letters are counted as were sent. Of somebody whose
contact is gone nothing is kept, not even the reference, so the same letter on two different lists is counted twice.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import insert, select, text, update

from troth.vaults.sample.post import chunks, lock
from troth.vaults.sample.schema import letter, person, returned, scan
from troth.vaults.sample.stopping import bring_forward, last_deliveries, take_out

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, timedelta

    from sqlalchemy import Connection

    from troth.protocol.names import LetterRef
    from troth.storage.database import Database

UNKNOWN: Final = "-"
_COUNT: Final = text(
    "INSERT INTO returned (cell, wave, count) VALUES (:cell, :wave, :many) "
    "ON CONFLICT (cell, wave) DO UPDATE SET count = returned.count + excluded.count"
)


@dataclass(frozen=True)
class Scan:
    """A list that was counted."""

    digest: str
    day: date
    known: int
    gone: int


def seen(database: Database, digest: str) -> Scan | None:
    """The list of that digest, if it was counted."""
    with database.read() as connection:
        row = connection.execute(select(scan).where(scan.c.digest == digest)).mappings().first()
    return None if row is None else Scan(**row)


def come_back(
    database: Database, refs: Sequence[LetterRef], waves: Sequence[str], *, days: timedelta, day: date, digest: str
) -> Scan:
    """Those letters are counted, and their people get no other; they die `days` after their own last delivery, a replacement's too.

    Which of a person's letters came back is not printed on it: their newest released one that had not come back is counted. One
    transaction. `waves` are the study's, in order.
    """
    order = {wave: place for place, wave in enumerate(waves)}
    with database.write() as connection:
        lock(connection)
        known: dict[str, tuple[str, str | None]] = {}
        last: dict[str, date] = {}
        for some in chunks(refs):
            for ref, cell in connection.execute(select(person.c.ref, person.c.cell).where(person.c.ref.in_(some))):
                known[ref] = (cell, None)
            out = (letter.c.ref.in_(some)) & (letter.c.state == "released") & letter.c.returned.is_(None)
            for ref, wave in connection.execute(select(letter.c.ref, letter.c.wave).where(out)):
                cell, newest = known[ref]
                if newest is None or order[wave] > order[newest]:
                    known[ref] = (cell, wave)
            take_out(connection, [ref for ref in some if known.get(ref, ("", None))[1] is not None])
            last |= last_deliveries(connection, some)
        back = {ref: found for ref, found in known.items() if found[1] is not None}
        for ref, (cell, wave) in back.items():
            assert wave is not None
            mine = (letter.c.ref == ref) & (letter.c.wave == wave)
            connection.execute(update(letter).where(mine).values(returned=day))
            connection.execute(_COUNT, {"cell": cell, "wave": wave, "many": 1})
            _stop(connection, ref, last.get(ref, day) + days)
        gone = len(set(refs) - set(known))
        if gone:
            connection.execute(_COUNT, {"cell": UNKNOWN, "wave": UNKNOWN, "many": gone})
        counted = Scan(digest, day, len(back), gone)
        connection.execute(insert(scan), vars(counted))
    return counted


def counts(database: Database) -> dict[tuple[str, str], int]:
    """(Cell, wave) -> how many letters came back; `-` for both where the contact was gone already."""
    with database.read() as connection:
        rows = connection.execute(select(returned)).mappings()
        return {(row["cell"], row["wave"]): int(row["count"]) for row in rows}


def _stop(connection: Connection, ref: str, dies_on: date) -> None:
    """A reminder would go to the same wrong address. Who was stopped for another reason keeps that reason."""
    mine = person.c.ref == ref
    live = update(person).where(mine & (person.c.state == "live")).values(state="stopped", reason="returned")
    connection.execute(live)
    bring_forward(connection, [ref], dies_on)
