"""Letters filled into their kinds: a file of them, page after page, each with its own tags, drawn once for all and written once each.

A page is two drawings: what all letters of the kind share, which the file holds once, and this person's own: lines of the address,
reference, code and QR code, drawn in the same embedded fonts at the places that the layout found. Every letter has its own
elements in the tree of tags, so that a screen reader reads out its address and its code, in their places.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, replace
from typing import IO, TYPE_CHECKING, Final

from troth.fieldwork.letter.drawing import PX
from troth.fieldwork.letter.file import PdfFile
from troth.fieldwork.letter.qr import BORDER
from troth.fieldwork.letter.template import Node
from troth.protocol.code import show_code, show_letter_reference

if TYPE_CHECKING:
    from collections.abc import Mapping

    from troth.fieldwork.letter.address import Arranged
    from troth.fieldwork.letter.drawing import Slot
    from troth.fieldwork.letter.glyphs import Glyphs, Run
    from troth.fieldwork.letter.template import Page, Template
    from troth.protocol.names import Code, LetterRef

SPACED: Final = 250
"""Thousandths of an em between the groups of a code, beyond a space (`word-spacing` in `letter.css`)."""


@dataclass(frozen=True)
class _Bound:
    """A template in this file: numbers of what its letters share, and what each of a letter's objects says."""

    template: Template
    drawings: tuple[int, ...]
    resources: tuple[int, ...]
    nodes: tuple[tuple[bytes, tuple[int, ...]], ...]
    """Text with a gap for each number, and the numbers, counted from the letter's first object; -1: where the address goes."""
    owners: tuple[dict[int, int], ...]
    """For each page, marked content -> the element that owns it."""
    address: int
    tops: tuple[int, ...]


