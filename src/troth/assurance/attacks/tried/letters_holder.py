"""Somebody in the household holds the letter, not the pause word, and looks while the respondent is away (P09)."""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Any

from troth.assurance.attacks.attack import Finding, Guess, Link, Outcome, Trial, attack

if TYPE_CHECKING:
    from collections.abc import Iterator

    from troth.assurance.attacks.loot import Loot

_OK = 200


@attack(
    "the letter's holder sees an answer", ("P09",), deterministic=True, twin="a resumed page that shows an earlier answer",
    says="Somebody with the letter and no pause word types the code, goes on without the word, and compares what they see with what "
    "others see who stand at the same place.",
)  # fmt: skip
def sees(loot: Loot) -> Outcome:
    """Whoever stands at the same next common section sees the same bytes on the whole way there; and it is such a section."""
    common = {tuple(row["fields"]) for row in loot.observations("common")}
    found = []
    kinds: dict[tuple[Any, ...], set[tuple[Any, ...]]] = defaultdict(set)
    doors: dict[str, set[tuple[Any, ...]]] = defaultdict(set)
    walks = list(_walks(loot))
    for _, pages in walks:
        last = pages[-1]
        kinds[_place(last)].add(_as_seen(pages))
        doors[pages[0]["path"]].add(_as_seen(pages[:2]))
        if last["path"].endswith("/finish"):
            continue
        if tuple(last["fields"]) not in common:
            found.append(Finding(f"page of {len(last['fields'])} answers", "not the first page of a common section"))
    for place, seen in sorted(kinds.items()):
        if len(seen) > 1:
            found.append(Finding(f"{place[0]}, {len(place[2])} answers", f"{len(seen)} kinds of pages for one place"))
    found += [
        Finding(f"{path}: the page for the pause word", f"{len(ways)} kinds")
        for path, ways in doors.items()
        if len(ways) > 1
    ]
    note = f"{len(walks)} letters were held, at {len(kinds)} places." if walks else ""
    return Outcome(len(walks), tuple(dict.fromkeys(found)), note=note)


@attack(
    "the letter's holder guesses the route", ("P09",), conceded=True, twin="a resumed page that shows an earlier answer",
    says="From the page at which the code alone goes on, the holder guesses whether the hard section was answered.",
)  # fmt: skip
def guesses(loot: Loot) -> Outcome:
    """For each page that somebody landed on: those who did are guessed one way, all others the other way; and the reverse."""
    where = {handle: (*_place(pages[-1]), pages[-1]["body"]) for handle, pages in _walks(loot)}
    trials = []
    for number, place in enumerate(sorted(set(where.values())), start=1):
        for here, elsewhere in (("answered", "left out"), ("left out", "answered")):
            guessed = (Guess(handle, here if at == place else elsewhere, 2) for handle, at in sorted(where.items()))
            trials.append(Trial(f"page {number} ({place[0]}) means {here}", Link.HOLDER_ROUTE, tuple(guessed)))
    return Outcome(len(where), trials=tuple(trials))


def _walks(loot: Loot) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """Whose letter, and the pages, where something was saved and shown."""
    for row in loot.observations("holder"):
        pages = row["pages"]
        if len(pages) > 1 and pages[-1]["status"] == _OK:
            yield row["handle"], pages


def _place(page: dict[str, Any]) -> tuple[str, str, tuple[str, ...]]:
    return page["path"], page["title"], tuple(page["fields"])


def _as_seen(pages: list[dict[str, Any]]) -> tuple[tuple[Any, ...], ...]:
    return tuple((each["status"], each["path"], each["leads"], each["body"], each["cookie"]) for each in pages)
