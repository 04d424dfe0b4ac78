"""Somebody types codes that open nothing, and compares how long the answers took (P06, P07, P09)."""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import permutations
from statistics import median
from typing import TYPE_CHECKING

from troth.assurance.attacks.attack import Guess, Link, Outcome, Trial, attack
from troth.assurance.attacks.outside import DOORS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from troth.assurance.attacks.loot import Loot


@attack(
    "status oracle, time", ("P06", "P07", "P09"), twin="a door that looks a code up before it stretches it",
    says="The same, with a stopwatch: each code asked many times, the median taken, and codes told apart by rank.",
)  # fmt: skip
def run(loot: Loot) -> Outcome:
    """Fixed rules: bands of ranks as wide as there are codes of each state, in every rotation of one order of the states and of its
    reverse; and, for each ordered pair of states, the slower half called one and the faster the other."""  # noqa: D205, D209 - one sentence
    rows = [row for row in loot.observations("oracle") if row["moment"] == "open" and not row["mistyped"]]
    asked = Counter(tuple(row["kinds"].items()) for row in rows)
    kinds = dict(asked.most_common(1)[0][0]) if asked else {}
    trials = []
    for door in DOORS if len(kinds) > 1 else ():
        taken: dict[str, list[float]] = defaultdict(list)
        for row in rows:
            if row["door"] == door and row["kinds"] == kinds:
                taken[row["number"]].append(row["seconds"])
        trials += list(_trials(door, {number: median(seconds) for number, seconds in taken.items()}, kinds))
    return Outcome(len(rows), trials=tuple(trials), note=_note(rows))


def _trials(door: str, taken: Mapping[str, float], kinds: Mapping[str, int]) -> Iterator[Trial]:
    ranked = sorted(taken, key=lambda number: (taken[number], number))
    turned = {order[at:] + order[:at] for order in (tuple(kinds), tuple(kinds)[::-1]) for at in range(len(kinds))}
    for order in sorted(turned):
        bands = [state for state in order for _ in range(kinds[state])]
        yield _bands(f"{door}: fastest first {', '.join(order)}", ranked, bands, len(kinds))
    for fast, slow in permutations(kinds, 2):
        yield _bands(f"{door}: faster half {fast}, slower half {slow}", ranked, (fast, slow), len(kinds))


def _bands(name: str, ranked: Sequence[str], bands: Sequence[str], among: int) -> Trial:
    guesses = (Guess(number, bands[place * len(bands) // len(ranked)], among) for place, number in enumerate(ranked))
    return Trial(name, Link.CODE_STATE, tuple(guesses))


def _note(rows: Sequence[Mapping[str, float]]) -> str:
    if not rows:
        return ""
    taken = sorted(1000 * row["seconds"] for row in rows)
    return f"An answer took {median(taken):.1f} ms at the median, {taken[len(taken) // 100]:.1f} ms at the first percentile."
