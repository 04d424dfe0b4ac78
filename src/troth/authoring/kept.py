"""Which earlier answers are kept for later rules, page by page: what the sealed progress holds while somebody is there (P09)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from troth.questionnaire.layout import layout

if TYPE_CHECKING:
    from troth.questionnaire import Questionnaire


@dataclass(frozen=True)
class Kept:
    """On `page`, the exact progress holds at most these answers; `for_pages` says which later pages need each."""

    page: str
    section: str
    answers: tuple[str, ...]
    for_pages: tuple[tuple[str, ...], ...]


def kept(q: Questionnaire) -> tuple[Kept, ...]:
    """A row for each page, in order. An answer that no later rule or text looks at is in none."""
    flat = layout(q)
    rows: list[Kept] = []
    for place in flat.places:
        block = place.block
        before = (
            block.last if block else place.number - 1
        )  # rounds come again: later pages of the round are earlier too
        wanted = sorted(
            (answer for answer in flat.later_needs[place.number] if flat.answers[answer][0] <= before),
            key=lambda answer: flat.answers[answer][0],
        )
        start = block.first if block else place.number
        needed = tuple(
            tuple(later.page.id for later in flat.places[start:] if answer in later.needs) for answer in wanted
        )
        rows.append(Kept(place.page.id, flat.sections[place.section].id, tuple(wanted), needed))
    return tuple(rows)
