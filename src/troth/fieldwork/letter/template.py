"""A kind of letter that was laid out once, taken apart: what all its letters share, where each person's own goes, how it is read aloud.

The layout engine set the page with marks in the places of address, reference, code and picture. Here its PDF is read back: the drawing
without the marks, the marks' positions, and the tree of tags. `sheaf` puts them together again, once a letter.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import pikepdf

from troth.fieldwork.letter.qr import Qr
from troth.fieldwork.letter.sheet import Filling, Sheet, complete
from troth.kit.errors import Refused
from troth.protocol.code import CODE_LENGTH
from troth.study import ENGLISH

if TYPE_CHECKING:
    from collections.abc import Mapping

    from troth.fieldwork.letter.glyphs import Glyphs
    from troth.fieldwork.letter.typeset import Typesetter

PX: Final = 0.75
"""Points of the layout engine's unit, of which its pages are 1/96 inch."""
_BLANK: Final = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 1 1'%3E"
    "%3Crect width='1' height='1'/%3E%3C/svg%3E"
)
# Two lines tell the distance of lines; the hat makes the second file of the font part of the page.
_MARKS: Final = Filling(
    ("slot-usual0Ŵ", "slot-usual1"), ("slot-small0",), "slot-reference", "slot-code", lambda _: _BLANK
)
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


@dataclass
class Node:
    """An element of the tree of tags. A kid is another one, or (page, marked content)."""

    tag: str
    page: int
    kids: list[Node | tuple[int, int]] = field(default_factory=list)
    extra: bytes = b""
    address: bool = False
    """The lines of the address go here."""


@dataclass
class Page:
    """A page: what all letters share of it, and its slots."""

    drawing: bytes
    slots: dict[str, Slot]
    marks: int
    """Numbers of marked content that the layout used: 0 to `marks` - 1."""


@dataclass(frozen=True)
class Template:
    """One kind of letter, laid out."""

    pdf: pikepdf.Pdf = field(repr=False)
    pages: tuple[Page, ...]
    sides: tuple[Node, ...]
    qrs: tuple[Qr, ...]
    """One a side."""
    fonts: Mapping[tuple[str, int], str]
    """The resource's name of a face."""
    pitch: float
    """From line to line of a usual address, as a multiple of its type's size."""


def blank(sheet: Sheet) -> str:
    """The kind of letter as HTML, with a mark in the place of each person's own."""
    return sheet.html(_MARKS)


def lay_out(sheet: Sheet, typesetter: Typesetter, glyphs: Mapping[int, Glyphs]) -> Template:
    """The kind of letter, laid out once.

    Raises:
        Refused: something that a letter must have is missing (`complete`), or did not come out on the page.

    """
    complete(sheet)
    pdf = pikepdf.open(io.BytesIO(typesetter.pdf(blank(sheet), whole_fonts=True)))
    reader = _Reader(pdf, glyphs)
    pages = [reader.page(number) for number in range(len(pdf.pages))]
    sides = reader.sides([str(lang) for lang in sheet.languages])
    found = [slot.name for page in pages for slot in page.slots.values()]
    for wanted in ("slot-reference", "slot-code", "qr"):
        if sum(name.partition("@")[0] == wanted for name in found) != len(sheet.languages):
            raise Refused(
                "a letter must have its reference, its code and its picture", where=sheet.kind, mend="lay it out anew"
            )
    first = pages[0].slots
    usual = first["slot-usual0Ŵ@0"]
    pitch = (first["slot-usual1@0"].y - usual.y) / usual.size
    qrs = tuple(Qr(f"{sheet.address(lang)}#", CODE_LENGTH) for lang in sheet.languages)
    return Template(pdf, tuple(pages), tuple(sides), qrs, reader.fonts, pitch)


