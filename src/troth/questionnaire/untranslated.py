"""What a language has no words for, as findings: it would be shown in English."""

from __future__ import annotations

from typing import TYPE_CHECKING

from troth.questionnaire.finding import Finding

if TYPE_CHECKING:
    from troth.questionnaire.model import Questionnaire
    from troth.questionnaire.view import Translate


def untranslated(q: Questionnaire, language: str, translate: Translate) -> list[Finding]:
    """A warning for each text of the questionnaire that the language has no words for."""
    places = {f"page {page.id}": page.where for page in q.pages}
    places |= {f"section {section.id}": section.where for section in q.sections}
    return [
        missing_words(context, text, language, places.get(context, q.where))
        for context, text in q.texts()
        if context != "every page" and translate(text) == text
    ]


def missing_words(context: str, text: str, language: str, where: str) -> Finding:
    """The finding for one text."""
    return Finding(
        "untranslated",
        where,
        f"{context}: a text has no words in `{language}`: {_start(text)}",
        "Translate it (troth questionnaire translate), or leave the language out",
        "warning",
    )


def _start(text: str, most: int = 60) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"
