"""The parts of a questionnaire as pages show them: of the page alone, never of an answer, so that one page is one for all (P09)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from troth.questionnaire import Questionnaire
    from troth.questionnaire.model import Section


@dataclass(frozen=True)
class Parts:
    """Page ids."""

    begin: frozenset[str]
    """Pages that can be the first that is shown of a part, but for the first part: support and a break are offered there."""
    hard: frozenset[str]
    """Pages of the first sensitive part: before it the pause word is offered."""


def parts(q: Questionnaire) -> Parts:
    """The parts of that questionnaire."""
    hard = next((section for section in q.sections if section.sensitive), None)
    return Parts(
        begin=frozenset(page for section in q.sections[1:] for page in _first(section)),
        hard=frozenset(str(page.id) for page in hard.pages) if hard else frozenset(),
    )


def _first(section: Section) -> list[str]:
    """The page that everybody meets, and those before it that only some are shown."""
    found = []
    for page in section.pages:
        found.append(str(page.id))
        if page.when is None and page.repeat is None:
            break
    return found
