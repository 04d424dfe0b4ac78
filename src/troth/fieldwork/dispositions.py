"""What became of everybody who was invited, cell by cell: so that outcome rates and non-response weights exist afterwards.

The frozen counts of those who are erased and the live ones of those who are here, together; whether anybody answered is in neither.
Exact counts stay in SAMPLE. What is shown hides every count under k that is not 0, and every figure from which a hidden one
could be taken away (`_told`).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from troth.fieldwork.outgoing import write_whole
from troth.kit.errors import Refused
from troth.vaults.sample.erasable import dispositions, standing
from troth.vaults.sample.returned import UNKNOWN, counts

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from troth.storage.database import Database

REASONS: Final = ("returned", "deceased", "ineligible", "opted_out", "moved", "at_risk", "objected")
OUTCOMES: Final = ("loaded", "issued", "stopped", *REASONS)
"""In the order in which they are shown: everybody; who had a letter; who was stopped; and why."""


@dataclass(frozen=True)
class Outcomes:
    """Cell -> outcome -> how many; None: hidden, between 1 and k - 1 or next to one that is."""

    cells: Mapping[str, Mapping[str, int | None]]
    total: Mapping[str, int | None]
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
    if out.exists():
        raise Refused("there is a file already", where=out.name, mend="name another one")
    rows = [f"{cell},{name},{mine[name]}" for cell, mine in sorted(exact(sample).items()) for name in OUTCOMES]
    write_whole(out, "\n".join(["cell,outcome,count", *rows, ""]).encode())


def outcomes(sample: Database, k: int) -> Outcomes:
    """What may be shown: no count between 1 and k - 1, nor one that a difference gives."""
    found = exact(sample)
    cells = {cell: hide(mine, k) for cell, mine in sorted(found.items())}
    whole = {outcome: sum(mine[outcome] for mine in found.values()) for outcome in OUTCOMES}
    total = hide(whole, k)
    for outcome in OUTCOMES:
        if _told([mine[outcome] for cell, mine in found.items() if cells[cell][outcome] is None], k):
            total[outcome] = None
    if _told([whole[reason] for reason in REASONS if total[reason] is None], k):
        total["stopped"] = None
    back = counts(sample)
    gone = back.get((UNKNOWN, UNKNOWN), 0)
    letters = sum(back.values())
    near = 0 < letters - gone < k
    return Outcomes(
        cells, total, None if 0 < letters < k or near else letters, None if 0 < gone < k or near else gone, k
    )


def hide(mine: Mapping[str, int], k: int) -> dict[str, int | None]:
    """One cell's counts as they may be shown."""
    shown: dict[str, int | None] = {name: None if 0 < mine[name] < k else mine[name] for name in OUTCOMES}
    if _told([mine[reason] for reason in REASONS if shown[reason] is None], k):
        shown["stopped"] = None
    if 0 < mine["loaded"] - mine["issued"] < k:  # the few who never had a letter
        shown["issued"] = None
    return shown


def _told(hidden: Sequence[int], k: int) -> bool:
    """Whether a sum less what is shown beside it would tell what is hidden: it is one figure, or together still too small."""
    return len(hidden) == 1 or 0 < sum(hidden) < k
