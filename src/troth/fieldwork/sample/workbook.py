"""XLSX: one sheet, read as a stream; only text is taken, because a number may have lost its leading zeros and a formula is none.

A workbook is a zip of XML, so before it is opened its entries are counted and measured, and a document type (where entities could
grow) refuses it: `zipfile` reads no entry beyond the size that was measured here.
"""

from __future__ import annotations

import zipfile
import zlib
from datetime import date, datetime
from typing import TYPE_CHECKING, BinaryIO, Final

import openpyxl

from troth.fieldwork.sample.row import Broken
from troth.fieldwork.sample.rules import Odd

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from troth.fieldwork.sample.row import Reading
    from troth.fieldwork.sample.rules import Cell

MARK: Final = b"PK\x03\x04"
OLD_MARK: Final = b"\xd0\xcf\x11\xe0"
LARGEST_FILE: Final = 256 * 1024 * 1024
LARGEST_UNPACKED: Final = 1024 * 1024 * 1024
LARGEST_STRINGS: Final = 128 * 1024 * 1024
"""Bytes of the shared strings, which are held in memory whole."""
MOST_ENTRIES: Final = 1000
MOST_ROWS: Final = 1_048_576
_HEAD: Final = 65536


def lines_of(file: BinaryIO, reading: Reading) -> Iterator[tuple[int, tuple[Cell, ...]]]:
    """(Row number, values) of every row of the sheet that is not empty.

    Raises:
        Broken: not a workbook, too large, no such sheet, an empty row between others.

    """
    _bounded(file)
    file.seek(0)
    try:
        book = openpyxl.load_workbook(file, read_only=True, data_only=False, keep_links=False)
    except Exception:  # noqa: BLE001 - a broken workbook fails in many ways, and each is the file's fault
        raise Broken(1, "not a workbook that can be read: save it as .xlsx again, or as CSV") from None
    try:
        yield from _rows(book, reading)
    finally:
        book.close()


def _rows(book: Any, reading: Reading) -> Iterator[tuple[int, tuple[Cell, ...]]]:
    names = [sheet.title for sheet in book.worksheets]
    if not names or (reading.sheet and reading.sheet not in names):
        raise Broken(1, "there is no such sheet in the workbook")
    sheet = book[reading.sheet or names[0]]
    sheet.reset_dimensions()
    empty = 0
    number = 0
    stream = iter(sheet.iter_rows())
    while True:
        try:
            cells = next(stream, None)
        except Exception:  # noqa: BLE001 - as above
            raise Broken(number + 1, "the workbook breaks off here: save it as .xlsx again, or as CSV") from None
        if cells is None:
            return
        number += 1
        if number > MOST_ROWS:
            raise Broken(number, "more rows than a workbook has")
        values = [_value(cell) for cell in cells]
        while values and values[-1] == "":
            values.pop()
        if not values:
            empty = empty or number
            continue
        if empty:
            raise Broken(empty, "an empty row between others")
        yield number, tuple(values)


def _value(cell: Any) -> Cell:
    value, kind = cell.value, cell.data_type
    if value is None:
        return ""
    if kind == "f" or (isinstance(value, str) and value.startswith("=")):
        return Odd("a formula: paste its values")
    if isinstance(value, str) and kind != "e":
        return value
    if isinstance(value, datetime):
        return value.date() if value == datetime.combine(value.date(), datetime.min.time()) else Odd("a time of day")
    if isinstance(value, date):
        return value
    if isinstance(value, bool) or kind in {"b", "e"}:
        return Odd("neither text nor a date")
    return Odd("a number, which may have lost its leading zeros: format the column as text and fill it in again")


def _bounded(file: BinaryIO) -> None:
    """The zip is within its bounds, and no entry declares a document type."""
    file.seek(0, 2)
    if file.tell() > LARGEST_FILE:
        raise Broken(1, f"a workbook of more than {LARGEST_FILE >> 20} MB: save it as CSV")
    file.seek(0)
    try:
        with zipfile.ZipFile(file) as archive:
            entries = archive.infolist()
            strings = sum(entry.file_size for entry in entries if entry.filename.lower().endswith("sharedstrings.xml"))
            unpacked = sum(entry.file_size for entry in entries)
            if len(entries) > MOST_ENTRIES or unpacked > LARGEST_UNPACKED or strings > LARGEST_STRINGS:
                raise Broken(1, "the workbook unpacks to more than it may: save it as CSV")
            for entry in entries:
                if not entry.filename.lower().endswith((".xml", ".rels")):
                    continue
                with archive.open(entry) as opened:
                    head = opened.read(_HEAD).replace(b"\x00", b"")
                if b"<!DOCTYPE" in head or b"<!ENTITY" in head:
                    raise Broken(1, "the workbook declares a document type, which no spreadsheet does")
    except (zipfile.BadZipFile, zlib.error, OSError, RuntimeError, EOFError, ValueError):
        raise Broken(1, "not a workbook that can be read: save it as .xlsx again, or as CSV") from None
