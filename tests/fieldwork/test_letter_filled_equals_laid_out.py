"""A filled letter is to the eye, to a camera and to a screen reader what the layout engine would have made of it (P06)."""

from __future__ import annotations

import io
import re
from typing import TYPE_CHECKING, Any

import numpy as np
import pikepdf
import pypdf
import pypdfium2
import pytest
from tests.support.contacts import small_pack
from tests.support.letters import NERYS, new_press, one, twin, usual_press

from troth.fieldwork.letter.address import CannotPrint
from troth.fieldwork.letter.glyphs import Glyphs
from troth.fieldwork.letter.qr import Qr, modules
from troth.protocol.code import new_code, show_code, show_letter_reference
from troth.study import Lang

if TYPE_CHECKING:
    from troth.fieldwork.letter.page import OpenLetter

LONG = (
    "Bartholomew Featherstonehaugh-Cholmondeley the Younger",
    "Flat 3, AVATAR To WAVE Yd. Ty'r Afon",
    "Ynys Môn",
    "LL77 7ZZ",
)
TALL = (
    "Zoë Åkerström",
    "Flat 12b",
    "The Old Wash House",
    "14–16 St. John's Wood Way",
    "Llanfairpwllgwyngyll",
    "Ynys Môn",
    "LL61 5UJ",
    "WALES",
)
WIDE = (*("WAMWAM Ŵidest MAWR WAMWAM Llanfair WWWMMM WWMMMMMM WWWM" for _ in range(4)), "SY23 1AA")
SHORT = ("Li Wu", "1 Hen Dŷ", "M1 1AA")


def pictures(pdf: bytes) -> list[Any]:
    document = pypdfium2.PdfDocument(pdf)
    try:
        return [page.render(scale=2, grayscale=True).to_numpy().astype(np.int16) for page in document]
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
    one(LONG), one(TALL), one(WIDE), one(SHORT, large=True), one(language="cy"),
], ids=["long", "tall", "wide", "large", "welsh"])  # fmt: skip
def test_a_filled_letter_looks_as_if_it_had_been_laid_out(letter: OpenLetter) -> None:
    press = usual_press()
    filled, laid_out = press.print([letter]), twin(press, letter)
    difference = worst(filled, laid_out)
    assert difference < 25


def test_the_comparison_would_see_one_wrong_character_and_a_line_that_moved() -> None:
    press, letter = usual_press(), one()
    moved = press.print([one(("Nerys Wyn-Ty'r Felin", *NERYS[1:]))])
    difference = worst(moved, twin(press, letter))
    assert difference > 40


# Read aloud ------------------------------------------------------------------------------------------------------


def elements(node: Any) -> list[Any]:
    """The element and all beneath it, in the order of reading."""
    kids = (
        [kid for kid in node.get("/K", []) if isinstance(kid, pikepdf.Dictionary) and "/S" in kid]
        if isinstance(node.get("/K"), pikepdf.Array)
        else []
    )
    return [node, *(each for kid in kids for each in elements(kid))]


def marks(element: Any) -> list[tuple[Any, int]]:
    """(Page, number) of the marked content that the element itself owns."""
    own = element.get("/K", [])
    found = []
    for kid in own if isinstance(own, pikepdf.Array) else [own]:
        if isinstance(kid, pikepdf.Dictionary) and "/MCID" in kid:
            found.append((kid.Pg.objgen, int(kid.MCID)))
        elif not isinstance(kid, pikepdf.Dictionary):
            found.append((element.Pg.objgen, int(kid)))
    return found


def spoken(pdf: pikepdf.Pdf) -> dict[tuple[Any, int], str]:
    """What each piece of marked content says, through the embedded font's own table of meanings."""
    said: dict[tuple[Any, int], str] = {}
    for page in pdf.pages:
        meaning = {name: to_unicode(font) for name, font in page.Resources.Font.items()}
        inside, font = None, ""
        for operands, operator in pikepdf.parse_content_stream(page):
            match str(operator):
                case "BDC":
                    inside = (page.objgen, int(operands[1].MCID))
                    assert inside not in said, "two pieces of a page have one number"
                    said[inside] = ""
                case "EMC":
                    inside = None
                case "Tf":
                    font = str(operands[0])
                case "TJ":
                    assert inside is not None, "text that no element owns"
                    for each in operands[0]:
                        if isinstance(each, pikepdf.String):
                            raw = bytes(each)
                            said[inside] += "".join(meaning[font][raw[at : at + 2]] for at in range(0, len(raw), 2))
    return said


def to_unicode(font: Any) -> dict[bytes, str]:
    table = font.ToUnicode.read_bytes().decode()
    pairs = re.findall(r"^<([0-9a-f]{4})> <([0-9a-f]+)>$", table, re.MULTILINE)
    return {bytes.fromhex(glyph): bytes.fromhex(said).decode("utf-16-be") for glyph, said in pairs}


@pytest.fixture(scope="module")
def batch() -> tuple[list[OpenLetter], pikepdf.Pdf]:
    letters = [one(TALL), one(language="cy"), one(SHORT, large=True), one(NERYS, bilingual=True)]
    return letters, pikepdf.open(io.BytesIO(usual_press().print(letters)))


