"""What it is to be stopped, whoever asks for it: letters that have not left stay here, the last that did fixes the death (P05).

Suppression, a wish and returned post do the same: a letter in a batch that has not left is taken out of it, a replacement too; then
the person's own last delivery is looked up, a replacement's too. Inside the caller's transaction, which keeps a release out.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sqlalchemy import and_, exists, func, select, update

from troth.vaults.sample.schema import batch, letter, person, reissue

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date, timedelta

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


def no_more(connection: Connection, refs: Sequence[str], day: date, days: timedelta) -> None:
    """Nothing more is sent to these people: what has not left stays here, and they die `days` after their own last delivery.

    On `day` where none went out, and never later than they were to (P05).
    """
    take_out(connection, refs)
    as_delivered(connection, refs, day, days)


def as_delivered(connection: Connection, refs: Sequence[str], day: date, days: timedelta) -> None:
    """These people die `days` after their own last delivery, on `day` where none went out, and never later than they were to (P05)."""
    delivered = last_deliveries(connection, refs)
    deaths: dict[date, list[str]] = {}
    for ref in refs:
        deaths.setdefault(delivered[ref] + days if ref in delivered else day, []).append(ref)
    for dies_on, some in deaths.items():
        bring_forward(connection, some, dies_on)


def bring_forward(connection: Connection, refs: Sequence[str], dies_on: date) -> None:
    """These people die on that day, or on their earlier one: dates only ever move earlier (P05)."""
    later = person.c.ref.in_(refs) & (person.c.dies_on > dies_on)
    connection.execute(update(person).where(later).values(dies_on=dies_on))


def _unsent(table: Table, refs: Sequence[str]) -> ColumnElement[bool]:
    waiting = exists().where((batch.c.id == table.c.batch) & (batch.c.state == "prepared"))
    return and_(table.c.ref.in_(refs), table.c.state == "waiting", waiting)
