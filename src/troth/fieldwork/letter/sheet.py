"""What one kind of letter says, as a page to lay out: the study's words and the letter's own, and places for what is each person's.

A kind is study x wave x languages x print size. Between two letters of a kind differ address, reference, code and QR code alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import TYPE_CHECKING, Final

from jinja2 import Environment, StrictUndefined, Template
from markupsafe import Markup

from troth.fieldwork.letter.words import words
from troth.kit.errors import Refused
from troth.study import ENGLISH, Lang, StudyPack, day_in_words

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

WELSH: Final = Lang("cy")


@dataclass(frozen=True)
class Sites:
    """Where the letter sends people: origins of the respond site and the public site."""

    respond: str
    public: str


@dataclass(frozen=True)
class Filling:
    """What is each person's: lines of an address, reference, code; `qr` makes a picture's address of a site's.

    `size` is the address's in points, `down` its place's top margin in millimetres. `small` is a second address at 8 points, by which
    the layout shows how far size moves a line.
    """

    usual: tuple[str, ...]
    small: tuple[str, ...]
    reference: str
    code: str
    qr: Callable[[str], str]
    size: float = 10.5
    down: float = 0


@dataclass(frozen=True)
class Sheet:
    """One kind of letter."""

    pack: StudyPack
    kind: str
    posted: date
    sites: Sites
    languages: tuple[Lang, ...]
    large: bool = False
    notify: bool = False
    """The address stands where GOV.UK Notify reads it from."""

    def html(self, filling: Filling) -> str:
        """The letter as HTML. `letter.css` is its style sheet."""
        return _template().render(
            title="Letters",
            enquiry_line=whole(self.pack.contacts.enquiry_phone),
            demonstration=self.pack.demonstration,
            large=self.large,
            notify=self.notify,
            sides=[self._side(lang) for lang in self.languages],
            usual=filling.usual,
            small=filling.small,
            size=filling.size,
            down=filling.down,
            reference=filling.reference,
            code=filling.code,
            qr=filling.qr,
        )

    def address(self, lang: Lang) -> str:
        """Where the code is typed: the QR code holds this and, behind `#`, the code."""
        return f"{self.sites.respond}/{lang}/"

    def _side(self, lang: Lang) -> dict[str, object]:
        said, pack = words(lang), self.pack
        text, english = pack.letter(self.kind, lang), pack.letter(self.kind, ENGLISH)
        values = {
            "address": _web(self.address(lang)),
            "enquiry_line": whole(pack.contacts.enquiry_phone),
            "notice": _web(f"{self.sites.public}/{lang}/notice"),
            "non_response": _web(f"{self.sites.public}/{lang}/non-response"),
        }
        return {
            "lang": lang,
            "words": said,
            # A text that the study has no words for yet stays English, and is marked so for screen readers.
            "texts": [
                {
                    "words": mine.replace(pack.contacts.enquiry_phone, whole(pack.contacts.enquiry_phone)),
                    "lang": ENGLISH if mine == theirs and lang != ENGLISH else lang,
                }
                for mine, theirs in zip(
                    (text.subject, *text.paragraphs), (english.subject, *english.paragraphs), strict=True
                )
            ],
            "posted": day_in_words(self.posted, lang),
            "address": self.address(lang),
            **{name: Markup(said[name]).format(**values) for name in ("go_to", "no_letters", "why", "more", "large")},  # noqa: S704 - our own words; values are escaped
            "talk_to": self._somebody(lang, said["talk_to"]),
        }

    def _somebody(self, lang: Lang, sentence: str) -> str:
        """The first of the study's organisations that is no emergency and has a phone; nothing when there is none."""
        translate = self.pack.catalogue(lang)
        for each in self.pack.support.organisations:
            if each.phone and not each.urgent:
                about = translate(each.about)
                same = about == each.about and lang != ENGLISH
                return sentence.format(
                    name=translate(each.name), phone=whole(each.phone), about="" if same else about
                ).strip()
        return ""


def languages_of(pack: StudyPack, kind: str, language: str, *, bilingual: bool) -> tuple[Lang, ...]:
    """In which languages a person gets their letter, their own first.

    Who asked for Welsh gets Welsh and English; so does an address in Wales, English first. Where a study has no words of this
    letter in that language, half a letter would help nobody: English alone.
    """
    lang = Lang(language)
    other = WELSH if bilingual and lang == ENGLISH else lang
    spoken = other != ENGLISH and other in pack.languages and pack.letter(kind, other) != pack.letter(kind, ENGLISH)
    if not spoken:
        return (ENGLISH,)
    return (lang, ENGLISH) if lang != ENGLISH else (ENGLISH, other)


def complete(sheet: Sheet) -> None:
    """Nothing that a letter must have is missing from this kind: code, QR code, reference, enquiry line, on each side.

    Raises:
        Refused: something is missing; a letter without it could not be answered, or not be stopped (P06, P31).

    """
    mark = Filling(("Somebody",), (), "THE-REFERENCE", "THE CODE", lambda address: f"data:,{address}#")
    page = sheet.html(mark)
    sides = page.split("<section")[1:]
    wanted = {
        "the code": "THE CODE",
        "the QR code": "data:,",
        "the letter reference": "THE-REFERENCE",
        "the enquiry line": whole(sheet.pack.contacts.enquiry_phone),
    }
    for number, side in enumerate(sides, start=1):
        for what, text in wanted.items():
            if text not in side:
                raise Refused(
                    f"{what} is missing from the {sheet.kind}", where=f"side {number} of the letter", mend="put it back"
                )
    if len(sides) != len(sheet.languages):
        raise Refused("a side of the letter is missing", where=sheet.kind, mend="put it back")


def _web(address: str) -> Markup:
    """An address on the web, never broken over two lines: people type it."""
    return Markup('<span class="web">{}</span>').format(shown(address))


def complete_letters(pack: StudyPack) -> None:
    """Every letter of the study, in each of its languages, has what a letter must have. Raises Refused."""
    sites = Sites("https://survey.example", "https://about.example")
    for wave in pack.waves:
        for lang in pack.languages:
            languages = languages_of(pack, wave.kind, lang, bilingual=False)
            complete(Sheet(pack, wave.kind, wave.dispatch_on, sites, languages))


def whole(phone: str) -> str:
    """A number that no line's end cuts in two."""
    return phone.replace(" ", "\u00a0")


def shown(address: str) -> str:
    """An address as people type it."""
    return re.sub(r"^https?://", "", address).rstrip("/")


def read(name: str) -> str:
    """A file of this room."""
    return resources.files("troth.fieldwork.letter").joinpath(name).read_text(encoding="utf-8")


@lru_cache(maxsize=1)
def _template() -> Template:
    return Environment(autoescape=True, undefined=StrictUndefined).from_string(read("letters.html"))
