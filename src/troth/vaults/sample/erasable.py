"""How contacts are forgotten: person, letters, replacements, receipt; what became of them is frozen as counts by cell first (P05)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import delete, func, insert, select, text, update

from troth.vaults.bucketed import BucketedRows
from troth.vaults.sample.schema import disposition, erasing, letter, person, receipt, reissue

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import ColumnElement, Connection

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
    """(Cell, outcome) -> how many of those erased so far: `issued`, `stopped`, `erased`, and each reason why they were stopped."""
    with database.read() as connection:
        return {(row.cell, row.outcome): int(row.count) for row in connection.execute(select(disposition))}  # type: ignore[call-overload]


def standing(database: Database) -> dict[tuple[str, str], int]:
    """The same of those who are still here, and `here`: how many they are."""
    with database.read() as connection:
        found = _counted(connection, person.c.ref.is_not(None))
    return {(cell, "here" if outcome == "erased" else outcome): many for cell, outcome, many in found}


def _with_them(connection: Connection, keys: Sequence[Any]) -> None:
    if connection.dialect.name == "postgresql":  # a release that is being prepared finishes first
        connection.execute(text("LOCK TABLE letter IN EXCLUSIVE MODE"))
    for start in range(0, len(keys), _CHUNK):
        some = keys[start : start + _CHUNK]
        _freeze(connection, some)
        for table in (letter, reissue, receipt):
            connection.execute(delete(table).where(table.c.ref.in_(some)))


def _freeze(connection: Connection, some: Sequence[Any]) -> None:
    """How many of each cell had a letter, wanted no more and why, and are erased: added to what is frozen already."""
    for cell, outcome, many in _counted(connection, person.c.ref.in_(some)):
        here = (disposition.c.cell == cell) & (disposition.c.outcome == outcome)
        more = update(disposition).where(here).values(count=disposition.c["count"] + many)
        if not connection.execute(more).rowcount:
            connection.execute(insert(disposition), {"cell": cell, "outcome": outcome, "count": many})


def _counted(connection: Connection, whose: ColumnElement[bool]) -> list[tuple[str, str, int]]:
    had = select(letter.c.ref).where(letter.c.ref == person.c.ref, letter.c.state == "released").exists()
    found: list[tuple[str, str, int]] = []
    for outcome, condition in (
        ("issued", whose & had),
        ("stopped", whose & (person.c.state == "stopped")),
        ("erased", whose),
    ):
        counted = select(person.c.cell, func.count()).where(condition).group_by(person.c.cell)
        found += [(cell, outcome, int(many)) for cell, many in connection.execute(counted).all()]
    why = select(person.c.cell, person.c.reason, func.count()).where(whose & person.c.reason.is_not(None))
    found += [(c, r, int(n)) for c, r, n in connection.execute(why.group_by(person.c.cell, person.c.reason)).all()]
    return found