class Sheaf:
    """A file of letters under way."""

    def __init__(self, handle: IO[bytes], glyphs: Mapping[int, Glyphs]) -> None:
        self._file, self._glyphs = PdfFile(handle), glyphs
        first = self._file.number(6)
        self._root, self._info, self._pages, self._tree, self._document, self._parents = range(first, first + 6)
        self._bound: dict[int, _Bound] = {}
        self._fonts: dict[str, int] = {}
        self._catalog = b""
        self._kids: list[int] = []
        self._letters: list[int] = []
        self._arrays: list[int] = []

    def add(self, template: Template, ref: LetterRef, code: Code, arranged: Arranged) -> None:
        """One letter more, on pages of its own."""
        bound = self._bound.get(id(template)) or self._bind(template)
        many, file = len(template.pages), self._file
        lines = len(arranged.lines)
        total = 2 * many + len(bound.nodes) + lines
        own = file.number(total + many)
        first_line = own + total - lines
        owners = [{mark: own + at for mark, at in each.items()} for each in bound.owners]
        bodies: list[bytes] = []
        for number, page in enumerate(template.pages):
            drawing = self._drawing(template, page, show_letter_reference(ref), code, arranged)
            contents = b"%d 0 R" % bound.drawings[number]
            if drawing:
                contents = b"[%s %d 0 R]" % (contents, own + total + number)
                file.stream(own + total + number, drawing)
            bodies.append(
                b"<</Type/Page/Parent %d 0 R/MediaBox[0 0 595.276 841.89]/Resources %d 0 R/Contents %s/StructParents %d/Tabs/S>>"
                % (self._pages, bound.resources[number], contents, len(self._arrays) + number)
            )
        for place, mark in enumerate(_marks(template.pages[0], lines)):
            owners[0][mark] = first_line + place
        for page, owner in zip(template.pages, owners, strict=True):
            last = max([*owner, page.marks - 1], default=-1)
            bodies.append(
                b"["
                + b" ".join(b"%d 0 R" % owner[mark] if mark in owner else b"null" for mark in range(last + 1))
                + b"]"
            )
        lines_there = b" ".join(b"%d 0 R" % (first_line + place) for place in range(lines))
        for text, numbers in bound.nodes:
            said = text % tuple(own + at for at in numbers)
            bodies.append(said.replace(b"@LINES@", lines_there) if b"@LINES@" in said else said)
        bodies += [
            b"<</Type/StructElem/S/P/P %d 0 R/Pg %d 0 R/K %d>>" % (own + bound.address, own, mark)
            for mark in _marks(template.pages[0], lines)
        ]
        file.objects(own, bodies)
        self._kids += [own + number for number in range(many)]
        self._arrays += [own + many + number for number in range(many)]
        self._letters += [own + at for at in bound.tops]

    def close(self) -> None:
        """The file is whole."""
        file = self._file
        numbers = b" ".join(b"%d %d 0 R" % each for each in enumerate(self._arrays))
        file.objects(self._root, [
            b"<</Type/Catalog/Pages %d 0 R/StructTreeRoot %d 0 R/MarkInfo<</Marked true>>%s>>" % (self._pages, self._tree, self._catalog),
            b"<</Title(Letters)/Producer(Troth)>>",
            b"<</Type/Pages/Count %d/Kids[%s]>>" % (len(self._kids), _refs(self._kids)),
            b"<</Type/StructTreeRoot/K[%d 0 R]/ParentTree %d 0 R/ParentTreeNextKey %d>>"
            % (self._document, self._parents, len(self._arrays)),
            b"<</Type/StructElem/S/Document/P %d 0 R/K[%s]>>" % (self._tree, _refs(self._letters)),
            b"<</Nums[%s]>>" % numbers,
        ])  # fmt: skip
        file.finish(self._root, self._info, secrets.token_bytes(16))

    # What a page says of one person ------------------------------------------------------------------------------

    def _drawing(self, template: Template, page: Page, reference: str, code: Code, arranged: Arranged) -> bytes:
        drawn: list[bytes] = []
        for name, slot in page.slots.items():
            what, _, side = name.partition("@")
            if what == "slot-reference":
                runs = self._glyphs[slot.weight].runs(reference)
                x = slot.x - self._glyphs[slot.weight].width(runs) / 1000 * slot.size
                drawn.append(_text(template, slot.mcid, slot, runs, (x, slot.y)))
            elif what == "slot-code":
                runs = self._glyphs[slot.weight].runs(show_code(code), SPACED)
                drawn.append(_text(template, slot.mcid, slot, runs, (slot.x, slot.y)))
            elif what == "qr":
                drawn.append(_picture(slot, template.qrs[int(side)].rows(code)))
        if "slot-usual0Ŵ@0" in page.slots:
            slot = _at_size(page.slots["slot-usual0Ŵ@0"], page.slots["slot-small0@0"], arranged.size / PX)
            slot = replace(slot, y=slot.y + arranged.down * 96 / 25.4)
            for place, (mark, runs) in enumerate(zip(_marks(page, len(arranged.lines)), arranged.runs, strict=True)):
                drawn.append(_text(template, mark, slot, runs, (slot.x, slot.y + place * template.pitch * slot.size)))
        if not drawn:
            return b""
        return b"q %g 0 0 -%g 0 841.889764 cm\n%sQ\n" % (PX, PX, b"".join(drawn))

    # What a file holds once --------------------------------------------------------------------------------------

    def _bind(self, template: Template) -> _Bound:
        file, pdf = self._file, template.pdf
        known: dict[tuple[int, int], int] = {}
        if not self._catalog:
            metadata = file.number()
            file.stream(metadata, _metadata(), b"/Type/Metadata/Subtype/XML", packed=False)
            self._catalog = b"/Metadata %d 0 R/Lang(en)/ViewerPreferences<</DisplayDocTitle true>>" % metadata
        for page in pdf.pages:
            for name, font in page.Resources.Font.items():
                if name not in self._fonts:
                    self._fonts[name] = self._font(template, name, font, known)
        drawings, resources = [], []
        for page, read in zip(pdf.pages, template.pages, strict=True):
            drawings.append(file.number())
            file.stream(drawings[-1], b"q\n" + read.drawing + b"\nQ\n")
            fonts = b"".join(name.encode() + b" %d 0 R" % number for name, number in self._fonts.items())
            others = b"".join(
                key.encode() + b" " + file.copy(value, known)
                for key, value in page.Resources.items() if key in ("/ExtGState", "/ColorSpace")
            )  # fmt: skip
            resources.append(file.number())
            file.objects(resources[-1], [b"<</Font<<%s>>%s>>" % (fonts, others)])
        found = _Tree(len(template.pages), self._document)
        tops = [found.add(side, None) for side in template.sides]
        bound = _Bound(
            template,
            tuple(drawings),
            tuple(resources),
            tuple(found.nodes),
            tuple(found.owners),
            found.address,
            tuple(tops),
        )
        self._bound[id(template)] = bound
        return bound

    def _font(self, template: Template, name: str, font: object, known: dict[tuple[int, int], int]) -> int:
        """A font with every glyph's width and meaning, not only those that the layout used."""
        (subset, weight) = next(key for key, value in template.fonts.items() if value == name)
        face = self._glyphs[weight].faces[subset]
        file = self._file
        descendant = font.DescendantFonts[0]  # type: ignore[attr-defined]
        meaning, inner, outer = file.number(), file.number(), file.number()
        file.stream(meaning, _meaning({glyph: character for character, glyph in face.glyph.items()}))
        said = b"".join(
            key.encode() + b" " + file.copy(value, known) for key, value in descendant.items() if key != "/W"
        )
        widths = b" ".join(b"%d" % width for width in face.widths)
        file.objects(inner, [b"<<%s/W[0[%s]]>>" % (said, widths)])
        base = str(font.BaseFont).encode()  # type: ignore[attr-defined]
        file.objects(outer, [
            b"<</Type/Font/Subtype/Type0/BaseFont%s/Encoding/Identity-H/DescendantFonts[%d 0 R]/ToUnicode %d 0 R>>" % (base, inner, meaning)
        ])  # fmt: skip
        return outer


