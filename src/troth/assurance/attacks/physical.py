"""SQLite's files read by their bytes: where each row lies, and in which order its write-ahead log was written.

SQL gives rows without their places; places tell the order of arrival (DESIGN §4). Source: "Database File Format", sqlite.org.
A parser of its own and no `sqlite3`, whose reading it is tested against.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Final, TypeAlias

from troth.assurance.attacks.declared import declared
from troth.kit.errors import Invalid

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

Stored: TypeAlias = int | float | str | bytes | None

_MAGIC: Final = b"SQLite format 3\x00"
_LOG_MAGIC: Final = (0x377F0682, 0x377F0683)
_LOG_HEAD, _FRAME_HEAD, _FILE_HEAD = 32, 24, 100
_INTERIOR_INDEX, _INTERIOR_TABLE, _LEAF_INDEX, _LEAF_TABLE = 2, 5, 10, 13
_WIDTHS: Final = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
_ENCODINGS: Final = {1: "utf-8", 2: "utf-16-le", 3: "utf-16-be"}


@dataclass(frozen=True)
class Cell:
    """One row or one index entry, and where it lies. Within a page a smaller offset was written later."""

    page: int
    offset: int
    rowid: int | None
    values: tuple[Stored, ...]
    """In the order of the table's columns; of an index, its columns and then the rowid or the key."""


@dataclass(frozen=True)
class Tree:
    """One table, or one index (also an automatic one)."""

    name: str
    table: str
    kind: str
    root: int
    columns: tuple[str, ...]
    """Of a table; empty for an index."""
    rowid: bool
    """False: an index, or a table WITHOUT ROWID."""
    alias: int | None
    """Which column is the rowid itself."""
    stored: tuple[int, ...]
    """Place in the record -> place among the columns: a table WITHOUT ROWID keeps its key first."""


@dataclass(frozen=True)
class Frame:
    """One page as the write-ahead log has it. Frames stand in the order in which they were written."""

    number: int
    page: int
    commit: bool
    current: bool
    """False: left over from before the log's last restart."""
    tree: str
    """Whose leaf or inner page it was once its transaction was committed; empty where no tree has it."""
    cells: tuple[Cell, ...]
    """Of a leaf page, as that frame has it; empty for other pages."""


