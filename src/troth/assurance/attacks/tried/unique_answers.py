"""The opened microdata joined to what the frame knows of each person, to see who is alone with what could be known otherwise (P04).

The bundled frame knows name, address, region and language: of these only the cell, made of region, is in the microdata, and a cell
holds many. So nobody is guessed, and the outcome is a measure: how many rows are alone with the columns classed `quasi`, for
somebody who knows all of those of one person. A frame that carries such columns itself makes guesses possible.
"""

from __future__ import annotations

import csv
from collections import Counter
from statistics import mean
from typing import TYPE_CHECKING, Final

from troth.assurance.attacks.attack import Guess, Link, Outcome, Trial, attack

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from troth.assurance.attacks.loot import Loot

CELL: Final = "cell"
MERGED: Final = "merged"


@attack(
    "demographic uniqueness", ("P04",), twin="a frame that carries age and places lived in, as the answers do",
    says="Whoever has the frame and the opened answers joins them on everything that both have, and takes a person for a row where "
    "exactly one fits.",
)  # fmt: skip
def run(loot: Loot) -> Outcome:
    """A guess for each person whom exactly one row fits, where frame and answers share more than the cell; rows are `row:N`."""
    rows = _rows(loot)
    if not rows:
        return Outcome(0)
    quasi = [row["column"] for row in loot.observations("quasi") if row["column"] in rows[0]]
    frame = _frame(loot)
    shared = [column for column in quasi if any(column in person for person in frame.values())]
    cells = Counter(row[CELL] for row in rows)
    alone = Counter(_key(row, [CELL, *quasi]) for row in rows)
    unique = sum(alone[_key(row, [CELL, *quasi])] == 1 for row in rows)
    note = (
        f"{unique} of {len(rows)} rows are alone with their cell and the {len(quasi)} columns that could be known otherwise; "
        f"the smallest cell has {min(cells.values())} rows. The frame shares the cell and {len(shared)} of these columns."
    )
    among = [cells[person[CELL]] for person in frame.values() if cells[person[CELL]]]
    if among:
        note += f" By the cell alone a person is one among {mean(among):.0f} rows on average."
    trials = (_trial(rows, frame, shared),) if shared else ()
    return Outcome(len(rows), trials=trials, note=note)


def _trial(rows: Sequence[Mapping[str, str]], frame: Mapping[str, Mapping[str, str]], shared: Sequence[str]) -> Trial:
    guesses = []
    rivals = Counter(_key(person, [CELL, *shared]) for person in frame.values())
    for ref, person in sorted(frame.items()):
        fitting = [number for number, row in enumerate(rows) if _fits(row, person, shared)]
        if len(fitting) == 1:
            guesses.append(Guess(ref, f"row:{fitting[0]}", rivals[_key(person, [CELL, *shared])]))
    return Trial(f"the one row that fits on {', '.join(shared)}", Link.PERSON_RECORD, tuple(guesses))


def _fits(row: Mapping[str, str], person: Mapping[str, str], shared: Sequence[str]) -> bool:
    if row[CELL] not in {person[CELL], MERGED}:
        return False
    return all(row[column] == person[column] for column in shared if column in person)


def _key(row: Mapping[str, str], columns: Sequence[str]) -> tuple[str, ...]:
    return tuple(row.get(column, "") for column in columns)


def _rows(loot: Loot) -> list[dict[str, str]]:
    path = loot.folder / "microdata" / "microdata.csv"
    if not path.is_file():
        return []
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _frame(loot: Loot) -> dict[str, dict[str, str]]:
    """Reference -> cell, from the first night that shows it, and whatever else the frame knew (`observations/frame`)."""
    found: dict[str, dict[str, str]] = {}
    for night in loot.each_night():
        people = night.table("sample", "person")
        if people.columns and people.rows:
            refs, cells = people.column("ref"), people.column("cell")
            found = {str(ref): {CELL: str(cell)} for ref, cell in zip(refs, cells, strict=True)}
            break
    for row in loot.observations("frame"):
        known = {name: str(value) for name, value in row.items() if name != "ref"}
        if row["ref"] in found:
            found[row["ref"]] |= known
    return found
