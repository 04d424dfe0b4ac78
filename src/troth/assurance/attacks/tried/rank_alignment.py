"""The i-th row of one vault is taken for the i-th of another, by every order that rows have (P04, P15, P23)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from troth.assurance.attacks.attack import Guess, Link, Outcome, Trial, attack
from troth.assurance.attacks.orders import MOST, Ranked, align, align_in_cells, name, pairs, rank, states

if TYPE_CHECKING:
    from collections.abc import Iterator
    from datetime import date

    from troth.assurance.attacks.loot import Loot
    from troth.assurance.attacks.night import Night

FINISHED: Final = frozenset({"complete", "flushed"})


@attack(
    "rank alignment", ("P04", "P15", "P23"), twin="ids that count up, and records in the order of completion",
    says="Every column and every physical order of every table about people is aligned, smallest to smallest and backwards, with each of "
    "another kind (people, handles, records, claims), on five nights; values that both sides hold are joined.",
)  # fmt: skip
def run(loot: Loot) -> Outcome:
    """Ranks of one kind of row are guessed from ranks of another; guesses that an earlier night gave already are not made twice."""
    return _outcome(loot, conceded=False)


@attack(
    "rank alignment, the arrival", ("P15", "P23"), conceded=True, twin="claims made at completion",
    says="The inbox of claims, as it lies before a sort, is aligned with sessions, steps and handles as they lie before a flush: nightly "
    "copies of both vaults concede that both lie in the order in which they came.",
)  # fmt: skip
def arrival(loot: Loot) -> Outcome:
    """How well the order of arrival alone tells whose a claim is, until a flush and a sort end both orders."""
    return _outcome(loot, conceded=True)


def _outcome(loot: Loot, *, conceded: bool) -> Outcome:
    trials: dict[int, Trial] = {}
    for trial, arrived in loot.once("ranks, aligned", lambda: list(_of_nights(loot))):
        if arrived == conceded:
            trials.setdefault(hash((trial.link, trial.guesses)), trial)
    return Outcome(sum(len(trial.guesses) for trial in trials.values()), trials=tuple(trials.values()))


def _of_nights(loot: Loot) -> Iterator[tuple[Trial, bool]]:
    for day in _nights(loot):
        for trial, arrived in _of_night(loot.night(day)):
            if trial.guesses:
                yield Trial(f"{day} {trial.name}", trial.link, trial.guesses), arrived


def _nights(loot: Loot) -> list[date]:
    """The nights that matter: around the first flush that moved records, the last reminder's, the close, sever, and the end."""
    records, people = [], []
    for night in loot.each_night():
        if night.table("responses", "record").rows:
            records.append(night.day)
        if any(night.table(*at).rows for at in (("sample", "person"), ("vouchers", "claim"), ("interviews", "claim"))):
            people.append(night.day)
    all_nights, about = loot.nights(), loot.about
    severed = about.severed or (all_nights[-1] if all_nights else about.closes)
    reminded = [wave.day for wave in about.waves if wave.day <= about.closes]
    chosen: list[list[date]] = [
        [day for day in all_nights if not records or day < records[0]][-1:],
        [day for day in all_nights if reminded and day >= reminded[-1]][:1],
        [day for day in all_nights if day > about.closes][:1],
        [day for day in all_nights if day < severed][-1:],
        [day for day in records if day in set(people)][-1:],
    ]
    return sorted({day for some in chosen for day in some})


def _of_night(night: Night) -> Iterator[tuple[Trial, bool]]:
    """Trials, and whether each is of two orders of arrival."""
    state = states(night)
    people, records = rank(night, "person"), rank(night, "record")
    handles = rank(night, "handle", only=state)
    flushed = rank(night, "handle", only={one for one, its in state.items() if its == "flushed"})
    finished = rank(night, "handle", only={one for one, its in state.items() if its in FINISHED})
    yield from _trials(Link.PERSON_HANDLE, people, handles)
    yield from _trials(Link.PERSON_RECORD, people, records)
    yield from _trials(Link.HANDLE_RECORD, flushed, records)
    for purpose in ("voucher", "interview"):
        claims = rank(night, purpose)
        yield from _trials(Link.CLAIM_HANDLE, claims, finished)
        yield from _trials(Link.CLAIM_RECORD, claims, records)


def _trials(link: Link, left: Ranked, right: Ranked) -> Iterator[tuple[Trial, bool]]:
    """In cells where both sides show one (an order of the whole is one of each cell too); over all where they do not."""
    for label, one, other in pairs(left.orders, right.orders):
        in_cells = bool(left.cell and right.cell)
        guesses = align_in_cells(one.ids, other.ids, left.cell, right.cell) if in_cells else align(one.ids, other.ids)
        arrived = link is Link.CLAIM_HANDLE and ".inbox " in one.name and {one.kind, other.kind} <= {"place", "tied"}
        yield Trial(label, link, tuple(guesses)), arrived
    joined = [
        Guess(min(ids), min(right.values[value]), 1)
        for value, ids in sorted(left.values.items(), key=lambda each: name(each[0]))
        if len(ids) == 1 and len(right.values.get(value, ())) == 1
    ]
    yield Trial("the same value on both sides", link, tuple(joined[:MOST])), False
