"""What a pack's other languages have no words for: questionnaire, letters, notice, support and the study's own names."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from troth.questionnaire import untranslated as of_questionnaire
from troth.questionnaire.untranslated import missing_words
from troth.study.pack import ENGLISH

if TYPE_CHECKING:
    from troth.questionnaire import Finding
    from troth.study.pack import StudyPack

_FILES: Final = {"study": "study.yaml", "letter": "letters.yaml", "notice": "notice.yaml", "support": "support.yaml"}


def untranslated(pack: StudyPack) -> list[Finding]:
    """A warning for each text that one of the study's languages would show in English. Names of organisations are names."""
    names = {organisation.name for organisation in pack.support.organisations}
    found: list[Finding] = []
    for language in pack.languages:
        if language == ENGLISH:
            continue
        translate = pack.catalogue(language)
        found += of_questionnaire(pack.questionnaire, str(language), translate)
        for context, text in pack.texts():
            file = _FILES.get(context.split()[0])
            if file and text not in names and translate(text) == text:
                found.append(missing_words(context, text, str(language), f"{file}:1:1"))
    return found
