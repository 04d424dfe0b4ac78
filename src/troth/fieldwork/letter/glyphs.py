"""The letter font, as the filling needs it: which glyph a character has, how wide it is, how two stand beside each other.

The four built faces hold one typeface in two files a weight (Latin, and the letters with a hat that Welsh needs): a text is cut where
the file changes, as the layout engine does, and kerned within a piece by the font's own `kern` table. Pure: no layout engine here.
"""

from __future__ import annotations

import unicodedata
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Final

from fontTools.ttLib import TTFont

from troth.kit.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

UNITS: Final = 1000
"""Of an em: what a PDF counts widths in. A face of another size is scaled."""


@dataclass(frozen=True)
class Run:
    """A piece of text in one face: its glyphs, and for each what is added to its own width, in thousandths of an em."""

    subset: str
    glyphs: tuple[int, ...] = field(repr=False)
    kerns: tuple[int, ...] = field(repr=False)


class Face:
    """One file of the font."""

    def __init__(self, file: Path) -> None:
        font = TTFont(file, lazy=False)
        scale = UNITS / font["head"].unitsPerEm
        order: list[str] = font.getGlyphOrder()
        number = {name: place for place, name in enumerate(order)}
        self.glyph: dict[str, int] = {chr(code): number[name] for code, name in font.getBestCmap().items()}
        self.widths: tuple[int, ...] = tuple(round(font["hmtx"][name][0] * scale) for name in order)
        self._pairs = _Pairs(font, order, scale)

    def run(self, subset: str, text: str, spaced: int) -> Run:
        glyphs = tuple(self.glyph[character] for character in text)
        kerns = [self._pairs.kern(left, right) for left, right in pairwise(glyphs)] + [0]
        if spaced:  # the layout engine sets what stands between spaces by itself: nothing is kerned with a space
            near = zip(kerns, text, f"{text[1:]}.", strict=True)
            kerns = [spaced if here == " " else 0 if after == " " else kern for kern, here, after in near]
        return Run(subset, glyphs, tuple(kerns))


class Glyphs:
    """The faces of one weight, `latin` first."""

    SUBSETS: Final = ("latin", "latin-ext")

    def __init__(self, fonts: Path, weight: int) -> None:
        """Raises Refused: the fonts were not built."""
        self.faces = {subset: _face(font_file(fonts, subset, weight)) for subset in self.SUBSETS}

    def lacks(self, text: str) -> bool:
        """Whether a character of the text is in none of the faces."""
        return not all(any(c in face.glyph for face in self.faces.values()) for c in composed(text))

    def runs(self, text: str, spaced: int = 0) -> tuple[Run, ...]:
        """The text as glyphs; `spaced` thousandths of an em are added after each space. Raises KeyError: `lacks`."""
        return tuple(self.faces[subset].run(subset, piece, spaced) for subset, piece in self._pieces(composed(text)))

    def width(self, runs: tuple[Run, ...]) -> int:
        """In thousandths of an em."""
        return sum(sum(self.faces[run.subset].widths[glyph] for glyph in run.glyphs) + sum(run.kerns) for run in runs)

    def _pieces(self, text: str) -> Iterator[tuple[str, str]]:
        held, where = "", ""
        for character in text:
            # A face holds a few letters of the other too; whoever comes first in the style sheet sets them.
            subset = next((name for name, face in self.faces.items() if character in face.glyph), "")
            if not subset:
                raise KeyError("a character that the letter font lacks")
            if held and subset != where:
                yield where, held
                held = ""
            held, where = held + character, subset
        if held:
            yield where, held


def composed(text: str) -> str:
    """As the font has it: a letter and its accent are one character (NFC)."""
    return unicodedata.normalize("NFC", text)


def font_file(fonts: Path, subset: str, weight: int) -> Path:
    """The built file of that subset and weight, whichever the typeface. Raises Refused: it was not built."""
    files = sorted(fonts.glob(f"*-{subset}-{weight}-normal.woff2"))
    if not files:
        raise Refused("the letter font is not built", where=f"{subset} {weight}", mend="run `make setup`")
    return files[0]


@lru_cache(maxsize=8)
def _face(file: Path) -> Face:
    return Face(file)


class _Pairs:
    """The `kern` feature of a font: lookups of pairs, each glyph by glyph (format 1) or class by class (format 2)."""

    def __init__(self, font: TTFont, order: list[str], scale: float) -> None:
        self._order, self._scale = order, scale
        self._known: dict[tuple[int, int], int] = {}
        self._lookups: list[list[Any]] = []
        if "GPOS" not in font:
            return
        table = font["GPOS"].table
        wanted = sorted({at for one in table.FeatureList.FeatureRecord if one.FeatureTag == "kern"
                         for at in one.Feature.LookupListIndex})  # fmt: skip
        for at in wanted:
            tables = [getattr(each, "ExtSubTable", each) for each in table.LookupList.Lookup[at].SubTable]
            self._lookups.append([each for each in tables if type(each).__name__ == "PairPos"])

    def kern(self, left: int, right: int) -> int:
        """What is added between the two, in thousandths of an em."""
        if (left, right) not in self._known:
            names = self._order[left], self._order[right]
            self._known[left, right] = round(self._scale * sum(_first(tables, *names) for tables in self._lookups))
        return self._known[left, right]


def _first(tables: list[Any], left: str, right: str) -> int:
    """The first table of a lookup that speaks of the pair decides."""
    for table in tables:
        if left not in table.Coverage.glyphs:
            continue
        if table.Format == 1:
            for record in table.PairSet[table.Coverage.glyphs.index(left)].PairValueRecord:
                if record.SecondGlyph == right:
                    return _advance(record.Value1)
            continue
        first = table.ClassDef1.classDefs.get(left, 0)
        second = table.ClassDef2.classDefs.get(right, 0)
        return _advance(table.Class1Record[first].Class2Record[second].Value1)
    return 0


def _advance(value: Any) -> int:
    return int(getattr(value, "XAdvance", 0) or 0) if value is not None else 0
