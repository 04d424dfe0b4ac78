"""The route drawn: pages in order from top to bottom, sections as bands, ways that skip pages as arcs on the right.

A row a page. In a row, beside the page's box, a line for each rule of it, and a way that leads further than the next
page starts at its line, goes to a lane of its own on the right, and comes back at the top of the page that it leads to. Lanes
are given out like rooms of a hotel, so no two ways that are under way at the same height share one: nothing overlaps.
"""

from __future__ import annotations

import re
import textwrap
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

from troth.authoring.words import Wording, plain
from troth.questionnaire.layout import layout
from troth.questionnaire.model import END_OF_SECTION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from troth.questionnaire import Page, Questionnaire
    from troth.questionnaire.layout import Layout, Place

LEFT: Final = 24
BOX: Final = 300
GAP: Final = 20
RULES: Final = 430
LANE: Final = 14
LINE: Final = 15
IN: Final = 7
"""Pixels between two ways that come in at the same page."""
_BOX_SIGNS: Final = 36
_RULE_SIGNS: Final = 68
_HEAD: Final = 92


@dataclass
class _Way:
    """One arc: from a line of a row to the top of another (or to the finish)."""

    start: float
    source: int
    target: int
    lane: int = 0
    end: float = 0
    top: float = 0


@dataclass
class _Row:
    """One page: its words, its rules in words, the ways that come in at its top."""

    place: Place
    title: list[str]
    lines: list[tuple[list[str], int | None]] = field(default_factory=list)  # words, flat number that they lead to
    top: float = 0
    height: float = 0
    coming: int = 0


def diagram(q: Questionnaire) -> str:
    """The SVG of the questionnaire's route, with a title and a description for who listens to it."""
    flat = layout(q)
    words = Wording(q)
    rows = [_row(flat, place, words) for place in flat.places]
    ways = _placed(rows)
    lanes = max((way.lane for way in ways), default=-1) + 1
    width = LEFT + BOX + GAP + RULES + GAP + lanes * LANE + 30
    height = rows[-1].top + rows[-1].height + 90
    finish = rows[-1].top + rows[-1].height + 26
    size = f'width="{width}" height="{height:.0f}" viewBox="0 0 {width} {height:.0f}"'
    read_aloud = 'role="img" aria-labelledby="title description"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} {read_aloud} font-family="sans-serif" font-size="12">',
        f'<title id="title">The route through {escape(q.title)}</title>',
        f'<desc id="description">{escape(_told(q, words))}</desc>',
        f'<rect width="{width}" height="{height:.0f}" fill="#ffffff"/>',
        f'<text x="{LEFT}" y="30" font-size="18" font-weight="bold">{escape(_short(q.title, 60))}</text>',
        f'<text x="{LEFT}" y="50" fill="#505a5f">{escape(f"{q.id}, version {q.version}: {len(rows)} pages")}</text>',
    ]
    parts += _bands(flat, rows, width)
    parts += _joins(rows, finish)
    parts += _arcs(ways, lanes, finish)
    for row in rows:
        parts += _box(row)
    parts += _text(LEFT + 12, finish + 20, ["The finish"], weight="bold", box=(LEFT, finish, BOX, 32))
    parts.append("</svg>")
    return "\n".join(parts) + "\n"


def _row(flat: Layout, place: Place, words: Wording) -> _Row:
    page = place.page
    row = _Row(place, textwrap.wrap(plain(page.title), _BOX_SIGNS)[:3] or [page.id])

    def say(text: str, to: int | None = None) -> None:
        row.lines.append((textwrap.wrap(text, _RULE_SIGNS), to))

    if place.block and place.number == place.block.first:
        together = place.block.last - place.block.first + 1
        these = "this page" if together == 1 else f"these {together} pages"
        say(f"{these} once for each of {words.asked(place.block.repeat.over)}, {place.block.repeat.max} at most")
    if page.when:
        say(f"only if {words.of(page.when)}; else past it", place.number + 1)
    for route in page.routes:
        to = flat.end_of(place.section) if route.goto == END_OF_SECTION else flat.numbers[route.goto]
        name = (
            "the end of the section"
            if route.goto == END_OF_SECTION
            else f"“{_short(plain(flat.places[to].page.title), 40)}”"
        )
        say(f"if {words.of(route.when)}: to {name}" if route.when else f"then to {name}", to)
    for check in page.checks:
        say(f"not accepted where {words.of(check.violated)}")
    if page.variants:
        say(f"other words by rule ({len(page.variants)})")
    if place.confirm:
        say("shown once more before it is saved")
    for answer in page.answers:
        hidden = sum(option.when is not None for option in answer.options)
        if hidden:
            say(f"{hidden} of {len(answer.options)} options are offered by rule")
    return row


