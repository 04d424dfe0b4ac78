"""Through the window of any envelope nothing shows but the address, wherever the sheet slides; what would show more is refused (P06)."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING

import pikepdf
import pypdfium2
import pytest
from tests.support.contacts import SITES, small_pack
from tests.support.letters import POSTED, letter_fonts, usual_press

from troth.fieldwork.letter import sheet as sheets
from troth.fieldwork.letter.envelope import ENVELOPES, WINDOW, Box, overlay, printed, prove, refuse
from troth.fieldwork.letter.page import OpenLetter
from troth.fieldwork.letter.preview import PEOPLE, preview
from troth.fieldwork.letter.sheet import Sheet, complete
from troth.kit.errors import Refused
from troth.protocol.code import new_code, new_letter_reference, show_code
from troth.study import Lang

if TYPE_CHECKING:
    from troth.fieldwork.letter.envelope import Proof

CODE = new_code()
REF = new_letter_reference()


def proofs(drawn: str = "") -> list[Proof]:
    """Of a usual letter, on which somebody drew something more. `drawn` is in millimetres from the lower left corner."""
    letter = OpenLetter(REF, PEOPLE[0], "en", CODE)
    pdf = pikepdf.open(io.BytesIO(usual_press().print([letter])))
    page = pdf.pages[0]
    if drawn:
        page.contents_add(f"q 2.8346 0 0 2.8346 0 0 cm {drawn} Q".encode(), prepend=False)
    return prove(page, PEOPLE[0], small_pack(), show_code(CODE))


def text(words: str, left: float, top: float) -> str:
    """Words of the letter's own font, at a place of the page."""
    face = usual_press().glyphs[400].faces["latin"]
    font = next(
        name
        for (subset, weight), name in usual_press().template(OpenLetter(REF, PEOPLE[0], "en", CODE)).fonts.items()
        if (subset, weight) == ("latin", 400)
    )
    shown = "".join(f"{face.glyph[character]:04x}" for character in words)
    return f"/Span<</MCID 99>>BDC BT 1 0 0 1 {left} {297 - top} Tm {font} 4 Tf[<{shown}>]TJ ET EMC"


def test_nothing_but_the_address_can_show_in_any_envelope_and_the_sheet_may_slide() -> None:
    found = proofs()
    assert [proof.envelope.name for proof in found] == ["DL", "C5", "C4"]
    assert [proof.faults for proof in found] == [(), (), ()]
    refuse(found)
    assert found[0].room > found[0].envelope.slack[1], (
        "a usual address shows whole in a DL envelope, wherever the sheet lies"
    )


@pytest.mark.parametrize(("where", "who"), [((60, 75), "DL C5 C4"), ((60, 90), "C4"), ((60, 44), "DL C5 C4")])
def test_text_beside_the_address_is_refused(where: tuple[float, float], who: str) -> None:
    found = proofs(text("Hello", *where))
    assert " ".join(proof.envelope.name for proof in found if proof.faults) == who
    with pytest.raises(Refused, match="text beside the address"):
        refuse(found)


def test_a_picture_in_the_window_is_refused() -> None:
    with pytest.raises(Refused, match="picture"):
        refuse(proofs("/Figure<</MCID 98>>BDC 60 230 5 5 re f EMC"))


@pytest.mark.parametrize("words", ["about safety", "a voucher", "Pluxee", "Arolwg plentyndod", CODE[:4]])
def test_topic_voucher_and_code_are_refused_above_the_fold_even_beside_the_window(words: str) -> None:
    assert all(
        proof.faults == ("what stands above the fold names the topic, the voucher or the code",)
        for proof in proofs(text(words, 140, 80))
    )
    assert not any(proof.faults for proof in proofs(text(words, 140, 120))), "below the fold it may stand"


def test_an_address_that_leaves_the_window_is_told() -> None:
    letter = OpenLetter(REF, PEOPLE[0], "en", CODE)
    pdf = pikepdf.open(io.BytesIO(usual_press().print([letter])))
    found = prove(pdf.pages[0], ("Somebody", "Else"), small_pack(), show_code(CODE))
    assert any("does not show whole" in fault for fault in found[0].faults)


