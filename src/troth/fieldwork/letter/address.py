"""An address set for the window of an envelope: as large as it fits, at the least size with its longest lines broken at a space.

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

WIDE: Final = 82.0
"""Millimetres that a line may take: from 25 to 107 mm of the page, in a window from 20 to 110."""
HIGH: Final = 33.0
"""Millimetres that all lines may take."""
SIZES: Final = (10.5, 9.5, 8.5, 8.0, 7.0, 6.5)
"""Points, the usual first. Below 8 a sorting machine may need help."""
HIGH_NOTIFY: Final = 25.6
SIZES_NOTIFY: Final = (10.5, 9.5, 8.5, 8.0)
"""As much, and as small, as GOV.UK Notify takes."""
PITCH: Final = 1.25
_MM: Final = 25.4 / 72


class CannotPrint(Refused):
    """One letter cannot be set; the others can."""


@dataclass(frozen=True)
class Arranged:
    """The lines as they will be set."""

    lines: tuple[str, ...] = field(repr=False)
    runs: tuple[tuple[Run, ...], ...] = field(repr=False)
    size: float
    """Points."""
    down: float
    """Millimetres below the top of its place: in the middle, so that the sheet may slide both ways."""


def arrange(
    ref: LetterRef, lines: Sequence[str], glyphs: Glyphs, high: float = HIGH, sizes: Sequence[float] = SIZES
) -> Arranged:
    """The address set as large as it fits.

    Raises:
        CannotPrint: the font lacks a character, or it does not fit; names the letter reference, never a value.

    """
    where = f"letter {show_letter_reference(ref)}"
    if any(glyphs.lacks(line) for line in lines):
        raise CannotPrint(
            "a character of the address is not in the letter font", where=where, mend="correct the address by hand"
        )
    runs = tuple(glyphs.runs(line) for line in lines)
    widest = max(glyphs.width(run) for run in runs)
    for size in sizes:
        if _high(len(lines), size) <= high and _wide(widest, size) <= WIDE:
            return Arranged(tuple(lines), runs, size, (high - _high(len(lines), size)) / 2)
    least = sizes[-1]
    broken = tuple(piece for line in lines for piece in _broken(line, glyphs, least))
    runs = tuple(glyphs.runs(piece) for piece in broken)
    if _high(len(broken), least) > high or _wide(max(glyphs.width(run) for run in runs), least) > WIDE:
        raise CannotPrint(
            "the address does not fit the window of the envelope", where=where, mend="shorten the address by hand"
        )
    return Arranged(broken, runs, least, (high - _high(len(broken), least)) / 2)


def _broken(line: str, glyphs: Glyphs, size: float) -> Iterator[str]:
    held = ""
    for word in line.split(" "):
        longer = f"{held} {word}" if held else word
        if held and _wide(glyphs.width(glyphs.runs(longer)), size) > WIDE:
            yield held
            longer = word
        held = longer
    yield held


def _wide(width: int, size: float) -> float:
    return width / 1000 * size * _MM


def _high(lines: int, size: float) -> float:
    return lines * size * PITCH * _MM
