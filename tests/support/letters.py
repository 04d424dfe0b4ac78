"""Letters to print and look at, and the twin: the same letter laid out whole by the layout engine, which filling must equal."""

from __future__ import annotations

from datetime import date
from functools import lru_cache
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from tests.conftest import need
from tests.support.contacts import SITES, small_pack

from troth.fieldwork.letter.address import arrange
from troth.fieldwork.letter.page import OpenLetter, Press
from troth.fieldwork.letter.qr import BORDER, made
from troth.fieldwork.letter.sheet import Filling
from troth.protocol.code import new_code, new_letter_reference, show_code, show_letter_reference

if TYPE_CHECKING:
    from troth.study import StudyPack

NERYS = ("Nerys Ŵyn-Tŷ'r Felin", "12 Heol y Dŵr", "Bangor", "LL57 1AA")
POSTED = date(2027, 1, 8)


def letter_fonts() -> Path:
    folder = Path(str(resources.files("troth"))) / "web" / "static" / "letter"
    need("the built letter font", here=folder.is_dir(), line="python scripts/assets.py")
    return folder


def one(lines: tuple[str, ...] = NERYS, language: str = "en", **more: Any) -> OpenLetter:
    return OpenLetter(new_letter_reference(), lines, language, new_code(), **more)


@lru_cache(maxsize=4)
def usual_press(kind: str = "invitation") -> Press:
    """The bundled study's, laid out once for all tests of a worker."""
    return new_press(small_pack(), kind)


def new_press(pack: StudyPack, kind: str = "invitation") -> Press:
    return Press(pack, kind, POSTED, SITES, letter_fonts())


def twin(press: Press, letter: OpenLetter) -> bytes:
    """The letter as the layout engine alone sets it."""
    set_ = arrange(letter.ref, letter.lines, press.glyphs[400])
    filling = Filling(
        usual=set_.lines,
        small=(),
        size=set_.size,
        down=set_.down,
        reference=show_letter_reference(letter.ref),
        code=show_code(letter.code),
        qr=lambda address: str(made(f"{address}#{letter.code}").svg_data_uri(border=BORDER, omitsize=True)),
    )
    return press._typesetter.pdf(press.sheet(letter).html(filling))