def _placed(rows: list[_Row]) -> list[_Way]:
    """Tops and heights of the rows, and the ways with their lanes."""
    for row in rows:
        for _, to in row.lines:
            if (to is not None and to < len(rows) and to > row.place.number + 1) or (
                to is not None and to == row.place.number + 1 and row.place.page.when and to < len(rows)
            ):
                rows[to].coming += 1
    at: float = _HEAD
    section = -1
    ways: list[_Way] = []
    for row in rows:
        if row.place.section != section:
            section = row.place.section
            at += 34
        row.top = at + row.coming * IN + 8
        y = row.top + 13
        for words, to in row.lines:
            if to is not None:
                ways.append(_Way(y - 4, row.place.number, to))
            y += LINE * len(words) + 4
        box = 34 + LINE * len(row.title)
        row.height = max(box, y - row.top + 2)
        at = row.top + row.height + 20
    _lanes(ways)
    arrived: dict[int, int] = {}
    for way in sorted(ways, key=lambda one: -one.lane):
        if way.target < len(rows):
            arrived[way.target] = arrived.get(way.target, 0) + 1
            way.top = rows[way.target].top
            way.end = way.top - arrived[way.target] * IN - 2
    return ways


def _lanes(ways: list[_Way]) -> None:
    """Short ways inside, long ones outside; no two in one lane at the same height."""
    taken: list[list[tuple[int, int]]] = []
    for way in sorted(ways, key=lambda one: (one.target - one.source, one.source)):
        for number, spans in enumerate(taken):
            if all(way.target < first or way.source > last for first, last in spans):
                spans.append((way.source, way.target))
                way.lane = number
                break
        else:
            taken.append([(way.source, way.target)])
            way.lane = len(taken) - 1


def _bands(flat: Layout, rows: list[_Row], width: float) -> Iterator[str]:
    for number, section in enumerate(flat.sections):
        first, last = rows[flat.starts[number]], rows[flat.end_of(number) - 1]
        top = first.top - first.coming * IN - 32
        height = last.top + last.height + 8 - top
        fill = "#f3f2f1" if number % 2 == 0 else "#e8eef4"
        yield f'<rect x="8" y="{top:.0f}" width="{width - 16}" height="{height:.0f}" rx="4" fill="{fill}"/>'
        marks = [
            mark for mark, on in (("common", section.common or number == 0), ("sensitive", section.sensitive)) if on
        ]
        name = f"{_short(section.title, 70)}{' · ' + ', '.join(marks) if marks else ''}"
        # Right of where the way down runs.
        yield f'<text x="{LEFT + 34}" y="{top + 18:.0f}" font-weight="bold">{escape(name)}</text>'


def _joins(rows: list[_Row], finish: float) -> Iterator[str]:
    middle = LEFT + 20
    ends = [row.top for row in rows[1:]] + [finish]
    for row, end in zip(rows, ends, strict=True):
        if any(route.when is None for route in row.place.page.routes):
            continue
        yield _arrow(f"M{middle} {_bottom(row):.0f}V{end:.0f}")


def _bottom(row: _Row) -> float:
    return row.top + 34 + LINE * len(row.title) - 6


