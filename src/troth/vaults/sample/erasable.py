"""How contacts are forgotten: person, letters and, with the last person, the codes that stood by (P05)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, func, insert, select, text, update

from troth.vaults.bucketed import BucketedRows
from troth.vaults.sample.schema import disposition, erasing, letter, person, reserve

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

    from troth.keys.ring import Ring
    from troth.storage.database import Database

RULE: Final = "contact"
_CHUNK: Final = 500


def contacts(database: Database, ring: Ring, promise: str) -> BucketedRows:
    """The retention rule over contacts. Before they die, disposition counts by cell are frozen, in the same transaction."""
    return BucketedRows(
        name="sample.person",
        rule=RULE,
        promise=promise,
        database=database,
        ring=ring,
        table=person,
        erasing=erasing,
        wrapped={"contact_wrapped": "contact", "code_wrapped": "code"},
        also=_with_them,
    )


def dispositions(database: Database) -> dict[tuple[str, str], int]:
    """(Cell, outcome) -> how many of those erased so far: `issued`, `stopped`, `erased`."""
    with database.read() as connection:
        return {(row.cell, row.outcome): int(row.count) for row in connection.execute(select(disposition))}  # type: ignore[call-overload]


def _with_them(connection: Connection, keys: Sequence[Any]) -> None:
    if connection.dialect.name == "postgresql":  # a release that is being prepared finishes first
        connection.execute(text("LOCK TABLE letter IN EXCLUSIVE MODE"))
    for start in range(0, len(keys), _CHUNK):
        some = keys[start : start + _CHUNK]
        _freeze(connection, some)
        connection.execute(delete(letter).where(letter.c.ref.in_(some)))
    left = connection.scalar(select(func.count()).select_from(person)) or 0
    if left == len(keys):
        connection.execute(delete(reserve))


def _freeze(connection: Connection, some: Sequence[Any]) -> None:
    """How many of each cell had a letter, wanted no more, and are erased: added to what is frozen already."""
    had = select(letter.c.ref).where(letter.c.ref.in_(some), letter.c.delivered_by.is_not(None))
    dying = person.c.ref.in_(some)
    for outcome, condition in (
        ("issued", dying & person.c.ref.in_(had)),
        ("stopped", dying & (person.c.state == "stopped")),
        ("erased", dying),
    ):
        counted = select(person.c.cell, func.count()).where(condition).group_by(person.c.cell)
        for cell, count in connection.execute(counted).all():
            here = (disposition.c.cell == cell) & (disposition.c.outcome == outcome)
            more = update(disposition).where(here).values(count=disposition.c["count"] + count)
            if not connection.execute(more).rowcount:
                connection.execute(insert(disposition), {"cell": cell, "outcome": outcome, "count": count})
