"""XLIFF 1.2 written; 1.2 and 2.x read. Source: OASIS, XLIFF 1.2 (2008) and 2.1 (2018).

*Why a hostile file cannot do harm*: it is read by expat with a handler that refuses any document type, so there are no entities
to grow (billion laughs) and none that name a file or an address (XXE); its size and depth are bounded; elements that are
not known are passed over.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from xml.parsers import expat
from xml.sax.saxutils import escape, quoteattr

from troth.authoring.translation.texts import State
from troth.kit.errors import Invalid

if TYPE_CHECKING:
    from troth.authoring.translation.texts import Sheet

LARGEST: Final = 5_000_000
"""Bytes of a file at most."""
DEEPEST: Final = 40
"""Levels of elements at most."""

_WRITTEN: Final = {State.translated: "translated", State.needs_review: "needs-review-translation", State.missing: "new"}
_DONE: Final = frozenset({"translated", "final", "signed-off", "reviewed"})
_MEND: Final = "Export it as XLIFF 1.2 or 2.x again"


def write_xliff(sheet: Sheet) -> str:
    """The sheet as XLIFF 1.2: a unit for each text, with its places as notes and its state on the target."""
    name = f"{sheet.questionnaire} {sheet.version}"
    lines = [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<xliff version="1.2" xmlns="urn:oasis:names:tc:xliff:document:1.2">',
        f'  <file original={quoteattr(name)} source-language="en" target-language={quoteattr(sheet.language)} datatype="plaintext">',
        "    <body>",
    ]
    for number, unit in enumerate(sheet.units, 1):
        lines.append(f'      <trans-unit id="t{number}" xml:space="preserve">')
        lines.append(f"        <source>{escape(unit.source)}</source>")
        lines.append(f'        <target state="{_WRITTEN[unit.state]}">{escape(unit.target)}</target>')
        lines += [f"        <note>{escape(place)}</note>" for place in unit.places]
        lines.append("      </trans-unit>")
    return "\n".join([*lines, "    </body>", "  </file>", "</xliff>", ""])


def read_xliff(data: bytes, name: str) -> tuple[dict[str, tuple[str, State]], dict[str, str]]:
    """English → (its words, their state), and English → `file:line:column`.

    Raises:
        Invalid: too large or too deep, not XML, with a document type, or without a single unit; with file, line, column.

    """
    if len(data) > LARGEST:
        raise Invalid("the file is too large", where=f"{name}:1:1", mend=f"Keep it below {LARGEST} bytes")
    reader = _Reader(name)
    try:
        reader.parser.Parse(data, True)
    except expat.ExpatError as error:
        where = f"{name}:{error.lineno}:{error.offset + 1}"
        raise Invalid("not readable as XML", where=where, mend="Look at the tags near that place") from None
    except (ValueError, LookupError):  # an encoding that is not one
        raise Invalid("not readable as XML", where=f"{name}:1:1", mend="Save it as UTF-8") from None
    if not reader.is_xliff:
        raise Invalid("not an XLIFF file", where=f"{name}:1:1", mend=_MEND)
    return reader.known, reader.lines


@dataclass
class _Open:
    """The unit that is being read."""

    state: str = ""
    source: list[str] = field(default_factory=list)
    target: list[str] = field(default_factory=list)
    line: str = ""


class _Reader:
    def __init__(self, name: str) -> None:
        self.known: dict[str, tuple[str, State]] = {}
        self.lines: dict[str, str] = {}
        self.is_xliff = False
        self._name = name
        self._path: list[str] = []
        self._unit: _Open | None = None
        self._into: list[str] | None = None
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._words
        self.parser.buffer_text = True

    def _where(self) -> str:
        return f"{self._name}:{self.parser.CurrentLineNumber}:{self.parser.CurrentColumnNumber + 1}"

    def _doctype(self, *_: object) -> None:
        raise Invalid("a document type stands in the file", where=self._where(), mend="Remove it; XLIFF needs none")

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        element = tag.rpartition(" ")[2]
        self._path.append(element)
        if len(self._path) > DEEPEST:
            raise Invalid(f"nested deeper than {DEEPEST} levels", where=self._where(), mend=_MEND)
        self.is_xliff = self.is_xliff or (element == "xliff" and len(self._path) == 1)
        if element in {"trans-unit", "segment"}:
            self._unit = _Open(attributes.get("state", ""), line=self._where())
        elif self._unit is not None and element in {"source", "target"} and self._path[-2] in {"trans-unit", "segment"}:
            self._into = self._unit.source if element == "source" else self._unit.target
            if element == "target" and "state" in attributes:
                self._unit.state = attributes["state"]
        elif self._into is not None:
            raise Invalid(
                f"a <{element[:40]}> stands inside a text",
                where=self._where(),
                mend="Write the text without inline tags",
            )

    def _words(self, words: str) -> None:
        if self._into is not None:
            self._into.append(words)

    def _end(self, tag: str) -> None:
        element = tag.rpartition(" ")[2]
        self._path.pop()
        if element in {"source", "target"}:
            self._into = None
        if element in {"trans-unit", "segment"} and self._unit is not None:
            source, target = "".join(self._unit.source).strip(), "".join(self._unit.target).strip()
            # A file that says nothing of a state has been given back as done; any other word than done wants a look.
            done = not self._unit.state or self._unit.state in _DONE
            state = (State.translated if done else State.needs_review) if target else State.missing
            if source:
                self.known[source] = (target, state)
                self.lines[source] = self._unit.line
            self._unit = None
