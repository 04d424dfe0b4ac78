"""Who of a new file is here from another load: asked by keyed indexes, told by load and reason, never by letter reference (P03, P32)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import func, or_, select

from troth.vaults.sample.schema import person

if TYPE_CHECKING:
    from collections.abc import Sequence

    from troth.storage.database import Database

CHUNK: Final = 250
"""People in one question: each is asked for by two indexes."""


@dataclass(frozen=True)
class Whom:
    """One row of a file: the index of name and postcode, and that of the supplier's reference where the file has one."""

    lookup: bytes
    supplier: bytes | None


@dataclass(frozen=True)
class Known:
    """Somebody who is here already."""

    intake: str
    reason: str | None
    """Why they get no further letter; None: they do."""


def met(database: Database, whom: Sequence[Whom]) -> list[list[Known]]:
    """For each row the people here who are the same: by the supplier's reference, where both have one; else by name and postcode."""
    found: list[list[Known]] = []
    columns = (person.c.lookup, person.c.supplier, person.c.intake, person.c.state, person.c.reason)
    with database.read() as connection:
        for start in range(0, len(whom), CHUNK):
            some = whom[start : start + CHUNK]
            mine = or_(
                person.c.supplier.in_([each.supplier for each in some if each.supplier]),
                person.c.lookup.in_([each.lookup for each in some]),
            )
            by_supplier: dict[bytes, list[Known]] = {}
            by_lookup: dict[bytes, list[tuple[bool, Known]]] = {}
            for row in connection.execute(select(*columns).where(mine)):
                known = Known(row.intake, (row.reason or "opted_out") if row.state == "stopped" else None)
                if row.supplier is not None:
                    by_supplier.setdefault(bytes(row.supplier), []).append(known)
                by_lookup.setdefault(bytes(row.lookup), []).append((row.supplier is None, known))
            for each in some:
                alike = by_lookup.get(each.lookup, [])
                if each.supplier is None:
                    found.append([known for _, known in alike])
                else:
                    unnamed = [known for without, known in alike if without]
                    found.append(by_supplier.get(each.supplier, []) + unnamed)
    return found


def stopped_of(database: Database, intake_id: str) -> int:
    """How many of that load's people are here and get no letter."""
    mine = (person.c.intake == intake_id) & (person.c.state == "stopped")
    with database.read() as connection:
        return int(connection.scalar(select(func.count()).select_from(person).where(mine)) or 0)
