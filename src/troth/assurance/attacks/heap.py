"""PostgreSQL's heap files read as bytes: rows where they lie, dead ones too, and which file is which table.

Source: the PostgreSQL documentation, "Database Page Layout" (tables 73.2 to 73.4) and the catalogue `pg_class`, whose first columns
have had fixed places for many versions. Files come from a running server: what makes no sense is left out. Index pages are not read;
they repeat what the rows say.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

PAGE: Final = 8192
OFFSETS: Final = 2**16
"""As in nights: block times this plus offset orders rows as they lie."""
_CLASS: Final = "1259"
"""`pg_class` itself."""
_FIRST_OWN: Final = 16384
"""Smaller numbers are the server's own tables."""
_HEADER: Final = 24
_TUPLE_HEADER: Final = 23
_NORMAL: Final = 1
_PASSING: Final = re.compile(r"_(?:fresh|order)$")
"""A rewritten table is made under another name first (`storage.rewrite`)."""


@dataclass(frozen=True)
class Lying:
    """One version of a row, as it lies in a heap page."""

    ctid: int
    xmin: int
    xmax: int
    nulls: bytes
    """The null bitmap; empty where no column is null."""
    data: bytes


@dataclass(frozen=True)
class Relation:
    """A table of the database: its file, its name, whose TOAST it is (then `toast_of` is that table's name)."""

    filenode: int
    name: str
    toast_of: str = ""


def lying(data: bytes) -> Iterator[Lying]:
    """Every row version in a heap file's bytes, block after block."""
    for block in range(len(data) // PAGE):
        page = data[block * PAGE : (block + 1) * PAGE]
        lower, _, special = struct.unpack_from("<HHH", page, 12)
        if special != PAGE or not _HEADER <= lower <= PAGE:
            continue
        for number in range((lower - _HEADER) // 4):
            word = struct.unpack_from("<I", page, _HEADER + 4 * number)[0]
            offset, flags, length = word & 0x7FFF, word >> 15 & 3, word >> 17
            if flags == _NORMAL and length > _TUPLE_HEADER and offset + length <= PAGE:
                xmin, xmax = struct.unpack_from("<II", page, offset)
                starts = page[offset + 22]
                nulls = page[offset + _TUPLE_HEADER : offset + starts] if page[offset + 20] & 1 else b""
                body = page[offset + starts : offset + length]
                yield Lying(block * OFFSETS + number + 1, xmin, xmax, nulls, body)


def relations(folder: Path) -> dict[int, Relation]:
    """File number -> the study's own table that it is, from what `pg_class` says or ever said."""
    path = folder / _CLASS
    if not path.is_file():
        return {}
    said: dict[int, str] = {}
    files: dict[int, tuple[int, str]] = {}
    for row in lying(path.read_bytes()):
        if len(row.data) < 4 + 64 + 24:
            continue
        oid = struct.unpack_from("<I", row.data)[0]
        name = row.data[4:68].split(b"\0")[0].decode("utf-8", "replace")
        filenode = struct.unpack_from("<I", row.data, 68 + 20)[0]
        if oid >= _FIRST_OWN and filenode:
            bare = _PASSING.sub("", name)
            said[oid] = bare
            files[filenode] = (oid, bare)
    found = {}
    for filenode, (_, name) in files.items():
        toast = re.fullmatch(r"pg_toast_(\d+)", name)
        found[filenode] = Relation(filenode, name, said.get(int(toast[1]), "") if toast else "")
    return found


def heap_files(folder: Path) -> Iterator[tuple[int, Path]]:
    """The study's own files in a database's folder, tables and indexes: their numbers and paths, parts of 1 GB apart."""
    for path in sorted(folder.iterdir()):
        number = path.name.split(".")[0]
        if number.isdigit() and int(number) >= _FIRST_OWN:
            yield int(number), path
