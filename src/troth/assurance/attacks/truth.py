"""Who is who in a rehearsal: opened by the scoring only, never by an attack."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING

from troth.assurance.attacks.attack import Link

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass
class Somebody:
    """One invited person. Ids as in `attack.Link`; empty where there is none."""

    ref: str
    code: str
    cell: str
    handle: str
    record: str = ""
    wave: str = ""
    """Of which flush the record is: the wave's id, or `close`."""
    shown_cell: str = ""
    """The cell that the record shows (merged with others at close)."""
    claims: dict[str, str] = field(default_factory=dict)
    """Purpose -> claim id."""
    script: bool = True
    """Whether JavaScript made the ticket."""
    answered_hard: bool | None = None
    """Whether the sensitive section was answered when the letter's holder looked; None where nobody looked, or it was not reached."""
    canaries: tuple[str, ...] = ()
    """Texts that must be found nowhere in the clear: name, address line, email."""


@dataclass(frozen=True)
class Truth:
    """Everybody."""

    people: tuple[Somebody, ...]
    states: Mapping[str, str] = field(default_factory=dict)
    """Number of an oracle observation -> the code's true state."""
    moments: Mapping[str, str] = field(default_factory=dict)
    """The same number -> what everybody knew of the day on which the code was asked: `open`, `closed`."""

    _right: dict[Link, dict[str, str]] = field(default_factory=dict, init=False, repr=False, compare=False)

    def right(self, link: Link) -> dict[str, str]:
        """Left -> right, for everybody of whom both are there."""
        if link not in self._right:
            self._right[link] = self._find(link)
        return self._right[link]

    def among(self, link: Link) -> dict[str, Counter[str]]:
        """The right sides that somebody could say, counted: all in one crowd, named ``; codes in one for each moment of asking."""
        found: dict[str, Counter[str]] = defaultdict(Counter)
        for left, right in self.right(link).items():
            found[self.crowd(link, left)][right] += 1
        return found

    def crowd(self, link: Link, left: str) -> str:
        """Among which of `among` that left side is."""
        return self.moments.get(left, "") if link is Link.CODE_STATE else ""

    def _find(self, link: Link) -> dict[str, str]:
        people = self.people
        match link:
            case Link.PERSON_HANDLE:
                return {one.ref: one.handle for one in people}
            case Link.RECEIPT_HANDLE:
                return {one.ref: one.handle for one in people if one.record}
            case Link.PERSON_RECORD:
                return {one.ref: one.record for one in people if one.record}
            case Link.HANDLE_RECORD:
                return {one.handle: one.record for one in people if one.record}
            case Link.CLAIM_HANDLE:
                return {claim: one.handle for one in people for claim in one.claims.values()}
            case Link.CLAIM_RECORD:
                return {claim: one.record for one in people if one.record for claim in one.claims.values()}
            case Link.CLAIM_SCRIPT:
                return {claim: "js" if one.script else "no-js" for one in people for claim in one.claims.values()}
            case Link.HOLDER_ROUTE:
                return {
                    one.handle: "answered" if one.answered_hard else "left out"
                    for one in people
                    if one.answered_hard is not None
                }
            case Link.CODE_STATE:
                return dict(self.states)

    def write(self, folder: Path) -> None:
        """`truth.json` stands in the folder, readable by this user only."""
        path = folder / "truth.json"
        path.touch(mode=0o600)
        people = [asdict(one) for one in self.people]
        body = {"people": people, "states": dict(self.states), "moments": dict(self.moments)}
        path.write_text(json.dumps(body) + "\n", encoding="utf-8")


def read_truth(folder: Path) -> Truth | None:
    """The truth of a rehearsal; None for a live installation, of which nobody knows it."""
    path = folder / "truth.json"
    if not path.is_file():
        return None
    raw = json.loads(path.read_text(encoding="utf-8"))
    people = (Somebody(**{**one, "canaries": tuple(one["canaries"])}) for one in raw["people"])
    return Truth(tuple(people), raw["states"], raw.get("moments", {}))
