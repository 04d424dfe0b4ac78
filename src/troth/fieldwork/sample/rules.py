"""What a row must be: the columns as the study declared them, and an address as the post takes it.

Postal rules (Royal Mail, GOV.UK Notify): three to seven lines with the name, the last a UK postcode, a BFPO number or a country; no line
begins with a character that could be a formula or that Notify refuses.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import TYPE_CHECKING, Final

from troth.fieldwork.sample.row import CONTACT_SIZE, Fault, Row

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from troth.fieldwork.sample.row import Reading
    from troth.study import StudyPack
    from troth.study.policy import Column

LONGEST_LINE: Final = 60
"""Characters of a name or a line of an address that fit into an envelope's window, small."""
LEAST_LINES: Final = 3
MOST_LINES: Final = 7

POSTCODE: Final = re.compile(r"([A-Z]{1,2}[0-9][A-Z0-9]?) ?([0-9][ABD-HJLNP-UW-Z]{2})\Z")
_BFPO: Final = re.compile(r"B\.?F\.?P\.?O\.? ?([0-9]{1,4})\Z", re.IGNORECASE)
_FORMULA: Final = frozenset('@()=[]"\\/,<>~+-')
_NOT_PRINTED: Final = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})
_APOSTROPHES: Final = frozenset("'\u2019")
_WORD: Final = re.compile(r"\w+")


class Odd:
    """A cell of a workbook that holds no text: what it is, never its value."""

    def __init__(self, what: str) -> None:
        self.what = what


LARGE_PRINT: Final = "large_print"
"""The column of those who asked for large print, where the study declares it."""
_LARGE: Final = {"": False, "no": False, "na": False, "yes": True, "ie": True}

Cell = str | date | Odd
"""What a file has under a column: text, or, in a workbook, a date or something odd."""


def address_columns(pack: StudyPack) -> list[str]:
    """The declared columns that are lines of an address, in the order of the letter."""
    names = [column.name for column in pack.sample_columns]
    return [name for name in names if name.startswith("address_")] + [name for name in names if name == "town"]


def tidy(value: str) -> str:
    """Composed (NFC), and without blanks around it."""
    return unicodedata.normalize("NFC", value.strip())


def same_place(row: Row) -> str:
    """The address however it is cased, spaced, punctuated or broken into lines; `1/2 Main St` is not `12 Main St`."""
    folded = unicodedata.normalize("NFKD", " ".join((*row.address, row.postcode))).casefold()
    kept = "".join(c for c in folded if c not in _APOSTROPHES and not unicodedata.combining(c))
    return " ".join(_WORD.findall(kept))


