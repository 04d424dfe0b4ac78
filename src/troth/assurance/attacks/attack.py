"""What an attack is: it reads loot, never the truth, and says either what it found or whom it takes for whom."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, Final, NamedTuple

from troth.promises import PromiseId

if TYPE_CHECKING:
    from troth.assurance.attacks.loot import Loot


class Link(Enum):
    """What is joined to what.

    A person is a letter reference; a handle or a claim is the lower-case hex of its id; a record is the hex of the first 16 bytes
    of SHA-256 over its whole `boxes` value (record ids are drawn afresh, boxes stay).
    """

    PERSON_HANDLE = "person to handle"
    PERSON_RECORD = "person to record"
    RECEIPT_HANDLE = "person with a receipt to handle"
    """Only where reminders are targeted: left is a person of whom it is known that they have finished."""
    HANDLE_RECORD = "handle to record"
    CLAIM_HANDLE = "claim to handle"
    CLAIM_RECORD = "claim to record"
    CLAIM_SCRIPT = "claim to whether JavaScript was on"
    """right: `js` or `no-js`."""
    HOLDER_ROUTE = "what the letter's holder sees to whether the hard section was answered"
    """left: handle; right: `answered` or `left out`."""
    CODE_STATE = "a refused code's page to the code's state"
    """left: the observation's own number; right: the state (`unknown`, `used`, `withdrawn`...)."""


class Guess(NamedTuple):
    """One person taken for one other thing, and among how many the attack had to choose (1: it is sure)."""

    left: str
    right: str
    among: int


@dataclass(frozen=True)
class Trial:
    """One way of guessing everybody: one column, one order. An attack may try many; the scoring allows for how many."""

    name: str
    link: Link
    guesses: tuple[Guess, ...]


@dataclass(frozen=True)
class Finding:
    """A certain hit: what and where, never a value."""

    where: str
    what: str


@dataclass(frozen=True)
class Outcome:
    """What an attack came to. `examined` says how much was looked at: a deterministic attack that looked at nothing found nothing."""

    examined: int
    findings: tuple[Finding, ...] = ()
    trials: tuple[Trial, ...] = ()
    note: str = ""
    """One plain sentence for the report: a figure that is worth telling, e.g. how much ciphertext was left."""


Run = Callable[["Loot"], Outcome]


@dataclass(frozen=True)
class Attack:
    """One attack. Its `twin` names the leaky double that it breaks in tests/attacks."""

    name: str
    promises: tuple[PromiseId, ...]
    deterministic: bool
    says: str
    """What the attacker has and does, in one sentence (docs/attacks.md has it)."""
    twin: str
    run: Run
    conceded: bool = False
    """The threat model concedes it; its figure is told and not judged."""


ATTACKS: Final[list[Attack]] = []


def attack(
    name: str, promises: Sequence[str], *, says: str, twin: str, deterministic: bool = False, conceded: bool = False
) -> Callable[[Run], Run]:
    """Registers an attack. Names are unique."""

    def register(run: Run) -> Run:
        if any(known.name == name for known in ATTACKS):
            raise ValueError(f"two attacks are called {name}")
        ids = tuple(PromiseId(each) for each in promises)
        ATTACKS.append(Attack(name, ids, deterministic, says, twin, run, conceded))
        return run

    return register
