"""Ids of another system become ids of ours: `^[a-z][a-z0-9]*(_[a-z][a-z0-9]*)*$`, 32 characters, unique, never a word of rules."""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING, Final

from troth.questionnaire.expression import WORDS
from troth.questionnaire.model import END_OF_SECTION, RECORD, ROUND

if TYPE_CHECKING:
    from troth.authoring.report import Report

LONGEST: Final = 32
_RESERVED: Final = frozenset({END_OF_SECTION, ROUND, RECORD, *WORDS})


def valid(text: str, prefix: str = "x", reserved: frozenset[str] = _RESERVED) -> str:
    """The nearest id: words joined by underscores, a letter after each; none of the words of rules."""
    plain = unicodedata.normalize("NFKD", text).encode("ascii", "ignore").decode().lower()
    parts = [part for part in re.split(r"[^a-z0-9]+", plain) if part]
    name = "".join(("_" if number and part[0].isalpha() else "") + part for number, part in enumerate(parts))
    if not name or not name[0].isalpha():
        name = prefix + name
    name = name[:LONGEST].rstrip("_")
    return f"{name[: LONGEST - 2]}_x" if name in reserved else name


class Names:
    """The ids of one kind that are given out. A second one of the same name gets a letter."""

    def __init__(self, kind: str, report: Report, prefix: str = "x", reserved: frozenset[str] = _RESERVED) -> None:
        self._kind = kind
        self._report = report
        self._prefix = prefix
        self._reserved = reserved
        self._taken: set[str] = set()

    def take(self, text: str, where: str, *, quiet: bool = False) -> str:
        """An id for `text` that is nobody else's; a change is told."""
        stem = valid(text, self._prefix, self._reserved)
        name = stem
        number = 0
        while name in self._taken:
            number += 1
            suffix = f"_{_letters(number)}"
            name = stem[: LONGEST - len(suffix)].rstrip("_") + suffix
        self._taken.add(name)
        if name != text and not quiet:
            self._report.change(where, f"the {self._kind} `{text[:60]}` is called `{name}`")
        return name


def _letters(number: int) -> str:
    text = ""
    while number:
        number, rest = divmod(number - 1, 26)
        text = chr(97 + rest) + text
    return text
