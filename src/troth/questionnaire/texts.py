"""Every text that a respondent can read, for the catalogues."""

from __future__ import annotations

from typing import TYPE_CHECKING

from troth.questionnaire import messages
from troth.questionnaire.layout import texts_of

if TYPE_CHECKING:
    from troth.questionnaire.model import Questionnaire


def texts(q: Questionnaire) -> list[tuple[str, str]]:
    """(Where it stands, the English), each text once, in the order that a respondent meets them."""
    found: dict[str, str] = {q.title: "questionnaire"}
    for section in q.sections:
        found.setdefault(section.title, f"section {section.id}")
        for page in section.pages:
            for text in texts_of(page):
                found.setdefault(text, f"page {page.id}")
    for text in messages.ALL:
        found.setdefault(text, "every page")
    return [(context, text) for text, context in found.items()]
