"""A batch of opened letters as one PDF: accessible (PDF/UA-1), the address in the window, the code in groups and as a QR code."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, field
from importlib import resources
from typing import TYPE_CHECKING, Final

import segno
from jinja2 import Environment, StrictUndefined
from weasyprint import CSS, HTML
from weasyprint.text.fonts import FontConfiguration

from troth.fieldwork.letter.words import words
from troth.kit.errors import Refused
from troth.protocol.code import show_code, show_letter_reference
from troth.study import ENGLISH, Lang, StudyPack, day_in_words

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from troth.protocol.names import Code, LetterRef

_LONG: Final = 44
"""Characters of a line that fit into the window at the usual size."""
_TALL: Final = 7


@dataclass(frozen=True)
class OpenLetter:
    """One letter in the clear, in the print room's memory only. The `repr` tells nothing."""

    ref: LetterRef = field(repr=False)
    lines: tuple[str, ...] = field(repr=False)
    language: str = field(repr=False)
    code: Code = field(repr=False)


@dataclass(frozen=True)
class Sites:
    """Where the letter sends people: origins of the respond site and the public site."""

    respond: str
    public: str


class Press:
    """Sets letters of one study and wave; fonts and words are read once."""

    def __init__(self, pack: StudyPack, kind: str, posted: date, sites: Sites, fonts: Path) -> None:
        """`fonts` is the folder of the built letter fonts. Raises Refused: they were not built."""
        self._pack, self._kind, self._posted, self._sites = pack, kind, posted, sites
        self._fonts = FontConfiguration()
        self._css = CSS(string=_faces(fonts) + _read("letter.css"), font_config=self._fonts)
        self._template = Environment(autoescape=True, undefined=StrictUndefined).from_string(_read("letters.html"))

    def print(self, letters: Sequence[OpenLetter]) -> bytes:
        """The letters as one PDF, in that order."""
        html = self._template.render(
            language="en",
            title="Letters",
            enquiry_line=self._pack.contacts.enquiry_phone,
            demonstration=self._pack.demonstration,
            letters=[self._letter(each) for each in letters],
        )
        pdf = io.BytesIO()
        HTML(string=html).write_pdf(pdf, stylesheets=[self._css], font_config=self._fonts, pdf_variant="pdf/ua-1")
        return pdf.getvalue()

    def _letter(self, letter: OpenLetter) -> dict[str, object]:
        pack, lang = self._pack, Lang(letter.language)
        # Where a study has no words of this letter in that language, half a letter would help nobody: English alone.
        spoken = pack.letter(self._kind, lang) != pack.letter(self._kind, ENGLISH)
        languages = (lang, ENGLISH) if lang != ENGLISH and spoken else (ENGLISH,)
        return {
            "lines": letter.lines,
            "small": len(letter.lines) > _TALL or any(len(line) > _LONG for line in letter.lines),
            "reference": show_letter_reference(letter.ref),
            "code": show_code(letter.code),
            "sides": [self._side(letter, lang) for lang in languages],
        }

    def _side(self, letter: OpenLetter, lang: Lang) -> dict[str, object]:
        said, pack = words(lang), self._pack
        text, english = pack.letter(self._kind, lang), pack.letter(self._kind, ENGLISH)
        address = f"{self._sites.respond}/{lang}/"
        values = {
            "address": _shown(address),
            "enquiry_line": pack.contacts.enquiry_phone,
            "reference": show_letter_reference(letter.ref),
            "notice": _shown(f"{self._sites.public}/{lang}/notice"),
        }
        return {
            "lang": lang,
            "words": said,
            "subject": {"words": text.subject, "lang": ENGLISH if text.subject == english.subject else lang},
            # A paragraph that the study has no words for yet stays English, and is marked so for screen readers.
            "paragraphs": [
                {"words": mine, "lang": ENGLISH if mine == theirs and lang != ENGLISH else lang}
                for mine, theirs in zip(text.paragraphs, english.paragraphs, strict=True)
            ],
            "posted": day_in_words(self._posted, lang),
            "go_to": said["go_to"].format(**values),
            "no_letters": said["no_letters"].format(**values),
            "more": said["more"].format(**values),
            "talk_to": self._somebody(lang, said["talk_to"]),
            "qr": segno.make(f"{address}#{letter.code}", error="m").svg_data_uri(border=4, omitsize=True),
        }

    def _somebody(self, lang: Lang, sentence: str) -> str:
        """The first of the study's organisations that is no emergency and has a phone; nothing when there is none."""
        translate = self._pack.catalogue(lang)
        for each in self._pack.support.organisations:
            if each.phone and not each.urgent:
                about = translate(each.about)
                same = about == each.about and lang != ENGLISH
                return sentence.format(name=translate(each.name), phone=each.phone, about="" if same else about).strip()
        return ""


def _shown(address: str) -> str:
    """An address as people type it."""
    return re.sub(r"^https?://", "", address).rstrip("/")


def _read(name: str) -> str:
    return resources.files("troth.fieldwork.letter").joinpath(name).read_text(encoding="utf-8")


def _faces(fonts: Path) -> str:
    """The four faces of the letter font. Two families by range, so that a face is found for ŵ and ŷ."""
    return "\n".join(_face(fonts, *each) for each in _parts())


def _parts() -> Iterator[tuple[str, str, int]]:
    for family, subset in (("Letter", "latin"), ("Letter ext", "latin-ext")):
        for weight in (400, 700):
            yield family, subset, weight


def _face(fonts: Path, family: str, subset: str, weight: int) -> str:
    """One face. Whichever typeface was built: the file's name ends with subset, weight and style."""
    files = sorted(fonts.glob(f"*-{subset}-{weight}-normal.woff2"))
    if not files:
        raise Refused("the letter font is not built", where=f"{subset} {weight}", mend="run `make setup`")
    source = f'url("{files[0].resolve().as_uri()}") format("woff2")'
    return f'@font-face {{ font-family: "{family}"; font-weight: {weight}; src: {source}; }}'
