"""What became of everybody who was invited, so that outcome rates and non-response weights exist afterwards.

The frozen counts of those who are erased and the live ones of those who are here, together; whether anybody answered is in neither.
Exact counts stay in SAMPLE. What is shown: by cell everybody, who had a letter and who was stopped; why, over all cells only, and only
where every reason is 0 or at least k. A count between 1 and k - 1 is hidden, and so is the sum over all cells unless it leaves each
hidden count every value from 1 to k - 1 (`_tells_nothing`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from troth.fieldwork.private import write_private
from troth.vaults.sample.erasable import dispositions, standing
from troth.vaults.sample.returned import UNKNOWN, counts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from troth.storage.database import Database

REASONS: Final = ("returned", "deceased", "ineligible", "opted_out", "moved", "at_risk", "objected")
BY_CELL: Final = ("loaded", "issued", "stopped")
"""Everybody; who had a letter; who was stopped."""
OUTCOMES: Final = (*BY_CELL, *REASONS)
"""In the order in which they are shown; why somebody was stopped over all cells only."""


@dataclass(frozen=True)
class Outcomes:
    """Outcome -> how many; None: hidden, between 1 and k - 1 or next to one that is."""

    cells: Mapping[str, Mapping[str, int | None]]
    """Cell -> `BY_CELL` -> how many."""
    total: Mapping[str, int | None]
    """`OUTCOMES` -> how many, over all cells."""
    letters_returned: int | None
    """All letters that came back, also those of people whose contact was gone already."""
    after_erasure: int | None
    k: int


def exact(sample: Database) -> dict[str, dict[str, int]]:
    """Cell -> outcome -> how many, of everybody who was ever loaded: frozen and live together. Not for showing."""
    found: dict[str, dict[str, int]] = {}
    for counted in (dispositions(sample), standing(sample)):
        for (cell, outcome), many in counted.items():
            named = "loaded" if outcome in {"erased", "here"} else outcome
            mine = found.setdefault(cell, dict.fromkeys(OUTCOMES, 0))
            mine[named] = mine.get(named, 0) + many
    return found


def write_exact(sample: Database, out: Path) -> None:
    """The exact counts stand in that CSV (cell, outcome, count), for outcome rates and weights; only its owner may read it.

    Raises:
        Refused: there is a file already. StorageFailed: it cannot be written.

    """
    rows = [f"{cell},{name},{mine[name]}" for cell, mine in sorted(exact(sample).items()) for name in OUTCOMES]
    write_private(out, "\n".join(["cell,outcome,count", *rows, ""]).encode())


def outcomes(sample: Database, k: int) -> Outcomes:
    """What may be shown: no count between 1 and k - 1, nor one that a sum or a difference gives."""
    found = exact(sample)
    cells, total = shown(found, k)
    back = counts(sample)
    gone = back.get((UNKNOWN, UNKNOWN), 0)
    letters = sum(back.values())
    near = 0 < letters - gone < k
    return Outcomes(
        cells, total, None if 0 < letters < k or near else letters, None if 0 < gone < k or near else gone, k
    )


def shown(
    found: Mapping[str, Mapping[str, int]], k: int
) -> tuple[dict[str, dict[str, int | None]], dict[str, int | None]]:
    """The cells' counts and those over all cells, as they may be shown together."""
    cells = {cell: _cell(mine, k) for cell, mine in sorted(found.items())}
    whole = {outcome: sum(mine[outcome] for mine in found.values()) for outcome in OUTCOMES}
    total: dict[str, int | None] = dict(whole)
    for outcome in BY_CELL:
        hidden = [mine[outcome] for cell, mine in found.items() if cells[cell][outcome] is None]
        if _small(whole[outcome], k) or (hidden and not _tells_nothing(hidden, k)):
            total[outcome] = None
    if _small(whole["loaded"] - whole["issued"], k):
        total["issued"] = None
    if total["stopped"] is None or any(_small(whole[reason], k) for reason in REASONS):  # their sum is who was stopped
        total |= dict.fromkeys(REASONS)
    return cells, total


def _cell(mine: Mapping[str, int], k: int) -> dict[str, int | None]:
    told: dict[str, int | None] = {name: None if _small(mine[name], k) else mine[name] for name in BY_CELL}
    if _small(mine["loaded"] - mine["issued"], k):  # the few who never had a letter
        told["issued"] = None
    return told


def _small(many: int, k: int) -> bool:
    return 0 < many < k


def _tells_nothing(hidden: Sequence[int], k: int) -> bool:
    """Whether their sum, told, leaves each of them every value from 1 to k - 1: only where all are such, and neither few nor many.

    One of n such counts of the sum S lies between S - (n-1)(k-1) and S - (n-1): all of 1 to k - 1 fit where
    n + k - 2 <= S <= (n-1)(k-1) + 1.
    """
    n = len(hidden)
    return all(_small(many, k) for many in hidden) and n + k - 2 <= sum(hidden) <= (n - 1) * (k - 1) + 1