class Image:
    """A SQLite file and its write-ahead log, as bytes."""

    def __init__(self, file: bytes, log: bytes = b"") -> None:
        """The pages are those that the last commit in the log left. Raises Invalid: not such a file."""
        self._log = log
        self._frames = list(_frames(log))
        whole = file if file[:16] == _MAGIC else next((image for n, _, c, image in self._frames if n == 1 and c), b"")
        if whole[:16] != _MAGIC:
            raise Invalid("this is no SQLite file", where="physical copy", mend="copy the vault again")
        size = struct.unpack(">H", whole[16:18])[0]
        self.page_size: int = 65536 if size == 1 else size
        self._usable = self.page_size - whole[20]
        self._encoding = _ENCODINGS.get(struct.unpack(">I", whole[56:60])[0], "utf-8")
        self._file = file
        last = max((n for n, (_, size, current, _) in enumerate(self._frames) if size and current), default=-1)
        self._pages = {page: image for page, _, current, image in self._frames[: last + 1] if current}

    @classmethod
    def read(cls, path: Path) -> Image:
        """The file with the log that lies beside it, if one does. Raises Invalid: no such file, or no SQLite file."""
        log = path.with_name(path.name + "-wal")
        if not path.is_file():
            raise Invalid("there is no such file", where=str(path), mend="copy the vault again")
        return cls(path.read_bytes(), log.read_bytes() if log.is_file() else b"")

    @cached_property
    def trees(self) -> dict[str, Tree]:
        """Every table and index by its name."""
        return self._schema()

    def cells(self, name: str) -> list[Cell]:
        """Every row of a table, or entry of an index, in the order of its keys. Raises KeyError: no such tree."""
        tree = self.trees[name]
        return [self._cell(tree, page, offset) for page, offset in self._walk(tree.root)]

    def frames(self) -> list[Frame]:
        """The log's frames in the order in which they were written, with the tree that each page belongs to.

        A transaction's frames are understood with the pages that it left: a page may belong to another tree later.
        """
        mine, keep = [], self._pages
        self._pages = {}
        owners: dict[int, Tree] = {}
        begun: list[int] = []
        found: list[Frame] = []
        try:
            for number, (page, size, current, image) in enumerate(self._frames):
                begun.append(number)
                if current:
                    mine.append((page, image))
                if not size and number + 1 < len(self._frames):
                    continue
                self._pages.update(mine)
                if not owners or any(n == 1 or n not in owners or image[0] in (2, 5) for n, image in mine):
                    owners = self._owners()
                found += [self._frame(n, owners) for n in begun]
                mine, begun = [], []
        finally:
            self._pages = keep
        return found

    def _frame(self, number: int, owners: dict[int, Tree]) -> Frame:
        page, size, current, image = self._frames[number]
        tree = owners.get(page)
        cells: tuple[Cell, ...] = ()
        if tree is not None and image[0] in (_LEAF_INDEX, _LEAF_TABLE) and page != 1:
            try:
                cells = tuple(self._cell(tree, page, at, image) for at in _pointers(image, 0))
            except (IndexError, struct.error, ValueError):
                cells = ()  # a leftover of another tree's page
        return Frame(number, page, bool(size), current, tree.name if tree else "", cells)

    def _owners(self) -> dict[int, Tree]:
        found = {}
        for tree in self._schema().values():
            for page in self._leaves_and_inner(tree.root):
                found[page] = tree
        return found

    def _schema(self) -> dict[str, Tree]:
        master = Tree("sqlite_schema", "sqlite_schema", "table", 1, ("type", "name", "tbl_name", "rootpage", "sql"),
                      rowid=True, alias=None, stored=(0, 1, 2, 3, 4))  # fmt: skip
        found = {}
        for page, offset in self._walk(1):
            kind, name, table, root, sql = self._cell(master, page, offset).values
            if kind not in ("table", "index") or not isinstance(root, int) or not root:
                continue
            columns, alias, stored, rowid = declared(str(sql)) if kind == "table" else ((), None, (), False)
            found[str(name)] = Tree(str(name), str(table), str(kind), root, columns, rowid, alias, stored)
        return found

    def _page(self, number: int) -> bytes:
        page = self._pages.get(number)
        if page is None:
            page = self._file[(number - 1) * self.page_size : number * self.page_size]
        if len(page) < self.page_size:
            raise Invalid("the file ends within a page", where=f"page {number}", mend="copy the vault again")
        return page

    def _walk(self, root: int) -> Iterator[tuple[int, int]]:
        """Page and offset of every cell with content, in key order. Inner pages of an index hold entries too."""
        page = self._page(root)
        head = _FILE_HEAD if root == 1 else 0
        kind = page[head]
        for at in _pointers(page, head):
            if kind in (_LEAF_INDEX, _LEAF_TABLE):
                yield root, at
                continue
            yield from self._walk(struct.unpack_from(">I", page, at)[0])
            if kind == _INTERIOR_INDEX:
                yield root, at
        if kind in (_INTERIOR_INDEX, _INTERIOR_TABLE):
            yield from self._walk(struct.unpack_from(">I", page, head + 8)[0])

    def _leaves_and_inner(self, root: int) -> Iterator[int]:
        yield root
        page = self._page(root)
        head = _FILE_HEAD if root == 1 else 0
        if page[head] in (_INTERIOR_INDEX, _INTERIOR_TABLE):
            for at in _pointers(page, head):
                yield from self._leaves_and_inner(struct.unpack_from(">I", page, at)[0])
            yield from self._leaves_and_inner(struct.unpack_from(">I", page, head + 8)[0])

    def _cell(self, tree: Tree, number: int, offset: int, page: bytes = b"") -> Cell:
        page = page or self._page(number)
        kind = page[_FILE_HEAD if number == 1 else 0]
        at = offset + (4 if kind == _INTERIOR_INDEX else 0)
        size, at = _varint(page, at)
        rowid = None
        if kind == _LEAF_TABLE:
            rowid, at = _varint(page, at)
        values = self._record(self._payload(page, at, size, table=kind == _LEAF_TABLE))
        if tree.kind == "table" and tree.stored:
            placed: list[Stored] = [None] * len(tree.columns)
            for place, value in zip(tree.stored, values, strict=False):
                placed[place] = value
            if tree.alias is not None and rowid is not None:
                placed[tree.alias] = rowid
            values = tuple(placed)
        return Cell(number, offset, rowid, values)

    def _payload(self, page: bytes, at: int, size: int, *, table: bool) -> bytes:
        usable = self._usable
        most = usable - 35 if table else (usable - 12) * 64 // 255 - 23
        if size <= most:
            return page[at : at + size]
        least = (usable - 12) * 32 // 255 - 23
        local = least + (size - least) % (usable - 4)
        local = local if local <= most else least
        parts, left = [page[at : at + local]], size - local
        following = struct.unpack_from(">I", page, at + local)[0]
        while left > 0 and following:
            more = self._page(following)
            parts.append(more[4 : 4 + min(left, usable - 4)])
            left -= usable - 4
            following = struct.unpack_from(">I", more, 0)[0]
        return b"".join(parts)

    def _record(self, payload: bytes) -> tuple[Stored, ...]:
        ends, at = _varint(payload, 0)
        kinds = []
        while at < ends:
            kind, at = _varint(payload, at)
            kinds.append(kind)
        values: list[Stored] = []
        for kind in kinds:
            value, at = self._value(payload, at, kind)
            values.append(value)
        return tuple(values)

    def _value(self, payload: bytes, at: int, kind: int) -> tuple[Stored, int]:
        if kind in _WIDTHS:
            width = _WIDTHS[kind]
            return int.from_bytes(payload[at : at + width], "big", signed=True), at + width
        if kind == 7:  # noqa: PLR2004 - the format's own number
            return struct.unpack_from(">d", payload, at)[0], at + 8
        if kind >= 12:  # noqa: PLR2004 - the format's own number
            width = (kind - 12) // 2
            raw = payload[at : at + width]
            return (raw.decode(self._encoding) if kind % 2 else raw), at + width
        return {8: 0, 9: 1}.get(kind), at


