"""PostgreSQL's write-ahead log read as bytes: which rows of which tables were written, in order.

Source: the server's `xlog_internal.h`, `xlogrecord.h` and `heapam_xlog.h`, alike in versions 15 to 18 for what is read here (checked
against `pg_waldump` in the tests). Rows of a page whose image was logged are found in that image, where it is not compressed.
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from troth.assurance.attacks.heap import OFFSETS, PAGE, lying

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_PAGE: Final = 8192
_LONG_HEADER: Final = 40
_SHORT_HEADER: Final = 24
_CONTINUES, _LONG = 1, 2
_RECORD: Final = 24
_HEAP: Final = 10
_TUPLE_HEADER: Final = 23
_KINDS: Final = {0x00: "insert", 0x10: "delete", 0x20: "update", 0x40: "update"}
_HAS_IMAGE, _SAME_RELATION = 0x10, 0x80
_HOLE, _COMPRESSED = 0x01, 0x1C
_DATA_SHORT, _DATA_LONG, _ORIGIN, _TOP_XID = 255, 254, 253, 252


@dataclass(frozen=True)
class Change:
    """One row written."""

    place: int
    """Where in the log: bigger is later."""
    kind: str
    """`insert`, `delete` or `update`."""
    xid: int
    database: int
    filenode: int
    ctid: int
    """The row's place; of an update that of the old version."""
    becomes: int = 0
    """Of an update: the place of the new version."""
    data: bytes = b""
    """Of an insert: the row's columns, as they lie in the heap."""


@dataclass(frozen=True)
class _Block:
    database: int
    filenode: int
    number: int
    image: bytes
    data: bytes


def segments(folders: Sequence[Path]) -> list[Path]:
    """The log's files from several copies of `pg_wal`, oldest first, each as the newest copy has it that has it whole.

    A file that waits to be used again has a name whose address its first page does not have: it is left out.
    """
    found: dict[str, Path] = {}
    for folder in folders:
        for path in sorted(folder.iterdir()) if folder.is_dir() else ():
            if len(path.name) == 24 and _is_as_named(path):  # noqa: PLR2004 - 24 hexadecimal digits
                found[path.name] = path
    return [found[name] for name in sorted(found)]


def changes(paths: Sequence[Path]) -> Iterator[Change]:
    """Every row of a heap that the log's files say was written, in order. What cannot be read ends a run of files that follow on."""
    for place, info, xid, body in _records(paths):
        try:
            yield from _changes(place, info, xid, body)
        except (struct.error, IndexError):
            continue


def _is_as_named(path: Path) -> bool:
    with path.open("rb") as file:
        head = file.read(_LONG_HEADER)
    if len(head) < _LONG_HEADER:
        return False
    address, size = struct.unpack_from("<Q", head, 8)[0], struct.unpack_from("<I", head, 32)[0]
    if not size or size & (size - 1):
        return False
    per = 2**32 // size
    return bool(address == (int(path.name[8:16], 16) * per + int(path.name[16:24], 16)) * size)


def _records(paths: Sequence[Path]) -> Iterator[tuple[int, int, int, bytes]]:
    """Every record of the heap's: its place, its kind, its transaction, and its body."""
    body, wanted, place, expected = b"", 0, 0, -1
    for path in paths:
        whole = path.read_bytes()
        for at in range(0, len(whole) - _PAGE + 1, _PAGE):
            flags, address = struct.unpack_from("<H", whole, at + 2)[0], struct.unpack_from("<Q", whole, at + 8)[0]
            if expected >= 0 and address != expected:
                body, wanted = b"", 0  # a gap, or the end of what was written when the file was copied
            if not address or (expected >= 0 and address < expected and at):
                break
            expected = address + _PAGE
            position, end = at + (_LONG_HEADER if flags & _LONG else _SHORT_HEADER), at + _PAGE
            if flags & _CONTINUES:
                left = struct.unpack_from("<I", whole, at + 16)[0]
                if not wanted:  # of a record whose beginning we do not have
                    position = min(end, position + (left + 7 & ~7))
            elif wanted:
                body, wanted = b"", 0
            while True:
                if not wanted:
                    if end - position < 4:  # noqa: PLR2004 - a record's length does not span pages
                        break
                    wanted = struct.unpack_from("<I", whole, position)[0]
                    if wanted < _RECORD:
                        wanted = 0
                        break
                    body, place = b"", address + position - at
                part = whole[position : min(end, position + wanted - len(body))]
                body += part
                position += len(part)
                if len(body) < wanted:
                    break
                if body[17] == _HEAP:
                    yield place, body[16], struct.unpack_from("<I", body, 4)[0], body[_RECORD:]
                body, wanted, position = b"", 0, at + (position - at + 7 & ~7)


