"""What a study is told that chooses targeted reminders: what its notice must say, and what its respondents should know of (P01, P04)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from troth.questionnaire.finding import Finding

if TYPE_CHECKING:
    from troth.study.pack import StudyPack
    from troth.study.policy import Study
    from troth.study.words import Notice


def says_so(study: Study, notice: Notice) -> bool:
    """Whether the notice has a part for the kind of reminders that the study chose, where that is the weaker one."""
    return study.reminders != "targeted" or any(part.only_if == "targeted" for part in notice.parts)


def doubts(pack: StudyPack) -> list[Finding]:
    """Warnings for `study check`, in words; none where the study is receipt-free."""
    if pack.reminders != "targeted":
        return []
    found = [
        Finding(
            "targeted_letter",
            "letters.yaml:1:1",
            "reminders go only to people who are not known to have finished",
            "Read the reminder: it must not say that everybody gets it",
            "warning",
        )
    ]
    hard = sorted(
        str(answer.id)
        for section in pack.questionnaire.sections
        for page in section.pages
        for answer in page.answers
        if answer.disclosure == "sensitive"
    )
    if hard:
        found.insert(
            0,
            Finding(
                "targeted_sensitive",
                "study.yaml:1:1",
                f"reminders are targeted, and {len(hard)} answers are classed sensitive: where one of several people "
                "in a home gets no reminder, the household learns that this one has finished",
                "Write reminders: receipt_free, unless the ethics board has agreed (docs/threat-model.md)",
                "warning",
            ),
        )
    return found
