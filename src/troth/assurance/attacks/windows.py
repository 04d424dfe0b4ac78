"""Every run of 8 bytes of many byte strings, as numbers: so that millions are compared at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from numpy.typing import NDArray

WINDOW: Final = 8
_CHUNK: Final = 2**18
"""Bytes that are worked on at once: eight times as many stay near the processor."""
_SPREAD: Final = np.uint64(0x9E3779B97F4A7C15)
_LEAST_BITS, _MOST_BITS = 16, 28


def windows(data: bytes) -> NDArray[np.uint64]:
    """The 8 bytes that begin at each place, as a little-endian number; empty where there are fewer than 8."""
    count = len(data) - WINDOW + 1
    found = np.empty(max(0, count), dtype=np.uint64)
    for shift in range(min(WINDOW, max(0, count))):
        found[shift::WINDOW] = np.frombuffer(data, "<u8", count=(count - shift + WINDOW - 1) // WINDOW, offset=shift)
    return found


def each_once(found: Sequence[NDArray[np.uint64]]) -> NDArray[np.uint64]:
    """All of these, each once, in ascending order."""
    if not found:
        return np.empty(0, dtype=np.uint64)
    known = np.sort(np.concatenate(found))  # sorting by hand: many times quicker here than np.unique
    return known[np.concatenate(([True], known[1:] != known[:-1]))] if len(known) else known


def all_of(
    strings: Iterable[bytes], only: Callable[[NDArray[np.uint64]], NDArray[np.bool_]] | None = None
) -> NDArray[np.uint64]:
    """All windows of all strings, or `only` those of which that says so, each once, in ascending order. None spans two strings."""
    parts = (found for found, _ in chunks([each for each in strings if len(each) >= WINDOW]))
    return each_once([found if only is None else found[only(found)] for found in parts])


def blocks(data: bytes) -> NDArray[np.uint64]:
    """The runs of 8 bytes that begin at every eighth place: whatever has 15 bytes of `data` has one of them whole."""
    return np.frombuffer(data, "<u8", count=len(data) // WINDOW)


def chunks(strings: Sequence[bytes]) -> Iterator[tuple[NDArray[np.uint64], NDArray[np.int64]]]:
    """The windows of the strings in their order, and of which string (its number) each is; some megabytes at a time."""
    begun = 0
    while begun < len(strings):
        size, end = 0, begun
        while end < len(strings) and (end == begun or size + len(strings[end]) <= _CHUNK):
            size += len(strings[end])
            end += 1
        lengths = np.array([len(each) for each in strings[begun:end]], dtype=np.int64)
        whose = np.repeat(np.arange(begun, end, dtype=np.int64), lengths)
        found = windows(b"".join(strings[begun:end]))
        whole = whose[: len(found)] == whose[WINDOW - 1 :][: len(found)]  # else the window spans two strings
        yield found[whole], whose[: len(found)][whole]
        begun = end


def among(found: NDArray[np.uint64], known: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Which of these are in `known`, which is in ascending order."""
    if not len(known):
        return np.zeros(len(found), dtype=np.bool_)
    at = np.minimum(np.searchsorted(known, found), len(known) - 1)
    return np.asarray(known[at] == found)


class Known:
    """Windows, ready to be recognised among very many: a table says of most that they are unknown, the rest are looked up."""

    def __init__(self, known: NDArray[np.uint64]) -> None:
        """`known` is in ascending order."""
        bits = min(_MOST_BITS, max(_LEAST_BITS, len(known).bit_length() + 4))
        self._known, self._shift = known, np.uint64(64 - bits)
        self._table = np.zeros(1 << bits, dtype=np.bool_)
        self._table[self._place(known)] = True

    def has(self, found: NDArray[np.uint64]) -> NDArray[np.bool_]:
        """Which of these are known."""
        there = self._table[self._place(found)]
        likely = np.flatnonzero(there)
        there[likely] = among(found[likely], self._known)
        return np.asarray(there)

    def _place(self, found: NDArray[np.uint64]) -> NDArray[np.uint64]:
        return (found * _SPREAD) >> self._shift


def looks_random(found: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Which windows look drawn by chance: at least 6 different bytes, and at least 3 that are neither text nor 0.

    Words, days, small numbers, padding and what lies between columns do not; of 100 windows of sealed bytes some 85 do, and a
    shared string of 16 bytes has nine windows.
    """
    each: NDArray[Any] = np.sort(found.astype("<u8").view(np.uint8).reshape(-1, WINDOW), axis=1)
    different = (np.diff(each, axis=1) != 0).sum(axis=1) + 1
    strange = (((each < 32) & (each > 0)) | (each > 126)).sum(axis=1)  # noqa: PLR2004 - printable ASCII
    return np.asarray((different >= 6) & (strange >= 3))  # noqa: PLR2004 - as the docstring says
