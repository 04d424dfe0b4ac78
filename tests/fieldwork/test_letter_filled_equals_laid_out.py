"""A filled letter is to the eye, to a camera and to a screen reader what the layout engine would have made of it (P06)."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Any

import numpy as np
import pikepdf
import pypdf
import pypdfium2
import pytest
from tests.support.letters import NERYS, new_press, one, twin, usual_press
from tests.support.contacts import small_pack

from troth.fieldwork.letter.address import CannotPrint
from troth.fieldwork.letter.glyphs import Glyphs
from troth.fieldwork.letter.qr import Qr, modules
from troth.protocol.code import new_code, show_code, show_letter_reference
from troth.study import Lang

if TYPE_CHECKING:
    from troth.fieldwork.letter.page import OpenLetter

LONG = ("Bartholomew Featherstonehaugh-Cholmondeley the Younger", "Flat 3, AVATAR To WAVE Yd. Ty'r Afon", "Ynys Môn", "LL77 7ZZ")
TALL = ("Zoë Åkerström", "Flat 12b", "The Old Wash House", "14–16 St. John's Wood Way", "Llanfairpwllgwyngyll", "Ynys Môn", "LL61 5UJ", "WALES")
WIDE = (*("WAMWAM Ŵidest MAWR WAMWAM Llanfair WWWMMM WWMMMMMM WWWM" for _ in range(4)), "SY23 1AA")
SHORT = ("Li Wu", "1 Hen Dŷ", "M1 1AA")


def pictures(pdf: bytes) -> list[Any]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [page.render(scale=2, grayscale=True).to_numpy().astype(int) for page in document]
    finally:
        document.close()


def beyond(a: Any, b: Any) -> float:
    """How far dots of `a` are darker or lighter than every dot of `b` beside them (0.18 mm): the worst patch of 4 x 4, of 255."""
    near = [np.roll(b, (y, x), (0, 1)) for y in (-1, 0, 1) for x in (-1, 0, 1)]
    darkest, lightest = np.minimum.reduce(near), np.maximum.reduce(near)
    apart = np.maximum(darkest - a, 0) + np.maximum(a - lightest, 0)
    high, wide = apart.shape[0] // 4 * 4, apart.shape[1] // 4 * 4
    return float(apart[:high, :wide].reshape(high // 4, 4, wide // 4, 4).mean(axis=(1, 3)).max())


def worst(filled: bytes, laid_out: bytes) -> float:
    """The largest difference that no dot's width explains: an edge smoothed otherwise is none, a letter that moved or changed is."""
    mine, theirs = pictures(filled), pictures(laid_out)
    assert len(mine) == len(theirs)
    return max(max(beyond(a, b), beyond(b, a)) for a, b in zip(mine, theirs, strict=True))


@pytest.mark.parametrize("letter", [
    one(), one(LONG), one(TALL), one(WIDE), one(SHORT), one(large=True), one(language="cy"), one(language="cy", large=True),
], ids=["usual", "long", "tall", "wide", "short", "large", "welsh", "large welsh"])  # fmt: skip
def test_a_filled_letter_looks_as_if_it_had_been_laid_out(letter: OpenLetter) -> None:
    press = usual_press()
    filled, laid_out = press.print([letter]), twin(press, letter)
    difference = worst(filled, laid_out)
    assert difference < 16


def test_the_comparison_would_see_one_wrong_character_and_a_line_that_moved() -> None:
    press, letter = usual_press(), one()
    moved = press.print([one(("Nerys Wyn-Ty'r Felin", *NERYS[1:]))])
    difference = worst(moved, twin(press, letter))
    assert difference > 40
