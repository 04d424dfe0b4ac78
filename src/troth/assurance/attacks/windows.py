"""Every run of 8 bytes of many byte strings, as numbers: so that millions are compared at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from numpy.typing import NDArray

WINDOW: Final = 8
_CHUNK: Final = 2**22
"""Bytes that are worked on at once: eight times as many are in memory."""


def windows(data: bytes) -> NDArray[np.uint64]:
    """The 8 bytes that begin at each place, as a little-endian number; empty where there are fewer than 8."""
    count = len(data) - WINDOW + 1
    found = np.empty(max(0, count), dtype=np.uint64)
    for shift in range(min(WINDOW, max(0, count))):
        found[shift::WINDOW] = np.frombuffer(data, "<u8", count=(count - shift + WINDOW - 1) // WINDOW, offset=shift)
    return found


def all_of(strings: Iterable[bytes]) -> NDArray[np.uint64]:
    """All windows of all strings, each once, in ascending order. No window spans two strings."""
    parts = [found for found, _ in chunks([each for each in strings if len(each) >= WINDOW])]
    if not parts:
        return np.empty(0, dtype=np.uint64)
    known = np.sort(np.concatenate(parts))  # sorting by hand: many times quicker here than np.unique
    return known[np.concatenate(([True], known[1:] != known[:-1]))]


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


def looks_random(found: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Which windows look drawn by chance: at least 6 different bytes, and at least 3 that are neither text nor 0.

    Words, days, small numbers, padding and what lies between columns do not; of 100 windows of sealed bytes some 85 do, and a
    shared string of 16 bytes has nine windows.
    """
    each: NDArray[Any] = np.sort(found.astype("<u8").view(np.uint8).reshape(-1, WINDOW), axis=1)
    different = (np.diff(each, axis=1) != 0).sum(axis=1) + 1
    strange = (((each < 32) & (each > 0)) | (each > 126)).sum(axis=1)  # noqa: PLR2004 - printable ASCII
    return np.asarray((different >= 6) & (strange >= 3))  # noqa: PLR2004 - as the docstring says
