"""A SQLite file and its write-ahead log read as bytes, as a thief reads them: what lies where, in which order it was written.

Nothing here asks SQLite: a query hides what the attacks look for (the page and the offset of a cell, frames that a later
checkpoint left behind). Source: the SQLite documentation's "Database File Format", sections 1.3 to 1.6 (pages, b-trees,
overflow), 2 (records), 2.6 (schema) and 4.1 (the log). Files come from a running machine: what makes no sense is left out.
"""

from __future__ import annotations

import re
import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

Stored: TypeAlias = int | float | str | bytes | None

MAGIC: Final = b"SQLite format 3\x00"
_INSIDE_INDEX, _INSIDE_TABLE, _LEAF_INDEX, _LEAF_TABLE = 2, 5, 10, 13
_KINDS: Final = frozenset({_INSIDE_INDEX, _INSIDE_TABLE, _LEAF_INDEX, _LEAF_TABLE})
_FILE_HEADER: Final = 100
_WAL_HEADER: Final = 32
_FRAME_HEADER: Final = 24
_WAL_MAGIC: Final = 0x377F0682
_NO_COLUMN: Final = frozenset({"PRIMARY", "UNIQUE", "CHECK", "FOREIGN", "CONSTRAINT"})


class Unreadable(Exception):  # noqa: N818 - says what it is
    """Bytes that are no such page, cell or record."""


@dataclass(frozen=True)
class Cell:
    """One entry of a b-tree: of a table a row, of an index a key and, last, its row's id."""

    page: int
    offset: int
    """Where its content begins on that page. SQLite fills a page from its end: of two cells the later one mostly lies lower."""
    rowid: int | None
    """None in an index and in a table WITHOUT ROWID."""
    values: tuple[Stored, ...]


@dataclass(frozen=True)
class Tree:
    """A table or an index, from the schema on page 1."""

    kind: str
    """`table` or `index`."""
    name: str
    table: str
    root: int
    columns: tuple[str, ...]
    """Of a table: names in the order in which its cells hold them. Of an index: empty."""
    id_column: str = ""
    """The column that the rowid stands for: its cells hold NULL there."""


@dataclass(frozen=True)
class Frame:
    """One page as it was written to the log."""

    number: int
    """Its place in the file, from 0."""
    page: int
    commit: int
    """Pages of the whole file after the transaction that this frame ends; 0: it ends none."""
    salt: bytes
    """Frames of one round have one salt; those of an earlier round stand behind, where the later one has not come yet."""
    data: bytes


@dataclass(frozen=True)
class Pages:
    """Pages by number, from 1."""

    size: int
    usable: int
    pages: Mapping[int, bytes]

    def page(self, number: int) -> bytes:
        """Raises Unreadable: there is none of that number."""
        try:
            return self.pages[number]
        except KeyError:
            raise Unreadable("no such page") from None


