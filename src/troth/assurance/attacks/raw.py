"""Values as they lie in raw copies of a vault, of either database: what a table's rows hold, whole or in their pieces.

Of SQLite: every value of every row, the log counted in, and what lies in frames of the log that the file has no more. Of PostgreSQL:
every value of every row (`rows/TABLE.copy`), and every row version in heap pages, dead ones too, with TOAST in its pieces of 2 kB; of
the heap only what the server had written out when its files were copied.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final, NamedTuple

from troth.assurance.attacks.heap import heap_files, lying, relations
from troth.assurance.attacks.physical import MAGIC, Unreadable, cells_on, read_file, read_log, rows, schema

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from troth.assurance.attacks.loot import Copy, Loot

_HEX: Final = frozenset("0123456789abcdefABCDEF")
_LEAST_HEX: Final = 16
_HEAP_KEY: Final = 17
"""The length and the bytes of an id of 16 bytes; of a piece of TOAST at least whose it is."""
_COPY: Final = b"PGCOPY\n\xff\r\n\0"


class Piece(NamedTuple):
    """Bytes that lie in one row of a table. A row has many pieces (its columns, or chunks of them)."""

    table: str
    """Empty where it is not known."""
    column: str
    """Empty where it is not known: a row of a heap page is taken in one piece, and COPY names no columns."""
    data: bytes
    whose: bytes = b""
    """The row's first column, which is or begins its key: rows of one person mostly have one and the same."""
    living: bool = True
    """Whether it is a row's value as a query would show it; else it lies in a page or a log, perhaps as what a row once was."""


def moment(folder: Path) -> tuple[str, int]:
    """Orders the folders of copies in time: of one day, what is labelled `before` comes before what is labelled `after`."""
    return folder.name[:10], 0 if "before" in folder.name else 1


def raw_copies(loot: Loot, vault: str) -> list[Copy]:
    """Raw copies of a vault, oldest first."""
    return sorted((copy for copy in loot.copies() if copy.vault == vault), key=lambda copy: moment(copy.folder.parent))


def log_folders(loot: Loot) -> list[Path]:
    """Every copy of a PostgreSQL server's `pg_wal`, oldest first."""
    found = (path for path in (loot.folder / "copies").glob("*/pg_wal") if path.is_dir())
    return sorted(found, key=lambda path: moment(path.parent))


def as_bytes(value: object) -> bytes:
    """A value as bytes: hexadecimal text as what it spells; numbers and NULL as nothing."""
    if isinstance(value, str):
        if len(value) >= _LEAST_HEX and len(value) % 2 == 0 and _HEX.issuperset(value):
            return bytes.fromhex(value)
        return value.encode()
    return value if isinstance(value, bytes) else b""


def all_pieces(loot: Loot, vault: str) -> list[tuple[Copy, list[Piece]]]:
    """Every raw copy of a vault, oldest first, with everything that lies in its rows. What lies the same in several is one object."""

    def read() -> list[tuple[Copy, list[Piece]]]:
        known: dict[Piece, Piece] = {}
        return [(copy, [known.setdefault(piece, piece) for piece in pieces(copy)]) for copy in raw_copies(loot, vault)]

    return loot.once(f"pieces of {vault}", read)


def pieces(copy: Copy) -> Iterator[Piece]:
    """Everything that lies in the copy's rows; nothing where its files cannot be read."""
    for path in sorted(copy.folder.glob("*.db")):
        yield from _sqlite(path)
    for path in sorted((copy.folder / "rows").glob("*.copy")):
        for values in copied(path.read_bytes()):
            yield from (Piece(path.stem, "", data, values[0]) for data in values if data)
    named = relations(copy.folder) if copy.folder.is_dir() else {}
    for number, path in heap_files(copy.folder):
        relation = named.get(number)
        table = (relation.toast_of or relation.name) if relation else ""
        for row in lying(path.read_bytes()):
            yield Piece(table, "", row.data, row.data[:_HEAP_KEY], living=False)


def copied(data: bytes) -> Iterator[list[bytes]]:
    """Every row that PostgreSQL's COPY wrote in its binary form (its documentation: "Binary Format"), its values as bytes."""
    if not data.startswith(_COPY):
        return
    at = len(_COPY) + 8 + struct.unpack_from(">I", data, len(_COPY) + 4)[0]
    while at + 2 <= len(data):
        fields = struct.unpack_from(">h", data, at)[0]
        at += 2
        row = []
        for _ in range(max(0, fields)):
            length = struct.unpack_from(">i", data, at)[0]
            at += 4
            value = data[at : at + max(0, length)]
            at += max(0, length)
            row.append(as_bytes(value.decode()) if value.isascii() else value)
        if row:
            yield row


def _sqlite(path: Path) -> Iterator[Piece]:
    try:
        pages = read_file(path)
        tables = [tree for tree in schema(pages) if tree.kind == "table"]
        for tree in tables:
            for _, row in rows(pages, tree):
                whose = _key(next(iter(row.values()), None))
                for column, value in row.items():
                    if data := as_bytes(value):
                        yield Piece(tree.name, column, data, whose)
    except Unreadable:
        return
    log = path.with_name(path.name + "-wal")
    told: set[bytes] = set()  # a page is written again and again, with most of its rows as they were
    for frame in read_log(log.read_bytes()) if log.is_file() else []:
        if frame.data == pages.pages.get(frame.page) or frame.data.startswith(MAGIC):
            continue
        for cell in cells_on(pages, frame.data, frame.page):
            for value in cell.values:
                if (data := as_bytes(value)) and data not in told:
                    told.add(data)
                    yield Piece("", "", data, _key(cell.values[0]), living=False)


def _key(value: object) -> bytes:
    return as_bytes(value) or str(value).encode()
