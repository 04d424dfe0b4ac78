"""Somebody types codes that open nothing, and compares how long the answers took (P06, P07, P09)."""

from __future__ import annotations

from collections import defaultdict
from itertools import permutations
from statistics import median
from typing import TYPE_CHECKING

from troth.assurance.attacks.attack import Guess, Link, Outcome, Trial, attack
from troth.assurance.attacks.outside import DOORS, REFUSED

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from troth.assurance.attacks.loot import Loot


@attack(
    "status oracle, time", ("P06", "P07", "P09"), twin="a door that looks a code up before it stretches it",
    says="The same, with a stopwatch: each code asked many times, the median taken, and codes told apart by rank.",
)  # fmt: skip
def run(loot: Loot) -> Outcome:
    """Fixed rules: contiguous bands of ranks, in every rotation of one order of the states and of its reverse; and, for each
    ordered pair of states, the slower half called one and the faster the other."""  # noqa: D205, D209 - one sentence
    rows = [row for row in loot.observations("oracle") if row["moment"] == "open" and not row["mistyped"]]
    trials = []
    for door in DOORS:
        taken: dict[str, list[float]] = defaultdict(list)
        for row in rows:
            if row["door"] == door:
                taken[row["number"]].append(row["seconds"])
        if len(taken) >= len(REFUSED):
            trials += list(_trials(door, {number: median(seconds) for number, seconds in taken.items()}))
    return Outcome(len(rows), trials=tuple(trials), note=_note(rows))


def _trials(door: str, taken: Mapping[str, float]) -> Iterator[Trial]:
    ranked = sorted(taken, key=lambda number: (taken[number], number))
    for order in (REFUSED, REFUSED[::-1]):
        for start in range(len(order)):
            turned = order[start:] + order[:start]
            yield _bands(f"{door}: fastest first {', '.join(turned)}", ranked, turned)
    for fast, slow in permutations(REFUSED, 2):
        yield _bands(f"{door}: faster half {fast}, slower half {slow}", ranked, (fast, slow))


def _bands(name: str, ranked: Sequence[str], states: Sequence[str]) -> Trial:
    guesses = (
        Guess(number, states[place * len(states) // len(ranked)], len(REFUSED)) for place, number in enumerate(ranked)
    )
    return Trial(name, Link.CODE_STATE, tuple(guesses))


def _note(rows: Sequence[Mapping[str, float]]) -> str:
    if not rows:
        return ""
    taken = sorted(1000 * row["seconds"] for row in rows)
    return f"An answer took {median(taken):.1f} ms at the median, {taken[len(taken) // 100]:.1f} ms at the first percentile."
