"""The printed letter: address in the window, code in groups and in the QR code, nothing of the topic where others can see it."""

from __future__ import annotations

import re
from datetime import date
from typing import TYPE_CHECKING

import pypdf
import pypdfium2
import pytest
import zxingcpp
from tests.support.contacts import SITES, small_pack
from tests.support.letters import usual_press

from troth.fieldwork.letter.page import OpenLetter, Press
from troth.protocol.code import new_code, new_letter_reference, show_code, show_letter_reference
from troth.study import Lang

if TYPE_CHECKING:
    from pathlib import Path

PACK = small_pack()
MM = 72 / 25.4
NERYS = ("Nerys Ŵyn-Tŷ'r Felin", "12 Heol y Dŵr", "Bangor", "LL57 1AA")


@pytest.fixture(scope="module")
def fonts() -> Path:
    from importlib import resources
    from pathlib import Path

    from tests.conftest import need

    folder = Path(str(resources.files("troth"))) / "web" / "static" / "letter"
    need("the built letter font", here=folder.is_dir(), line="python scripts/assets.py")
    return folder


def one(lines: tuple[str, ...] = NERYS, language: str = "en") -> OpenLetter:
    return OpenLetter(new_letter_reference(), lines, language, new_code())


def printed(
    fonts: Path, letters: list[OpenLetter], kind: str = "invitation", pack: object = PACK
) -> pypdfium2.PdfDocument:
    press = usual_press(kind) if pack is PACK else Press(pack, kind, date(2027, 1, 8), SITES, fonts)  # type: ignore[arg-type]
    return pypdfium2.PdfDocument(press.print(letters))


def flat(text: str) -> str:
    return re.sub(r"\s+", " ", text)


def whole(page: pypdfium2.PdfPage) -> str:
    return flat(page.get_textpage().get_text_range())


def window(page: pypdfium2.PdfPage) -> str:
    """What shows through a window 20 mm from the left and 45 mm from the top, 90 by 35 mm."""
    top = page.get_height() - 45 * MM
    return str(page.get_textpage().get_text_bounded(20 * MM, top - 35 * MM, 110 * MM, top))


def qr(page: pypdfium2.PdfPage) -> str:
    found = zxingcpp.read_barcodes(page.render(scale=3).to_pil())
    assert len(found) == 1
    return str(found[0].text)


def test_the_window_shows_name_and_address_and_nothing_else(fonts: Path) -> None:
    page = printed(fonts, [one()])[0]
    assert flat(window(page)).strip() == " ".join(NERYS)


@pytest.mark.parametrize("width", [44, 45, 60])
def test_the_longest_address_that_load_takes_fits_the_window_whole(fonts: Path, width: int) -> None:
    lines = (*tuple(("Ŵidest Llanfair MAWR " * 4)[:width].strip() for _ in range(6)), "SY23 1AA")
    page = printed(fonts, [one(lines)])[0]
    assert flat(window(page)).strip() == flat(" ".join(lines))


def test_nothing_of_the_topic_shows_before_the_letter_is_opened(fonts: Path) -> None:
    words = set(re.findall(r"[a-z]{4,}", f"{PACK.title} {PACK.short_title}".lower())) - {"survey"}
    page = printed(fonts, [one()])[0]
    upper = page.get_textpage().get_text_bounded(0, page.get_height() - 95 * MM, page.get_width(), page.get_height())
    assert words
    assert not [word for word in words if word in upper.lower()]
    assert "Survey enquiries" in upper


def test_the_code_stands_in_four_groups_and_the_qr_code_says_the_same_behind_the_fragment(fonts: Path) -> None:
    letters = [one() for _ in range(3)]
    pdf = printed(fonts, letters)
    assert len(pdf) == 3
    for page, letter in zip(pdf, letters, strict=True):
        assert show_code(letter.code) in whole(page)
        assert show_letter_reference(letter.ref) in whole(page)
        assert qr(page) == f"https://survey.example.uk/en/#{letter.code}"
        assert not [other for other in letters if other is not letter and other.code in qr(page)]


