"""Who is sent no more letters, as the replica keeps it: no restored backup writes to somebody again who asked us not to (P05, P32).

A fact is a letter reference (10 characters of ASCII) and the place of the reason among `STRENGTH` (1 byte). It goes when the contact does.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import select, update

from troth.protocol.names import LetterRef
from troth.vaults.sample.post import lock
from troth.vaults.sample.schema import person
from troth.vaults.sample.stopping import STRENGTH, no_more

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date, timedelta

    from troth.storage.database import Database

SIZE: Final = 11


def stopped(database: Database) -> set[bytes]:
    """The facts as the vault has them."""
    columns = (person.c.ref, person.c.reason)
    rows = database.rows(select(*columns).where(person.c.state == "stopped"))
    return {row.ref.encode() + bytes([STRENGTH.index(row.reason or "opted_out")]) for row in rows}


def undone(database: Database, facts: Collection[bytes]) -> list[bytes]:
    """The facts of people who are here and would be written to: a backup was restored."""
    here = live(database)
    return [fact for fact in facts if fact[:10].decode() in here]


def live(database: Database) -> set[str]:
    """The letter references of everybody who would be written to."""
    return {row.ref for row in database.rows(select(person.c.ref).where(person.c.state == "live"))}


def stop_again(database: Database, ref: LetterRef, reason: str, day: date, days: timedelta) -> None:
    """That person is stopped as they were; no wish is counted a second time. Their death is reckoned from their own last letter (P05)."""
    with database.write() as connection:
        lock(connection)
        no_more(connection, [ref], day, days)
        connection.execute(update(person).where(person.c.ref == ref).values(state="stopped", reason=reason))


def read(fact: bytes) -> tuple[LetterRef, str]:
    """(Letter reference, reason)."""
    return LetterRef(fact[:10].decode()), STRENGTH[fact[10]]
