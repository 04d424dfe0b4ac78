"""A sample file is read whole and checked whole before a single row is used (P03).

Strict: the header is exactly the study's declared columns, and every fault is told by line and column, never by value. What
is not declared is not taken in: one column too many refuses the file.
"""

from __future__ import annotations

import csv
import io
import json
import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from troth.kit.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from troth.study import StudyPack

SHOWN: Final = 50
"""So many faults are listed; the rest are counted."""
CONTACT_SIZE: Final = 1024
"""Every contact part is padded to this: a long address shows no more than a short one."""
LONGEST_LINE: Final = 60
"""Characters of a name or a line of an address that fit into an envelope's window, small."""
LEAST_LINES: Final = 3
MOST_LINES: Final = 7

_POSTCODE: Final = re.compile(r"([A-Z]{1,2}[0-9][A-Z0-9]?) ?([0-9][ABD-HJLNP-UW-Z]{2})\Z")
_FORMULA: Final = frozenset('@()=[]"\\/,<>~+-')
_NOT_PRINTED: Final = frozenset({"Cc", "Cf", "Co", "Cs", "Cn", "Zl", "Zp"})


@dataclass(frozen=True)
class Row:
    """One person as the file has them. The `repr` tells nothing."""

    name: str = field(repr=False)
    address: tuple[str, ...] = field(repr=False)
    postcode: str = field(repr=False)
    cell: str
    language: str

    def contact_part(self) -> bytes:
        """What the print room is sent about this person: name, address, language, as JSON."""
        lines = [self.name, *self.address, self.postcode]
        return json.dumps(
            {"lines": lines, "language": self.language}, ensure_ascii=False, separators=(",", ":")
        ).encode()


@dataclass(frozen=True)
class Fault:
    """What is wrong, where. `line` counts from 1, the header is line 1; `column` is a declared name, or empty for the line."""

    line: int
    column: str
    what: str

    def __str__(self) -> str:
        return (
            f"line {self.line}, column {self.column}: {self.what}" if self.column else f"line {self.line}: {self.what}"
        )


class BadSample(Invalid):
    """The file was refused whole; nothing was loaded. `faults` lists the first 50 of `count`."""

    def __init__(self, file: str, faults: list[Fault]) -> None:
        self.count = len(faults)
        self.faults = tuple(faults[:SHOWN])
        more = f"\n  and {self.count - SHOWN} more" if self.count > SHOWN else ""
        listed = "".join(f"\n  {fault}" for fault in self.faults)
        many = "1 fault" if self.count == 1 else f"{self.count} faults"
        super().__init__(
            f"{many}; nothing was loaded{listed}{more}", where=file, mend="Mend the file and load it again"
        )


