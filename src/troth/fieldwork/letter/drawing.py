"""A laid-out page's drawing, read back: the marks are taken out and their places noted, all else stays as it was.

What is taken out leaves its state (colour, font) behind, because what is drawn after it may rely on that.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import pikepdf

from troth.kit.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping

    from troth.fieldwork.letter.glyphs import Glyphs

PX: Final = 0.75
"""Points of the layout engine's unit, of which its pages are 1/96 inch."""
_NAMES: Final = {
    "Letter": ("latin", 400), "Letter-Bold": ("latin", 700), "Letter-ext": ("latin-ext", 400), "Letter-ext-Bold": ("latin-ext", 700)
}  # fmt: skip
_STATE: Final = frozenset({"gs", "rg", "RG", "w", "d", "J", "j", "M", "Tf", "cs", "CS", "sc", "scn", "SC", "SCN"})


@dataclass(frozen=True)
class Slot:
    """A place for a person's own: a baseline's start (or end) in the layout's units, from the page's upper left corner."""

    name: str
    mcid: int
    x: float
    y: float
    size: float
    """Of the type; of a picture, its side."""
    weight: int
    colour: bytes


class Fonts:
    """The letter fonts as this PDF names them."""

    def __init__(self, pdf: pikepdf.Pdf, glyphs: Mapping[int, Glyphs]) -> None:
        self.names: dict[tuple[str, int], str] = {}
        """(Subset, weight) -> the resource's name."""
        self._text: dict[str, dict[int, str]] = {}
        self._widths: dict[str, tuple[int, ...]] = {}
        for page in pdf.pages:
            for name, font in page.Resources.Font.items():
                subset, weight = _NAMES[str(font.BaseFont).partition("+")[2]]
                face = glyphs[weight].faces[subset]
                self.names[subset, weight] = name
                self._text[name] = {glyph: character for character, glyph in face.glyph.items()}
                self._widths[name] = face.widths

    def weight(self, font: str) -> int:
        """Of that resource."""
        return next(weight for (_, weight), name in self.names.items() if name == font)

    def decode(self, font: str, operand: Any) -> tuple[str, int]:
        """The text and its width (thousandths of an em) of what a TJ shows."""
        text, width = "", 0
        for each in operand:
            if isinstance(each, pikepdf.String):
                raw = bytes(each)
                glyphs = [int.from_bytes(raw[at : at + 2], "big") for at in range(0, len(raw), 2)]
                text += "".join(self._text[font].get(glyph, "\ufffd") for glyph in glyphs)
                width += sum(self._widths[font][glyph] for glyph in glyphs)
            else:
                width -= round(float(each))
        return text, width


class Drawing:
    """Reads a page's drawing: takes the marks out, keeps all that a later drawing relies on."""

    def __init__(self, fonts: Fonts, height: float) -> None:
        self._fonts, self._height = fonts, height
        self.slots: list[Slot] = []
        self.marks = 0
        self._colour = b""
        self._matrix = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
        self._stack: list[tuple[bytes, tuple[float, ...]]] = []

    def read(self, instructions: list[Any]) -> list[Any]:
        kept: list[Any] = []
        at = 0
        while at < len(instructions):
            operands, operator = instructions[at].operands, str(instructions[at].operator)
            self._follow(operator, operands)
            if operator == "BDC" and "/MCID" in operands[1]:
                end = self._end(instructions, at)
                inside = instructions[at : end + 1]
                self.marks = max(self.marks, int(operands[1].MCID) + 1)
                kept += self._marked(inside)
                at = end + 1
                continue
            kept.append(instructions[at])
            at += 1
        return kept

    def _end(self, instructions: list[Any], at: int) -> int:
        depth = 0
        for place in range(at, len(instructions)):
            operator = str(instructions[place].operator)
            depth += operator in ("BDC", "BMC")
            depth -= operator == "EMC"
            if not depth:
                return place
        raise Refused("the layout does not end what it marks", where="letter", mend="this is a defect: report it")

    def _marked(self, inside: list[Any]) -> list[Any]:
        """A piece of marked content: a slot, of which only the state stays, or what it was."""
        mcid, figure = int(inside[0].operands[1].MCID), str(inside[0].operands[0]) == "/Figure"
        text, font, size, x, y, width = "", "", 0.0, 0.0, 0.0, 0
        before, matrix, colour = self._matrix, self._matrix, self._colour
        for each in inside[1:]:
            operands, operator = each.operands, str(each.operator)
            self._follow(operator, operands)
            if operator == "Tf":
                font, size = str(operands[0]), float(operands[1])
            elif operator == "Tm":
                x, y = float(operands[4]), float(operands[5])
            elif operator == "TJ":
                shown, wide = self._fonts.decode(font, operands[0])
                text, width, colour = text + shown, width + wide, self._colour
            elif operator == "cm" and matrix == before:
                matrix = self._matrix
        if figure:
            self.slots.append(self._picture(mcid, matrix, inside))
        elif text.startswith("slot-"):
            if text == "slot-reference":
                x += width / 1000 * size
            self._check(before)
            weight = self._fonts.weight(font)
            self.slots.append(Slot(text, mcid, x, y, size, weight, colour))
        else:
            return inside
        return _state_alone(inside[1:-1])

    def _picture(self, mcid: int, matrix: tuple[float, ...], inside: list[Any]) -> Slot:
        """Where the blank picture was drawn: a unit square under the innermost matrix."""
        scale = [
            float(each.operands[0]) for each in inside if str(each.operator) == "cm" and float(each.operands[0]) != 1
        ]
        x, y = (matrix[4] / PX, (self._height - matrix[5]) / PX)
        return Slot("qr", mcid, x, y, scale[0] if scale else 1.0, 0, b"0 0 0 rg")

    def _check(self, matrix: tuple[float, ...]) -> None:
        wanted = (PX, 0.0, 0.0, -PX, 0.0, self._height)
        if any(abs(a - b) > 1e-3 for a, b in zip(matrix, wanted, strict=True)):  # noqa: PLR2004 - far finer than print
            raise Refused(
                "the layout turns or moves a place for a person's own",
                where="letter",
                mend="keep the style sheet plain",
            )

    def _follow(self, operator: str, operands: Any) -> None:
        """Colour and matrix, as they stand after this."""
        if operator == "q":
            self._stack.append((self._colour, self._matrix))
        elif operator == "Q":
            self._colour, self._matrix = self._stack.pop()  # type: ignore[assignment]
        elif operator == "rg":
            self._colour = b" ".join(_number(each) for each in operands) + b" rg"
        elif operator == "cm":
            a, b, c, d, e, f = (float(each) for each in operands)
            p, q, r, s, t, u = self._matrix
            self._matrix = (
                a * p + b * r,
                a * q + b * s,
                c * p + d * r,
                c * q + d * s,
                e * p + f * r + t,
                e * q + f * s + u,
            )


def _state_alone(inside: list[Any]) -> list[Any]:
    kept, depth = [], 0
    for each in inside:
        operator = str(each.operator)
        depth += operator == "q"
        depth -= operator == "Q"
        if not depth and operator in _STATE:
            kept.append(each)
    return kept


def _number(value: Any) -> bytes:
    return f"{Decimal(str(value)):f}".encode()
