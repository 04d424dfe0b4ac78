"""The languages of the interface: gettext catalogues, and the language as the first part of every path.

The language lies in the path (`/en/…`, `/cy/…`) and nowhere else: no cookie is set for it, a switch is an ordinary
link, and nothing that was saved is lost by following it.
"""

from __future__ import annotations

import gettext
import io
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final, Literal, get_args

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from starlette.convertors import Convertor, register_url_convertor

Language = Literal["en", "cy"]
LANGUAGES: Final[tuple[Language, ...]] = get_args(Language)
NAMES: Final[dict[Language, str]] = {"en": "English", "cy": "Cymraeg"}
_FOLDER: Final = Path(__file__).with_name("locale")


@dataclass(frozen=True, eq=False)
class Locale:
    """One language's catalogue. `reviewed` is false until a professional translator has signed its header."""

    language: Language
    reviewed: bool
    catalogue: gettext.NullTranslations

    def translate(self, text: str, /, **values: str | int) -> str:
        """The text in this language, its `%(name)s` filled with the values; the English text where none is known."""
        translated = self.catalogue.gettext(text)
        return translated % values if values else translated

    def count(self, one: str, many: str, n: int, /, **values: str | int) -> str:
        """The text for `n` things: two forms in English, six in Welsh. `%(n)s` is the number."""
        return self.catalogue.ngettext(one, many, n) % {"n": n, **values}


@cache
def locale(language: Language, more: Path | None = None) -> Locale:
    """The interface's catalogue, and behind it the catalogues of a site's own words in `more`; read once in a process.

    Both lie as `<folder>/<language>/LC_MESSAGES/*.po`, with a header `X-Reviewed: yes` or `no`.
    """
    reviewed = True
    found = gettext.NullTranslations()
    for folder in (_FOLDER, more) if more else (_FOLDER,):
        for path in sorted((folder / language / "LC_MESSAGES").glob("*.po")):
            source = path.read_bytes()
            read = read_po(io.BytesIO(source), locale=language)
            compiled = io.BytesIO()
            write_mo(compiled, read)
            compiled.seek(0)
            catalogue = gettext.GNUTranslations(compiled)
            catalogue.add_fallback(found)
            found = catalogue
            reviewed = reviewed and b'"X-Reviewed: yes\\n"' in source
    return Locale(language, reviewed, found)


def of_path(path: str) -> Language | None:
    """The language that a path begins with, or None."""
    first = path.lstrip("/").split("/", 1)[0]
    return next((language for language in LANGUAGES if language == first), None)


def swap(path: str, to: Language) -> str:
    """The same place in the language `to`. A path without a language leads to that language's beginning."""
    here = of_path(path)
    return f"/{to}{path[1 + len(here) :]}" if here else f"/{to}/"


def preferred(accept_language: str) -> Language:
    """Welsh where the browser asks for Welsh before English, else English. At most 10 entries are looked at."""
    ranked: list[tuple[float, int, Language]] = []
    for place, entry in enumerate(accept_language[:400].split(",")[:10]):
        tag, _, parameters = entry.strip().partition(";")
        language = of_path(tag.split("-", 1)[0].strip().lower())
        try:
            weight = float(parameters.strip().removeprefix("q=")) if parameters else 1.0
        except ValueError:
            continue
        if language and weight > 0:
            ranked.append((-weight, place, language))
    return min(ranked)[2] if ranked else "en"


class _LanguageConvertor(Convertor[str]):
    regex = "|".join(LANGUAGES)

    def convert(self, value: str) -> str:
        return value

    def to_string(self, value: str) -> str:
        return value


# Routes say `/{language:language}/…`; any other first part is then an ordinary 404.
register_url_convertor("language", _LanguageConvertor())
