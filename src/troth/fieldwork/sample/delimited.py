"""Delimited text: comma, semicolon, tab or bar; UTF-8, UTF-16 or windows-1252; read line by line, in bounded memory.

UTF-8 is taken unless a byte order mark says UTF-16 or the encoding is declared: a legacy encoding cannot be told from another, so
guessing it would print wrong names.
"""

from __future__ import annotations

import codecs
import csv
from itertools import chain
from typing import TYPE_CHECKING, BinaryIO, Final

from troth.fieldwork.sample.row import Broken

if TYPE_CHECKING:
    from collections.abc import Iterator

    from troth.fieldwork.sample.row import Reading

DELIMITERS: Final = (",", ";", "\t", "|")
ENCODINGS: Final = ("utf-8", "utf-16", "windows-1252")
LONGEST: Final = 64 * 1024
"""Bytes of a line: no row of a sample is longer."""
_BLOCK: Final = 64 * 1024


def lines_of(file: BinaryIO, reading: Reading, heads: set[str]) -> Iterator[tuple[int, list[str]]]:
    """(Line on which it begins, values) of every record.

    Raises:
        Broken: the encoding, the quoting or the end of the file is not right; says on which line.

    """
    encoding, start = _encoding(file, reading)
    file.seek(start)
    text = _Ended(_wide(file) if encoding == "utf-16" else _narrow(file, encoding))
    first = next(text, "")
    if "\x00" in first:
        raise Broken(1, "looks like UTF-16 without its mark: declare --encoding utf-16")
    delimiter = reading.delimiter or _sniffed(first, heads)
    reader = csv.reader(chain([first], text), delimiter=delimiter, strict=True)
    at = 1
    try:
        for values in reader:
            yield at, values
            at = reader.line_num + 1
    except csv.Error:
        raise Broken(at, "a quotation mark is not closed or stands in the wrong place; cut short?") from None
    if text.last and not text.last.endswith("\n"):
        raise Broken(text.count, "the last line has no line end: the file may have been cut short")


class _Ended:
    """Lines, remembering the last one and how many there were."""

    def __init__(self, lines: Iterator[str]) -> None:
        self._lines = lines
        self.last = ""
        self.count = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        self.last = next(self._lines)
        self.count += 1
        return self.last


def _encoding(file: BinaryIO, reading: Reading) -> tuple[str, int]:
    """The encoding, and where the text begins."""
    mark = file.read(3)
    found = ""
    if mark.startswith(codecs.BOM_UTF8):
        found = "utf-8"
    elif mark[:2] in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}:
        found = "utf-16"
    if found and reading.encoding and found != reading.encoding:
        raise Broken(1, f"the file's own mark says {found}, and {reading.encoding} was declared")
    encoding = reading.encoding or found or "utf-8"
    return encoding, len(codecs.BOM_UTF8) if found == "utf-8" else 0


def _narrow(file: BinaryIO, encoding: str) -> Iterator[str]:
    number = 0
    while line := file.readline(LONGEST + 1):
        number += 1
        if len(line) > LONGEST:
            raise Broken(number, "the line is longer than any row of a sample")
        try:
            text = line.decode("cp1252" if encoding == "windows-1252" else "utf-8")
        except UnicodeDecodeError:
            mend = "declare another encoding" if encoding == "windows-1252" else _SAVE
            raise Broken(number, f"not {'UTF-8' if encoding == 'utf-8' else encoding}: {mend}") from None
        if encoding == "windows-1252" and not line.isascii() and _is_utf_8(line):
            raise Broken(number, "this is UTF-8, and windows-1252 was declared: names would be printed wrong")
        yield text


_SAVE: Final = "save the file as UTF-8, or declare --encoding windows-1252"


def _is_utf_8(line: bytes) -> bool:
    try:
        line.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


def _wide(file: BinaryIO) -> Iterator[str]:
    """UTF-16, by its mark or little-endian."""
    mark = file.read(2)
    file.seek(0)
    marked = mark in {codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE}
    decoder = codecs.getincrementaldecoder("utf-16" if marked else "utf-16-le")()
    rest, number = "", 1
    while True:
        block = file.read(_BLOCK)
        try:
            rest += decoder.decode(block, final=not block)
        except UnicodeError:
            raise Broken(number, "not UTF-16: save the file as UTF-8") from None
        *whole, rest = rest.split("\n")
        for line in whole:
            number += 1
            yield line + "\n"
        if len(rest) > LONGEST:
            raise Broken(number, "the line is longer than any row of a sample")
        if not block:
            if rest:
                yield rest
            return


def _sniffed(first: str, heads: set[str]) -> str:
    """The delimiter under which most declared headers are found in the first line."""

    def found(delimiter: str) -> int:
        try:
            values = next(csv.reader([first], delimiter=delimiter))
        except (csv.Error, StopIteration):
            return 0
        return sum(value.strip() in heads for value in values)

    return max(DELIMITERS, key=found)
