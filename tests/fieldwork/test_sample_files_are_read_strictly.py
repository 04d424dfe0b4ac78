"""A sample file is taken whole or refused whole, with every fault by line and column and never a value (P03)."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support.contacts import small_pack

from troth.fieldwork.sample_file import BadSample, Row, _Reader, read_sample
from troth.fieldwork.synthesise import synthesise, write_sample
from troth.kit.errors import Invalid, Refused

if TYPE_CHECKING:
    from pathlib import Path

PACK = small_pack()
NAMES = [column.name for column in PACK.sample_columns]
GOOD = {
    "name": "Siân Tŷ-Gwyn", "address_1": "Flat 3", "address_2": "12 Heol y Dŵr", "address_3": "", "town": "Bangor",
    "postcode": "ll57 1aa", "region": "wales", "language": "cy",
}  # fmt: skip


def text(rows: list[dict[str, str]], names: list[str] = NAMES) -> str:
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(names)
    writer.writerows([row.get(name, "") for name in names] for row in rows)
    return out.getvalue()


def people(count: int = 5, **changed: str) -> list[dict[str, str]]:
    """Five good people; the last one is changed."""
    rows = [{**GOOD, "name": f"{GOOD['name']} {'ABCDEFGHIJ'[n]}"} for n in range(count)]
    rows[-1] |= changed
    return rows


def read(tmp_path: Path, content: str | bytes) -> list[Row]:
    file = tmp_path / "people.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_sample(file, PACK)[0]


def faults(tmp_path: Path, content: str | bytes) -> list[str]:
    with pytest.raises(BadSample) as caught:
        read(tmp_path, content)
    return [str(fault) for fault in caught.value.faults]


def test_a_good_file_is_read_in_its_order(tmp_path: Path) -> None:
    rows = read(tmp_path, text(people()))
    assert [row.name[-1] for row in rows] == list("ABCDE")
    assert (rows[0].postcode, rows[0].cell, rows[0].language) == ("LL57 1AA", "wales", "cy")
    assert rows[0].address == ("Flat 3", "12 Heol y Dŵr", "Bangor")


def test_a_byte_order_mark_and_either_line_end_are_taken(tmp_path: Path) -> None:
    for content in ("\ufeff" + text(people()), text(people()).replace("\r\n", "\n")):
        assert len(read(tmp_path, content)) == 5


@pytest.mark.parametrize(
    ("changed", "column", "what"),
    [
        ({"name": ""}, "name", "empty"),
        ({"name": "X" * 61}, "name", "60 characters"),
        ({"address_1": "Q" * 101}, "address_1", "100 characters"),
        ({"postcode": "LL57 1A"}, "postcode", "UK postcode"),
        ({"postcode": "LL57 1CK"}, "postcode", "UK postcode"),
        ({"region": "atlantis"}, "region", "not a cell"),
        ({"language": "fr"}, "language", "not a language"),
        ({"name": "Zed\x07Bell"}, "name", "control"),
        ({"name": "Zed\u202eBell"}, "name", "control"),
        ({"address_2": "Zed\nBell"}, "address_2", "control"),
        ({"name": "=Zed()"}, "name", "begins with"),
        ({"address_1": "@Zed"}, "address_1", "begins with"),
        ({"name": "12 34"}, "name", "no letter"),
    ],
)
def test_a_bad_value_is_named_by_line_and_column_and_never_repeated(
    tmp_path: Path, changed: dict[str, str], column: str, what: str
) -> None:
    found = faults(tmp_path, text(people(**changed)))
    assert found[0].startswith(f"line 6, column {column}: ")
    assert what in found[0]
    value = next(iter(changed.values()))
    assert not value or value not in str(found)


def test_no_fault_ever_repeats_a_value(tmp_path: Path) -> None:
    rows = [{name: f"ZQX{name}{n}@@" for name in NAMES} for n in range(20)]
    with pytest.raises(BadSample) as caught:
        read(tmp_path, text(rows))
    assert "ZQX" not in str(caught.value)
    assert "ZQX" not in repr(caught.value)


def test_the_first_fifty_faults_are_listed_and_the_rest_counted(tmp_path: Path) -> None:
    with pytest.raises(BadSample, match="and 30 more") as caught:
        read(tmp_path, text([{**GOOD, "name": f"A{n:03d}", "postcode": "nowhere"} for n in range(80)]))
    assert (len(caught.value.faults), caught.value.count) == (50, 80)


def test_an_undeclared_column_refuses_the_file_without_its_name(tmp_path: Path) -> None:
    found = faults(tmp_path, text(people(), [*NAMES, "nhs_number"]))
    assert found == ["line 1, column number 9: this column is not declared: take it out of the file (P03)"]


def test_a_missing_column_and_another_order_refuse_the_file(tmp_path: Path) -> None:
    assert "town" in faults(tmp_path, text(people(), [n for n in NAMES if n != "town"]))[0]
    assert "another order" in faults(tmp_path, text(people(), NAMES[::-1]))[0]


def test_a_file_that_was_cut_short_is_noticed(tmp_path: Path) -> None:
    whole = text(people())
    assert "cut short" in faults(tmp_path, whole.rstrip("\r\n"))[-1]
    assert "fewer values" in faults(tmp_path, whole[: whole.rindex("wales")])[0]
    quoted = whole.replace("Flat 3", '"Flat, 3"')
    assert "not closed" in faults(tmp_path, quoted[: quoted.rindex("3")])[-1]
    assert faults(tmp_path, text([])) == ["line 1: there is nobody in the file"]
    assert faults(tmp_path, "")


def test_every_truncation_of_a_file_is_refused(tmp_path: Path) -> None:
    whole = text(people()).encode()
    # What ends with a whole row is a whole file, for all that can be known; here even that has too few people.
    assert [n for n in range(len(whole)) if not _refused(whole[:n])] == []


def test_what_is_not_utf_8_is_refused_by_its_line(tmp_path: Path) -> None:
    assert faults(tmp_path, text(people()).encode("latin-1", "replace")) == [
        "line 2: not UTF-8: save the file as UTF-8"
    ]


def test_the_same_person_twice_is_refused(tmp_path: Path) -> None:
    assert "the same person as on line 2" in faults(tmp_path, text([*people(), people()[0]]))[0]


def test_a_cell_with_fewer_than_k_people_is_refused_with_its_count(tmp_path: Path) -> None:
    found = faults(tmp_path, text([*people(), {**GOOD, "name": "Zed", "region": "london"}]))
    assert found == ["line 1, column region: the cell london has 1 people in this file; at least 5 are needed"]


def test_a_file_that_is_not_there_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="cannot be read"):
        read_sample(tmp_path / "none.csv", PACK)


@given(st.binary(max_size=300) | st.text(max_size=200).map(lambda t: (text(people()) + t).encode()))
@settings(max_examples=100, deadline=None)
def test_whatever_is_in_a_file_it_is_read_or_refused(data: bytes) -> None:
    rows, found = _Reader(PACK).read(data)
    assert rows or found


def _refused(data: bytes) -> bool:
    return bool(_Reader(PACK).read(data)[1])


def test_a_synthetic_sample_is_a_good_file_and_the_same_for_the_same_seed(tmp_path: Path) -> None:
    one, two, other = (tmp_path / f"{n}.csv" for n in range(3))
    for file, seed in ((one, 7), (two, 7), (other, 8)):
        assert write_sample(PACK, 300, seed, file) == 300
    assert one.read_bytes() == two.read_bytes() != other.read_bytes()
    rows, _ = read_sample(one, PACK)
    assert {row.cell for row in rows} == {str(cell.id) for cell in PACK.flush.cells}
    assert {row.language for row in rows} == {"en", "cy"}
    assert all(row.cell == "wales" for row in rows if row.language == "cy")
    assert {"ŵ", "ŷ"} <= set(one.read_text(encoding="utf-8"))
    assert one.stat().st_mode & 0o777 == 0o600
    with pytest.raises(Refused, match="already"):
        write_sample(PACK, 1, 7, one)


@pytest.mark.parametrize("count", [5, 6, 12, 49, 61])
def test_a_synthetic_sample_of_any_size_has_no_small_cell(count: int) -> None:
    cells = [row["region"] for row in synthesise(PACK, count, 3)]
    assert min(cells.count(cell) for cell in set(cells)) >= 5
    assert len(cells) == count
