"""Letters that left after the backup was taken: the ledger knows their batch, and nobody is sent them a second time (P05, P06)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, exists, insert, or_, select, update

from troth.vaults.sample.post import lock
from troth.vaults.sample.schema import batch, letter, person, reissue, reserve

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence
    from datetime import date

    from troth.storage.database import Database
    from troth.vaults.sample.post import Batch

LEAVES: Final = ("release", "replacement", "reserve")
"""Kinds of ledger entries that say that a batch left; `release` is a wave's."""


def unknown(database: Database, ids: Collection[str]) -> list[str]:
    """Those of the batches that the vault does not know as released: a backup was restored."""
    here = {row.id for row in database.rows(select(batch.c.id).where(batch.c.state == "released"))}
    return sorted(set(ids) - here)


def released_again(database: Database, done: Batch, later: Sequence[str], dies_on: date) -> int:
    """The batch is released, with every letter of its wave that still waits here; counts them.

    Who was in it is nowhere written, so all are taken to have been: somebody may get one letter fewer, nobody one twice. Whoever gets no
    other dies on `dies_on` at the latest. A batch of one load takes that load's people only. One transaction.
    """
    with database.write() as connection:
        lock(connection)
        connection.execute(delete(batch).where(batch.c.id == done.id))
        connection.execute(insert(batch), vars(done))
        whose = (person.c.ref == letter.c.ref) & (person.c.state == "live")
        if done.intake:
            whose &= person.c.intake == done.intake
        mine = (letter.c.wave == done.wave) & (letter.c.state == "waiting") & exists().where(whose)
        mine &= or_(letter.c.batch.is_(None), letter.c.batch == done.id)
        refs = list(connection.scalars(select(letter.c.ref).where(mine)))
        values = {"batch": done.id, "state": "released", "delivered_by": done.delivered_by}
        connection.execute(update(letter).where(mine).values(**values))
        more = exists().where((letter.c.ref == person.c.ref) & letter.c.wave.in_(later))
        theirs = exists().where((letter.c.ref == person.c.ref) & (letter.c.batch == done.id))
        connection.execute(update(person).where(theirs & ~more & (person.c.dies_on > dies_on)).values(dies_on=dies_on))
    return len(refs)


def replaced_again(database: Database, done: Batch) -> int:
    """That batch of replacements is released, with every one that still waits here; counts them. Who lost that letter too asks again."""
    with database.write() as connection:
        lock(connection)
        connection.execute(delete(batch).where(batch.c.id == done.id))
        connection.execute(insert(batch), vars(done))
        waits = (reissue.c.state == "waiting") & or_(reissue.c.batch.is_(None), reissue.c.batch == done.id)
        values = {"batch": done.id, "wave": done.wave, "state": "released", "delivered_by": done.delivered_by}
        return connection.execute(update(reissue).where(waits).values(**values)).rowcount


def given_again(database: Database, done: Batch) -> int:
    """That code is given out. Which one it was is nowhere written, so none stands by any more: no two people share one; counts them."""
    with database.write() as connection:
        lock(connection)
        connection.execute(delete(batch).where(batch.c.id == done.id))
        connection.execute(insert(batch), vars(done))
        there = select(batch.c.id).where(batch.c.state == "prepared")
        unsent = or_(reserve.c.batch.is_(None), reserve.c.batch == done.id, reserve.c.batch.in_(there))
        return connection.execute(delete(reserve).where(unsent)).rowcount
