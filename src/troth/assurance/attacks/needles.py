"""Many short byte strings sought in much: files, rows, logs. A hit is told by what kind of thing it is and whose, never by value.

Every place of the haystack is looked at: four passes over 4-byte words, one for each alignment, against a table of the needles'
first four bytes; what passes, against their first eight in ascending order; what passes that is compared whole. About 1 second
for 100 MB, with 50,000 needles or with two million.
"""

from __future__ import annotations

import hashlib
from bisect import bisect_right
from collections import defaultdict
from dataclasses import dataclass
from itertools import accumulate, islice
from typing import TYPE_CHECKING, Final

import numpy as np

from troth.assurance.attacks.windows import Known, each_once

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from numpy.typing import NDArray

    from troth.assurance.attacks.fresh import Fresh
    from troth.assurance.attacks.night import Night, Value

LEAST: Final = 8
"""A needle has at least so many bytes: a shorter one is found by chance."""
_WORD: Final = 4
_LEAST_BITS, _MOST_BITS = 16, 24
_BLOCK: Final = 4096
"""Bytes: a page of SQLite's, half of one of PostgreSQL's."""
_AT_ONCE: Final = 64
"""Blocks: few enough to stay near the processor."""
_SPREAD: Final = np.uint32(2654435761)
_BETWEEN: Final = b"\x00\x1f\x00"


@dataclass(frozen=True)
class Needle:
    """What a byte string is: its kind (`sha256 of a code`), and whose (counted, never shown)."""

    kind: str
    whose: str


class Needles:
    """A set of byte strings, ready to be sought."""

    def __init__(self, sought: Mapping[bytes, Needle]) -> None:
        """Raises ValueError: one is shorter than `LEAST`."""
        if any(len(each) < LEAST for each in sought):
            raise ValueError(f"a needle has at least {LEAST} bytes")
        self._sought = sought
        self._lengths = sorted({len(each) for each in sought})
        starts = each_once([np.frombuffer(b"".join(each[:LEAST] for each in sought), dtype="<u8")])
        self._starts = Known(starts)
        bits = min(_MOST_BITS, max(_LEAST_BITS, len(starts).bit_length() + 5))
        self._shift = np.uint32(32 - bits)
        self._table = np.zeros(1 << bits, dtype=np.bool_)
        self._table[self._place(starts.astype("<u4"))] = True
        self._blocks: dict[bytes, tuple[Needle, ...]] = {}
        self._files: dict[tuple[int, ...], tuple[Needle, ...]] = {}

    def find(self, data: bytes) -> Iterator[tuple[int, Needle]]:
        """Every place where a needle begins, and which."""
        yield from ((at, needle) for at, needle, _ in self._whole(data))

    def _whole(self, data: bytes) -> Iterator[tuple[int, Needle, int]]:
        """As `find`, with the needle's length."""
        for at in self._begin(data):
            for length in self._lengths:
                needle = self._sought.get(data[at : at + length])
                if needle is not None and at + length <= len(data):
                    yield at, needle, length

    def _begin(self, data: bytes) -> Iterator[int]:
        """Every place where the first 8 bytes of a needle stand."""
        for shift in range(_WORD):
            count = (len(data) - shift) // _WORD
            if count < LEAST // _WORD or not self._lengths:
                continue
            words = np.frombuffer(data, dtype="<u4", offset=shift, count=count)
            likely = np.flatnonzero(self._table[self._place(words[:-1])])
            eight = words[likely].astype(np.uint64) | words[likely + 1].astype(np.uint64) << np.uint64(32)
            yield from (shift + _WORD * int(word) for word in likely[self._starts.has(eight)])

    def _place(self, words: NDArray[np.uint32]) -> NDArray[np.uint32]:
        return (words * _SPREAD) >> self._shift

    def in_files(self, paths: Iterable[Path]) -> Iterator[tuple[Path, Needle]]:
        """Every needle of whole files, block by block: what was looked at in one file, or one copy of it, is known in the next.

        A file under a second name is not read again.

        A block is looked at together with what follows it, so that a needle which goes on in the next block is found.
        """
        beyond = max(self._lengths, default=0)
        for path in paths if beyond else ():
            stat = path.stat()
            itself = (stat.st_dev, stat.st_ino, stat.st_mtime_ns, stat.st_size)
            if itself not in self._files:
                self._files[itself] = tuple(self._in_file(path, beyond))
            yield from ((path, needle) for needle in self._files[itself])

    def _in_file(self, path: Path, beyond: int) -> Iterator[Needle]:
        data = path.read_bytes()
        blocks = [data[at : at + _BLOCK + beyond] for at in range(0, len(data), _BLOCK)]
        names = [hashlib.sha256(block).digest() for block in blocks]
        new = {name: block for name, block in zip(names, blocks, strict=True) if name not in self._blocks}
        for some in range(0, len(new), _AT_ONCE):
            self._look(dict(islice(new.items(), some, some + _AT_ONCE)))
        for name in dict.fromkeys(names):
            yield from self._blocks[name]

    def _look(self, blocks: Mapping[bytes, bytes]) -> None:
        """Every block's needles are known: those that lie in it whole, however the blocks stand one behind another here."""
        found: dict[bytes, list[Needle]] = {name: [] for name in blocks}
        names, ends = list(blocks), list(accumulate(map(len, blocks.values())))
        for at, needle, length in self._whole(b"".join(blocks.values())):
            number = bisect_right(ends, at)
            if at + length <= ends[number]:
                found[names[number]].append(needle)
        self._blocks |= {name: tuple(needles) for name, needles in found.items()}

    def in_rows(self, fresh: Iterable[Fresh]) -> Iterator[tuple[str, Needle]]:
        """Every hit in those rows; where: `vault.table.column`."""
        for some in fresh:
            yield from self._in_table(f"{some.vault}.{some.table}", some.columns, some.rows)

    def in_night(self, night: Night, vaults: Iterable[str]) -> Iterator[tuple[str, Needle]]:
        """Every hit in the rows of those vaults that night; where: `vault.table.column`."""
        for vault in vaults:
            for name, table in night.vaults.get(vault, {}).items():
                yield from self._in_table(f"{vault}.{name}", table.columns, table.rows)

    def _in_table(
        self, where: str, columns: Sequence[str], rows: Sequence[tuple[Value, ...]]
    ) -> Iterator[tuple[str, Needle]]:
        for column, values in zip(columns, zip(*rows, strict=True), strict=False):
            data = _BETWEEN.join(
                value if isinstance(value, bytes) else value.encode()
                for value in values
                if isinstance(value, bytes | str)
            )
            for _, needle in self.find(data):
                yield f"{where}.{column}", needle


class Hits:
    """Hits counted by place and kind: so many different people, never who."""

    def __init__(self) -> None:
        self._whose: dict[tuple[str, str], set[str]] = defaultdict(set)

    def add(self, where: str, needle: Needle) -> None:
        """One more."""
        self._whose[where, needle.kind].add(needle.whose)

    def counted(self) -> list[tuple[str, str, int]]:
        """Where, what kind, of how many."""
        return [(where, kind, len(whose)) for (where, kind), whose in sorted(self._whose.items())]
