"""What changed between two nights: which handles were flushed and which records came with them, which people's rows are other rows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from troth.assurance.attacks.night import Night
from troth.assurance.attacks.orders import Ranked, align_in_cells, name, pairs, rank, states

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from troth.assurance.attacks.attack import Guess
    from troth.assurance.attacks.loot import Loot
    from troth.assurance.attacks.night import Value


@dataclass(frozen=True)
class Change:
    """One night against the night before."""

    before: Night
    after: Night
    began: frozenset[str]
    """Handles that have their first step."""
    finished: frozenset[str]
    """Handles that are complete or flushed, and were neither."""
    flushed: frozenset[str]
    """Handles that were flushed, or vanished without having been."""
    records: frozenset[str]
    """Records that came."""
    people: frozenset[str]
    """People of whom a row in SAMPLE is another than it was."""

    @property
    def day(self) -> date:
        """The later of the two nights."""
        return self.after.day


@dataclass(frozen=True)
class Move:
    """The orders of handles that were flushed between two nights, and those of the records that came."""

    handles_before: Ranked
    handles_after: Ranked
    records: Ranked

    def guesses(self) -> Iterator[tuple[str, list[Guess]]]:
        """Each pair of orders by its name, and whom it takes for which record, cell by cell."""
        for when, handles in (("before", self.handles_before), ("after", self.handles_after)):
            for label, one, other in pairs(handles.orders, self.records.orders):
                some = align_in_cells(one.ids, other.ids, self.handles_before.cell, self.records.cell)
                yield f"{when}, {label}", list(some)


def changes(loot: Loot) -> list[Change]:
    """Night after night, what changed."""
    return loot.once("changes", lambda: list(_changes(loot)))


def _changes(loot: Loot) -> Iterator[Change]:
    before: Night | None = None
    known: set[str] = set()
    old: _People = {}
    for after in loot.each_night():
        if before is None:  # whatever is there on the first night came then
            before = Night(after.day, {})
        people = _people(after)
        rewritten = frozenset(one for one, rows in people.items() if one in old and rows != old[one])
        yield _change(before, after, known, rewritten)
        known |= _ids(after, "responses", "record", "boxes")
        before, old = after, people


def move(change: Change) -> Move | None:
    """The orders of that night's flush; None when no record came."""
    if not change.records or not change.flushed:
        return None
    return Move(
        rank(change.before, "handle", only=change.flushed),
        rank(change.after, "handle", only=change.flushed),
        rank(change.after, "record", only=change.records),
    )


def _change(before: Night, after: Night, known: set[str], rewritten: frozenset[str]) -> Change:
    then, now = states(before, reserve=True), states(after, reserve=True)
    done = {"complete", "flushed"}
    return Change(
        before,
        after,
        began=frozenset(_ids(after, "responses", "step", "handle") - _ids(before, "responses", "step", "handle")),
        finished=frozenset(one for one, state in now.items() if state in done and then.get(one) not in done),
        flushed=frozenset(
            one for one, state in then.items() if state != "flushed" and now.get(one, "flushed") == "flushed"
        ),
        records=frozenset(_ids(after, "responses", "record", "boxes") - known),
        people=rewritten,
    )


def _ids(night: Night, vault: str, table: str, key: str) -> set[str]:
    rows = night.table(vault, table)
    return {name(value) for value in rows.column(key)} if rows.columns else set()


_People = dict[str, set[tuple["Value", ...]]]
"""Letter reference -> its rows in SAMPLE, with PostgreSQL's transaction: a row written again is another row."""


def _people(night: Night) -> _People:
    found: _People = {}
    for table in ("person", "letter"):
        rows = night.table("sample", table)
        if rows.columns:
            written = rows.positions.get("xmin", (0,) * len(rows.rows))
            for ref, row, transaction in zip(rows.column("ref"), rows.rows, written, strict=True):
                found.setdefault(name(ref), set()).add((table, transaction, *row))
    return found
