"""The QR code of any letter from a few that were made once: an address of fixed length that ends in an access code.

Why it is right. A QR code of fixed size, error correction and mask is an affine function, over the field of two elements, of the bits
of its text: Reed-Solomon codes are linear, and placing and masking move and flip fixed modules. So the modules of a code are those of a
base, with the difference of each changed bit added (exclusive or). One encoder run a bit, instead of one a letter; a test holds
the result against the encoder's own for random codes. The fixed mask is chosen without looking at the code.
"""

from __future__ import annotations

from typing import Final

import segno

MASK: Final = 3
BORDER: Final = 4
"""Modules of quiet zone on every side."""
_BITS: Final = 7


class Qr:
    """QR codes of `address` + code."""

    def __init__(self, address: str, length: int) -> None:
        """`address` has a lower-case letter (any has: `https`), so that every code is written in bytes."""
        self._address = address
        self._base = "B" * length
        start = self._made(self._base)
        self._start = _bits(start)
        self.modules = len(start)
        """On a side, without the quiet zone."""
        self._changes = [
            [self._start ^ _bits(self._made(self._swapped(at, bit))) for bit in range(_BITS)] for at in range(length)
        ]

    def rows(self, code: str) -> list[str]:
        """The modules of that code: a string of 0 and 1 a row."""
        found = self._start
        for at, (was, now) in enumerate(zip(self._base, code, strict=True)):
            changed = ord(was) ^ ord(now)
            for bit in range(_BITS):
                if changed >> bit & 1:
                    found ^= self._changes[at][bit]
        side = self.modules
        whole = f"{found:0{side * side}b}"
        return [whole[start : start + side] for start in range(0, side * side, side)]

    def _swapped(self, at: int, bit: int) -> str:
        return self._base[:at] + chr(ord(self._base[at]) ^ 1 << bit) + self._base[at + 1 :]

    def _made(self, code: str) -> list[str]:
        return modules(self._address + code)


def made(text: str) -> segno.QRCode:
    """The encoder's own code, with the mask that all letters have."""
    return segno.make(text, error="m", mask=MASK, mode="byte", micro=False)


def modules(text: str) -> list[str]:
    """The encoder's own modules."""
    return ["".join(str(module) for module in row) for row in made(text).matrix]


def _bits(rows: list[str]) -> int:
    return int("".join(rows), 2)