class Rules:
    """The rules of one study for one file. `header` first, then `row` for every line."""

    def __init__(self, pack: StudyPack, reading: Reading) -> None:
        self._columns = pack.sample_columns
        self._address = address_columns(pack)
        self._cells = {str(cell.id) for cell in pack.flush.cells}
        self._languages = set(pack.languages)
        self._ignored = set(pack.sample.ignored)
        self._merge = reading.merge
        self._patterns = {c.name: re.compile(c.pattern) for c in self._columns if c.pattern}
        self._at: dict[str, int] = {}
        self._width = 0
        self.dropped: list[str] = []
        """Headers of the study's ignored columns that stand in this file."""

    @property
    def heads(self) -> set[str]:
        """The declared headers."""
        return {column.heads for column in self._columns}

    def header(self, values: Sequence[Cell]) -> list[Fault]:
        """What is wrong with the header; with a sound one, rows can be read."""
        found = [tidy(value) if isinstance(value, str) else "" for value in values]
        faults = [
            Fault(1, column.name, "this declared column is not in the file")
            for column in self._columns
            if column.heads not in found
        ]
        known = self.heads | self._ignored
        for number, head in enumerate(found, start=1):
            if head not in known:
                faults.append(
                    Fault(1, f"number {number}", "this column is not declared: take it out of the file (P03)")
                )
            elif head in found[: number - 1]:
                faults.append(Fault(1, f"number {number}", "this column stands in the file twice"))
        self._at = {column.name: found.index(column.heads) for column in self._columns if column.heads in found}
        self._width = len(found)
        self.dropped = [head for head in found if head in self._ignored and head not in self.heads]
        return faults

    def row(self, line: int, values: Sequence[Cell]) -> tuple[Row | None, list[Fault]]:
        """The person on that line, or everything that is wrong with the line."""
        if isinstance(values, tuple):  # a workbook's row ends with its last cell that is filled in
            values += ("",) * (self._width - len(values))
        if len(values) != self._width:
            less = "fewer" if len(values) < self._width else "more"
            return None, [Fault(line, "", f"{less} values than columns ({len(values)}, not {self._width})")]
        row: dict[str, str] = {}
        faults: list[Fault] = []
        for column in self._columns:
            cell = values[self._at[column.name]]
            if isinstance(cell, Odd):
                faults.append(Fault(line, column.name, cell.what))
                cell = ""
            elif isinstance(cell, date):
                if column.kind != "date":
                    faults.append(Fault(line, column.name, "a date in a column of text: format the column as text"))
                cell = cell.isoformat()
            row[column.name] = tidy(cell)
        if not faults:
            faults = [f for column in self._columns for f in self._value(line, column, row)]
            told = {fault.column for fault in faults}
            faults += [fault for fault in self._meaning(line, row) if fault.column not in told]
        if faults:
            return None, faults
        return self._made(line, row)

    def _value(self, line: int, column: Column, row: Mapping[str, str]) -> Iterator[Fault]:
        name, value = column.name, row[column.name]
        if not value:
            if column.required and not (name == "postcode" and _elsewhere(row, self._address)):
                yield Fault(line, name, "empty, and it must be filled in")
            return
        if len(value) > column.max_length:
            yield Fault(line, name, f"longer than {column.max_length} characters")
        elif len(value) < column.min_length:
            yield Fault(line, name, f"shorter than {column.min_length} characters")
        elif (name in {"name", "country"} or name in self._address) and len(value) > LONGEST_LINE:
            yield Fault(line, name, f"longer than the {LONGEST_LINE} characters that fit into an envelope's window")
        if any(unicodedata.category(character) in _NOT_PRINTED for character in value):
            yield Fault(line, name, "an invisible or control character")
        if value[0] in _FORMULA:
            yield Fault(line, name, "begins with a character that no name or address begins with")
        if column.one_of and value not in column.one_of:
            yield Fault(line, name, "not one of the values that the study declares")
        if (pattern := self._patterns.get(name)) and not pattern.fullmatch(value):
            yield Fault(line, name, "not of the form that the study declares")
        if column.kind == "date" and not _is_day(value):
            yield Fault(line, name, "not a date as year-month-day: write 2027-01-31")
        if column.kind == "postcode" and name != "postcode" and not POSTCODE.match(value.upper()):
            yield Fault(line, name, "not shaped as a UK postcode")

    def _meaning(self, line: int, row: Mapping[str, str]) -> Iterator[Fault]:
        postcode = row["postcode"]
        if postcode and not row.get("country") and not POSTCODE.match(postcode.upper()) and not _BFPO.match(postcode):
            yield Fault(line, "postcode", "not shaped as a UK postcode")
        if row.get("country") and any(_BFPO.match(row[name]) for name in (*self._address, "postcode")):
            yield Fault(line, "country", "a BFPO address names no country")
        if row["region"] and row["region"] not in self._cells:
            yield Fault(line, "region", "not a cell of this study")
        if row.get("language") and row["language"] not in self._languages:
            yield Fault(line, "language", "not a language of this study")
        if row.get(LARGE_PRINT, "").casefold() not in _LARGE:
            yield Fault(line, LARGE_PRINT, "neither yes nor no")
        if row["name"] and not any(character.isalpha() for character in row["name"]):
            yield Fault(line, "name", "no letter in it")
        if row.get("country") and not any(character.isalpha() for character in row["country"]):
            yield Fault(line, "country", "no letter in it")
        if row.get("supplier_ref") and not any(character.isalnum() for character in row["supplier_ref"]):
            yield Fault(line, "supplier_ref", "no letter or digit in it")

    def _made(self, line: int, row: Mapping[str, str]) -> tuple[Row | None, list[Fault]]:
        address = [row[name] for name in self._address if row[name]]
        address, last = _last_line(address, row["postcode"], row.get("country", ""))
        language = row.get("language") or str(next(iter(self._languages & {"en"}), "en"))
        cell = self._merge.get(row["region"], row["region"])
        values = tuple(row[column.name] for column in self._columns)
        large = _LARGE[row.get(LARGE_PRINT, "").casefold()]
        made = Row(row["name"], tuple(address), last, cell, language, row.get("supplier_ref", ""), values, large)
        if not LEAST_LINES <= len(address) + 2 <= MOST_LINES:
            what = f"an address on a letter has {LEAST_LINES} to {MOST_LINES} lines, name included"
            return None, [Fault(line, "", what)]
        if len(made.contact_part()) >= CONTACT_SIZE:
            return None, [Fault(line, "", "name and address together are too long for a letter")]
        return made, []


def _elsewhere(row: Mapping[str, str], address: Sequence[str]) -> bool:
    """Whether the post finds the address without a postcode: abroad, or a BFPO number."""
    return bool(row.get("country")) or any(_BFPO.match(row[name]) for name in address)


def _last_line(address: list[str], postcode: str, country: str) -> tuple[list[str], str]:
    """The lines before the last, and the last: country, postcode, or BFPO number."""
    if country:
        return [*address, *([postcode] if postcode else [])], country
    if found := POSTCODE.match(postcode.upper()):
        return address, f"{found[1]} {found[2]}"
    if found := _BFPO.match(postcode):
        return address, f"BFPO {found[1]}"
    at = next(n for n, line in enumerate(address) if _BFPO.match(line))
    number = _BFPO.match(address[at])
    assert number is not None
    return address[:at] + address[at + 1 :], f"BFPO {number[1]}"


def _is_day(value: str) -> bool:
    try:
        return date.fromisoformat(value).isoformat() == value
    except ValueError:
        return False
