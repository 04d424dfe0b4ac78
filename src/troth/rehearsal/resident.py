"""The invited: a row of the sample, what the person is like, and, once a letter has come, their code."""

from __future__ import annotations

import random  # noqa: TID251 - the post and the people's answers are drawn from the seed
from dataclasses import dataclass, field
from datetime import datetime, time, timedelta
from typing import TYPE_CHECKING

from troth.kit.clock import UK
from troth.kit.errors import Refused
from troth.protocol.code import show_code
from troth.rehearsal.person import Character, character
from troth.rehearsal.visitor import Visitor

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from datetime import date

    from troth.fieldwork.letter.page import OpenLetter
    from troth.rehearsal.visitor import Ground
    from troth.study import StudyPack


@dataclass
class Resident:
    """One of the invited. `number` is the place in the sample file."""

    number: int
    row: Mapping[str, str] = field(repr=False)
    who: Character
    draw: random.Random = field(repr=False)
    ref: str = field(default="", repr=False)
    code: str = field(default="", repr=False)
    visitor: Visitor | None = field(default=None, repr=False)
    lines: tuple[str, ...] = field(default=(), repr=False)
    claim_ids: dict[str, str] = field(default_factory=dict)
    held: bool | None = None
    """Whether they had answered the hard section when somebody first held their letter; None: nobody did, or they had not come so far."""

    @property
    def email(self) -> str:
        """Where a voucher would go."""
        return f"somebody.{self.number}@post.example.org"

    def arrival(self, letter: int, dispatched: date, delivered_by: date) -> datetime | None:
        """When they sit down after this letter; None: it does not move them, or was lost."""
        if letter in self.who.loses or self.who.moved_by != letter:
            return None
        return self._at_home(self.draw, dispatched, delivered_by)

    def arrival_again(self, dispatched: date, delivered_by: date) -> datetime | None:
        """When they sit down after a replacement; None: it does not move them, or another letter does."""
        if self.who.moved_by is not None or not self.who.moved_again:
            return None
        draw = random.Random(f"{self.email}:replacement")  # noqa: S311
        return self._at_home(draw, dispatched, delivered_by)

    def _at_home(self, draw: random.Random, dispatched: date, delivered_by: date) -> datetime:
        came = dispatched + timedelta(days=draw.randint(1, max(1, (delivered_by - dispatched).days)))
        at_home = datetime.combine(came, time(self.who.hour, self.who.minute), UK)
        return at_home + timedelta(hours=self.who.wait_hours)


def invited(pack: StudyPack, rows: Iterable[Mapping[str, str]], seed: int, pages: int) -> list[Resident]:
    """Everybody of the sample, in its order."""
    letters = len(pack.waves)
    return [
        Resident(
            number,
            row,
            character(seed, number, language=row.get("language") or "en", letters=letters, pages=pages),
            random.Random(f"{seed}:{number}:post"),  # noqa: S311 - a synthetic person is no secret
        )
        for number, row in enumerate(rows)
    ]


class Doors:
    """Who lives where: a letter is given to the person whose name and postcode are on it, as the post does."""

    def __init__(self, residents: Iterable[Resident], ground: Ground, seed: int) -> None:
        self._by_ref: dict[str, Resident] = {}
        self._waiting: dict[tuple[str, str], list[Resident]] = {}
        self._ground, self._seed = ground, seed
        for resident in residents:
            self._waiting.setdefault((resident.row["name"], resident.row["postcode"]), []).append(resident)

    def deliver(self, letter: OpenLetter) -> Resident:
        """The resident has the letter.

        Raises:
            Refused: nobody lives there, or it carries another code than the letter before (P06).

        """
        resident = self._by_ref.get(letter.ref)
        if resident is None:
            at = (letter.lines[0], letter.lines[-1])
            found = self._waiting.get(at)
            if not found:
                raise Refused("a letter is addressed to nobody of the sample", where="print room")
            resident = found.pop(0)
            self._by_ref[letter.ref] = resident
            resident.ref, resident.code, resident.lines = letter.ref, show_code(letter.code), letter.lines
            answers = random.Random(f"{self._seed}:{resident.number}:answers")  # noqa: S311
            resident.visitor = Visitor(resident.who, resident.code, self._ground, answers)
        if resident.code != show_code(letter.code):
            raise Refused("a reminder carries another code than the invitation (P06)", where="print room")
        return resident
