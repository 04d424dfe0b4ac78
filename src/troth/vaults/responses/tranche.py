"""Tranches: at least 500 codes each, closed together when a batch of letters is lost, leaked or mis-sorted (P04, P06).

By the vault's owner. What was saved so far stays, and moves with the others at the close; nothing opens it until then.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import delete, func, insert, select, text, update

from troth.vaults.responses.schema import handle, progress, session, shut_tranche

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from sqlalchemy import Connection

    from troth.storage.database import Database


@dataclass(frozen=True)
class Tranche:
    """How a tranche stands. `load` is the list that its codes came with."""

    number: int
    load: str
    codes: int
    open: int
    """Codes that still open something."""
    alone: bool
    """It is the whole of its load."""


@dataclass(frozen=True)
class Shut:
    """A tranche that was closed."""

    tranche: int
    day: date
    codes: int
    closed: int
    reason: str


def tranches(database: Database) -> list[Tranche]:
    """Every tranche, in the order of their numbers."""
    with database.read() as connection:
        return _tranches(connection)


def shut(database: Database, numbers: Collection[int], day: date, reason: str) -> list[Shut]:
    """No code of these tranches opens anything any more; a note stands for each, once. One transaction.

    Whoever is answering under one of them is stopped where they are: their session is gone, what they saved is kept.
    """
    with database.write() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("LOCK TABLE handle, session, step, progress IN ACCESS EXCLUSIVE MODE"))
        known = {each.number: each for each in _tranches(connection)}
        done = set(connection.scalars(select(shut_tranche.c.tranche)))
        for number in sorted(set(numbers) - done):
            mine = (handle.c.tranche == number) & (handle.c.state == "issued")
            closed = connection.execute(update(handle).where(mine).values(state="closed")).rowcount
            row = {"tranche": number, "day": day, "codes": known[number].codes, "closed": closed, "reason": reason}
            connection.execute(insert(shut_tranche), row)
            theirs = select(handle.c.handle).where(handle.c.tranche == number, handle.c.state == "closed")
            for table in (progress, session):
                connection.execute(delete(table).where(table.c.handle.in_(theirs)))
        wanted = select(shut_tranche).where(shut_tranche.c.tranche.in_(numbers)).order_by(shut_tranche.c.tranche)
        return [Shut(**row) for row in connection.execute(wanted).mappings()]


def was_shut(database: Database) -> list[Shut]:
    """Every tranche that was closed."""
    rows = database.rows(select(shut_tranche).order_by(shut_tranche.c.tranche))
    return [Shut(**row._mapping) for row in rows]  # noqa: SLF001 - SQLAlchemy's documented name


def _tranches(connection: Connection) -> list[Tranche]:
    by = (handle.c.tranche, handle.c.intake)
    codes = dict.fromkeys([(0, "")], 0)
    open_ = dict(codes)
    for number, load, state, many in connection.execute(
        select(*by, handle.c.state, func.count()).group_by(*by, handle.c.state)
    ):
        codes[number, load] = codes.get((number, load), 0) + int(many)
        if state == "issued":
            open_[number, load] = open_.get((number, load), 0) + int(many)
    del codes[0, ""]
    loads = [load for _, load in codes]
    return [
        Tranche(number, load, many, open_.get((number, load), 0), loads.count(load) == 1)
        for (number, load), many in sorted(codes.items())
    ]
