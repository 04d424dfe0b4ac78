"""Questionnaires, forms and schemas of our own for these tests."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

from openpyxl import Workbook

from troth.questionnaire import Questionnaire, load, load_file

PACK = Path(__file__).parents[2] / "src" / "troth" / "study" / "packs" / "sdcs"

_WHOLE = (PACK / "questionnaire.yaml").read_text()
_BEFORE = _WHOLE[: _WHOLE.index("kind: single")]
# The place of the answer is where it begins: its id, a line above its kind.
BROKEN_AT = f"{_BEFORE.count(chr(10))}:{len(_BEFORE) - _BEFORE.rindex(chr(10))}"

WIDE = """\
id: wide
version: "1"
title: Wide
record: {language: true}
progress: sections
sections:
  - id: start
    title: Start
    common: true
    pages:
      - {id: hello, kind: note, title: Hello}
      - id: born
        title: When did it begin?
        answers: [{id: began, kind: date, earliest: "2000-01-01", latest: "2026-12-31", disclosure: quasi}]
      - {id: older, title: Over eighteen years, kind: note, when: "years_between(began, '2026-06-01') >= 18"}
      - {id: later, title: Later, kind: note, when: "began > '2020-01-31'"}
      - id: money
        title: Money
        answers:
          - {id: pay, label: Pay, kind: number, measure: currency, maximum: 5000.5, disclosure: sensitive}
          - {id: long, label: Long, kind: duration, units: [years, months], maximum: 240, disclosure: sensitive}
          - {id: moved, label: Moved, kind: month, disclosure: quasi}
          - {id: grad, label: Grad, kind: year, disclosure: quasi}
      - id: rich
        title: Rich
        when: pay > 100.5 and long >= 24
        variants: [{when: grad > 2000, title: Young rich}]
        answers:
          - id: wants
            kind: multiple
            order: random
            disclosure: sensitive
            options:
              - {id: a, label: A, detail: {label: Which one, required: true}}
              - {id: b, label: B}
              - {id: c, label: None, exclusive: true}
      - id: grid
        title: Grid
        answers:
          - id: feel
            kind: matrix
            rows: [{id: home, label: At home}, {id: school, label: At school}]
            options: [{id: good, label: Good}, {id: bad, label: Bad}]
            disclosure: sensitive
      - id: land
        title: Country
        when: feel_home == 'bad'
        answers: [{id: land, kind: single, options_from: countries, disclosure: quasi}]
"""


def bundled() -> Questionnaire:
    return load_file(PACK / "questionnaire.yaml")


def wide() -> Questionnaire:
    return load(WIDE, "wide.yaml")


def workbook(
    survey: list[dict[str, Any]], choices: list[dict[str, Any]] = (), settings: dict[str, Any] | None = None
) -> bytes:  # type: ignore[assignment]
    """An XLSForm of these rows; each sheet has the columns that its rows use."""
    book = Workbook()
    book.remove(book.active)
    for name, rows in (
        ("survey", survey),
        ("choices", list(choices)),
        ("settings", [settings or {"form_title": "A form", "form_id": "a_form", "version": "1"}]),
    ):
        sheet = book.create_sheet(name)
        columns = list(dict.fromkeys(column for row in rows for column in row))
        sheet.append(columns)
        for row in rows:
            sheet.append([row.get(column) for column in columns])
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()


def eq(*blocks: dict[str, Any], **more: Any) -> bytes:
    """An eQ questionnaire with these blocks in one group."""
    data = {
        "mime_type": "application/json/x", "language": "en", "survey_id": "007", "title": "A schema",
        "sections": [{"id": "s", "title": "Section", "groups": [{"id": "g", "blocks": list(blocks)}]}], **more,
    }  # fmt: skip
    return json.dumps(data).encode()


def question(name: str, *answers: dict[str, Any], title: Any = "A question?", **more: Any) -> dict[str, Any]:
    inner = {"id": f"{name}-q", "type": "General", "title": title, "answers": list(answers), **more.pop("inner", {})}
    return {"id": name, "type": "Question", "question": inner, **more}


def radio(name: str, *values: str, **more: Any) -> dict[str, Any]:
    options = [{"label": value, "value": value} for value in values]
    return {"id": name, "type": "Radio", "mandatory": True, "options": options, **more}


def interstitial(name: str, title: str = "A note", **more: Any) -> dict[str, Any]:
    return {
        "id": name,
        "type": "Interstitial",
        "content": {"title": title, "contents": [{"description": "Words."}]},
        **more,
    }
