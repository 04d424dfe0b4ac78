"""An address set for the window of an envelope: at the usual size, else smaller, else with its longest lines broken at a space.

What cannot be set whole is refused, by letter reference and in words: nothing of a name or an address is ever cut off or left out.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from troth.kit.errors import Refused
from troth.protocol.code import show_letter_reference

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from troth.fieldwork.letter.glyphs import Glyphs, Run
    from troth.protocol.names import LetterRef

WIDE: Final = 86.0
"""Millimetres that a line may take (`.address` in `letter.css`)."""
HIGH: Final = 33.0
"""Millimetres that all lines may take."""
HIGH_NOTIFY: Final = 25.6
"""As much between the bounds that GOV.UK Notify checks."""
USUAL: Final = 10.5
SMALL: Final = 8.0
"""Points."""
PITCH: Final = 1.25
_MM: Final = 25.4 / 72


class CannotPrint(Refused):
    """One letter cannot be set; the others can."""


@dataclass(frozen=True)
class Arranged:
    """The lines as they will be set."""

    lines: tuple[str, ...] = field(repr=False)
    runs: tuple[tuple[Run, ...], ...] = field(repr=False)
    small: bool


def arrange(ref: LetterRef, lines: Sequence[str], glyphs: Glyphs, high: float = HIGH) -> Arranged:
    """The address set as large as it fits.

    Raises:
        CannotPrint: the font lacks a character, or it does not fit; names the letter reference, never a value.

    """
    where = f"letter {show_letter_reference(ref)}"
    if any(glyphs.lacks(line) for line in lines):
        raise CannotPrint(
            "a character of the address is not in the letter font", where=where, mend="correct the address by hand"
        )
    for size in (USUAL, SMALL):
        runs = tuple(glyphs.runs(line) for line in lines)
        if _high(len(lines), size) <= high and all(_wide(glyphs, run, size) <= WIDE for run in runs):
            return Arranged(tuple(lines), runs, size == SMALL)
    broken = tuple(piece for line in lines for piece in _broken(line, glyphs))
    runs = tuple(glyphs.runs(piece) for piece in broken)
    if _high(len(broken), SMALL) > high or any(_wide(glyphs, run, SMALL) > WIDE for run in runs):
        raise CannotPrint(
            "the address does not fit the window of the envelope", where=where, mend="shorten the address by hand"
        )
    return Arranged(broken, runs, small=True)


def _broken(line: str, glyphs: Glyphs) -> Iterator[str]:
    held = ""
    for word in line.split(" "):
        longer = f"{held} {word}" if held else word
        if held and _wide(glyphs, glyphs.runs(longer), SMALL) > WIDE:
            yield held
            longer = word
        held = longer
    yield held


def _wide(glyphs: Glyphs, runs: tuple[Run, ...], size: float) -> float:
    return glyphs.width(runs) / 1000 * size * _MM


def _high(lines: int, size: float) -> float:
    return lines * size * PITCH * _MM
