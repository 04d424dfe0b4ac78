"""What shows through the window of an envelope, wherever the sheet slides in it: the address, and nothing else (P06).

Sizes of envelopes are those of ISO 269. Where a window lies is no standard that all makers keep, so the letter says where it must be:
with the sheet in the middle it shows 20 to 110 mm from the left and 45 to 80 mm from the top of the page. From that follow the
numbers to order (or to measure) for each envelope. A sheet smaller than its envelope slides by half the difference each way; all of
that is looked at. The envelope itself is plain: nothing is printed on it.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import pikepdf

from troth.kit.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from troth.study import StudyPack

MM: Final = 72 / 25.4
PAGE: Final = (210.0, 297.0)
FOLD: Final = 95.0
"""Millimetres: a letter folded for the smallest envelope shows no more of its page than this."""


@dataclass(frozen=True)
class Box:
    """Millimetres from the upper left corner of the page."""

    left: float
    top: float
    right: float
    bottom: float

    def grown(self, x: float, y: float) -> Box:
        """The box, larger by that on every side; smaller where it is negative."""
        return Box(self.left - x, self.top - y, self.right + x, self.bottom + y)

    def meets(self, other: Box) -> bool:
        """Whether the two have a point in common."""
        return (
            self.left < other.right and other.left < self.right and self.top < other.bottom and other.top < self.bottom
        )

    def holds(self, other: Box) -> bool:
        """Whether the other lies whole within."""
        return (
            self.left <= other.left
            and self.top <= other.top
            and self.right >= other.right
            and self.bottom >= other.bottom
        )


WINDOW: Final = Box(20, 45, 110, 80)


@dataclass(frozen=True)
class Envelope:
    """An envelope of ISO 269, in millimetres, and how high the folded sheet is in it."""

    name: str
    wide: float
    high: float
    sheet: float

    @property
    def slack(self) -> tuple[float, float]:
        """How far the sheet slides each way, across and along."""
        return (self.wide - PAGE[0]) / 2, (self.high - self.sheet) / 2

    @property
    def order(self) -> str:
        """The window to order, as makers say it: from the left edge, from the bottom edge."""
        across, along = self.slack
        bottom = self.high - (WINDOW.bottom + along)
        size = f"{WINDOW.bottom - WINDOW.top:g} x {WINDOW.right - WINDOW.left:g} mm"
        return f"window {size}, {WINDOW.left + across:g} mm from the left, {bottom:g} mm from the bottom"


ENVELOPES: Final = (Envelope("DL", 220, 110, 99), Envelope("C5", 229, 162, 148.5), Envelope("C4", 229, 324, 297))


@dataclass(frozen=True)
class Mark:
    """Something that is printed, and where; `text` of a picture is nothing."""

    text: str = field(repr=False)
    box: Box


@dataclass(frozen=True)
class Proof:
    """What an envelope shows of a letter's first page."""

    envelope: Envelope
    faults: tuple[str, ...]
    """What could show and must not: in words, never a value."""
    room: float
    """Millimetres that the sheet may slide along and the address still shows whole."""


def prove(page: pikepdf.Page, address: Sequence[str], pack: StudyPack, code: str) -> list[Proof]:
    """For each envelope, what could show through its window or above the fold and must not, and how far the address may slide."""
    marks = list(printed(page))
    lines = [mark for mark in marks if mark.text and mark.text in address]
    top = [mark for mark in marks if mark.box.top < FOLD]
    named = topics(pack, code)
    proofs = []
    for envelope in ENVELOPES:
        reach = WINDOW.grown(*envelope.slack)
        beside = [mark for mark in marks if mark.box.meets(reach) and mark not in lines]
        faults = ["text beside the address could show" for mark in beside if mark.text]
        faults += ["a picture could show through the window" for mark in beside if not mark.text]
        if any(word in mark.text.lower() for mark in top for word in named):
            faults.append("what stands above the fold names the topic, the voucher or the code")
        if not lines or not all(WINDOW.holds(line.box) for line in lines):
            faults.append("the address does not show whole with the sheet in the middle")
        room = min([min(line.box.top - WINDOW.top, WINDOW.bottom - line.box.bottom) for line in lines], default=0.0)
        proofs.append(Proof(envelope, tuple(dict.fromkeys(faults)), round(room, 1)))
    return proofs


def topics(pack: StudyPack, code: str) -> set[str]:
    """Words, in lower case, that may not be read from outside."""
    words: set[str] = {"voucher", "taleb", pack.voucher_provider.lower(), code.lower()}
    for lang in pack.languages:
        translate = pack.catalogue(lang)
        for title in (pack.title, pack.short_title, pack.questionnaire.title):
            words |= {
                word
                for word in re.findall(r"\w{4,}", translate(title).lower())
                if word not in ("survey", "arolwg", "ystod", "during")
            }
    return words | set(code.lower().split())


def refuse(proofs: Sequence[Proof]) -> None:
    """Nothing of a proof must not be. Raises Refused with the first fault of each envelope."""
    told = [f"{proof.envelope.name}: {proof.faults[0]}" for proof in proofs if proof.faults]
    if told:
        raise Refused(
            "; ".join(told), where="envelope proof", mend="change the words or the style sheet; print nothing yet"
        )


