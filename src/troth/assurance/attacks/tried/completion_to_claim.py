"""A claim is taken for a handle that finished that day or shortly before, and from there for a record (P15, P23)."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from troth.assurance.attacks.attack import Guess, Link, Outcome, Trial, attack
from troth.assurance.attacks.moves import changes, move
from troth.assurance.attacks.orders import Order, align, rank, steady

if TYPE_CHECKING:
    from collections.abc import Iterator

    from troth.assurance.attacks.loot import Loot
    from troth.assurance.attacks.night import Night

LAGS: Final = range(4)
"""Nights between completion and claim that are tried."""
PURPOSES: Final = ("voucher", "interview")


@dataclass
class Seen:
    """What the nights show, night by night in order."""

    claims: dict[str, list[list[Order]]] = field(default_factory=lambda: {purpose: [] for purpose in PURPOSES})
    """Purpose -> the orders of the claims that came that night."""
    finished: list[list[Order]] = field(default_factory=list)
    """The orders of the handles that finished that night."""
    records: dict[str, dict[str, Guess]] = field(default_factory=lambda: defaultdict(dict))
    """A pair of orders of a flush -> handle -> the record that it is taken for."""


@attack(
    "completion to claim", ("P15", "P23"), twin="records in the order of completion, and claims made at completion",
    says="The claims that came in a night are aligned, in order of arrival, with the handles that finished that night or up to three "
    "before; the handle's answers are then taken for a record of its cell that came with its flush.",
)  # fmt: skip
def to_record(loot: Loot) -> Outcome:
    """Claim to handle by the day, handle to record by every order: the second step is what must fail."""
    seen, trials = _watch(loot), []
    for label, handles, guesses in _to_handles(seen):
        for pair, records in seen.records.items():
            if f"{handles} x" not in pair:  # one and the same order of handles for both steps
                continue
            known = [(guess, records[guess.right]) for guess in guesses if guess.right in records]
            ends = tuple(Guess(guess.left, end.right, guess.among * end.among) for guess, end in known)
            trials.append(Trial(f"{label}, then {pair}", Link.CLAIM_RECORD, ends))
    return Outcome(sum(len(trial.guesses) for trial in trials), trials=tuple(trials))


@attack(
    "completion to claim, the handle", ("P15", "P23"), conceded=True,
    twin="records in the order of completion, and claims made at completion",
    says="The same alignment, ending at the handle: nightly copies of both vaults concede the day on which each came.",
)  # fmt: skip
def to_handle(loot: Loot) -> Outcome:
    """How well the day alone tells whose a claim is, as the threat model concedes: the handle leads to no record."""
    trials = tuple(Trial(label, Link.CLAIM_HANDLE, tuple(guesses)) for label, _, guesses in _to_handles(_watch(loot)))
    return Outcome(sum(len(trial.guesses) for trial in trials), trials=trials)


def _watch(loot: Loot) -> Seen:
    return loot.once("claims, completions and records", lambda: _watched(loot))


def _watched(loot: Loot) -> Seen:
    seen = Seen()
    known: dict[str, set[str]] = defaultdict(set)
    for change in changes(loot):
        for purpose in PURPOSES:
            seen.claims[purpose].append(_newcomers(change.after, purpose, known[purpose]))
        seen.finished.append(steady(rank(change.after, "handle", only=change.finished).orders))
        moving = move(change)
        if moving is not None:
            for label, guesses in moving.guesses():
                seen.records[label] |= {guess.left: guess for guess in guesses}
    return seen


def _newcomers(night: Night, purpose: str, known: set[str]) -> list[Order]:
    """The orders of claims never seen before, which are known from now on."""
    table = {"voucher": "vouchers", "interview": "interviews"}[purpose]
    there = {
        value.hex()
        for name in ("inbox", "claim")
        for value in (night.table(table, name).column("id") if night.table(table, name).columns else ())
        if isinstance(value, bytes)
    }
    fresh = there - known
    known |= there
    return steady(rank(night, purpose, only=fresh).orders)


def _to_handles(seen: Seen) -> Iterator[tuple[str, str, list[Guess]]]:
    """The way of guessing, the order of handles that it takes, and the guesses of all nights."""
    for purpose, nights in seen.claims.items():
        for lag in LAGS:
            found: dict[tuple[str, str], list[Guess]] = defaultdict(list)
            for at in range(lag, len(nights)):
                for one in nights[at]:
                    for other in seen.finished[at - lag]:
                        label = f"{purpose}, {lag} nights after, {one.name} x {other.name}"
                        found[label, other.name] += align(one.ids, other.ids)
            for (label, handles), guesses in found.items():
                yield label, handles, guesses
