"""PO: a sheet as a gettext catalogue. "Needs review" is gettext's fuzzy."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

from babel import Locale, UnknownLocaleError
from babel.messages.catalog import Catalog
from babel.messages.pofile import PoFileError
from babel.messages.pofile import read_po as babel_read
from babel.messages.pofile import write_po as babel_write

from troth.authoring.translation.texts import State
from troth.kit.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Mapping

    from troth.authoring.translation.texts import Language, Sheet

LARGEST: Final = 5_000_000
"""Characters of a catalogue at most."""
_PLURALS: Final = {"cy": (6, "(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n==3 ? 3 : n==6 ? 4 : 5)")}
"""Where tools often write others than the language has: Welsh has six."""


def write_po(sheet: Sheet, also: Mapping[str, tuple[str, State]] | None = None) -> str:
    """The catalogue; each text with the places where it stands. `also`: texts of the study that are not the questionnaire's.

    Raises:
        Invalid: a language that nobody knows.

    """
    name = sheet.language.replace("-", "_")
    try:
        locale = Locale.parse(name)
    except (ValueError, UnknownLocaleError):
        raise Invalid("a language that is not known", where="language", mend="Write a tag like cy, or pt-BR") from None
    catalogue = Catalog(
        locale=locale, project=sheet.questionnaire, version=sheet.version, fuzzy=False, header_comment=""
    )
    catalogue.header_comment = (
        f"# Words of the questionnaire {sheet.questionnaire}, version {sheet.version}, in {sheet.language}."
    )
    for unit in sheet.units:
        flags = ["fuzzy"] if unit.state is State.needs_review else []
        catalogue.add(unit.source, unit.target, auto_comments=list(unit.places), flags=flags)
    for source, (target, state) in (also or {}).items():
        catalogue.add(source, target, flags=["fuzzy"] if state is State.needs_review else [])
    out = io.BytesIO()
    babel_write(out, catalogue, width=0, omit_header=True)
    return _header(sheet, catalogue) + out.getvalue().decode()


def _header(sheet: Sheet, catalogue: Catalog) -> str:
    """Babel's own header carries the time and its version: neither is said."""
    number, expression = _PLURALS.get(sheet.language, (catalogue.num_plurals, catalogue.plural_expr))
    lines = [
        f"Project-Id-Version: {sheet.questionnaire} {sheet.version}",
        f"Language: {sheet.language}",
        "MIME-Version: 1.0",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: 8bit",
        f"Plural-Forms: nplurals={number}; plural={expression};",
    ]
    return "\n".join(
        [f"{catalogue.header_comment}", 'msgid ""', 'msgstr ""', *(f'"{line}\\n"' for line in lines), "", ""]
    )


def read_po(text: str, to: Language, name: str) -> tuple[dict[str, tuple[str, State]], dict[str, str]]:
    """English → (its words, their state), and English → `file:line:column`. Plural and disambiguated texts are passed over.

    Raises:
        Invalid: too large, or not a catalogue; with file and line.

    """
    if len(text) > LARGEST:
        raise Invalid("the catalogue is too large", where=f"{name}:1:1", mend=f"Keep it below {LARGEST} characters")
    try:
        catalogue = babel_read(io.BytesIO(text.encode()), locale=to.replace("-", "_"), abort_invalid=True)
    except PoFileError as error:
        where = f"{name}:{(error.lineno or 0) + 1}:1"
        raise Invalid("not readable as a catalogue", where=where, mend="Look at quotes there") from None
    except Exception:  # noqa: BLE001 - the reader is not ours, and anybody may have written the file
        raise Invalid("not readable as a catalogue", where=f"{name}:1:1", mend="Save it as UTF-8 gettext") from None
    known: dict[str, tuple[str, State]] = {}
    lines: dict[str, str] = {}
    for message in catalogue:
        if not isinstance(message.id, str) or not isinstance(message.string, str) or not message.id:
            continue
        state = State.needs_review if message.fuzzy else State.translated
        known[message.id] = (message.string.strip(), state if message.string.strip() else State.missing)
        lines[message.id] = f"{name}:{message.lineno or 1}:1"
    return known, lines
