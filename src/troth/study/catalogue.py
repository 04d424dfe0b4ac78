"""The words of another language: a gettext catalogue, checked and compiled in memory. The rest stays English."""

from __future__ import annotations

import gettext
import io
import re
from typing import TYPE_CHECKING, Final

from babel import Locale, UnknownLocaleError
from babel.messages.mofile import write_mo
from babel.messages.pofile import PoFileError, read_po

from troth.kit.errors import Invalid
from troth.questionnaire import codelists

if TYPE_CHECKING:
    from babel.messages.catalog import Catalog

    from troth.questionnaire import Translate

PLURALS: Final = {
    "cy": (6, "(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n==3 ? 3 : n==6 ? 4 : 5)"),
}
"""The plural forms that a catalogue's header must have. Welsh: 0, 1, 2, 3, 6 and the rest (tools often write fewer)."""

_HOLES: Final = re.compile(r"\{\{\s*[a-z0-9_]+|\{[a-z_]+\}")


def english(text: str) -> str:
    """The text itself: English is the key of every catalogue."""
    return text


def read_catalogue(text: str, language: str, name: str) -> Translate:
    """What turns English into the language. `name` is the file's, for messages.

    Raises:
        Invalid: not a catalogue, wrong plural forms, or a translation that lost a placeholder; with file and line.

    """
    try:
        locale = Locale.parse(language)
        catalogue = read_po(io.BytesIO(text.encode()), locale=locale, abort_invalid=True)
    except PoFileError as error:
        line = (error.lineno or 0) + 1
        raise Invalid("not readable as a catalogue", where=f"{name}:{line}:1", mend="Look at quotes there") from None
    except (ValueError, UnknownLocaleError):
        raise Invalid("not readable as a catalogue", where=f"{name}:1:1", mend="Save it as UTF-8 gettext") from None
    _check_plurals(catalogue, language, name)
    for message in catalogue:
        if isinstance(message.id, str) and message.id and isinstance(message.string, str) and message.string:
            _check_holes(message.id, message.string, f"{name}:{message.lineno or 1}:1")
    own = frozenset(message.id for message in catalogue if isinstance(message.id, str) and message.string)
    compiled = io.BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    translations = gettext.GNUTranslations(compiled)

    def translate(message: str) -> str:
        if not message:
            return ""  # gettext's "" is the header
        found = translations.gettext(message)
        if found == message and message not in own:  # only now the names of everything: they take megabytes
            return codelists.names(language).get(message, found)
        return found

    return translate


def _check_plurals(catalogue: Catalog, language: str, name: str) -> None:
    wanted = PLURALS.get(language)
    if wanted is None:
        return
    number, expression = wanted
    same = catalogue.plural_expr.replace(" ", "").strip("()") == expression.replace(" ", "").strip("()")
    if catalogue.num_plurals != number or not same:
        raise Invalid(
            "the plural forms of the header are not those of the language",
            where=f"{name}:1:1",
            mend=f"Write Plural-Forms: nplurals={number}; plural={expression};",
        )


def _check_holes(message: str, translation: str, where: str) -> None:
    if sorted(_hole_names(message)) != sorted(_hole_names(translation)):
        raise Invalid(
            "a translation has other placeholders than its English",
            where=where,
            mend="Keep every {name} and {{ name }}",
        )


def _hole_names(text: str) -> list[str]:
    return [hole.replace(" ", "") for hole in _HOLES.findall(text)]
