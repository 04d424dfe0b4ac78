"""Somebody types codes that open nothing, and compares the answers byte by byte (P06, P07, P09)."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Any, Final

from troth.assurance.attacks.attack import Finding, Outcome, attack

if TYPE_CHECKING:
    from troth.assurance.attacks.loot import Loot

_PARTS: Final = ("status", "headers", "body", "length", "cookie")
_REDIRECTS: Final = range(300, 400)


@attack(
    "status oracle, bytes", ("P06", "P07", "P09"), deterministic=True, twin="a door that words its refusal of a used code differently",
    says="Somebody with a list of codes types those that open nothing, at the code page and at the page for lost tickets, and "
    "compares status, headers, cookie and every byte.",
)  # fmt: skip
def run(loot: Loot) -> Outcome:
    """Answers of one day at one door are one answer; a mistyped code may be told so, until the season is said before any code."""
    rows = loot.observations("oracle")
    groups: dict[tuple[str, str, bool], list[dict[str, Any]]] = defaultdict(list)
    for row in rows:
        season_first = row["moment"] != "open" and row["door"] == "code"
        groups[row["moment"], row["door"], row["mistyped"] and not season_first].append(row)
    found = []
    for (moment, door, mistyped), some in sorted(groups.items()):
        where = f"{door} page, {moment}{', mistyped' if mistyped else ''}"
        for part in _PARTS:
            kinds = Counter(json.dumps(row[part], sort_keys=True) for row in some)
            if len(kinds) > 1:
                rare = len(some) - kinds.most_common(1)[0][1]
                found.append(Finding(where, f"{part}: {len(kinds)} kinds; {rare} of {len(some)} answers differ"))
        opened = sum(row["status"] in _REDIRECTS or bool(row["cookie"]) for row in some)
        if opened:
            found.append(Finding(where, f"{opened} of {len(some)} codes that must open nothing led on"))
    codes = len({row["number"] for row in rows})
    return Outcome(len(rows), tuple(found), note=f"{codes} codes that open nothing, {len(rows)} answers.")