def _frames(log: bytes) -> Iterator[tuple[int, int, bool, bytes]]:
    """Page, database size if it commits, whether its salts are the log's, and the page's bytes.

    Checksums are not checked: a frame that has the log's salts was written by this generation of the log, and one that was
    torn while it was copied says no less about order.
    """
    if len(log) < _LOG_HEAD or struct.unpack_from(">I", log)[0] not in _LOG_MAGIC:
        return
    size = struct.unpack_from(">I", log, 8)[0]
    salts = log[16:24]
    for at in range(_LOG_HEAD, len(log) - _FRAME_HEAD - size + 1, _FRAME_HEAD + size):
        page, committed = struct.unpack_from(">II", log, at)
        if not page:
            return
        yield page, committed, log[at + 8 : at + 16] == salts, log[at + _FRAME_HEAD : at + _FRAME_HEAD + size]


def _pointers(page: bytes, head: int) -> tuple[int, ...]:
    count = struct.unpack_from(">H", page, head + 3)[0]
    start = head + (12 if page[head] in (_INTERIOR_INDEX, _INTERIOR_TABLE) else 8)
    return struct.unpack_from(f">{count}H", page, start)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = 0
    for n in range(8):
        byte = data[at + n]
        value = value << 7 | byte & 0x7F
        if byte < 0x80:  # noqa: PLR2004 - the continuation bit
            return value, at + n + 1
    value = value << 8 | data[at + 8]
    return (value - (1 << 64) if value >> 63 else value), at + 9
