"""One invited person and what they are like: everything that they will do is drawn from the seed and their place in the sample."""

from __future__ import annotations

import random  # noqa: TID251 - what synthetic people do is drawn from the seed
from dataclasses import dataclass, field
from typing import Final

_HOURS: Final = (0.3, 0.1, 0.1, 0.1, 0.1, 0.3, 1, 2, 2.5, 3, 3.5, 3.5, 3.5, 3, 2.5, 2.5, 3, 4, 5, 7, 8, 7, 4, 1.5)
"""Weights of the hours at which people answer: evenings most, nights seldom."""
_WEEKDAYS: Final = (1.15, 1.1, 1.05, 1, 0.8, 0.85, 1.2)
"""Weights of Monday to Sunday."""


@dataclass(frozen=True)
class Habits:
    """How often people do things: chances between 0 and 1. Guesses about people, not findings; the report names them so."""

    moved_by_invitation: float = 0.34
    moved_by_reminder: float = 0.24
    letter_lost: float = 0.03
    """A letter that never comes; the next one carries the same code."""
    asks_again: float = 0.5
    """Of those who miss a letter: they ring, and ask for it once more."""
    moved_by_replacement: float = 0.5
    """Of those whom no other letter moves."""
    calls_to_stop: float = 0.015
    stops_and_deletes: float = 0.03
    without_script: float = 0.15
    mistypes_first: float = 0.08
    pauses: tuple[float, float, float] = (0.68, 0.24, 0.08)
    """Never, once, twice."""
    never_comes_back: float = 0.3
    """Of those who paused or left."""
    ways_to_pause: tuple[float, float, float, float] = (0.45, 0.2, 0.25, 0.1)
    """With a word, without, window closed, exit button."""
    forgets_word: float = 0.15
    holder_tries: float = 0.3
    """Somebody at home tries the letter's code during a pause."""
    holder_tries_late: float = 0.03
    looks_again: float = 0.04
    voucher: float = 0.72
    interview: float = 0.2
    claims_at_once: float = 0.5


HABITS: Final = Habits()


@dataclass(frozen=True)
class Pause:
    """After so many pages the survey is paused, left or exited, and taken up again after so many hours, or never."""

    pages: int
    how: str
    """`word`, `no word`, `left` (the window was closed) or `exit` (the button on each page)."""
    hours: float | None
    wrong_word: bool
    holder: bool
    """Whether somebody at home tries the letter's code meanwhile."""


@dataclass(frozen=True)
class Character:
    """What somebody is like."""

    moved_by: int | None
    """The number of the letter (0: the invitation) after which they answer; None: never."""
    wait_hours: float
    hour: int
    minute: int
    language: str
    script: bool
    mistypes: bool
    pauses: tuple[Pause, ...]
    deletes_at: int | None
    """After so many pages they stop and delete; None: they do not."""
    voucher_hours: float | None
    interview_hours: float | None
    """How long after the end they claim; 0 is at once; None: never."""
    loses: frozenset[int]
    """Numbers of the letters that never come."""
    calls: bool
    """Rings the enquiry line after the first letter: no more letters, please."""
    reads_again: bool
    """Types the code once more after the end, to see."""
    holder_late: bool
    """Somebody at home tries the code after the end."""
    asks_again: bool = False
    """Rings for a letter that did not come."""
    moved_again: bool = False
    """Answers after a replacement, where no other letter moves them."""


@dataclass
class Ledger:
    """What a person remembers, which no machine does: compared with what the vaults count."""

    pages: int = 0
    started: bool = False
    completed: bool = False
    deleted: bool = False
    claims: set[str] = field(default_factory=set)
    hard_reached: bool = False
    hard_answered: bool = False


def character(seed: int, number: int, *, language: str, letters: int, pages: int, habits: Habits = HABITS) -> Character:
    """The person at that place in the sample, the same for the same seed. `letters`: how many are sent; `pages`: of a long route."""
    draw = random.Random(f"{seed}:{number}")  # noqa: S311 - a synthetic person is no secret
    loses = frozenset(letter for letter in range(letters) if draw.random() < habits.letter_lost)
    calls = draw.random() < habits.calls_to_stop
    moved: int | None = None
    for letter in range(letters):
        wants = draw.random() < (habits.moved_by_invitation if letter == 0 else habits.moved_by_reminder)
        if wants and letter not in loses and moved is None and not (calls and letter == 0):
            moved = letter
    deletes_at = draw.randint(1, max(1, pages - 2)) if draw.random() < habits.stops_and_deletes else None
    return Character(
        moved_by=None if calls else moved,
        wait_hours=draw.expovariate(1 / 60) * _WEEKDAYS[draw.randrange(7)],
        hour=draw.choices(range(24), _HOURS)[0],
        minute=draw.randrange(60),
        language=language,
        script=draw.random() >= habits.without_script,
        mistypes=draw.random() < habits.mistypes_first,
        pauses=_pauses(draw, pages, habits),
        deletes_at=deletes_at,
        voucher_hours=_later(draw, habits.voucher, habits),
        interview_hours=_later(draw, habits.interview, habits),
        loses=loses,
        calls=calls,
        reads_again=draw.random() < habits.looks_again,
        holder_late=draw.random() < habits.holder_tries_late,
        asks_again=draw.random() < habits.asks_again,
        moved_again=draw.random() < habits.moved_by_replacement,
    )


def _pauses(draw: random.Random, pages: int, habits: Habits) -> tuple[Pause, ...]:
    found = []
    at = 0
    for _ in range(draw.choices((0, 1, 2), habits.pauses)[0]):
        at += draw.randint(1, max(1, pages // 2))
        never = draw.random() < habits.never_comes_back
        found.append(
            Pause(
                pages=at,
                how=draw.choices(("word", "no word", "left", "exit"), habits.ways_to_pause)[0],
                hours=None if never else 0.2 + draw.expovariate(1 / 50),
                wrong_word=draw.random() < habits.forgets_word,
                holder=draw.random() < habits.holder_tries,
            )
        )
    return tuple(found)


def _later(draw: random.Random, chance: float, habits: Habits) -> float | None:
    claims, at_once, hours = draw.random() < chance, draw.random() < habits.claims_at_once, 1 + draw.expovariate(1 / 70)
    return (0.0 if at_once else hours) if claims else None