def read_sample(path: Path, pack: StudyPack) -> tuple[list[Row], bytes]:
    """The rows of a sound file, in its order, and the file's bytes (for a keyed digest).

    CSV (RFC 4180) in UTF-8, with or without a byte order mark, lines ended by LF or CR LF, the last one too.

    Raises:
        BadSample: anything at all is wrong; every fault has a line and, where it can, a column. Invalid: it cannot be read.

    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise Invalid(f"the sample file cannot be read ({error.strerror})", where=path.name) from None
    rows, faults = _Reader(pack).read(data)
    if faults:
        raise BadSample(path.name, faults)
    return rows, data


def read_person(values: Mapping[str, str], pack: StudyPack, *, where: str) -> Row:
    """One person by the rules of a sample file, for a correction.

    `values` is column -> what was typed; a column that is left out is empty. Raises Invalid: every fault by column, never by value.
    """
    row, faults = _Reader(pack).one(values)
    if row is None:
        listed = "".join(f"\n  {fault.column or 'the whole'}: {fault.what}" for fault in faults)
        raise Invalid(f"the new contact is refused, and nothing was changed{listed}", where=where)
    return row


def address_columns(pack: StudyPack) -> list[str]:
    """The declared columns that are lines of an address, in the order of the letter."""
    names = [column.name for column in pack.sample_columns]
    return [name for name in names if name.startswith("address_")] + [name for name in names if name == "town"]


class _Reader:
    def __init__(self, pack: StudyPack) -> None:
        self._columns = pack.sample_columns
        self._names = [column.name for column in pack.sample_columns]
        self._address = address_columns(pack)
        self._cells = {str(cell.id) for cell in pack.flush.cells}
        self._languages = set(pack.languages)
        self._minimum = pack.flush.minimum

    def read(self, data: bytes) -> tuple[list[Row], list[Fault]]:
        try:
            text = data.decode("utf-8-sig")
        except UnicodeDecodeError as error:
            return [], [Fault(data.count(b"\n", 0, error.start) + 1, "", "not UTF-8: save the file as UTF-8")]
        rows: list[Row] = []
        faults: list[Fault] = []
        seen: dict[Row, int] = {}
        try:
            for line, values in self._lines(text):
                if line == 1:
                    faults += self._header(values)
                    if faults:
                        return [], faults
                    continue
                row, wrong = self._row(line, values)
                faults += wrong
                if row is None:
                    continue
                if row in seen:
                    faults.append(Fault(line, "", f"the same person as on line {seen[row]}"))
                seen.setdefault(row, line)
                rows.append(row)
        except csv.Error:
            faults.append(
                Fault(self._at, "", "a quotation mark is not closed or stands in the wrong place; cut short?")
            )
            return rows, faults
        last = text.count("\n") + 1
        if text and not text.endswith("\n"):
            faults.append(Fault(last, "", "the last line has no line end: the file may have been cut short"))
        if not rows and not faults:
            faults.append(Fault(1, "", "there is nobody in the file"))
        return rows, faults or self._too_few(rows)

    def one(self, values: Mapping[str, str]) -> tuple[Row | None, list[Fault]]:
        """The row that these values make, or what is wrong with them."""
        return self._row(1, [values.get(name, "") for name in self._names])

    def _lines(self, text: str) -> Iterator[tuple[int, list[str]]]:
        """(Line on which it begins, values) of every record."""
        reader = csv.reader(io.StringIO(text, newline=""), strict=True)
        self._at = 1
        for values in reader:
            yield self._at, values
            self._at = reader.line_num + 1

    def _header(self, values: list[str]) -> list[Fault]:
        found = [value.strip() for value in values]
        if found == self._names:
            return []
        faults = [
            Fault(1, name, "this declared column is not in the file") for name in self._names if name not in found
        ]
        undeclared = [n for n, value in enumerate(found, start=1) if value not in self._names]
        faults += [
            Fault(1, f"number {n}", "this column is not declared: take it out of the file (P03)") for n in undeclared
        ]
        order = ", ".join(self._names)
        return faults or [Fault(1, "", f"the columns stand in another order or twice: write {order}")]

    def _row(self, line: int, values: list[str]) -> tuple[Row | None, list[Fault]]:
        if len(values) != len(self._names):
            less = "fewer" if len(values) < len(self._names) else "more"
            return None, [Fault(line, "", f"{less} values than columns ({len(values)}, not {len(self._names)})")]
        row = {
            name: unicodedata.normalize("NFC", value.strip()) for name, value in zip(self._names, values, strict=True)
        }
        faults = [fault for column in self._columns for fault in self._value(line, column.name, row[column.name])]
        faults += self._meaning(line, row)
        if faults:
            return None, faults
        postcode = _POSTCODE.match(row["postcode"].upper())
        assert postcode is not None
        address = tuple(row[name] for name in self._address if row[name])
        language = row.get("language") or str(next(iter(self._languages & {"en"}), "en"))
        made = Row(row["name"], address, f"{postcode[1]} {postcode[2]}", row["region"], language)
        lines = len(address) + 2
        if not LEAST_LINES <= lines <= MOST_LINES:
            return None, [
                Fault(line, "", f"an address on a letter has {LEAST_LINES} to {MOST_LINES} lines, name included")
            ]
        if len(made.contact_part()) >= CONTACT_SIZE:
            return None, [Fault(line, "", "name and address together are too long for a letter")]
        return made, []

    def _value(self, line: int, name: str, value: str) -> Iterator[Fault]:
        column = self._columns[self._names.index(name)]
        if not value:
            if column.required:
                yield Fault(line, name, "empty, and it must be filled in")
            return
        if len(value) > column.max_length:
            yield Fault(line, name, f"longer than {column.max_length} characters")
        elif (name == "name" or name in self._address) and len(value) > LONGEST_LINE:
            yield Fault(line, name, f"longer than the {LONGEST_LINE} characters that fit into an envelope's window")
        if any(unicodedata.category(character) in _NOT_PRINTED for character in value):
            yield Fault(line, name, "an invisible or control character")
        if value[0] in _FORMULA:
            yield Fault(line, name, "begins with a character that no name or address begins with")

    def _meaning(self, line: int, row: dict[str, str]) -> Iterator[Fault]:
        if row["postcode"] and not _POSTCODE.match(row["postcode"].upper()):
            yield Fault(line, "postcode", "not shaped as a UK postcode")
        if row["region"] and row["region"] not in self._cells:
            yield Fault(line, "region", "not a cell of this study")
        if row.get("language") and row["language"] not in self._languages:
            yield Fault(line, "language", "not a language of this study")
        if row["name"] and not any(character.isalpha() for character in row["name"]):
            yield Fault(line, "name", "no letter in it")

    def _too_few(self, rows: list[Row]) -> list[Fault]:
        """A cell with few people in it would show who completed (P04): it is named with its count, which is no person's."""
        counts = Counter(row.cell for row in rows)
        return [
            Fault(1, "region", f"the cell {cell} has {count} people in this file; at least {self._minimum} are needed")
            for cell, count in sorted(counts.items())
            if count < self._minimum
        ]