class _Reader:
    def __init__(self, pdf: pikepdf.Pdf, glyphs: Mapping[int, Glyphs]) -> None:
        self._pdf, self._glyphs = pdf, glyphs
        self._numbers = {page.objgen: number for number, page in enumerate(pdf.pages)}
        self.fonts: dict[tuple[str, int], str] = {}
        self._slots: dict[tuple[int, int], str] = {}
        self._boxes: dict[tuple[int, int], Any] = {}
        self._side = -1
        self._text: dict[str, dict[int, str]] = {}
        self._widths: dict[str, tuple[int, ...]] = {}
        for page in pdf.pages:
            for name, font in page.Resources.Font.items():
                subset, weight = _NAMES[str(font.BaseFont).partition("+")[2]]
                face = glyphs[weight].faces[subset]
                self.fonts[subset, weight] = name
                self._text[name] = {glyph: character for character, glyph in face.glyph.items()}
                self._widths[name] = face.widths

    def page(self, number: int) -> Page:
        page = self._pdf.pages[number]
        reading = _Drawing(self, float(page.MediaBox[3]))
        kept = reading.read(list(pikepdf.parse_content_stream(page)))
        slots: dict[str, Slot] = {}
        for slot in reading.slots:
            if slot.name == "slot-reference":
                self._side += 1
            named = f"{slot.name}@{max(self._side, 0)}"
            slots[named] = slot
            self._slots[number, slot.mcid] = named
        return Page(pikepdf.unparse_content_stream(kept), slots, reading.marks)

    def sides(self, languages: list[str]) -> list[Node]:
        document = self._pdf.Root.StructTreeRoot.K[0]
        found: list[Node] = []
        for element in document.K:
            for node in self._nodes(element):
                if not isinstance(node, Node):
                    raise Refused(
                        "the layout has text outside every side", where="letter", mend="this is a defect: report it"
                    )
                if self._starts(node):
                    node.extra = f"/Lang({languages[len(found)]})".encode()
                    found.append(node)
                else:  # the same side, on its next page
                    found[-1].kids += node.kids
        return found

    def _starts(self, node: Node) -> bool:
        return any(
            self._starts(kid) if isinstance(kid, Node) else self._slots.get(kid, "").startswith("slot-reference")
            for kid in node.kids
        )

    def _nodes(self, element: Any) -> list[Node | tuple[int, int]]:
        """The element as a node; without an own meaning (a line of text, a wrapper), its kids alone."""
        tag = str(element.S)[1:]
        page = self._numbers[element.Pg.objgen]
        kids: list[Node | tuple[int, int]] = []
        for kid in element.get("/K", []):
            kids += [(page, int(kid))] if isinstance(kid, int) else self._nodes(kid)
        if tag in ("NonStruct", "Span"):
            return kids
        node = Node(tag, page, kids)
        names = [
            self._slots.get(kid.kids[0], "")
            for kid in kids
            if isinstance(kid, Node) and kid.kids and isinstance(kid.kids[0], tuple)
        ]
        if names and all(name.startswith("slot-small") for name in names):
            return []
        if names and all(name.startswith("slot-usual") for name in names):
            node.kids, node.address = [], True
        if tag == "Part":
            node.extra = f"/Lang({ENGLISH})".encode()
        if tag == "Figure":
            x1, y1, x2, y2 = (float(each) * PX for each in element.A.BBox)
            top = float(self._pdf.pages[page].MediaBox[3])
            box = " ".join(f"{each:.3f}" for each in (x1, top - y2, x2, top - y1))
            node.extra = (
                pikepdf.String(str(element.Alt)).unparse() + f"/A<</O/Layout/Placement/Block/BBox[{box}]>>".encode()
            )
            node.extra = b"/Alt" + node.extra
        return [node] if kids else []

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


class _Drawing:
    """Reads a page's drawing: takes the marks out, keeps all that a later drawing relies on."""

    def __init__(self, reader: _Reader, height: float) -> None:
        self._reader, self._height = reader, height
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
                shown, wide = self._reader.decode(font, operands[0])
                text, width, colour = text + shown, width + wide, self._colour
            elif operator == "cm" and matrix == before:
                matrix = self._matrix
        if figure:
            self.slots.append(self._picture(mcid, matrix, inside))
        elif text.startswith("slot-"):
            if text == "slot-reference":
                x += width / 1000 * size
            self._check(before)
            weight = next(weight for (_, weight), name in self._reader.fonts.items() if name == font)
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
