"""A PDF file written from the first byte to the last, with only a list of places in memory: objects packed, streams as they come.

Why not through a library that holds the whole document: a file of letters has some forty objects a letter, and all that is done
with them is to write them down. What is written is read back by three other programs in the tests (ISO 32000-1, 7.5.7 and 7.5.8).
"""

from __future__ import annotations

import zlib
from decimal import Decimal
from typing import IO, TYPE_CHECKING, Any

import pikepdf

if TYPE_CHECKING:
    from collections.abc import Sequence


class PdfFile:
    """A PDF under way. Numbers of objects are handed out first and filled later, in any order, each once."""

    def __init__(self, handle: IO[bytes]) -> None:
        self._handle = handle
        self._at = 0
        self._where: list[tuple[int, int, int]] = [(0, 0, 65535)]
        self._put(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")

    def number(self, count: int = 1) -> int:
        """The first of `count` new numbers."""
        first = len(self._where)
        self._where += [(0, 0, 65535)] * count
        return first

    def stream(self, number: int, data: bytes, said: bytes = b"", *, packed: bool = True) -> None:
        """The object is a stream; `said` is the inside of its dictionary, without length. `packed`: to be compressed here."""
        if packed:
            data, said = zlib.compress(data, 6), said + b"/Filter/FlateDecode"
        self._where[number] = (1, self._at, 0)
        self._put(b"%d 0 obj\n<<%s/Length %d>>stream\n" % (number, said, len(data)))
        self._put(data)
        self._put(b"\nendstream\nendobj\n")

    def objects(self, first: int, bodies: Sequence[bytes]) -> None:
        """The objects from `first` on are these, in one compressed stream."""
        holder = self.number()
        head, at = [], 0
        for place, body in enumerate(bodies):
            head.append(b"%d %d" % (first + place, at))
            at += len(body) + 1
            self._where[first + place] = (2, holder, place)
        start = b" ".join(head) + b" "
        data = start + b" ".join(bodies) + b" "
        self.stream(holder, data, b"/Type/ObjStm/N %d/First %d" % (len(bodies), len(start)))

    def copy(self, value: Any, known: dict[tuple[int, int], int]) -> bytes:
        """A value of another document, with all that it refers to; `known` keeps what was copied already."""
        if isinstance(value, pikepdf.Object) and value.is_indirect:
            if value.objgen not in known:
                known[value.objgen] = self.number()
                self._copied(known[value.objgen], value, known)
            return b"%d 0 R" % known[value.objgen]
        if isinstance(value, pikepdf.Dictionary):
            return b"<<%s>>" % self._inside(value, known)
        if isinstance(value, pikepdf.Array):
            return b"[" + b" ".join(self.copy(each, known) for each in list(value)) + b"]"
        if isinstance(value, bool):
            return b"true" if value else b"false"
        if isinstance(value, int | Decimal):
            return str(value).encode()
        if value is None:
            return b"null"
        return bytes(value.unparse())

    def finish(self, root: int, info: int, identity: bytes) -> None:
        """The table of places and the end. `identity` is 16 bytes that no other file has."""
        number = self.number()
        start = self._at
        self._where[number] = (1, start, 0)
        table = b"".join(
            kind.to_bytes(1, "big") + at.to_bytes(6, "big") + sub.to_bytes(2, "big") for kind, at, sub in self._where
        )
        said = b"/Type/XRef/Size %d/W[1 6 2]/Root %d 0 R/Info %d 0 R/ID[<%s><%s>]" % (
            len(self._where), root, info, identity.hex().encode(), identity.hex().encode()
        )  # fmt: skip
        self.stream(number, table, said)
        self._put(b"startxref\n%d\n%%%%EOF\n" % start)

    def _copied(self, number: int, value: Any, known: dict[tuple[int, int], int]) -> None:
        if isinstance(value, pikepdf.Stream):
            said = {key: each for key, each in value.items() if key != "/Length"}
            inside = b"".join(key.encode() + b" " + self.copy(each, known) for key, each in said.items())
            self.stream(number, bytes(value.read_raw_bytes()), inside, packed=False)
        elif isinstance(value, pikepdf.Dictionary):
            self.objects(number, [b"<<%s>>" % self._inside(value, known)])
        else:
            self.objects(number, [self.copy(list(value), known)] if not isinstance(value, pikepdf.Array) else [
                b"[" + b" ".join(self.copy(each, known) for each in list(value)) + b"]"
            ])  # fmt: skip

    def _inside(self, value: Any, known: dict[tuple[int, int], int]) -> bytes:
        return b"".join(key.encode() + b" " + self.copy(each, known) for key, each in value.items())

    def _put(self, data: bytes) -> None:
        self._handle.write(data)
        self._at += len(data)