def test_the_reminder_is_the_reminder_with_the_same_code(fonts: Path) -> None:
    letter = one()
    first, second = (printed(fonts, [letter], kind)[0] for kind in ("invitation", "reminder"))
    assert qr(first) == qr(second)
    assert PACK.letter("invitation", "en").subject in whole(first)
    assert PACK.letter("reminder", "en").subject in whole(second)
    assert PACK.letter("reminder", "en").subject not in whole(first)


def test_the_letter_says_whom_to_call_how_to_say_no_and_where_to_talk(fonts: Path) -> None:
    text = whole(printed(fonts, [one()])[0])
    for said in (
        PACK.contacts.enquiry_phone, PACK.contacts.enquiry_email, "we will not write to you again",
        "about.example.uk/en/notice", "about.example.uk/en/non", "survey.example.uk/en", "Samaritans: 116 123", "5 days", "8 January 2027",
    ):  # fmt: skip
        assert said in text


def test_a_demonstration_says_so_and_a_real_study_does_not(fonts: Path) -> None:
    assert "DEMONSTRATION - not a real letter" in whole(printed(fonts, [one()])[0])
    real = PACK.model_copy(update={"demonstration": False})
    assert "not a real letter" not in whole(printed(fonts, [one()], pack=real)[0])


def test_a_welsh_letter_comes_in_both_languages_when_the_study_has_the_words(fonts: Path) -> None:
    def welsh(text: str) -> str:
        return f"Cymraeg: {text}"

    pack = PACK.model_copy(update={"translations": {**PACK.translations, Lang("cy"): welsh}})
    letter = one(language="cy")
    pdf = printed(fonts, [letter, one()], pack=pack)
    assert len(pdf) == 3
    assert "Eich cod" in whole(pdf[0])
    assert "Your code" in whole(pdf[1])
    assert (qr(pdf[0]), qr(pdf[1])) == (
        f"https://survey.example.uk/cy/#{letter.code}",
        f"https://survey.example.uk/en/#{letter.code}",
    )
    assert flat(window(pdf[0])).strip() == " ".join(NERYS)
    assert window(pdf[1]).strip() == ""


def test_a_study_without_welsh_words_sends_one_whole_letter_not_half_a_welsh_one(fonts: Path) -> None:
    pack = PACK.model_copy(update={"translations": {}})
    pdf = printed(fonts, [one(language="cy")], pack=pack)
    assert len(pdf) == 1
    assert "Your code" in whole(pdf[0])


def test_a_long_letter_flows_to_another_page_and_nothing_is_cut(fonts: Path) -> None:
    text = PACK.letters.invitation
    long = text.model_copy(
        update={"paragraphs": (*text.paragraphs, *("A long paragraph. " * 40 for _ in range(4)), "The end.")}
    )
    pack = PACK.model_copy(update={"letters": PACK.letters.model_copy(update={"invitation": long})})
    letter = one()
    pdf = printed(fonts, [letter, one()], pack=pack)
    everything = " ".join(whole(page) for page in pdf)
    assert len(pdf) == 4
    for said in ("The end.", show_code(letter.code), "Samaritans"):
        assert said in everything


def test_the_pdf_is_accessible_and_its_metadata_says_nothing(fonts: Path, tmp_path: Path) -> None:
    press = Press(PACK, "invitation", date(2027, 1, 8), SITES, fonts)
    letter = one()
    file = tmp_path / "letter.pdf"
    file.write_bytes(press.print([letter]))
    reader = pypdf.PdfReader(file)
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"
    assert "/StructTreeRoot" in root
    assert b"pdfuaid:part>1<" in root["/Metadata"].get_data() or b'pdfuaid:part="1"' in root["/Metadata"].get_data()
    assert reader.metadata is not None
    assert reader.metadata.title == "Letters"
    said = " ".join(str(value) for value in reader.metadata.values()) + root["/Metadata"].get_data().decode()
    for secret in (letter.code, letter.lines[0], letter.ref, "Childhood", "Safety"):
        assert secret not in said
    names = {str(f["/BaseFont"]) for p in reader.pages for f in p["/Resources"]["/Font"].values()}
    # One typeface for everything: where it lacks ŵ and ŷ, a Welsh name would stand in two.
    assert all("Letter" in name for name in names), names
