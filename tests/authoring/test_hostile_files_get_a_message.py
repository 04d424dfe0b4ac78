"""Whatever a file holds, a reader answers with a questionnaire or with `Invalid`: what, where and how to mend it."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.authoring.samples import bundled, eq, interstitial, question, radio, wide, workbook

from troth.authoring.eq import import_eq
from troth.authoring.xlsform import export_xlsform, import_xlsform
from troth.authoring.xlsform.xpath import Unsayable, conjuncts, translate
from troth.kit.errors import Invalid
from troth.questionnaire import load

BOOK = export_xlsform(wide()).workbook
CALM = list(HealthCheck)


def tried(read: Any, data: bytes, name: str) -> None:
    """It loads, or it is refused with a place and a mend."""
    try:
        made = read(data, name)
    except Invalid as refused:
        assert refused.what
        assert refused.where.startswith(name)
        assert refused.mend
        return
    load(made.text, "imported.yaml")


@settings(max_examples=60, deadline=None, suppress_health_check=CALM)
@given(st.data())
def test_a_workbook_with_broken_bytes(data: st.DataObject) -> None:
    at, length = data.draw(st.integers(0, len(BOOK) - 1)), data.draw(st.integers(0, 400))
    tried(import_xlsform, BOOK[:at] + data.draw(st.binary(max_size=40)) + BOOK[at + length :], "form.xlsx")


@settings(max_examples=25, deadline=None, suppress_health_check=CALM)
@given(st.data())
def test_a_workbook_whose_parts_are_broken_inside(data: st.DataObject) -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(BOOK)) as whole, zipfile.ZipFile(out, "w") as broken:
        names = whole.namelist()
        chosen = data.draw(st.sampled_from(names))
        for name in names:
            content = whole.read(name)
            if name == chosen:
                at = data.draw(st.integers(0, max(0, len(content) - 1)))
                content = (
                    content[:at] + data.draw(st.binary(max_size=30)) + content[at + data.draw(st.integers(0, 80)) :]
                )
            broken.writestr(name, content)
    tried(import_xlsform, out.getvalue(), "form.xlsx")


CELLS = st.one_of(
    st.sampled_from(
        ["", "a", "b", "and", "1", "yes", "no", "note", "integer", "select_one l", "select_multiple l or_other", "begin_group", "end_group",
         "begin_repeat", "end_repeat", "field-list", "minimal", "${a} = 'x'", "${b} > 1 and selected(${a}, 'x')", ". < 3", "${a}", "{{ a }}",
         "randomize=true", "if(${a} > 3, 3, ${a})", "x = ${a}", '{"kind": "year"}', '{"minimum": -1e99}', "=1+1", "true()", "calculate", "text"]
    ),
    st.text(max_size=12),
)  # fmt: skip
COLUMNS = ["type", "name", "label", "hint", "required", "relevant", "constraint", "constraint_message", "appearance", "parameters",
           "choice_filter", "repeat_count", "troth", "label::Cymraeg (cy)", "default"]  # fmt: skip


@settings(max_examples=120, deadline=None, suppress_health_check=CALM)
@given(st.data())
def test_a_workbook_of_strange_cells(data: st.DataObject) -> None:
    rows = []
    for n in range(data.draw(st.integers(1, 6))):
        row = {
            column: data.draw(CELLS)
            for column in data.draw(st.lists(st.sampled_from(COLUMNS), max_size=8, unique=True))
        }
        row.setdefault(
            "type", data.draw(st.sampled_from(["integer", "text", "note", "select_one l", "select_multiple l"]))
        )
        row.setdefault("name", f"{'abcdef'[n]}")
        row.setdefault("label", "L")
        rows.append({key: "".join(sign for sign in str(value) if sign.isprintable()) for key, value in row.items()})
    choices = [{"list_name": "l", "name": name, "label": name, "x": "x"} for name in ("x", "y", "dont-know")]
    tried(import_xlsform, workbook(rows, choices), "form.xlsx")


def test_an_archive_that_unpacks_to_too_much_is_refused_before_it_is_unpacked() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as bomb:
        for n in range(8):
            bomb.writestr(f"xl/worksheets/sheet{n}.xml", b"0" * 10_000_000)
    with pytest.raises(Invalid, match="unpacks to too much"):
        import_xlsform(out.getvalue(), "bomb.xlsx")


def test_entities_in_a_workbook_are_refused() -> None:
    out = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(BOOK)) as whole, zipfile.ZipFile(out, "w") as hostile:
        for name in whole.namelist():
            content = whole.read(name)
            if name == "xl/workbook.xml":
                content = b'<!DOCTYPE x [<!ENTITY a "b">]>' + content[content.index(b"<workbook") :]
            hostile.writestr(name, content)
    with pytest.raises(Invalid):
        import_xlsform(out.getvalue(), "laughs.xlsx")


@pytest.mark.parametrize("data", [b"", b"PK", b"\xd0\xcf\x11\xe0" + b"\0" * 600, b"<html>", b"PK\x03\x04" + b"\0" * 30])
def test_what_is_no_workbook_gets_a_message(data: bytes) -> None:
    with pytest.raises(Invalid):
        import_xlsform(data, "form.xlsx")


SCHEMA = eq(
    question("q", radio("a", "Yes", "No"), routing_rules=[{"block": "n", "when": {"==": [{"source": "answers", "identifier": "a"}, "No"]}}]),
    question("d", {"id": "d1", "type": "Date", "mandatory": True, "minimum": {"value": "2020-01-01", "offset_by": {"days": 3}}}),
    question("r", {"id": "r1", "type": "Date"}, {"id": "r2", "type": "Date"}, inner={"type": "DateRange", "period_limits": {"minimum": {"days": 2}}},
             skip_conditions={"when": {"==": [{"date": [{"source": "answers", "identifier": "d1"}, {"days": 1}]}, {"date": ["2020-01-01"]}]}}),
    question("b", {"id": "b1", "type": "Number", "minimum": {"value": 1}, "maximum": {"value": 9.5, "exclusive": True}, "decimal_places": 1}),
    interstitial("n", skip_conditions=[{"when": [{"id": "a", "condition": "equals", "value": "Yes"}]}]),
    question("s", {"id": "n1", "type": "Number", "mandatory": False}, inner={"calculations": [{"calculation_type": "sum", "value": 1, "answers_to_calculate": ["n1"], "conditions": ["equals"]}]}),
)  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=CALM)
@given(st.data())
def test_a_schema_with_broken_bytes(data: st.DataObject) -> None:
    at, length = data.draw(st.integers(0, len(SCHEMA) - 1)), data.draw(st.integers(0, 60))
    tried(import_eq, SCHEMA[:at] + data.draw(st.binary(max_size=12)) + SCHEMA[at + length :], "schema.json")


JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(-(10**12), 10**12), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=6),
              st.sampled_from(["answers", "a", "q", "Radio", "Date", "{x}"])),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.sampled_from(["id", "when", "source", "identifier", "==", "in", "text", "value", "type", "and", "date", "days", "minimum"]), inner, max_size=3)),
    max_leaves=8,
)  # fmt: skip


@settings(max_examples=300, deadline=None, suppress_health_check=CALM)
@given(st.data())
def test_a_schema_in_which_any_part_is_something_else(data: st.DataObject) -> None:
    whole = json.loads(SCHEMA)
    for _ in range(data.draw(st.integers(1, 3))):
        at = whole
        while True:
            keys = list(at) if isinstance(at, dict) else list(range(len(at)))
            if not keys:
                break
            key = data.draw(st.sampled_from(keys))
            if not isinstance(at[key], (dict, list)) or data.draw(st.integers(0, 4)) == 0:
                at[key] = data.draw(JSON)
                break
            at = at[key]
    tried(import_eq, json.dumps(whole).encode(), "schema.json")


@pytest.mark.parametrize("number", ["NaN", "Infinity", "-Infinity", "1e999", "9" * 5000])
def test_a_schema_with_a_number_that_is_none_is_refused(number: str) -> None:
    with pytest.raises(Invalid, match="not readable as JSON"):
        import_eq(SCHEMA.replace(b'"value": 9.5', f'"value": {number}'.encode()), "schema.json")


@pytest.mark.parametrize(
    ("there", "instead", "told"),
    [
        ('{"days": 2}', '{"days": "many"}', "no whole number"),
        ('{"days": 2}', '{"days": true}', "no whole number"),
        ('{"date": ["2020-01-01"]}', '{"date": []}', "a date of nothing"),
    ],
)
def test_a_part_of_a_schema_that_is_none_is_told(there: str, instead: str, told: str) -> None:
    assert there in SCHEMA.decode()
    found = import_eq(SCHEMA.decode().replace(there, instead).encode(), "schema.json")
    assert told in "".join(one.what for one in found.report.lost)


@pytest.mark.parametrize("row", [{"type": "text", "constraint": "string-length(.) <= " + "9" * 5000}, {
    "type": "begin_repeat", "repeat_count": f"if(${{n}} > {'9' * 5000}, {'9' * 5000}, ${{n}})"}])  # fmt: skip
def test_a_form_with_a_number_of_thousands_of_digits_gets_a_message(row: dict[str, str]) -> None:
    rows = [{"type": "integer", "name": "n", "label": "N"}, {"name": "a", "label": "A", **row}]
    if row["type"] == "begin_repeat":
        rows += [{"type": "text", "name": "b", "label": "B"}, {"type": "end_repeat"}]
    tried(import_xlsform, workbook(rows), "form.xlsx")


@settings(max_examples=400, deadline=None)
@given(st.text(st.sampled_from("${}().=<>!'\"andortselc123 -+*,x"), max_size=60))
def test_an_expression_of_strange_signs_is_said_or_not_said(text: str) -> None:
    try:
        translate(text, {})
    except Unsayable as why:
        assert str(why)
    assert all(piece in text for piece in conjuncts(text))


def test_an_expression_that_is_nested_too_deeply_is_not_said() -> None:
    for text in ("(" * 5_000, "not(" * 900 + "1" + ")" * 900, "-" * 3_000 + "1"):
        with pytest.raises(Unsayable):
            translate(text, {})


def test_a_form_larger_than_any_questionnaire_is_refused() -> None:
    rows = [{"type": "note", "name": f"n{n}", "label": "words " * 60} for n in range(4_000)]
    with pytest.raises(Invalid):
        import_xlsform(workbook(rows), "form.xlsx")
    assert bundled()
