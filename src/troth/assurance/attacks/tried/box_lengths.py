"""Lengths of sealed values and counts of boxes: what is sealed must not show by its size what it holds (P09, P15, P23)."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final

from troth.assurance.attacks.attack import Finding, Outcome, attack
from troth.assurance.attacks.night import Long

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from troth.assurance.attacks.loot import Loot
    from troth.assurance.attacks.night import Night, Rows, Value

SEALED: Final = (
    ("responses", "step", "box"),
    ("responses", "progress", "exact"),
    ("responses", "progress", "common"),
    ("responses", "record", "boxes"),
    ("sample", "person", "contact_wrapped"),
    ("sample", "person", "contact_sealed"),
    ("sample", "person", "code_wrapped"),
    ("sample", "letter", "code_sealed"),
    ("sample", "reserve", "code_sealed"),
    *((vault, table, column) for vault in ("vouchers", "interviews") for table in ("inbox", "claim") for column in ("wrapped", "sealed")),
    *(("holds", "held", column) for column in ("wrapped", "sealed", "terms")),
    *(("holds", "proposal", column) for column in ("wrapped", "terms")),
)  # fmt: skip
_RECORDS: Final = ("responses", "record", "boxes")


@attack(
    "box length and count", ("P09", "P15", "P23"), deterministic=True, twin="boxes that are as long as the route",
    says="Over all nights, the lengths of every sealed column are compared, and the steps of every handle are counted; how many steps an "
    "unfinished response has is conceded.",
)  # fmt: skip
def run(loot: Loot) -> Outcome:
    """A sealed column has one length over all nights, and a complete response one count of steps; a Finding for each that has more."""
    lengths: dict[tuple[str, str, str], Counter[int]] = defaultdict(Counter)
    gaps, odd, examined, slots = 0, 0, 0, loot.about.slots
    for night in loot.each_night():
        for at in SEALED:
            lengths[at].update(_lengths(_column(night.table(at[0], at[1]), at[2])))
        numbers = _numbers(night)
        complete = _complete(night)
        examined += len(numbers) + len(complete)
        gaps += sum(Counter(some) != Counter(range(len(some))) for some in numbers.values())
        odd += sum(len(numbers.get(handle, ())) != slots for handle in complete)
    found = [
        Finding(".".join(at), f"{len(seen)} lengths; {seen.total() - max(seen.values())} of {seen.total()} differ")
        for at, seen in lengths.items()
        if len(seen) > 1
    ]
    found += [
        Finding(".".join(_RECORDS), f"{size} bytes are not {slots} equal boxes")
        for size in lengths[_RECORDS]
        if size % slots
    ]
    if gaps:
        found.append(
            Finding("responses.step.n", f"{gaps} times the steps of a handle were not numbered from 0 without a gap")
        )
    if odd:
        found.append(Finding("responses.step", f"{odd} times a complete response had not {slots} steps"))
    values = sum(seen.total() for seen in lengths.values())
    note = (
        f"{values} sealed values; the number of steps saved of an unfinished response shows, as conceded."
        if values
        else ""
    )
    return Outcome(examined + values, tuple(found), note=note)


def _column(rows: Rows, column: str) -> list[Value]:
    return rows.column(column) if column in rows.columns else []


def _lengths(values: Iterable[Value]) -> Iterator[int]:
    for value in values:
        if isinstance(value, Long):
            yield value.length
        elif isinstance(value, bytes):
            yield len(value)


def _numbers(night: Night) -> dict[Value, list[Value]]:
    """Handle -> the numbers of its steps."""
    steps, found = night.table("responses", "step"), defaultdict(list)
    for handle, n in zip(_column(steps, "handle"), _column(steps, "n"), strict=True):
        found[handle].append(n)
    return found


def _complete(night: Night) -> set[Value]:
    """The handles that are complete and not flushed."""
    rows = night.table("responses", "handle")
    return {
        handle
        for handle, state in zip(_column(rows, "handle"), _column(rows, "state"), strict=True)
        if state == "complete"
    }
