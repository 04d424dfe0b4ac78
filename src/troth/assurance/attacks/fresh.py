"""The rows that no earlier night had: a row that stands unchanged night after night need not be looked at every night."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date

    from troth.assurance.attacks.loot import Loot
    from troth.assurance.attacks.night import Value


@dataclass(frozen=True)
class Fresh:
    """Rows of one table that are there for the first time that night; of equal rows each once."""

    day: date
    vault: str
    table: str
    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]


def fresh_rows(loot: Loot) -> list[Fresh]:
    """Night after night, every row that no earlier night had in that table, under columns of those names."""
    return loot.once("fresh rows", lambda: _fresh(loot))


def _fresh(loot: Loot) -> list[Fresh]:
    known: dict[tuple[str, str, tuple[str, ...]], set[tuple[Value, ...]]] = defaultdict(set)
    found = []
    for night in loot.each_night():
        for vault, tables in night.vaults.items():
            for name, table in tables.items():
                before = known[vault, name, table.columns]
                rows = tuple(dict.fromkeys(row for row in table.rows if row not in before))
                before.update(rows)
                if rows:
                    found.append(Fresh(night.day, vault, name, table.columns, rows))
    return found
