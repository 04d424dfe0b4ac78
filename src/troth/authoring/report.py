"""What an import or an export could not carry: every single thing, with its place. Nothing is ever dropped silently."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

FORWARD_ONLY: Final = "against forward-only"
"""How a line begins that names something which would show an earlier answer, or lead back to one (P09)."""


@dataclass(frozen=True, order=True)
class Note:
    """One thing. `where`: sheet and row, JSON path, or part of the questionnaire."""

    where: str
    what: str


@dataclass
class Report:
    """`lost`: what is not there any more. `decide`: what the other form cannot say and somebody must. `changed`: what is there
    in another form (a renamed id, a bound that was written in).
    """  # noqa: D205 - one sentence a list

    lost: list[Note] = field(default_factory=list)
    decide: list[Note] = field(default_factory=list)
    changed: list[Note] = field(default_factory=list)

    @property
    def lossless(self) -> bool:
        """Whether nothing was lost."""
        return not self.lost

    def lose(self, where: str, what: str) -> None:
        """It is not carried."""
        _add(self.lost, Note(where, what))

    def ask(self, where: str, what: str) -> None:
        """Somebody has to decide it."""
        _add(self.decide, Note(where, what))

    def change(self, where: str, what: str) -> None:
        """It is carried in another form."""
        _add(self.changed, Note(where, what))


def _add(notes: list[Note], note: Note) -> None:
    if note not in notes:
        notes.append(note)


@dataclass(frozen=True)
class Made:
    """A questionnaire that was imported: its YAML (it loads), a PO catalogue for each further language, the report."""

    text: str
    pages: int
    answers: int
    report: Report
    catalogues: dict[str, str] = field(default_factory=dict)