def _changes(place: int, info: int, xid: int, body: bytes) -> Iterator[Change]:
    kind = _KINDS.get(info & 0x70)
    if kind is None:
        return
    blocks, main = _blocks(body)
    if not blocks:
        return
    new = blocks[0]
    if kind == "insert":
        offset = struct.unpack_from("<H", main)[0]
        ctid = new.number * OFFSETS + offset
        yield Change(place, kind, xid, new.database, new.filenode, ctid, data=_row(new, ctid))
    elif kind == "delete":
        offset = struct.unpack_from("<H", main, 4)[0]
        yield Change(place, kind, xid, new.database, new.filenode, new.number * OFFSETS + offset)
    else:
        old = blocks.get(1, new)
        was, becomes = struct.unpack_from("<H", main, 4)[0], struct.unpack_from("<H", main, 12)[0]
        ctid = old.number * OFFSETS + was
        yield Change(place, kind, xid, new.database, new.filenode, ctid, new.number * OFFSETS + becomes)


def _row(block: _Block, ctid: int) -> bytes:
    if block.data:
        return block.data[5 + block.data[4] - _TUPLE_HEADER :]
    if len(block.image) == PAGE:
        return next((row.data for row in lying(block.image) if row.ctid == ctid % OFFSETS), b"")
    return b""


def _blocks(body: bytes) -> tuple[dict[int, _Block], bytes]:
    """Blocks that the record touches, with their data or images; and what it says besides."""
    at, main, heads = 0, 0, []
    rel = (0, 0)
    payload = 0
    while at < len(body) - payload:
        kind = body[at]
        at += 1
        if kind in {_DATA_SHORT, _DATA_LONG}:
            main = body[at] if kind == _DATA_SHORT else struct.unpack_from("<I", body, at)[0]
            at += 1 if kind == _DATA_SHORT else 4
            break
        if kind in {_ORIGIN, _TOP_XID}:
            at += 2 if kind == _ORIGIN else 4
            continue
        flags, length = struct.unpack_from("<BH", body, at)
        at += 3
        image, hole_at, how, hole = 0, 0, 0, 0
        if flags & _HAS_IMAGE:
            image, hole_at, how = struct.unpack_from("<HHB", body, at)
            at += 5
            if how & _HOLE:
                hole = PAGE - image
                if how & _COMPRESSED:
                    hole = struct.unpack_from("<H", body, at)[0]
                    at += 2
        if not flags & _SAME_RELATION:
            _, *found = struct.unpack_from("<III", body, at)
            rel = (found[0], found[1])
            at += 12
        number = struct.unpack_from("<I", body, at)[0]
        at += 4
        heads.append((kind, rel, number, image, hole_at, how, hole, length))
        payload += image + length
    blocks = {}
    for kind, (database, filenode), number, image, hole_at, how, hole, length in heads:
        page = body[at : at + image]
        at += image
        if image and not how & _COMPRESSED:
            page = page[:hole_at] + bytes(hole) + page[hole_at:]
        blocks[kind] = _Block(database, filenode, number, page, body[at : at + length])
        at += length
    return blocks, body[at : at + main]
