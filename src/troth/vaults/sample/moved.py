"""A contact that moved to a hold: what is left of it here dies today or on its earlier day, and no letter goes out (P05, P14).

Whoever was not stopped before is counted among `at_risk`, so that no outcome of its own says how many are held.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import select, update

from troth.vaults.sample.post import lock
from troth.vaults.sample.schema import person
from troth.vaults.sample.stopping import bring_forward, take_out

if TYPE_CHECKING:
    from datetime import date

    from troth.protocol.names import LetterRef
    from troth.storage.database import Database

COUNTED_AS: Final = "at_risk"


def dies_on(database: Database, ref: LetterRef) -> date | None:
    """The day on which that contact dies; None: it is not here."""
    with database.read() as connection:
        found: date | None = connection.scalar(select(person.c.dies_on).where(person.c.ref == ref))
    return found


def withdraw(database: Database, ref: LetterRef, day: date) -> None:
    """The contact dies on that day, or on its earlier one; letters that have not left stay here. Repeating changes nothing."""
    with database.write() as connection:
        lock(connection)
        take_out(connection, [ref])
        mine = person.c.ref == ref
        bring_forward(connection, [ref], day)
        connection.execute(update(person).where(mine).values(state="stopped"))
        connection.execute(update(person).where(mine & person.c.reason.is_(None)).values(reason=COUNTED_AS))