class _Tree:
    """The elements of a letter, numbered from its first object: pages, then their lists of owners, then these."""

    def __init__(self, pages: int, document: int) -> None:
        self._first, self._document = 2 * pages, document
        self.nodes: list[tuple[bytes, tuple[int, ...]]] = []
        self.owners: list[dict[int, int]] = [{} for _ in range(pages)]
        self._pages = pages
        self.address = 0

    def add(self, node: Node, parent: int | None) -> int:
        mine = self._first + len(self.nodes)
        self.nodes.append((b"", ()))
        kids: list[bytes] = []
        numbers: list[int] = []
        for kid in node.kids:
            if isinstance(kid, Node):
                numbers.append(self.add(kid, mine))
                kids.append(b"%d 0 R")
                continue
            page, mark = kid
            self.owners[page][mark] = mine
            if page == node.page:
                kids.append(b"%d" % mark)
            else:
                kids.append(b"<</Type/MCR/Pg %%d 0 R/MCID %d>>" % mark)
                numbers.append(page)
        if node.address:
            self.address = mine
            kids = [b"@LINES@"]
        above = b"%d 0 R" % self._document if parent is None else b"%d 0 R"
        said = b"<</Type/StructElem/S/%s/P %s/Pg %%d 0 R%s/K[%s]>>" % (
            node.tag.encode(), above, node.extra.replace(b"%", b"%%"), b" ".join(kids)
        )  # fmt: skip
        before = [] if parent is None else [parent]
        self.nodes[mine - self._first] = (said, (*before, node.page, *numbers))
        return mine


