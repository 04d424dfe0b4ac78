"""A letter to look at before anything is released: people who do not exist, codes that open nothing, and what an envelope would show."""

from __future__ import annotations

import io
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pikepdf

from troth.fieldwork.letter.address import arrange
from troth.fieldwork.letter.envelope import ENVELOPES, overlay, prove
from troth.fieldwork.letter.page import OpenLetter, Press
from troth.protocol.code import new_code, new_letter_reference, show_code

if TYPE_CHECKING:
    from datetime import date
    from pathlib import Path

    from troth.fieldwork.letter.envelope import Proof
    from troth.fieldwork.letter.sheet import Sites
    from troth.study import StudyPack

PEOPLE: Final = (
    ("Nerys Example", "12 Heol y Dŵr", "Bangor", "LL57 9ZZ"),
    ("Bartholomew Featherstonehaugh-Example", "Flat 12b, The Old Wash House", "14 St John's Wood Example Way",
     "Newcastle upon Tyne", "NE99 9ZZ"),
    ("Zoë Åkerström-Example", "Flat 3", "Example Court", "2 Long Example Lane", "Llanfairpwllgwyngyll", "Ynys Môn", "LL61 9ZZ"),
)  # fmt: skip
"""A usual, a wide and a tall address; the postcodes are nobody's."""


@dataclass(frozen=True)
class Preview:
    """Files by name, and what the envelopes show."""

    files: dict[str, bytes]
    pages: int
    """Of one letter."""
    proofs: tuple[Proof, ...]


def preview(
    pack: StudyPack, wave: str, language: str, *, large: bool, posted: date, sites: Sites, fonts: Path
) -> Preview:
    """The wave's letter as PDF, marked as a demonstration, and a proof for each envelope.

    Raises:
        Refused: something that a letter must have is missing; the fonts were not built.

    """
    kind = next(each.kind for each in pack.waves if each.id == wave)
    press = Press(pack.model_copy(update={"demonstration": True}), kind, posted, sites, fonts)
    letters = [OpenLetter(new_letter_reference(), lines, language, new_code(), large=large) for lines in PEOPLE]
    pdf = press.print(letters)
    opened = pikepdf.open(io.BytesIO(pdf))
    pages = len(press.template(letters[0]).pages)
    proofs: list[Proof] = []
    for number, letter in enumerate(letters):
        lines = arrange(letter.ref, letter.lines, press.glyphs[400]).lines
        proofs += prove(opened.pages[number * pages], lines, pack, show_code(letter.code))
    name = f"{wave}-{language}{'-large' if large else ''}"
    files = {f"{name}.pdf": pdf}
    for envelope in ENVELOPES:
        shown = io.BytesIO()
        overlay(opened, envelope).save(shown)
        files[f"{name}-envelope-{envelope.name.lower()}.pdf"] = shown.getvalue()
    return Preview(files, pages, tuple(proofs))
