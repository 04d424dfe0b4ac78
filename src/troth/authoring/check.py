"""Everything that is wrong or doubtful in a questionnaire's file: what keeps it from loading, what the linter says, what is
not translated in the catalogues that are given.
"""  # noqa: D205 - one sentence

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from troth.kit.errors import Invalid
from troth.questionnaire import Finding, lint, load, plan, untranslated

if TYPE_CHECKING:
    from collections.abc import Mapping

    from troth.questionnaire import Questionnaire, Translate


@dataclass(frozen=True)
class Checked:
    """The questionnaire, None where its file does not load; all findings, errors first."""

    questionnaire: Questionnaire | None
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> int:
        """How many findings refuse it."""
        return sum(one.severity == "error" for one in self.findings)


def check(text: str, name: str, catalogues: Mapping[str, Translate] | None = None) -> Checked:
    """What there is to say about the file; never an exception. `catalogues`: language → its translation."""
    try:
        q = load(text, name)
    except Invalid as error:
        return Checked(None, (Finding("load", error.where or f"{name}:1:1", error.what, error.mend),))
    found = lint(q)
    if not any(one.severity == "error" for one in found):
        try:
            plan(q)
        except Invalid as error:
            found.append(Finding("plan", error.where, error.what, error.mend))
    for language, translate in (catalogues or {}).items():
        found += untranslated(q, language, translate)
    return Checked(q, tuple(sorted(found, key=lambda one: one.severity != "error")))
