"""A workbook is read as a stream, and only what is text is taken: a number, a formula or a bomb is refused in words (P03)."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import openpyxl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.rows import NAMES, PACK, people, text

from troth.fieldwork.sample import workbook
from troth.fieldwork.sample_file import BadSample, Reading, examine, read_sample
from troth.study.policy import Column

if TYPE_CHECKING:
    from pathlib import Path

    from troth.study import StudyPack


def book(
    tmp_path: Path, rows: list[list[Any]], names: list[str] = NAMES, sheets: tuple[str, ...] = ("People",)
) -> Path:
    made = openpyxl.Workbook()
    for number, title in enumerate(sheets):
        sheet = made.active if number == 0 else made.create_sheet()
        sheet.title = title
        sheet.append(names)
        for row in rows:
            sheet.append(row)
    path = tmp_path / "people.xlsx"
    made.save(path)
    return path


def values(**changed: Any) -> list[list[Any]]:
    found = [[row[name] or None for name in NAMES] for row in people()]
    for name, value in changed.items():
        found[-1][NAMES.index(name)] = value
    return found


def faults(path: Path, reading: Reading | None = None, pack: StudyPack = PACK) -> list[str]:
    with pytest.raises(BadSample) as caught:
        examine(path, pack, reading or Reading())
    return [str(fault) for fault in caught.value.faults]


def test_a_workbook_gives_the_same_people_as_a_csv(tmp_path: Path) -> None:
    plain = tmp_path / "people.csv"
    plain.write_text(text(people()), encoding="utf-8")
    expected = read_sample(plain, PACK)[0]
    assert read_sample(book(tmp_path, values()), PACK)[0] == expected
    assert read_sample(book(tmp_path, [*values(), [], [None]]), PACK)[0] == expected
    two = book(tmp_path, values(), sheets=("Notes", "People"))
    assert read_sample(two, PACK, Reading(sheet="People"))[0] == expected


@pytest.mark.parametrize(
    ("column", "value", "what"),
    [
        ("supplier_ref", 123, "a number, which may have lost its leading zeros"),
        ("postcode", 1.5, "a number"),
        ("name", "=A1", "a formula"),
        ("name", '=HYPERLINK("ZQX")', "a formula"),
        ("town", date(2027, 1, 31), "a date in a column of text"),
        ("town", datetime(2027, 1, 31, 9, 30), "a time of day"),  # noqa: DTZ001 - as a workbook has it
        ("town", True, "neither text nor a date"),
        ("town", "#N/A", "neither text nor a date"),
    ],
)
def test_what_is_not_text_is_refused_by_line_and_column(tmp_path: Path, column: str, value: Any, what: str) -> None:
    (found,) = faults(book(tmp_path, values(**{column: value})))
    assert found.startswith(f"line 6, column {column}: {what}")
    assert "ZQX" not in found


def test_a_date_is_taken_where_the_study_declares_one(tmp_path: Path) -> None:
    pack = PACK.model_copy(update={"sample_columns": (*PACK.sample_columns, Column(name="drawn", kind="date"))})
    rows = [[*row, date(2027, 1, 31)] for row in values()]
    row = read_sample(book(tmp_path, rows, [*NAMES, "drawn"]), pack)[0][0]
    assert row.values[-1] == "2027-01-31"


def test_an_empty_row_between_others_and_a_sheet_that_is_not_there_are_told(tmp_path: Path) -> None:
    rows = values()
    assert faults(book(tmp_path, [*rows[:2], [], *rows[2:]])) == ["line 4: an empty row between others"]
    assert faults(book(tmp_path, rows), Reading(sheet="Nobody")) == ["line 1: there is no such sheet in the workbook"]
    assert "more values" in faults(book(tmp_path, [*rows, [*rows[0], "more"]]))[0]


def test_an_old_workbook_is_refused_with_what_to_do(tmp_path: Path) -> None:
    old = tmp_path / "people.xls"
    old.write_bytes(workbook.OLD_MARK + bytes(500))
    assert faults(old) == ["line 1: an old workbook (.xls): save it as .xlsx or as CSV"]


def zipped(tmp_path: Path, **entries: bytes) -> Path:
    path = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(book(tmp_path, values())) as sound, zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as made:
        for entry in sound.infolist():
            made.writestr(entry.filename, entries.pop(entry.filename, None) or sound.read(entry))
        for name, content in entries.items():
            made.writestr(name, content)
    return path


def test_a_bomb_is_refused_before_it_goes_off(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "LARGEST_UNPACKED", 1 << 20)
    assert "unpacks to more" in faults(zipped(tmp_path, **{"xl/more.xml": bytes(2 << 20)}))[0]
    monkeypatch.setattr(workbook, "LARGEST_STRINGS", 1 << 10)
    assert "unpacks to more" in faults(zipped(tmp_path, **{"xl/sharedStrings.xml": bytes(2 << 10)}))[0]
    monkeypatch.setattr(workbook, "LARGEST_STRINGS", 1 << 20)
    entity = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>'
    assert "document type" in faults(zipped(tmp_path, **{"xl/workbook.xml": entity}))[0]
    monkeypatch.setattr(workbook, "MOST_ENTRIES", 3)
    assert "unpacks to more" in faults(book(tmp_path, values()))[0]
    monkeypatch.setattr(workbook, "LARGEST_FILE", 100)
    assert "save it as CSV" in faults(book(tmp_path, values()))[0]


def test_a_row_far_below_the_others_does_not_run_for_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "MOST_ROWS", 50)
    path = book(tmp_path, values())
    with zipfile.ZipFile(path) as sound:
        sheet = sound.read("xl/worksheets/sheet1.xml")
    far = zipped(tmp_path, **{"xl/worksheets/sheet1.xml": sheet.replace(b'<row r="6"', b'<row r="900000000"')})
    assert faults(far) == ["line 51: more rows than a workbook has"]


@given(st.data())
@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_a_damaged_workbook_gets_a_message_and_never_a_trace(tmp_path: Path, data: st.DataObject) -> None:
    whole = _sound(tmp_path)
    start = data.draw(st.integers(0, len(whole) - 1))
    damaged = data.draw(
        st.sampled_from(
            [whole[:start], whole[:start] + bytes([whole[start] ^ 255]) + whole[start + 1 :], whole[:4] + whole[start:]]
        )
    )
    inside = data.draw(st.sampled_from(["", "xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/styles.xml"]))
    path = tmp_path / "damaged.xlsx"
    path.write_bytes(damaged)
    if inside:  # the zip is whole, and its XML is not
        with zipfile.ZipFile(io.BytesIO(whole)) as sound, zipfile.ZipFile(path, "w") as made:
            for entry in sound.infolist():
                content = sound.read(entry)
                made.writestr(entry.filename, content[: start % len(content)] if entry.filename == inside else content)
    try:
        assert examine(path, PACK, Reading()).people
    except BadSample as refused:
        assert refused.count


def _sound(tmp_path: Path) -> bytes:
    path = tmp_path / "people.xlsx"
    return (path if path.exists() else book(tmp_path, values())).read_bytes()
