"""Nights compared: who left their handles on the night on which a record came, and whose row in SAMPLE changed that night (P04)."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING

from troth.assurance.attacks.attack import Guess, Link, Outcome, Trial, attack
from troth.assurance.attacks.moves import changes, move
from troth.assurance.attacks.orders import Order, align_in_cells, name, pairs, rank, steady

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from troth.assurance.attacks.loot import Loot
    from troth.assurance.attacks.moves import Change, Move
    from troth.assurance.attacks.night import Value

Found = dict[tuple[Link, str], list[Guess]]


@attack(
    "snapshot differences", ("P04", "P15"), twin="records in the order of completion, and a receipt a day",
    says="Between two nights, the handles that were flushed and the people whose rows changed are aligned, cell by cell and by every order "
    "before and after, with the records that came; people whose rows changed are aligned with handles that began or finished that night.",
)  # fmt: skip
def run(loot: Loot) -> Outcome:
    """The groups of all nights are guessed alike, so one order is one trial over the whole study."""
    found: Found = defaultdict(list)
    touched: dict[str, int] = {}
    crowds: Counter[tuple[date, Value]] = Counter()
    looked = 0
    for number, change in enumerate(changes(loot)):
        looked += len(change.flushed) + len(change.records) + len(change.people)
        _same_night(change, found)
        moving = move(change)
        if moving is not None:
            for label, guesses in moving.guesses():
                found[Link.HANDLE_RECORD, label] += guesses
            for label, guesses in _people(change, moving, touched):
                found[Link.PERSON_RECORD, label] += guesses
            touched = {}
            crowds += Counter((change.day, cell) for cell in _cells(change))
        for ref in change.people:  # a flush is in the morning: who changed that day is of the next
            touched.setdefault(ref, number)
    trials = tuple(Trial(label, link, tuple(guesses)) for (link, label), guesses in found.items() if guesses)
    note = f"The smallest group of records of one night and cell has {min(crowds.values())}." if crowds else ""
    return Outcome(looked, trials=trials, note=note)


def _cells(change: Change) -> Iterator[Value]:
    """The cell of each record that came."""
    rows = change.after.table("responses", "record")
    for boxes, cell in zip(rows.column("boxes"), rows.column("cell"), strict=True):
        if name(boxes) in change.records:
            yield cell


def _same_night(change: Change, found: Found) -> None:
    """People whose rows changed are taken for the handles that began, or finished, on the same night."""
    if not change.people:
        return
    people = rank(change.after, "person", only=change.people)
    for what, whose in (("began", change.began), ("finished", change.finished)):
        if whose:
            handles = rank(change.after, "handle", only=whose)
            for label, one, other in pairs(steady(people.orders), steady(handles.orders)):
                guesses = align_in_cells(one.ids, other.ids, people.cell, handles.cell)
                found[Link.PERSON_HANDLE, f"{what} on the night of a change, {label}"] += guesses


def _people(change: Change, moving: Move, touched: dict[str, int]) -> Iterator[tuple[str, list[Guess]]]:
    """Everybody of the cell by each order; and those whose rows changed since the last flush, in the order of the nights."""
    records = moving.records
    for when, night in (("before", change.before), ("after", change.after)):
        people = rank(night, "person")
        for label, one, other in pairs(people.orders, records.orders):
            yield f"{when}, {label}", list(align_in_cells(one.ids, other.ids, people.cell, records.cell))
        if when == "after":
            nights = [
                Order(f"night of change, {one.name}", _by_night(one.ids, touched), "plain")
                for one in steady(people.orders)
            ]
            for label, one, other in pairs(nights, records.orders):
                yield label, list(align_in_cells(one.ids, other.ids, people.cell, records.cell))


def _by_night(ids: tuple[str, ...], touched: dict[str, int]) -> tuple[str, ...]:
    return tuple(sorted((one for one in ids if one in touched), key=touched.__getitem__))