def test_every_piece_of_every_page_has_its_element_and_every_element_its_piece(
    batch: tuple[list[OpenLetter], pikepdf.Pdf],
) -> None:
    _, pdf = batch
    assert pdf.check_pdf_syntax() == []
    said = spoken(pdf)
    everything = [each for letter in pdf.Root.StructTreeRoot.K[0].K for each in elements(letter)]
    owned = [(mark, each) for each in everything for mark in marks(each)]
    assert sorted(mark for mark, _ in owned) == sorted(said), (
        "something is drawn that nobody reads out, or read out that is not drawn"
    )
    numbers = list(pdf.Root.StructTreeRoot.ParentTree.Nums)
    lists = {int(key): value for key, value in zip(numbers[::2], numbers[1::2], strict=True)}
    assert len(lists) == len(pdf.pages) == int(pdf.Root.StructTreeRoot.ParentTreeNextKey)
    for page in pdf.pages:
        assert page.Tabs == "/S"
        owners = lists[int(page.StructParents)]
        mine = {number: each for (at, number), each in owned if at == page.objgen}
        assert {number: owners[number].objgen for number in mine} == {
            number: each.objgen for number, each in mine.items()
        }
    for each in everything:
        for kid in each.K if isinstance(each.K, pikepdf.Array) else []:
            if isinstance(kid, pikepdf.Dictionary) and "/S" in kid:
                assert kid.P.objgen == each.objgen
    assert {str(each.S) for each in everything} <= {"/Sect", "/Div", "/Part", "/P", "/H1", "/H2", "/Figure"}


def test_a_screen_reader_reads_each_persons_own_address_and_code_in_their_places(
    batch: tuple[list[OpenLetter], pikepdf.Pdf],
) -> None:
    letters, pdf = batch
    said = spoken(pdf)
    sides = list(pdf.Root.StructTreeRoot.K[0].K)
    texts = [[(str(each.S), "".join(said[mark] for mark in marks(each))) for each in elements(side)] for side in sides]
    langs = [str(side.Lang) for side in sides]
    assert langs == ["en", "cy", "en", "en", "en", "cy"]
    whose = [letters[0], letters[1], letters[1], letters[2], letters[3], letters[3]]
    for number, (side, letter) in enumerate(zip(texts, whose, strict=True)):
        words = [text for _, text in side if text]
        first = number == 0 or whose[number - 1] is not letter
        if first:
            assert tuple(words[1 : 1 + len(letter.lines)]) == letter.lines
        assert words.index(show_letter_reference(letter.ref)) < words.index(show_code(letter.code))
        assert words[words.index(show_code(letter.code)) - 1] in ("Your code", "Eich cod")
        others = [each for each in letters if each is not letter]
        assert not [
            each for each in others if show_code(each.code) in words or show_letter_reference(each.ref) in words
        ]
    assert "slot-" not in str(texts)


def test_the_picture_has_words_and_a_box_and_the_document_says_what_it_is(
    batch: tuple[list[OpenLetter], pikepdf.Pdf],
) -> None:
    _, pdf = batch
    figures = [each for side in pdf.Root.StructTreeRoot.K[0].K for each in elements(side) if each.S == "/Figure"]
    assert len(figures) == 6
    assert {str(each.Alt)[:11] for each in figures} == {"A picture f", "Llun i game"}
    for each in figures:
        left, bottom, right, top = (float(side) for side in each.A.BBox)
        assert 90 < right - left == pytest.approx(top - bottom, abs=0.1)
        assert 0 < left < right < 596
        assert 0 < bottom < top < 842
    root = pdf.Root
    assert (bool(root.MarkInfo.Marked), bool(root.ViewerPreferences.DisplayDocTitle), root.Lang) == (True, True, "en")
    assert b'pdfuaid:part="1"' in root.Metadata.read_bytes()
    assert "/Outlines" not in root


def test_what_the_study_has_no_welsh_for_is_marked_as_english_inside_a_welsh_letter() -> None:
    pack = small_pack()
    halfway = pack.model_copy(
        update={"translations": {Lang("cy"): lambda text: text if text.startswith("Nobody") else f"Cymraeg {text}"}}
    )
    pdf = pikepdf.open(io.BytesIO(new_press(halfway).print([one(language="cy")])))
    parts = [each for each in elements(pdf.Root.StructTreeRoot.K[0].K[0]) if each.S == "/Part"]
    said = spoken(pdf)
    assert [(str(each.Lang), said[marks(each.K[0])[0]][:6]) for each in parts] == [("en", "Nobody")]


# Each by itself --------------------------------------------------------------------------------------------------


def test_a_qr_code_from_differences_is_the_encoders_own() -> None:
    address = "https://survey.example.uk/cy/#"
    qr = Qr(address, 16)
    for code in [new_code() for _ in range(12)]:
        assert qr.rows(code) == modules(address + code)


def test_a_character_that_the_font_lacks_and_an_address_that_is_too_large_are_refused_by_reference_alone() -> None:
    for letter in (one(("Нина Secret", *SHORT)), one((*WIDE, *WIDE, *WIDE))):
        with pytest.raises(CannotPrint) as caught:
            usual_press().print([letter])
        assert show_letter_reference(letter.ref) in str(caught.value)
        assert not [
            word for line in letter.lines for word in line.split() if len(word) > 3 and word in str(caught.value)
        ]
    assert not Glyphs.lacks(usual_press().glyphs[400], "Tŷ Ŵ ŵ ŷ Ŷ â é ï ô û ẁ ẃ ẅ ỳ")


def test_an_accent_that_was_written_as_two_characters_is_one_in_the_letter() -> None:
    letter = one(("Nerys W\u0302yn", "12 Heol y Dw\u0302r", "LL57 1AA"))
    text = pypdf.PdfReader(io.BytesIO(usual_press().print([letter]))).pages[0].extract_text()
    assert "Nerys Ŵyn" in text
