"""What the design concedes before anybody attacks: the waves, the cells, and how often a guess is right by luck.

Computed from who is in which group, never from an attack: `score` asks for it before the attack runs. DESIGN §3: a flush moves
groups of one cell in one wave, so a record is one of its group; a handle shows its cell; a claim is sorted at a wave.

The record of a person, or of a claim, is conceded as its group too: whoever has pepper and codes derives the handle, and nightly
copies concede the day of claim and completion (docs/threat-model.md); what the handle leads to is then one of that handle's group.

A person with a receipt is known to have left with a flush: their handle is conceded as one of its group, not of all of the cell (ADR 0014).

Codes typed at the door are told apart among those of one moment, while the collection is open or after it closed; how many of which
states were typed then is known. So luck is a state's share in its moment: its share over both would be less, and luck called a leak.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from troth.assurance.attacks.attack import Link

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Mapping

    from troth.assurance.attacks.truth import Somebody, Truth

LABELS: Final = frozenset({Link.CLAIM_SCRIPT, Link.HOLDER_ROUTE, Link.CODE_STATE})
"""Links whose right side is one of a few words: luck is the share of the commonest."""


@dataclass(frozen=True)
class Conceded:
    """For each left side of a link: how probable the right guess is for whoever knows the design and nothing else."""

    link: Link
    chances: Mapping[str, float]

    def expected(self, lefts: Iterable[str]) -> float:
        """How many of these guesses are right by luck, on average; where the right side is a word, the commonest is said."""
        found = [self.chances[left] for left in lefts if left in self.chances]
        return sum(found)

    @property
    def anonymity(self) -> float:
        """Effective size of the crowd: 1 over the mean chance. 0 where there is nobody."""
        return len(self.chances) / total if (total := sum(self.chances.values())) else 0.0

    @property
    def worst(self) -> float:
        """The smallest crowd that anybody is in; 0 where there is nobody."""
        return 1 / max(self.chances.values()) if self.chances else 0.0


def concede(link: Link, truth: Truth) -> Conceded:
    """What the design concedes of that link."""
    people = truth.people
    moved = [one for one in people if one.record]
    match link:
        case Link.HANDLE_RECORD:
            return _crowds(link, moved, lambda one: (one.handle,), _group)
        case Link.PERSON_RECORD:
            return _crowds(link, moved, lambda one: (one.ref,), _group)
        case Link.RECEIPT_HANDLE:
            return _crowds(link, moved, lambda one: (one.ref,), _group)
        case Link.CLAIM_RECORD:
            return _crowds(link, moved, lambda one: tuple(one.claims.values()), _group)
        case Link.PERSON_HANDLE:
            return _crowds(link, people, lambda one: (one.ref,), lambda one: one.cell)
        case Link.CLAIM_HANDLE:
            return _crowds(link, moved, lambda one: tuple(one.claims.values()), lambda one: one.wave)
        case _:
            return _luck(link, truth)


def _group(one: Somebody) -> Hashable:
    return (one.wave, one.shown_cell)


def _crowds(
    link: Link,
    people: Iterable[Somebody],
    lefts: Callable[[Somebody], tuple[str, ...]],
    crowd: Callable[[Somebody], Hashable],
) -> Conceded:
    found = list(people)
    sizes = Counter(crowd(one) for one in found)
    return Conceded(link, {left: 1 / sizes[crowd(one)] for one in found for left in lefts(one)})


def _luck(link: Link, truth: Truth) -> Conceded:
    common = {name: max(said.values()) / said.total() for name, said in truth.among(link).items()}
    return Conceded(link, {left: common[truth.crowd(link, left)] for left in truth.right(link)})
