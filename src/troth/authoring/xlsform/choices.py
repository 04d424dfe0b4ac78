"""The choices sheet: lists of options, with the cells that choice filters look at."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from troth.authoring.draft import Part, part
from troth.authoring.naming import Names
from troth.authoring.xlsform.extra import extra
from troth.questionnaire.model import Option

if TYPE_CHECKING:
    from collections.abc import Iterable

    from troth.authoring.report import Report
    from troth.authoring.xlsform.sheets import Row
    from troth.authoring.xlsform.words import Words

WAYS_OUT: Final = {"dont-know": "dont_know", "prefer-not-to-say": "prefer_not_to_say"}
"""Names of choices that mean our own ways out of a question, as an export writes them."""


@dataclass(frozen=True)
class Choice:
    """One option: their name, its part, and all of its cells."""

    name: str
    option: Part
    cells: dict[str, str]
    row: Row


@dataclass(frozen=True)
class Choices:
    """One list. `ways_out`: which of our own ways out stand in it."""

    name: str
    members: tuple[Choice, ...]
    ways_out: frozenset[str]

    @property
    def ids(self) -> dict[str, str]:
        """Their name → our id."""
        return {choice.name: choice.option["id"] for choice in self.members}


def read_choices(rows: Iterable[Row], words: Words, report: Report) -> dict[str, Choices]:
    """List name → its options, in the order of the sheet."""
    members: dict[str, list[Choice]] = {}
    ways: dict[str, set[str]] = {}
    names: dict[str, Names] = {}
    for row in rows:
        listed, name = row.get("list_name"), row.get("name")
        if not listed or not name:
            report.lose(row.where, "a choice without a list or a name")
            continue
        label = words.of(row, "label")
        if name in WAYS_OUT:
            ways.setdefault(listed, set()).add(WAYS_OUT[name])
            members.setdefault(listed, [])
            row.get("troth")
            continue
        own = names.setdefault(listed, Names(f"choice of {listed[:30]}", report, "o", frozenset())).take(
            name, row.where
        )
        option: dict[str, Any] = part(row.where, id=own, label=label or name)
        if not label:
            report.change(row.where, "a choice without words is called by its name")
        option |= extra(row, Option, report, without=("id", "label", "when"))
        cells = {column: text for (column, language), text in row.cells.items() if not language}
        members.setdefault(listed, []).append(Choice(name, option, cells, row))
    return {listed: Choices(listed, tuple(found), frozenset(ways.get(listed, ()))) for listed, found in members.items()}
