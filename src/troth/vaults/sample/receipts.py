"""Who needs no reminder, where a study's are targeted: tags, receipts, and batches of them that were taken in (P05, P06).

A receipt is a row of its own, so that no other role than the owner can be let see it: not the custodian, who finds people, and not
the load. A tag that was taken in is gone, and so a batch says nothing a second time.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, insert, select, update

from troth.vaults.sample.post import lock
from troth.vaults.sample.schema import person, receipt, receipts
from troth.vaults.sample.stopping import no_more

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, timedelta

    from troth.protocol.names import Tag
    from troth.storage.database import Database

_CHUNK: Final = 500


@dataclass(frozen=True)
class Taken:
    """A receipt batch that was taken in: counts only."""

    digest: str
    day: date
    known: int
    unknown: int


def taken(database: Database) -> dict[str, Taken]:
    """SHA-256 of its file -> a receipt batch that was taken in."""
    with database.read() as connection:
        return {row["digest"]: Taken(**row) for row in connection.execute(select(receipts)).mappings()}


def take(database: Database, tags: Sequence[Tag], *, days: timedelta, day: date, digest: str) -> Taken:
    """Of everybody with such a tag there is a receipt: no reminder goes to them, and they die as whoever is stopped. One transaction.

    That is `days` after their own last delivery, a replacement's too, on `day` where none went out, or earlier if they were to (P05): no
    further letter is due to them. A letter in a batch that has not left is taken out of it. Their state stays what it was. Of somebody
    who was stopped before only the tag goes. A batch that was taken in before changes nothing.
    """
    with database.write() as connection:
        lock(connection)
        if before := connection.execute(select(receipts).where(receipts.c.digest == digest)).mappings().first():
            return Taken(**before)
        known = 0
        for start in range(0, len(tags), _CHUNK):
            some = tags[start : start + _CHUNK]
            here = select(person.c.ref, person.c.state).where(person.c.tag.in_(some))
            found = {row.ref: row.state for row in connection.execute(here)}
            known += len(found)
            connection.execute(update(person).where(person.c.ref.in_(list(found))).values(tag=None))
            live = sorted(ref for ref, state in found.items() if state == "live")
            if not live:
                continue
            connection.execute(insert(receipt), [{"ref": ref} for ref in live])
            no_more(connection, live, day, days)
        now = Taken(digest, day, known, len(tags) - known)
        connection.execute(insert(receipts), vars(now))
    return now


def forget_tags(database: Database) -> int:
    """Nobody here has a tag any more; counts those who had. The collection is over, and no reminder is due."""
    with database.write() as connection:
        return connection.execute(update(person).where(person.c.tag.is_not(None)).values(tag=None)).rowcount


def held(database: Database) -> tuple[int, int]:
    """How many people here have a tag, and of how many there is a receipt."""
    with database.read() as connection:
        tags = connection.scalar(select(func.count(person.c.tag)))
        return int(tags or 0), int(connection.scalar(select(func.count()).select_from(receipt)) or 0)
