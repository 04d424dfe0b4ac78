"""HOLDS as its use cases see it: proposals of one approver, holds of two. Each writing function is one transaction."""

from __future__ import annotations

from dataclasses import dataclass, field, fields
from datetime import date  # noqa: TC003 - dataclass fields
from typing import TYPE_CHECKING, Any

from sqlalchemy import delete, func, insert, select, update

from troth.vaults.bucketed import BucketedRows
from troth.vaults.holds.schema import erasing, held, proposal

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection
    from sqlalchemy.engine import RowMapping

    from troth.keys.ring import Ring
    from troth.storage.database import Database

RULE = "hold"
PROMISE = "P14"
"""Details may be kept for safeguarding, a court or a complaint; the certificate of their end names this promise."""


@dataclass(frozen=True)
class Proposal:
    """What one approver proposed. The `repr` tells nothing of the person."""

    id: str
    kind: str
    hold: str | None
    source: str
    reason: str
    officer: str
    review_on: date
    wrapped: bytes = field(repr=False)
    terms: bytes = field(repr=False)
    bucket: str
    lapses_on: date


@dataclass(frozen=True)
class Hold:
    """One hold. The `repr` tells nothing of the person."""

    id: str
    state: str
    kind: str
    source: str
    reason: str
    officer: str
    review_on: date
    wrapped: bytes = field(repr=False)
    sealed: bytes = field(repr=False)
    terms: bytes = field(repr=False)
    bucket: str
    dies_on: date


def proposals(database: Database) -> list[Proposal]:
    """Every proposal, the first to lapse first."""
    with database.read() as connection:
        rows = connection.execute(select(proposal).order_by(proposal.c.lapses_on, proposal.c.id)).mappings().all()
    return [Proposal(**_plain(row)) for row in rows]


def holds(database: Database) -> list[Hold]:
    """Every hold, the first to be reviewed first."""
    with database.read() as connection:
        rows = connection.execute(select(held).order_by(held.c.review_on, held.c.id)).mappings().all()
    return [Hold(**_plain(row)) for row in rows]


def due_by(database: Database, day: date) -> int:
    """How many holds are to be reviewed by that day."""
    return int(database.rows(select(func.count()).select_from(held).where(held.c.review_on <= day))[0][0])


def propose(database: Database, made: Proposal) -> None:
    """The proposal stands."""
    with database.write() as connection:
        connection.execute(insert(proposal), _values(made))


def keep(database: Database, made: Hold) -> None:
    """The hold stands, and the proposal that it comes from is gone."""
    with database.write() as connection:
        connection.execute(insert(held), _values(made))
        connection.execute(delete(proposal).where(proposal.c.id == made.id))


def settle(database: Database, hold: str) -> None:
    """The original of that hold was withdrawn: the move is done."""
    with database.write() as connection:
        connection.execute(update(held).where(held.c.id == hold).values(state="held"))


def renew(database: Database, renewed: Hold, by: str) -> None:
    """The hold stands with its new review date, bucket and terms; the proposal `by` is gone."""
    with database.write() as connection:
        connection.execute(update(held).where(held.c.id == renewed.id).values(**_values(renewed)))
        connection.execute(delete(proposal).where(proposal.c.id == by))


def release(database: Database, hold: str, day: date) -> None:
    """The hold dies on that day, or on its earlier one; proposals about it are gone."""
    with database.write() as connection:
        later = (held.c.id == hold) & (held.c.dies_on > day)
        connection.execute(update(held).where(later).values(dies_on=day))
        connection.execute(delete(proposal).where(proposal.c.hold == hold))


def drop(database: Database, proposed: str) -> bool:
    """The proposal of that id is gone; False: there was none."""
    with database.write() as connection:
        return bool(connection.execute(delete(proposal).where(proposal.c.id == proposed)).rowcount)


def unfinished(database: Database) -> int:
    """How many moves stopped half-way: the original may be there still."""
    return int(database.rows(select(func.count()).select_from(held).where(held.c.state == "moving"))[0][0])


def drop_move(database: Database, hold: str) -> None:
    """What that move had brought here is gone, if it did not end."""
    with database.write() as connection:
        connection.execute(delete(held).where((held.c.id == hold) & (held.c.state == "moving")))


def lapse(database: Database, day: date) -> int:
    """Proposals that nobody agreed to in time are gone; how many."""
    late = proposal.c.lapses_on <= day
    if not database.rows(select(proposal.c.id).where(late).limit(1)):
        return 0
    with database.write() as connection:
        return int(connection.execute(delete(proposal).where(late)).rowcount)


def erasable(database: Database, ring: Ring, today: date) -> BucketedRows:
    """A hold dies on its review date, or on the day of its release. A proposal is no person: it goes uncounted."""

    def with_them(connection: Connection, keys: Sequence[Any]) -> None:
        connection.execute(delete(proposal).where((proposal.c.lapses_on <= today) | proposal.c.hold.in_(keys)))

    return BucketedRows(
        name="holds.held",
        rule=RULE,
        promise=PROMISE,
        database=database,
        ring=ring,
        table=held,
        erasing=erasing,
        wrapped={"wrapped": "record"},
        waiting=(proposal,),
        also=with_them,
    )


def _values(row: Proposal | Hold) -> dict[str, Any]:
    return {each.name: getattr(row, each.name) for each in fields(row)}


def _plain(row: RowMapping) -> dict[str, Any]:
    return {name: bytes(value) if isinstance(value, memoryview) else value for name, value in row.items()}