def _arcs(ways: list[_Way], lanes: int, finish: float) -> Iterator[str]:
    start, back = LEFT + BOX + GAP + RULES, LEFT + BOX
    for way in ways:
        lane = start + GAP + way.lane * LANE
        end = way.end or finish + 8 + way.lane * 16 / max(1, lanes)
        colour = ("#1d70b8", "#00703c", "#912b88", "#b58840", "#505a5f")[way.lane % 5]
        path = f"M{start} {way.start:.0f}H{lane}V{end:.0f}H{back}"
        if way.end:  # it comes in above the box, so that it crosses no words, and turns down onto the box's edge
            path = f"M{start} {way.start:.0f}H{lane}V{end:.0f}H{back - 12 - (way.lane % 10) * 22}V{way.top:.0f}"
        yield _arrow(path, colour)


def _arrow(path: str, colour: str = "#0b0c0c") -> str:
    """A line of `M x y`, `H x` and `V y`, and a head that points where its last part goes: down, or to the left."""
    x, y = (float(number) for number in re.match(r"M([\d.]+) ([\d.]+)", path).groups())  # type: ignore[union-attr]
    last = ""
    for last, number in re.findall(r"([HV])([\d.]+)", path):
        x, y = (float(number), y) if last == "H" else (x, float(number))
    head = f"M{x:.0f} {y:.0f}l7 -4v8z" if last == "H" else f"M{x:.0f} {y:.0f}l-4 -7h8z"
    return f'<path d="{path}" fill="none" stroke="{colour}" stroke-width="1.3"/><path d="{head}" fill="{colour}"/>'


def _box(row: _Row) -> Iterator[str]:
    page = row.place.page
    height = _bottom(row) - row.top
    yield from _text(
        LEFT + 10, row.top + 16, row.title, weight="bold" if page.kind == "question" else "normal",
        box=(LEFT, row.top, BOX, height), dashed=page.kind == "note",
    )  # fmt: skip
    below = row.top + 16 + LINE * len(row.title)
    yield f'<text x="{LEFT + 10}" y="{below:.0f}" fill="#505a5f" font-size="10">{escape(_about(page))}</text>'
    y = row.top + 13
    for words, to in row.lines:
        yield from _text(LEFT + BOX + GAP, y, words, colour="#0b0c0c" if to is not None else "#505a5f")
        if to is not None:
            reach = LEFT + BOX + GAP + 6 + len(words[0]) * 6.6
            if reach < LEFT + BOX + GAP + RULES:
                yield (
                    f'<path d="M{reach:.0f} {y - 4:.0f}H{LEFT + BOX + GAP + RULES}" stroke="#b1b4b6" stroke-dasharray="1 3"/>'
                )
        y += LINE * len(words) + 4


def _about(page: Page) -> str:
    if page.kind == "note":
        return f"{page.id} · note"
    kinds = ", ".join(dict.fromkeys(answer.kind for answer in page.answers))
    classes = ", ".join(dict.fromkeys(answer.disclosure or "no class" for answer in page.answers))
    return _short(f"{page.id} · {kinds} · {classes}", 58)


def _text(
    x: float,
    y: float,
    lines: list[str],
    *,
    weight: str = "normal",
    colour: str = "#0b0c0c",
    box: tuple[float, float, float, float] | None = None,
    dashed: bool = False,
) -> Iterator[str]:
    if box:
        left, top, width, height = box
        dash = ' stroke-dasharray="4 3"' if dashed else ""
        yield (
            f'<rect x="{left}" y="{top:.0f}" width="{width}" height="{height:.0f}" rx="3" fill="#ffffff" '
            f'stroke="#0b0c0c"{dash}/>'
        )
    for number, line in enumerate(lines):
        yield (
            f'<text x="{x}" y="{y + LINE * number:.0f}" fill="{colour}" font-weight="{weight}">{escape(line)}</text>'
        )


def _short(text: str, most: int) -> str:
    return text if len(text) <= most else text[: most - 1].rstrip() + "…"


def _told(q: Questionnaire, words: Wording) -> str:
    """The drawing in sentences."""
    told: list[str] = []
    for number, section in enumerate(q.sections, 1):
        told.append(f"Section {number}: {section.title}.")
        for page in section.pages:
            line = f"Page {page.id}: {plain(page.title)}"
            if page.when:
                line += f" (only if {words.of(page.when)})"
            told.append(line + ".")
            told += [
                f"From there {'if ' + words.of(route.when) if route.when else 'always'} to {route.goto}."
                for route in page.routes
            ]
    return " ".join(told)
