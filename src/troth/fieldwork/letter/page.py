"""A batch of opened letters as one PDF: accessible (PDF/UA-1), the address in the window, the code in groups and as a QR code.

Each kind of letter (languages, print size) is laid out once; then its letters are filled in (`template`, `sheaf`).
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import IO, TYPE_CHECKING, Final

from troth.fieldwork.letter.address import HIGH, HIGH_NOTIFY, SIZES, SIZES_NOTIFY, CannotPrint, arrange
from troth.fieldwork.letter.glyphs import Glyphs
from troth.fieldwork.letter.sheaf import Sheaf
from troth.fieldwork.letter.sheet import Sheet, Sites, languages_of
from troth.fieldwork.letter.template import blank, lay_out
from troth.fieldwork.letter.typeset import Typesetter

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date
    from pathlib import Path

    from troth.fieldwork.letter.template import Template
    from troth.protocol.names import Code, LetterRef
    from troth.study import Lang, StudyPack

__all__ = ["OpenLetter", "Press", "Sites"]

WEIGHTS = (400, 700)
_MOST_KEPT: Final = 16
_kept: dict[str, Template] = {}
"""Kinds of letters by what they say: nobody's own is in them."""


@dataclass(frozen=True)
class OpenLetter:
    """One letter in the clear, in the print room's memory only. The `repr` tells nothing."""

    ref: LetterRef = field(repr=False)
    lines: tuple[str, ...] = field(repr=False)
    language: str = field(repr=False)
    code: Code = field(repr=False)
    large: bool = field(default=False, repr=False)
    """They asked for large print."""
    bilingual: bool = field(default=False, repr=False)
    """Their address is in Wales."""


class Press:
    """Sets letters of one study and wave; fonts and words are read once, a kind of letter is laid out when it is first met."""

    def __init__(
        self, pack: StudyPack, kind: str, posted: date, sites: Sites, fonts: Path, *, notify: bool = False
    ) -> None:
        """`fonts` is the folder of the built letter fonts; `notify`: for GOV.UK Notify. Raises Refused: they were not built."""
        self._pack, self._kind, self._posted, self._sites, self._notify = pack, kind, posted, sites, notify
        self._fonts, self._typesetter = fonts, Typesetter(fonts)
        self.glyphs = {weight: Glyphs(fonts, weight) for weight in WEIGHTS}
        self._templates: dict[tuple[tuple[Lang, ...], bool], Template] = {}

    def sheet(self, letter: OpenLetter) -> Sheet:
        """The kind of letter that this one is."""
        languages = languages_of(self._pack, self._kind, letter.language, bilingual=letter.bilingual)
        return Sheet(self._pack, self._kind, self._posted, self._sites, languages, letter.large, self._notify)

    def template(self, letter: OpenLetter) -> Template:
        """That kind, laid out once. Raises Refused: something that a letter must have is missing."""
        sheet = self.sheet(letter)
        key = sheet.languages, sheet.large
        if key not in self._templates:
            self._templates[key] = self._laid_out(sheet)
        return self._templates[key]

    def _laid_out(self, sheet: Sheet) -> Template:
        """Parts of one wave lie in several files, often printed one after another: what they share is laid out once a process."""
        name = f"{self._fonts}\n{blank(sheet)}"
        if name not in _kept:
            if len(_kept) >= _MOST_KEPT:
                _kept.pop(next(iter(_kept)))
            _kept[name] = lay_out(sheet, self._typesetter, self.glyphs)
        return _kept[name]

    def write(
        self,
        letters: Iterable[OpenLetter],
        handle: IO[bytes],
        refused: Callable[[OpenLetter, CannotPrint], None] | None = None,
    ) -> int:
        """The letters as one PDF, in that order; gives how many.

        `refused` is told of a letter that cannot be set, which is left out then. Without it: raises CannotPrint.
        """
        sheaf, done = Sheaf(handle, self.glyphs), 0
        bounds = (HIGH_NOTIFY, SIZES_NOTIFY) if self._notify else (HIGH, SIZES)
        for letter in letters:
            try:
                arranged = arrange(letter.ref, letter.lines, self.glyphs[400], *bounds)
            except CannotPrint as error:
                if refused is None:
                    raise
                refused(letter, error)
                continue
            sheaf.add(self.template(letter), letter.ref, letter.code, arranged)
            done += 1
        sheaf.close()
        return done

    def print(self, letters: Iterable[OpenLetter]) -> bytes:
        """As `write`, in memory; one that cannot be set raises CannotPrint."""
        pdf = io.BytesIO()
        self.write(letters, pdf)
        return pdf.getvalue()
