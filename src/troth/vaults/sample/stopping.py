"""What it is to be stopped, whoever asks for it: letters that have not left stay here, the last that did fixes the death (P05).

Suppression, a wish and returned post do the same: a letter in a batch that has not left is taken out of it, a replacement too; then
the person's own last delivery is looked up, a replacement's too. Inside the caller's transaction, which keeps a release out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, exists, func, select, update

from troth.vaults.sample.schema import batch, letter, reissue

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from sqlalchemy import ColumnElement, Connection, Table

STRENGTH: Final = ("returned", "moved", "opted_out", "objected", "at_risk", "ineligible", "deceased")
"""A reason gives way to a later one that says more: a person who opted out and has died is counted as deceased."""


def weaker(reason: str) -> tuple[str, ...]:
    """The reasons that give way to that one."""
    return STRENGTH[: STRENGTH.index(reason)]


def unsent(connection: Connection, refs: Sequence[str]) -> int:
    """How many letters and replacements of these people lie in a batch that has not left."""
    return sum(
        int(connection.scalar(select(func.count()).select_from(table).where(_unsent(table, refs))) or 0)
        for table in (letter, reissue)
    )


def take_out(connection: Connection, refs: Sequence[str]) -> None:
    """No letter or replacement of these people lies in a batch that has not left."""
    connection.execute(update(letter).where(_unsent(letter, refs)).values(batch=None, delivered_by=None))
    connection.execute(update(reissue).where(_unsent(reissue, refs)).values(batch=None, wave=None, delivered_by=None))


def last_deliveries(connection: Connection, refs: Sequence[str]) -> dict[str, date]:
    """Letter reference -> the latest day that a letter of theirs comes, a replacement too; without those to whom none went out."""
    found: dict[str, date] = {}
    for table in (letter, reissue):
        mine = table.c.ref.in_(refs) & table.c.delivered_by.is_not(None)
        latest = select(table.c.ref, func.max(table.c.delivered_by)).where(mine).group_by(table.c.ref)
        for ref, day in connection.execute(latest):
            found[ref] = max(day, found.get(ref, day))
    return found


def _unsent(table: Table, refs: Sequence[str]) -> ColumnElement[bool]:
    waiting = exists().where((batch.c.id == table.c.batch) & (batch.c.state == "prepared"))
    return and_(table.c.ref.in_(refs), table.c.state == "waiting", waiting)