def printed(page: pikepdf.Page) -> Iterator[Mark]:
    """Every marked text and every part of a picture of the page, and the rectangle that it covers at most."""
    high = float(page.MediaBox[3])
    fonts = {name: (_meanings(font), _widths(font)) for name, font in page.Resources.Font.items()}
    matrix: tuple[float, ...] = (1.0, 0.0, 0.0, 1.0, 0.0, 0.0)
    stack: list[tuple[float, ...]] = []
    font, size, x, y, picture = "", 0.0, 0.0, 0.0, False
    said, boxes = "", list[Box]()
    for each in pikepdf.parse_content_stream(page):
        operands: Any = each.operands
        match str(each.operator):
            case "q":
                stack.append(matrix)
            case "Q":
                matrix = stack.pop()
            case "cm":
                matrix = _times(tuple(float(number) for number in operands), matrix)
            case "BDC" | "BMC":
                picture, said, boxes = str(operands[0]) == "/Figure", "", []
            case "EMC":
                if boxes:
                    yield Mark(said, _around(boxes))
            case "Tf":
                font, size = str(operands[0]), float(operands[1])
            case "Tm":
                x, y = float(operands[4]), float(operands[5])
            case "TJ":
                text, wide = _shown(operands[0], *fonts[font])
                end = x + wide / 1000 * size
                said += text
                boxes.append(_box(matrix, high, (x, y - 0.8 * size), (end, y + 0.25 * size)))
                x = end
            case "re" if picture:
                left, top, wide, tall = (float(number) for number in operands)
                boxes.append(_box(matrix, high, (left, top), (left + wide, top + tall)))


def _shown(operand: Any, meanings: dict[bytes, str], widths: list[float]) -> tuple[str, float]:
    text, wide = "", 0.0
    for each in operand:
        if isinstance(each, pikepdf.String):
            glyphs = re.findall(b"..", bytes(each), re.DOTALL)
            text += "".join(meanings.get(glyph, "\ufffd") for glyph in glyphs)
            wide += sum(widths[int.from_bytes(glyph, "big")] for glyph in glyphs)
        else:
            wide -= float(each)
    return text, wide


def _around(boxes: list[Box]) -> Box:
    return Box(
        min(box.left for box in boxes), min(box.top for box in boxes),
        max(box.right for box in boxes), max(box.bottom for box in boxes),
    )  # fmt: skip


def overlay(letter: pikepdf.Pdf, envelope: Envelope) -> pikepdf.Pdf:
    """The letter's first page under a grey cover with the window cut out; a thinner frame shows how far it slides."""
    pdf = pikepdf.new()
    pdf.pages.append(letter.pages[0])
    page = pdf.pages[0]
    for key in ("/StructParents", "/Tabs"):
        if key in page.obj:
            del page.obj[key]
    page.Resources.ExtGState = pikepdf.Dictionary(
        {"/Cover": pikepdf.Dictionary(ca=0.72), **dict(page.Resources.ExtGState.items())}
    )
    reach = WINDOW.grown(*envelope.slack)
    drawn = (
        f"/Artifact BMC q /Cover gs .35 g 0 0 {_mm(PAGE[0])} {_mm(PAGE[1])} re {_rectangle(WINDOW)} re f* Q "
        f"q .85 .1 .1 RG 1 w {_rectangle(WINDOW)} re S [4 3] 0 d .6 w {_rectangle(reach)} re S "
        f"[1 3] 0 d 0 {_mm(PAGE[1] - envelope.sheet)} m {_mm(PAGE[0])} {_mm(PAGE[1] - envelope.sheet)} l S Q EMC"
    )
    page.contents_add(drawn.encode(), prepend=False)
    return pdf


def _mm(length: float) -> str:
    return f"{length * MM:.2f}"


def _rectangle(box: Box) -> str:
    return " ".join(_mm(each) for each in (box.left, PAGE[1] - box.bottom, box.right - box.left, box.bottom - box.top))


def _times(a: tuple[float, ...], b: tuple[float, ...]) -> tuple[float, float, float, float, float, float]:
    return (
        a[0] * b[0] + a[1] * b[2], a[0] * b[1] + a[1] * b[3], a[2] * b[0] + a[3] * b[2], a[2] * b[1] + a[3] * b[3],
        a[4] * b[0] + a[5] * b[2] + b[4], a[4] * b[1] + a[5] * b[3] + b[5],
    )  # fmt: skip


def _box(matrix: tuple[float, ...], high: float, one: tuple[float, float], other: tuple[float, float]) -> Box:
    points = [
        (matrix[0] * x + matrix[2] * y + matrix[4], high - (matrix[1] * x + matrix[3] * y + matrix[5]))
        for x, y in (one, other)
    ]
    across, down = sorted(point[0] / MM for point in points), sorted(point[1] / MM for point in points)
    return Box(across[0], down[0], across[1], down[1])


def _meanings(font: Any) -> dict[bytes, str]:
    pairs = re.findall(rb"<([0-9a-f]{4})> <([0-9a-f]+)>\n", font.ToUnicode.read_bytes())
    return {bytes.fromhex(glyph.decode()): bytes.fromhex(said.decode()).decode("utf-16-be") for glyph, said in pairs}


def _widths(font: Any) -> list[float]:
    return [float(each) for each in font.DescendantFonts[0].W[1]]
