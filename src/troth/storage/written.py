"""Bytes that are written to a file that is there: all of them, or the disk's refusal. The kernel may take a part and say nothing."""

from __future__ import annotations

import os


def write_at(file: int, data: bytes, at: int) -> None:
    """Every byte of `data` lies in the open file from byte `at` on; not yet flushed.

    On a disk that is nearly full a raw write takes what there is room for and raises nothing: only the next one is refused.

    Raises OSError: the disk refuses; a part may lie there.
    """
    left = memoryview(data)
    while left:
        wrote = os.pwrite(file, left, at)
        left, at = left[wrote:], at + wrote