def test_where_things_are_printed_is_read_as_a_viewer_sees_it() -> None:
    letter = OpenLetter(REF, PEOPLE[0], "en", CODE)
    data = usual_press().print([letter])
    pdf = pikepdf.open(io.BytesIO(data))
    marks = {mark.text: mark.box for mark in printed(pdf.pages[0])}
    box = marks[PEOPLE[0][1]]
    document = pypdfium2.PdfDocument(data)
    page, mm = document[0], 72 / 25.4
    seen = page.get_textpage().get_text_bounded(
        (box.left - 1) * mm, (297 - box.bottom) * mm, (box.right + 1) * mm, (297 - box.top) * mm
    )
    document.close()
    assert seen.strip() == PEOPLE[0][1]
    assert WINDOW.holds(box)
    assert box.right - box.left > 15


def test_the_window_to_order_follows_from_the_envelope() -> None:
    assert [each.order for each in ENVELOPES] == [
        "window 35 x 90 mm, 25 mm from the left, 24.5 mm from the bottom",
        "window 35 x 90 mm, 29.5 mm from the left, 75.25 mm from the bottom",
        "window 35 x 90 mm, 29.5 mm from the left, 230.5 mm from the bottom",
    ]
    assert Box(0, 0, 10, 10).grown(1, 2) == Box(-1, -2, 11, 12)


@pytest.mark.parametrize(("language", "large", "pages"), [("en", False, 1), ("cy", False, 2), ("cy", True, 4)])
def test_a_preview_has_letters_marked_as_a_demonstration_and_a_proof_for_each_envelope(
    language: str, large: bool, pages: int
) -> None:
    real = small_pack().model_copy(update={"demonstration": False})
    shown = preview(real, "invitation", language, large=large, posted=POSTED, sites=SITES, fonts=letter_fonts())
    refuse(shown.proofs)
    assert [name.rpartition("-")[2] for name in shown.files] == [
        f"{'large' if large else language}.pdf",
        "dl.pdf",
        "c5.pdf",
        "c4.pdf",
    ]
    document = pypdfium2.PdfDocument(next(iter(shown.files.values())))
    said = [page.get_textpage().get_text_range() for page in document]
    document.close()
    assert len(said) == pages * len(PEOPLE)
    assert shown.pages == pages
    first = said[0].replace("\n", " ").replace("\r", "")
    assert ("ENGHRAIFFT" if language == "cy" else "DEMONSTRATION") in first


def test_an_overlay_covers_all_but_the_window() -> None:
    letter = pikepdf.open(io.BytesIO(usual_press().print([OpenLetter(REF, PEOPLE[0], "en", CODE)])))
    out = io.BytesIO()
    overlay(letter, ENVELOPES[0]).save(out)
    document = pypdfium2.PdfDocument(out.getvalue())
    picture = document[0].render(scale=1).to_pil().convert("L")
    document.close()
    mm = 72 / 25.4
    assert picture.getpixel((round(100 * mm), round(78 * mm))) == 255
    assert picture.getpixel((round(100 * mm), round(84 * mm))) < 200
    assert picture.getpixel((round(5 * mm), round(290 * mm))) < 200


@pytest.mark.parametrize(("gone", "says"), [
    ("{{ code }}", "the code"), ('src="{{ qr(side.address) }}"', "the QR code"), ("{{ reference }}", "the letter reference"),
    ("<section", "a side"),
])  # fmt: skip
def test_a_template_without_code_picture_reference_or_a_side_is_refused(
    monkeypatch: pytest.MonkeyPatch, gone: str, says: str
) -> None:
    page = sheets.read("letters.html")
    broken = page.replace(gone, "", 1) if gone != "<section" else page.replace("<section", "<div", 1)
    sheet = Sheet(small_pack(), "invitation", POSTED, SITES, (Lang("cy"), Lang("en")))
    complete(sheet)
    with monkeypatch.context() as changed:
        changed.setattr(sheets, "read", lambda _: broken)
        sheets._template.cache_clear()
        with pytest.raises(Refused, match=says):
            complete(sheet)
    sheets._template.cache_clear()


def test_a_letter_that_names_no_enquiry_line_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    page = sheets.read("letters.html")
    for gone in ("{{ enquiry_line }}", "{{ side.no_letters }}", "{{ side.large }}"):
        page = page.replace(gone, "")
    pack = small_pack()
    silent = pack.letters.invitation.model_copy(update={"paragraphs": ("Hello.",)})
    sheet = Sheet(
        pack.model_copy(update={"letters": pack.letters.model_copy(update={"invitation": silent})}),
        "invitation",
        POSTED,
        SITES,
        (Lang("en"),),
    )
    complete(sheet)
    with monkeypatch.context() as changed:
        changed.setattr(sheets, "read", lambda _: page)
        sheets._template.cache_clear()
        with pytest.raises(Refused, match="the enquiry line"):
            complete(sheet)
    sheets._template.cache_clear()
