"""A kind of letter that was laid out once, taken apart: what all its letters share, where each person's own goes, how it is read aloud.

The layout engine set the page with marks in the places of address, reference, code and picture. Here its PDF is read back: the drawing
without the marks, the marks' positions, and the tree of tags. `sheaf` puts them together again, once a letter.
"""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import pikepdf

from troth.fieldwork.letter.drawing import PX, Drawing, Fonts, Slot
from troth.fieldwork.letter.qr import Qr
from troth.fieldwork.letter.sheet import Filling, Sheet, complete
from troth.kit.errors import Refused
from troth.protocol.code import CODE_LENGTH
from troth.study import ENGLISH

if TYPE_CHECKING:
    from collections.abc import Mapping

    from troth.fieldwork.letter.glyphs import Glyphs
    from troth.fieldwork.letter.typeset import Typesetter

_BLANK: Final = (
    "data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 1 1'%3E"
    "%3Crect width='1' height='1'/%3E%3C/svg%3E"
)
# Two lines tell the distance of lines; the hat makes the second file of the font part of the page.
_MARKS: Final = Filling(
    ("slot-usual0Ŵ", "slot-usual1"), ("slot-small0",), "slot-reference", "slot-code", lambda _: _BLANK
)


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
    return Template(pdf, tuple(pages), tuple(sides), qrs, reader.fonts.names, pitch)


class _Reader:
    def __init__(self, pdf: pikepdf.Pdf, glyphs: Mapping[int, Glyphs]) -> None:
        self._pdf = pdf
        self._numbers = {page.objgen: number for number, page in enumerate(pdf.pages)}
        self.fonts = Fonts(pdf, glyphs)
        self._slots: dict[tuple[int, int], str] = {}
        self._side = -1

    def page(self, number: int) -> Page:
        page = self._pdf.pages[number]
        reading = Drawing(self.fonts, float(page.MediaBox[3]))
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
