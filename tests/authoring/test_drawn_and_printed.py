"""The route drawn, and the questionnaire on paper."""

from __future__ import annotations

import io
import re
from datetime import date
from itertools import pairwise
from typing import Any

import pytest
from defusedxml import ElementTree
from pypdf import PdfReader
from tests.authoring.samples import bundled, wide

from troth.authoring.diagram import diagram
from troth.authoring.printed import Helper, printed, printed_html
from troth.authoring.words import Wording
from troth.questionnaire import Questionnaire
from troth.questionnaire.layout import layout, rules

SVG = "{http://www.w3.org/2000/svg}"


def long(pages: int) -> Questionnaire:
    """One with many pages, a third of them with conditions and routes that skip far."""
    made: list[dict[str, Any]] = []
    ids = [f"p{chr(97 + n // 26)}{chr(97 + n % 26)}" for n in range(pages)]
    for n, name in enumerate(ids):
        options = [{"id": one, "label": f"The option that is called {one}"} for one in "abc"]
        page: dict[str, Any] = {
            "id": name, "title": f"This is question number {n + 1}, in quite a few words, because people write long questions?",
            "answers": [{"id": f"{name}_x", "kind": "single", "options": options, "disclosure": "none"}],
        }  # fmt: skip
        if n and n % 3 == 0:
            page["when"] = f"{ids[n - 1]}_x == 'a' and {ids[n // 2]}_x in ['b', 'c']"
        if n % 4 == 1 and n + 5 < pages:
            page["routes"] = [
                {"when": f"{name}_x == 'b'", "goto": ids[n + 5]},
                {"when": f"{name}_x == 'c'", "goto": "end_of_section"},
            ]
        made.append(page)
    return Questionnaire.model_validate(
        {
            "id": "long",
            "version": "1",
            "title": "Long",
            "sections": [{"id": "s", "title": "S", "common": True, "pages": made}],
        }
    )


@pytest.mark.parametrize("q", [bundled(), wide(), long(20), long(60)], ids=lambda q: f"{q.id}{len(q.pages)}")
def test_nothing_in_the_drawing_overlaps(q: Questionnaire) -> None:
    root = ElementTree.fromstring(diagram(q))
    boxes = [one for one in root.iter(f"{SVG}rect") if one.get("stroke")]
    assert len(boxes) == len(q.pages) + 1
    tops = [(float(one.get("y") or 0), float(one.get("height") or 0)) for one in boxes]
    assert all(top + height <= following for (top, height), (following, _) in pairwise(tops))
    texts = [(float(t.get("x") or 0), float(t.get("y") or 0), t.text or "") for t in root.iter(f"{SVG}text")]
    right = [(y, text) for x, y, text in texts if x > 330]
    assert all(second - first >= 11 for (first, _), (second, _) in pairwise(sorted(right))), (
        "two lines of words never share a place"
    )
    left = sorted(y for x, y, _ in texts if 24 < x < 60)
    assert all(second - first >= 11 for first, second in pairwise(left))
    lanes: dict[float, list[tuple[float, float]]] = {}
    for path in root.iter(f"{SVG}path"):
        match = re.match(r"M\d+ ([\d.]+)H([\d.]+)V([\d.]+)H", path.get("d") or "")
        if match:
            lanes.setdefault(float(match[2]), []).append((float(match[1]), float(match[3])))
    for spans in lanes.values():
        ordered = sorted(spans)
        assert all(end < start for (_, end), (start, _) in pairwise(ordered)), (
            "two ways that are under way together have lanes of their own"
        )
    width = float(root.get("width") or 0)
    assert max(lanes, default=0) < width


def test_the_drawing_can_be_read_aloud() -> None:
    root = ElementTree.fromstring(diagram(bundled()))
    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "title description"
    title, description = root.find(f"{SVG}title"), root.find(f"{SVG}desc")
    assert title is not None
    assert title.text == "The route through Safety During Childhood"
    assert description is not None
    assert "only if “Before you were 16" in (description.text or "")


def test_words_that_look_like_tags_stay_words_in_the_drawing_and_on_paper() -> None:
    q = long(3)
    first = q.pages[0].model_copy(update={"title": "Is 1 < 2 & <script>alert(1)</script>?"})
    section = q.sections[0].model_copy(update={"pages": (first, *q.pages[1:])})
    hostile = q.model_copy(update={"sections": (section,), "title": "<b>&"})
    assert "<script>" not in diagram(hostile)
    ElementTree.fromstring(diagram(hostile))
    assert "<script>" not in printed_html(hostile, date(2027, 1, 4))


def test_the_paper_says_everything_of_every_page() -> None:
    q = bundled()
    html = printed_html(q, date(2027, 1, 4), [Helper("Samaritans", "Somebody to talk to.", "116 123")])
    words = Wording(q)
    for place in layout(q).places:
        assert f"Page {place.page.id}," in html
        for answer in place.page.answers:
            assert f"Disclosure class {answer.disclosure}" in html
        for rule, _ in rules(place.page):
            assert words.of(rule).replace("&", "&amp;").replace("’", "’") in html
    assert "version <b>1</b>, printed on 4 January 2027" in html
    assert "Samaritans" in html
    assert "116 123" in html


def test_the_paper_is_a_tagged_pdf_and_fetches_nothing() -> None:
    pdf = PdfReader(io.BytesIO(printed(bundled(), date(2027, 1, 4))))
    root = pdf.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"]
    assert root["/Lang"] == "en"
    assert pdf.metadata is not None
    assert pdf.metadata.title == "Safety During Childhood"
    assert b"pdfuaid" in root["/Metadata"].get_object().get_data()


@pytest.mark.parametrize("q", [bundled(), wide()], ids=lambda q: q.id)
def test_every_rule_has_words(q: Questionnaire) -> None:
    words = Wording(q)
    for place in layout(q).places:
        for rule, _ in rules(place.page):
            said = words.of(rule)
            assert "“" in said
            assert "Call(" not in said
            assert "Whole(" not in said