def _at_size(usual: Slot, small: Slot, size: float) -> Slot:
    """Where the first line of an address starts at that size: its baseline lies lower than the block's top by a multiple of the size."""
    share = (size - small.size) / (usual.size - small.size)
    return replace(usual, size=size, y=small.y + share * (usual.y - small.y))


def _marks(page: Page, lines: int) -> list[int]:
    """The numbers of marked content for the lines of an address: those that the marks left free first."""
    free = sorted(slot.mcid for name, slot in page.slots.items() if name.startswith(("slot-usual", "slot-small")))
    return [*free, *range(page.marks, page.marks + lines)][:lines]


def _text(template: Template, mark: int, slot: Slot, runs: tuple[Run, ...], at: tuple[float, float]) -> bytes:
    shown = b"".join(
        b"%s %.4f Tf[%s]TJ\n" % (template.fonts[run.subset, slot.weight].encode(), slot.size, _shown(run))
        for run in runs
    )
    return b"/Span<</MCID %d>>BDC %s BT 1 0 0 -1 %.4f %.4f Tm\n%sET EMC\n" % (mark, slot.colour, *at, shown)


def _shown(run: Run) -> bytes:
    parts, held = [], ""
    for glyph, kern in zip(run.glyphs, run.kerns, strict=True):
        held += f"{glyph:04x}"
        if kern:
            parts.append(f"<{held}>{-kern}")
            held = ""
    if held:
        parts.append(f"<{held}>")
    return "".join(parts).encode()


def _picture(slot: Slot, rows: list[str]) -> bytes:
    """The modules as one path: a rectangle for each stretch of dark ones."""
    module = slot.size / (len(rows) + 2 * BORDER)
    path = []
    for row, modules in enumerate(rows):
        at = modules.find("1")
        while at >= 0:
            end = modules.find("0", at)
            end = len(modules) if end < 0 else end
            path.append(f"{at} {row} {end - at} 1 re")
            at = modules.find("1", end)
    start = (slot.x + BORDER * module, slot.y + BORDER * module)
    head = (
        f"/Figure<</MCID {slot.mcid}>>BDC q 0 0 0 rg {module:.5f} 0 0 {module:.5f} {start[0]:.4f} {start[1]:.4f} cm\n"
    )
    return (head + "\n".join(path) + "\nf Q EMC\n").encode()


def _meaning(characters: dict[int, str]) -> bytes:
    """What each glyph means, for whoever reads the text out (ToUnicode)."""
    pairs = [
        f"<{glyph:04x}> <{character.encode('utf-16-be').hex()}>" for glyph, character in sorted(characters.items())
    ]
    blocks = [pairs[at : at + 100] for at in range(0, len(pairs), 100)]
    mapped = "\n".join(f"{len(block)} beginbfchar\n" + "\n".join(block) + "\nendbfchar" for block in blocks)
    return (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap\n"
        "/CIDSystemInfo << /Registry (Adobe) /Ordering (UCS) /Supplement 0 >> def\n"
        "/CMapName /Adobe-Identity-UCS def /CMapType 2 def\n1 begincodespacerange <0000> <ffff> endcodespacerange\n"
        f"{mapped}\nendcmap CMapName currentdict /CMap defineresource pop end end\n"
    ).encode()


def _metadata() -> bytes:
    return (
        '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>\n<x:xmpmeta xmlns:x="adobe:ns:meta/">'
        '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
        '<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/" pdfuaid:part="1"/>'
        '<rdf:Description rdf:about="" xmlns:pdf="http://ns.adobe.com/pdf/1.3/" pdf:Producer="Troth"/>'
        '<rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:title><rdf:Alt>'
        '<rdf:li xml:lang="x-default">Letters</rdf:li></rdf:Alt></dc:title></rdf:Description>'
        '</rdf:RDF></x:xmpmeta>\n<?xpacket end="r"?>'
    ).encode()


def _refs(numbers: list[int]) -> bytes:
    return b" ".join(b"%d 0 R" % number for number in numbers)