def read_file(path: Path, *, with_log: bool = True) -> Pages:
    """The file's pages; where a log lies beside it (`PATH-wal`), as its committed frames leave them.

    Raises:
        Unreadable: not a SQLite file.

    """
    data = path.read_bytes()
    log = path.with_name(path.name + "-wal")
    frames = read_log(log.read_bytes()) if with_log and log.is_file() else []
    if not data.startswith(MAGIC):  # nothing was folded into the file yet
        data = next((frame.data for frame in frames if frame.page == 1), b"")
    if not data.startswith(MAGIC):
        raise Unreadable("not a SQLite file")
    size = struct.unpack_from(">H", data, 16)[0]
    size = 65536 if size == 1 else size
    if len(data) < size or size & (size - 1):
        raise Unreadable("not a SQLite file")
    pages = {number + 1: data[number * size : (number + 1) * size] for number in range(len(data) // size)}
    pages.update(committed(frames))
    return Pages(size, size - data[20], pages)


def read_log(data: bytes) -> list[Frame]:
    """Every frame in the order of writing, those of earlier rounds too; none where this is no log."""
    if len(data) < _WAL_HEADER:
        return []
    magic, _, size = struct.unpack_from(">III", data)
    if magic & ~1 != _WAL_MAGIC or size < 512 or size & (size - 1):  # noqa: PLR2004 - the smallest page
        return []
    step = _FRAME_HEADER + size
    found = []
    for number in range((len(data) - _WAL_HEADER) // step):
        at = _WAL_HEADER + number * step
        page, commit = struct.unpack_from(">II", data, at)
        body = data[at + _FRAME_HEADER : at + step]
        found.append(Frame(number, page, commit, data[at + 8 : at + 16], body))
    return found


def committed(frames: list[Frame]) -> dict[int, bytes]:
    """Page -> its newest content in the last round, up to its last commit.

    A round's salt stands in the log's header too; the first frame has it always, because a new round begins at the front.
    """
    done: dict[int, bytes] = {}
    begun: dict[int, bytes] = {}
    for frame in frames:
        if frame.salt != frames[0].salt:
            break
        begun[frame.page] = frame.data
        if frame.commit:
            done.update(begun)
            begun.clear()
    return done


def schema(pages: Pages) -> list[Tree]:
    """Every table and index that has pages of its own. Raises Unreadable: the schema cannot be read."""
    found = []
    first = Tree("table", "sqlite_schema", "sqlite_schema", 1, ("type", "name", "tbl_name", "rootpage", "sql"))
    for cell in cells(pages, first):
        if len(cell.values) != len(first.columns):
            raise Unreadable("a schema row has five columns")
        kind, name, table, root, sql = cell.values
        if kind in {"table", "index"} and isinstance(root, int) and root > 0:
            columns, id_column = _columns(str(sql)) if kind == "table" else ((), "")
            found.append(Tree(str(kind), str(name), str(table), root, columns, id_column))
    return found


def cells(pages: Pages, tree: Tree) -> Iterator[Cell]:
    """Every entry of a table or an index in the order of its keys, whole: overflow pages are followed.

    Raises:
        Unreadable: a page is missing or makes no sense.

    """
    yield from _walk(pages, tree.root, set())


def rows(pages: Pages, tree: Tree) -> Iterator[tuple[Cell, dict[str, Stored]]]:
    """Every row of a table as column -> value, with the cell that it lies in. Raises Unreadable."""
    for cell in cells(pages, tree):
        values = cell.values + (None,) * (len(tree.columns) - len(cell.values))  # a column that was added later
        row = dict(zip(tree.columns, values, strict=False))
        if tree.id_column:
            row[tree.id_column] = cell.rowid
        yield cell, row


def cells_on(pages: Pages, data: bytes, number: int) -> Iterator[Cell]:
    """The leaf entries of one single page, e.g. of a frame; none where it is no leaf.

    Overflow pages are followed where `pages` has them; else the cell has those columns that lie on this page.
    """
    start = _FILE_HEADER if number == 1 else 0
    if len(data) < start + 8 or data[start] not in {_LEAF_INDEX, _LEAF_TABLE}:
        return
    for offset in _pointers(data, start):
        try:
            yield _cell(pages, data, number, offset, data[start], whole=False)
        except (Unreadable, IndexError, struct.error):
            continue


def _walk(pages: Pages, number: int, seen: set[int]) -> Iterator[Cell]:
    if number in seen:
        raise Unreadable("a page is its own ancestor")
    seen.add(number)
    data, start = pages.page(number), _FILE_HEADER if number == 1 else 0
    kind = data[start]
    if kind not in _KINDS:
        raise Unreadable("not a page of a b-tree")
    inside = kind in {_INSIDE_INDEX, _INSIDE_TABLE}
    for offset in _pointers(data, start):
        if inside:
            yield from _walk(pages, struct.unpack_from(">I", data, offset)[0], seen)
        if kind != _INSIDE_TABLE:  # inside a table's tree there are only row ids
            yield _cell(pages, data, number, offset, kind, whole=True)
    if inside:
        yield from _walk(pages, struct.unpack_from(">I", data, start + 8)[0], seen)


def _pointers(data: bytes, start: int) -> list[int]:
    count = struct.unpack_from(">H", data, start + 3)[0]
    first = start + (12 if data[start] in {_INSIDE_INDEX, _INSIDE_TABLE} else 8)
    if first + 2 * count > len(data):
        raise Unreadable("more cells than the page has room for")
    return list(struct.unpack_from(f">{count}H", data, first))


def _cell(pages: Pages, data: bytes, number: int, offset: int, kind: int, *, whole: bool) -> Cell:
    at = offset + (4 if kind == _INSIDE_INDEX else 0)
    length, at = _varint(data, at)
    rowid: int | None = None
    if kind == _LEAF_TABLE:
        rowid, at = _varint(data, at)
        rowid = rowid - (1 << 64) if rowid >> 63 else rowid
        most = pages.usable - 35
    else:
        most = (pages.usable - 12) * 64 // 255 - 23
    if length <= most:
        return Cell(number, offset, rowid, _record(data[at : at + length], whole=whole))
    least = (pages.usable - 12) * 32 // 255 - 23
    here = least + (length - least) % (pages.usable - 4)
    here = here if here <= most else least
    body = data[at : at + here]
    more = struct.unpack_from(">I", data, at + here)[0]
    try:
        while len(body) < length:
            page = pages.page(more)
            more = struct.unpack_from(">I", page)[0]
            body += page[4 : min(pages.usable, 4 + length - len(body))]
    except Unreadable:
        if whole:
            raise
    return Cell(number, offset, rowid, _record(body, whole=whole))


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """A big-endian number of 7 bits a byte, the ninth byte with 8 bits; and where it ends."""
    found = 0
    for more in range(9):
        byte = data[at + more]
        if more == 8:  # noqa: PLR2004 - the ninth byte
            return found << 8 | byte, at + 9
        found = found << 7 | byte & 0x7F
        if byte < 0x80:  # noqa: PLR2004 - the high bit says that more follows
            return found, at + more + 1
    raise Unreadable("no number")


_INTEGERS: Final = (0, 1, 2, 3, 4, 6, 8)
"""Serial type -> bytes of the integer."""
_FLOAT, _ZERO, _ONE, _WORDS = 7, 8, 9, 12


def _record(body: bytes, *, whole: bool) -> tuple[Stored, ...]:
    header, at = (body[0], 1) if body[0] < 0x80 else _varint(body, 0)  # noqa: PLR2004 - one byte mostly, and that is quicker
    kinds = []
    while at < header:
        kind, at = (body[at], at + 1) if body[at] < 0x80 else _varint(body, at)  # noqa: PLR2004
        kinds.append(kind)
    if at != header:
        raise Unreadable("a record's header has no such length")
    found: list[Stored] = []
    for kind in kinds:
        length = (kind - _WORDS) >> 1 if kind >= _WORDS else _INTEGERS[kind] if kind < _FLOAT else 8 * (kind == _FLOAT)
        part = body[at : at + length]
        if len(part) < length:
            if whole:
                raise Unreadable("a record is shorter than its header says")
            break
        at += length
        if kind >= _WORDS:
            found.append(part.decode("utf-8", "replace") if kind & 1 else part)
        elif kind < _FLOAT:
            found.append(int.from_bytes(part, "big", signed=True) if kind else None)
        else:
            found.append(_value(kind, part))
    return tuple(found)


def _value(kind: int, part: bytes) -> Stored:
    if kind == _FLOAT:
        return float(struct.unpack(">d", part)[0])
    if kind in {_ZERO, _ONE}:
        return kind - _ZERO
    raise Unreadable("a serial type that is kept for later")


def _columns(sql: str) -> tuple[tuple[str, ...], str]:
    """The columns as cells hold them, and the one that is the rowid. Of a table WITHOUT ROWID the key's columns come first."""
    body = sql[sql.index("(") + 1 : sql.rindex(")")]
    names, key, kinds = [], [], {}
    for part in _split(body):
        words = part.split()
        if words[0].upper() in _NO_COLUMN:
            found = re.search(r"PRIMARY\s+KEY\s*\(([^)]*)\)", part, re.IGNORECASE)
            key += [_bare(name) for name in found[1].split(",")] if found else []
            continue
        name = _bare(words[0])
        names.append(name)
        kinds[name] = words[1].upper() if len(words) > 1 else ""
        if re.search(r"PRIMARY\s+KEY", part, re.IGNORECASE):
            key.append(name)
    if re.search(r"WITHOUT\s+ROWID", sql[sql.rindex(")") :], re.IGNORECASE):
        return (*key, *(name for name in names if name not in key)), ""
    alias = key[0] if len(key) == 1 and kinds.get(key[0]) == "INTEGER" else ""
    return tuple(names), alias


def _split(body: str) -> Iterator[str]:
    depth, begun = 0, 0
    for at, sign in enumerate(body):
        depth += (sign == "(") - (sign == ")")
        if sign == "," and not depth:
            yield body[begun:at].strip()
            begun = at + 1
    yield body[begun:].strip()


def _bare(name: str) -> str:
    return name.strip().split()[0].strip('"`[]')
