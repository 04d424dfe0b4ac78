"""The supplier's file: a batch as lines of fields, for a printer with a template of their own (docs/letters.md has the columns).

CSV (RFC 4180) in UTF-8, every field in quotes, lines ended by CR LF. No field begins like a formula, so that a workbook never
computes with it: a letter of which one would is left out and named by its reference.
"""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Final

from troth.fieldwork.letter.address import CannotPrint
from troth.fieldwork.letter.sheet import Sites, languages_of
from troth.protocol.code import show_code, show_letter_reference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from troth.fieldwork.batch import Manifest
    from troth.fieldwork.letter.page import OpenLetter
    from troth.study import StudyPack

LINES: Final = 8
COLUMNS: Final = (
    "letter_reference", "wave", "kind", "postage", "posted_on", "languages", "large_print",
    *(f"line_{number}" for number in range(1, LINES + 1)), "code", "qr_1", "qr_2",
)  # fmt: skip
_FORMULA: Final = frozenset("=+-@\t\r\n")


def supplier_file(
    manifest: Manifest,
    pack: StudyPack,
    sites: Sites,
    letters: Iterable[OpenLetter],
    refused: Callable[[OpenLetter, CannotPrint], None],
) -> tuple[bytes, int]:
    """The file, and how many letters are in it. `refused` is told of each that was left out."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    done = 0
    for letter in letters:
        row = _row(manifest, pack, sites, letter)
        where = f"letter {show_letter_reference(letter.ref)}"
        if len(letter.lines) > LINES:
            refused(
                letter, CannotPrint(f"the address has more than {LINES} lines", where=where, mend="correct it by hand")
            )
        elif any(field[:1] in _FORMULA for field in row if field) or any(set(field) & set("\r\n\t") for field in row):
            refused(
                letter,
                CannotPrint("a line of the address begins like a formula", where=where, mend="correct it by hand"),
            )
        else:
            writer.writerow(row)
            done += 1
    return text.getvalue().encode("utf-8"), done


def _row(manifest: Manifest, pack: StudyPack, sites: Sites, letter: OpenLetter) -> list[str]:
    languages = languages_of(pack, manifest.kind, letter.language, bilingual=letter.bilingual)
    qrs = [f"{sites.respond}/{lang}/#{letter.code}" for lang in languages]
    return [
        show_letter_reference(letter.ref), manifest.wave, manifest.kind, manifest.postage, manifest.dispatched_on.isoformat(),
        " ".join(languages), "yes" if letter.large else "no",
        *letter.lines, *[""] * (LINES - len(letter.lines)),
        show_code(letter.code), *qrs, *[""] * (2 - len(qrs)),
    ]  # fmt: skip
