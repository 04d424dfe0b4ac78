"""The words of a workbook in all of its languages: one is the key, the others become catalogues."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from babel import Locale, UnknownLocaleError

from troth.authoring.draft import words
from troth.authoring.report import FORWARD_ONLY
from troth.authoring.translation import State, Unit, sheet, write_po
from troth.authoring.translation.texts import holes, language

if TYPE_CHECKING:
    from collections.abc import Iterable

    from troth.authoring.report import Report
    from troth.authoring.xlsform.sheets import Row
    from troth.questionnaire import Questionnaire

_SHOWN: Final = re.compile(r"\$\{\s*([^{}]*?)\s*\}")
_CODE: Final = re.compile(r"\(([A-Za-z]{2,3}(?:[-_][A-Za-z]{2,8})?)\)\s*\Z")


class Words:
    """Reads the cells that people read. `base` is the language whose texts are the keys; "" is the column that names none."""

    def __init__(self, rows: Iterable[Row], default: str, report: Report) -> None:
        self._report = report
        self._known: dict[str, dict[str, str]] = {}
        counts: dict[str, int] = {}
        for row in rows:
            for name in row.languages("label"):
                counts[name] = counts.get(name, 0) + 1
            for name in (name for column in _COLUMNS[1:] for name in row.languages(column)):
                counts.setdefault(name, 0)
        names = list(counts)
        most = max(counts.values(), default=0)
        # The key is what most labels are in; where languages are equal, the form's default, then English, decide.
        equal = [name for name in names if counts[name] >= most * 0.9]
        english = next((name for name in equal if code_of(name) == "en"), None)
        self.base = "" if "" in equal or not names else default if default in equal else english or equal[0]
        self._others = [name for name in names if name not in {self.base, ""}]
        if self.base and code_of(self.base) != "en":
            report.ask(
                "settings",
                f"the texts of `{self.base[:40]}` are the keys, as English texts are in other questionnaires",
            )

    def of(self, row: Row, column: str) -> str:
        """The words in the base language, plain; those in the others are remembered for the catalogues."""
        text = self._plain(row, column, row.get(column, self.base) or row.get(column))
        for name in self._others:
            said = row.get(column, name)
            if not said:
                continue
            other = self._plain(row, column, said)
            if not text:
                text = other  # better in another language than not at all
                self._report.change(row.where, f"`{column}` is there in `{name[:40]}` alone")
                continue
            known = self._known.setdefault(name, {})
            if known.setdefault(text, other) != other:
                self._report.lose(row.where, f"a second translation of the same text into `{name[:40]}`")
        return text

    def _plain(self, row: Row, column: str, text: str) -> str:
        for shown in _SHOWN.findall(text):
            self._report.lose(
                row.where, f"{FORWARD_ONLY}: `{column}` shows the earlier answer `{shown[:40]}`; it says … there"
            )
        return words(_SHOWN.sub("…", text), row.where, self._report)

    def catalogues(self, q: Questionnaire) -> dict[str, str]:
        """Language → its PO."""
        found: dict[str, str] = {}
        for name, known in self._known.items():
            code = code_of(name)
            if code is None or code in found or (code == "en" and not self.base):
                self._report.lose(
                    "settings", f"the language `{name[:40]}`: it has no code that is known, or the same as another"
                )
                continue
            empty = sheet(q, language(code))
            units: list[Unit] = []
            for unit in empty.units:
                said = known.get(unit.source, "")
                if said and sorted(holes(said)) != sorted(holes(unit.source)):
                    self._report.lose("survey", f"a translation into `{code}` that has other braces than its text")
                    said = ""
                units.append(Unit(unit.source, unit.places, said, State.translated if said else State.missing))
            found[code] = write_po(type(empty)(empty.questionnaire, empty.version, empty.language, tuple(units)))
        return found


_COLUMNS: Final = ("label", "hint", "guidance_hint", "constraint_message", "required_message")


def code_of(name: str) -> str | None:
    """The code of a language that a column names: `French (fr)`, `fr`, `French`; None for one that is not known."""
    match = _CODE.search(name)
    said = (match[1] if match else name).strip()
    named = next((code for code, known in Locale("en").languages.items() if known.lower() == said.lower()), said)
    try:
        return str(Locale.parse(named.replace("-", "_"))).replace("_", "-")
    except (ValueError, UnknownLocaleError, TypeError):
        return None
