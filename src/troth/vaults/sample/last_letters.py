"""Letters that nobody can send any more keep no contact: who waits for no other dies by their own last delivery (P05)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import and_, delete, exists, false, func, not_, or_, select

from troth.vaults.sample.post import chunks, lock
from troth.vaults.sample.schema import letter, person
from troth.vaults.sample.stopping import as_delivered

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, timedelta

    from sqlalchemy import ColumnElement

    from troth.storage.database import Database


def nobody_waits(database: Database, waves: Sequence[str], hopeful: Sequence[str], day: date, days: timedelta) -> int:
    """Whoever waits for no letter that can still come dies `days` after their own last delivery; counts them.

    On `day` where none went out, and never later than they were to. Nobody gets a later letter before an earlier one of theirs, so
    somebody waits who has a letter of a hopeful wave and none of a wave before it. A letter in a batch that has not left counts as
    delivered when the batch would be: its file may have been written.

    Args:
        database: SAMPLE.
        waves: the study's, in order.
        hopeful: those of which a letter released today still comes in time.
        day: today.
        days: from a delivery to a death.

    """
    waits = or_(false(), *(and_(_has([wave]), not_(_has(waves[: waves.index(wave)]))) for wave in hopeful))
    mine = person.c.dies_on > day
    done = select(person.c.ref).where(mine & not_(waits))
    if not database.rows(done.limit(1)):  # on most days, nobody
        return 0
    with database.write() as connection:
        lock(connection)
        refs = list(connection.scalars(done))
        for some in chunks(refs):
            as_delivered(connection, some, day, days)
    return len(refs)


def waiting_of(database: Database, wave: str) -> int:
    """How many letters of that wave have not left and lie in no batch."""
    with database.read() as connection:
        return int(connection.scalar(select(func.count()).select_from(letter).where(_unsent(wave))) or 0)


def call_off(database: Database, wave: str, day: date, days: timedelta) -> int:
    """No letter of that wave that has not left is here any more; counts them. Who waits for no other dies as in `nobody_waits`.

    One transaction. Repeating changes nothing. A letter in a batch that is being released stays.
    """
    with database.write() as connection:
        lock(connection)
        refs = list(connection.scalars(select(letter.c.ref).where(_unsent(wave))))
        for some in chunks(refs):
            connection.execute(delete(letter).where(_unsent(wave), letter.c.ref.in_(some)))
            more = select(letter.c.ref).where(letter.c.ref.in_(some), letter.c.state == "waiting")
            waits = set(connection.scalars(more))
            as_delivered(connection, [ref for ref in some if ref not in waits], day, days)
    return len(refs)


def _unsent(wave: str) -> ColumnElement[bool]:
    return and_(letter.c.wave == wave, letter.c.state == "waiting", letter.c.batch.is_(None))


def _has(waves: Sequence[str]) -> ColumnElement[bool]:
    """Whoever has a letter of one of these waves that has not left."""
    return exists().where((letter.c.ref == person.c.ref) & letter.c.wave.in_(waves) & (letter.c.state == "waiting"))
