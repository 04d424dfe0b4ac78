"""A sample file is taken whole or refused whole, with every fault by line and column and never a value (P03)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.support.rows import GOOD, NAMES, PACK, ZED, people, text

from troth.fieldwork.sample_file import BadSample, Reading, Row, check_row, examine, parts, read_sample
from troth.fieldwork.synthesise import synthesise, write_sample
from troth.kit.errors import Invalid, Refused
from troth.study.policy import Column, SampleRules

if TYPE_CHECKING:
    from pathlib import Path

    from troth.study import StudyPack


def read(tmp_path: Path, content: str | bytes, reading: Reading | None = None, pack: StudyPack = PACK) -> list[Row]:
    file = tmp_path / "people.csv"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return read_sample(file, pack, reading)[0]


def faults(tmp_path: Path, content: str | bytes, reading: Reading | None = None, pack: StudyPack = PACK) -> list[str]:
    with pytest.raises(BadSample) as caught:
        read(tmp_path, content, reading, pack)
    return [str(fault) for fault in caught.value.faults]


def test_a_good_file_is_read_in_its_order(tmp_path: Path) -> None:
    rows = read(tmp_path, text(people()))
    assert [row.name[-1] for row in rows] == list("ABCDE")
    assert (rows[0].postcode, rows[0].cell, rows[0].language) == ("LL57 1AA", "wales", "cy")
    assert rows[0].address == ("Flat 1", "12 Heol y Dŵr", "Bangor")


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
    assert found == ["line 1, column number 10: this column is not declared: take it out of the file (P03)"]


def test_a_missing_column_refuses_the_file_and_the_order_does_not(tmp_path: Path) -> None:
    assert "town" in faults(tmp_path, text(people(), [n for n in NAMES if n != "town"]))[0]
    assert read(tmp_path, text(people(), NAMES[::-1])) == read(tmp_path, text(people()))
    assert "twice" in faults(tmp_path, text(people(), [*NAMES, "town"]))[0]


def test_a_file_that_was_cut_short_is_noticed(tmp_path: Path) -> None:
    whole = text(people())
    assert "cut short" in faults(tmp_path, whole.rstrip("\r\n"))[-1]
    assert "fewer values" in faults(tmp_path, whole[: whole.rindex("wales")])[0]
    quoted = whole.replace("Flat 3", '"Flat, 3"')
    assert "not closed" in faults(tmp_path, quoted[: quoted.index("Flat, 3") + 5])[-1]
    assert faults(tmp_path, text([])) == ["line 1: there is nobody in the file"]
    assert faults(tmp_path, "")


def test_every_truncation_of_a_file_is_refused(tmp_path: Path) -> None:
    whole = text(people()).encode()
    # What ends with a whole row is a whole file, for all that can be known; here even that has too few people.
    assert [n for n in range(len(whole)) if not _refused(tmp_path, whole[:n])] == []


def test_what_is_not_utf_8_is_refused_by_its_line(tmp_path: Path) -> None:
    assert faults(tmp_path, text(people()).encode("latin-1", "replace")) == [
        "line 2: not UTF-8: save the file as UTF-8, or declare --encoding windows-1252"
    ]


def test_the_same_person_twice_is_refused(tmp_path: Path) -> None:
    assert "the same person as on line 2" in faults(tmp_path, text([*people(), people()[0]]))[0]


def test_a_cell_with_fewer_than_k_people_is_refused_with_its_count(tmp_path: Path) -> None:
    found = faults(tmp_path, text([*people(), ZED]))
    what = "the cell london has 1 people in this file; at least 5 are needed, or --merge-small london=…"
    assert found == [f"line 1, column region: {what}"]


def test_a_file_that_is_not_there_is_said_plainly(tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="cannot be read"):
        read_sample(tmp_path / "none.csv", PACK)


@given(
    st.binary(max_size=300)
    | st.text(max_size=200).map(lambda t: (text(people()) + t).encode("utf-8", "replace"))
    | st.text(max_size=200).map(lambda t: (text(people()) + t).encode("utf-16", "replace"))
)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_whatever_is_in_a_file_it_is_read_or_refused(tmp_path: Path, data: bytes) -> None:
    file = tmp_path / "any.csv"
    file.write_bytes(data)
    for encoding in ("", "utf-16", "windows-1252"):
        try:
            assert examine(file, PACK, Reading(encoding)).people
        except BadSample as refused:
            assert refused.count


def _refused(tmp_path: Path, data: bytes) -> bool:
    try:
        read(tmp_path, data)
    except BadSample:
        return True
    return False


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


def test_a_synthetic_sample_has_one_person_per_address(tmp_path: Path) -> None:
    rows = list(synthesise(PACK, 3000, 5))
    assert len({tuple(row[n] for n in NAMES[1:6]) for row in rows}) == 3000
    assert len({row["supplier_ref"] for row in rows}) == 3000


@pytest.mark.parametrize("count", [5, 6, 12, 49, 61])
def test_a_synthetic_sample_of_any_size_has_no_small_cell(count: int) -> None:
    cells = [row["region"] for row in synthesise(PACK, count, 3)]
    assert min(cells.count(cell) for cell in set(cells)) >= 5
    assert len(cells) == count


def with_columns(**changes: dict[str, object]) -> StudyPack:
    """The study with other rules for some columns, and columns that it did not have."""
    known = [c.model_copy(update=changes[c.name]) if c.name in changes else c for c in PACK.sample_columns]
    new = [Column(name=name, **rules) for name, rules in changes.items() if name not in NAMES]  # type: ignore[arg-type]
    return PACK.model_copy(update={"sample_columns": (*known, *new)})


@pytest.mark.parametrize(
    ("rules", "value", "what"),
    [
        ({"min_length": 4}, "abc", "shorter than 4"),
        ({"max_length": 4}, "abcde", "longer than 4"),
        ({"pattern": "[0-9]{3}"}, "12a", "not of the form"),
        ({"one_of": ("yes", "no")}, "maybe", "not one of the values"),
        ({"kind": "date"}, "31/01/2027", "not a date"),
        ({"kind": "date"}, "2027-02-30", "not a date"),
        ({"kind": "postcode"}, "nowhere", "UK postcode"),
        ({}, "", "must be filled in"),
    ],
)
def test_a_declared_rule_refuses_a_value_and_never_repeats_it(
    tmp_path: Path, rules: dict[str, object], value: str, what: str
) -> None:
    pack = with_columns(extra=rules)
    rows = [{**row, "extra": value} for row in people()]
    (first, *_) = faults(tmp_path, text(rows, [*NAMES, "extra"]), pack=pack)
    assert first.startswith("line 2, column extra: ")
    assert what in first
    assert not value or value not in first.removeprefix("line 2, column extra: ")


@pytest.mark.parametrize(
    ("rules", "value"),
    [
        ({"pattern": "[0-9]{3}", "min_length": 3}, "123"),
        ({"one_of": ("yes", "no")}, "no"),
        ({"kind": "date"}, "2027-01-31"),
        ({"kind": "postcode"}, "sw1a 1aa"),
        ({"required": False, "min_length": 4, "kind": "date"}, ""),
    ],
)
def test_what_keeps_the_declared_rules_is_taken(tmp_path: Path, rules: dict[str, object], value: str) -> None:
    rows = [{**row, "extra": value} for row in people()]
    assert len(read(tmp_path, text(rows, [*NAMES, "extra"]), pack=with_columns(extra=rules))) == 5


def test_a_header_of_the_suppliers_own_is_mapped(tmp_path: Path) -> None:
    pack = with_columns(name={"header": "FULL NAME"}, region={"header": "GOR code"})
    named = [{"name": "FULL NAME", "region": "GOR code"}.get(name, name) for name in NAMES]
    rows = [{**row, "FULL NAME": row["name"], "GOR code": row["region"]} for row in people()]
    assert read(tmp_path, text(rows, named), pack=pack)[0].cell == "wales"
    assert "column name: this declared column is not in the file" in faults(tmp_path, text(rows), pack=pack)[0]


def test_a_column_that_the_study_ignores_is_dropped_unread(tmp_path: Path) -> None:
    pack = PACK.model_copy(update={"sample": SampleRules(ignored=("nhs_number", "note"))})
    rows = [{**row, "nhs_number": "=ZQX\x07"} for row in people()]
    file = tmp_path / "people.csv"
    file.write_text(text(rows, ["nhs_number", *NAMES]), encoding="utf-8")
    found = examine(file, pack, Reading())
    assert (found.people, found.dropped) == (5, ("nhs_number",))
    (some,) = parts(file, pack, Reading(), found)
    assert "ZQX" not in str([row.values for row in some])


@pytest.mark.parametrize(
    ("changed", "lines"),
    [
        ({"postcode": "", "town": "BFPO 52"}, ("Flat 5", "12 Heol y Dŵr", "BFPO 52")),
        ({"postcode": "bfpo 52", "town": "Unit"}, ("Flat 5", "12 Heol y Dŵr", "Unit", "BFPO 52")),
        ({"postcode": "bf1 2aa", "town": "BFPO 52"}, ("Flat 5", "12 Heol y Dŵr", "BFPO 52", "BF1 2AA")),
    ],
)
def test_a_bfpo_address_has_its_number_or_its_postcode_last(
    tmp_path: Path, changed: dict[str, str], lines: tuple[str, ...]
) -> None:
    row = read(tmp_path, text(people(**changed)))[-1]
    assert (*row.address, row.postcode) == lines


def test_an_address_abroad_has_its_country_last_where_the_study_has_such_a_column(tmp_path: Path) -> None:
    pack = with_columns(country={"required": False})
    rows = people(postcode="75001", town="Paris", country="France")
    row = read(tmp_path, text(rows, [*NAMES, "country"]), pack=pack)[-1]
    assert (*row.address, row.postcode) == ("Flat 5", "12 Heol y Dŵr", "Paris", "75001", "France")
    rows = people(postcode="", town="BFPO 52", country="France")
    assert "names no country" in faults(tmp_path, text(rows, [*NAMES, "country"]), pack=pack)[0]
    assert "must be filled in" in faults(tmp_path, text(people(postcode="")), pack=PACK)[0]


@pytest.mark.parametrize("character", '@()=[]"\\/,<>~')
def test_no_line_of_an_address_begins_with_what_could_be_a_formula(tmp_path: Path, character: str) -> None:
    assert "begins with" in faults(tmp_path, text(people(address_2=f"{character}Zed")))[0]


def test_two_people_at_one_address_need_a_reason(tmp_path: Path) -> None:
    rows = people()
    same = {**rows[0], "name": "Somebody Else", "supplier_ref": "R-9"}
    spelled = {**same, "address_1": "flat 1, 12 heol y dwr", "address_2": "", "postcode": "LL571AA"}
    for other in (same, spelled):
        (found,) = faults(tmp_path, text([*rows, other]))
        assert found.startswith("line 7: the same address as on line 2: one person per address")
        assert len(read(tmp_path, text([*rows, other]), Reading(shared="two families, one door"))) == 6
    pack = PACK.model_copy(update={"sample": SampleRules(shared_addresses="a census of halls of residence")})
    assert len(read(tmp_path, text([*rows, same]), pack=pack)) == 6
    # The same person there is refused all the same
    again = {**rows[0], "supplier_ref": "R-9"}
    assert "the same person as on line 2" in faults(tmp_path, text([*rows, again]), Reading(shared="yes"))[0]
    # and 1/2 is another door than 12
    other = {**rows[0], "address_1": "1/2", "name": "Zed", "supplier_ref": "R-9"}
    twelve = {**other, "address_1": "12", "supplier_ref": "R-10"}
    assert len(read(tmp_path, text([*rows, other, twelve]))) == 7


def test_the_same_reference_twice_is_refused_however_it_is_written(tmp_path: Path) -> None:
    rows = people()
    rows[3]["supplier_ref"] = "r 1"
    assert faults(tmp_path, text(rows)) == ["line 5, column supplier_ref: the same reference as on line 3"]


def test_a_small_cell_is_merged_when_that_is_asked_for_and_only_then(tmp_path: Path) -> None:
    rows = [*people(), ZED]
    found = read(tmp_path, text(rows), Reading(merge={"london": "wales"}))
    assert [row.cell for row in found] == ["wales"] * 6
    with pytest.raises(Refused, match="only a cell with fewer than 5"):
        read(tmp_path, text(people()), Reading(merge={"wales": "london"}))
    for merge in ({"london": "atlantis"}, {"atlantis": "wales"}, {"london": "london"}):
        with pytest.raises(Refused, match="another cell of the study"):
            read(tmp_path, text(rows), Reading(merge=merge))


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_every_delimiter_and_encoding_gives_the_same_people(tmp_path: Path, delimiter: str, encoding: str) -> None:
    content = text(people(), delimiter=delimiter)
    assert read(tmp_path, content.encode(encoding)) == read(tmp_path, text(people()))
    assert len(read(tmp_path, content.encode(encoding), Reading(delimiter=delimiter))) == 5


def test_a_legacy_encoding_is_taken_when_it_is_declared_and_refused_when_it_is_not(tmp_path: Path) -> None:
    rows = people(town="Besançon")
    for row in rows:
        row["name"] = row["name"].replace("ŷ", "y")
        row["address_2"] = "Rue"
    legacy = text(rows).encode("cp1252")
    assert read(tmp_path, legacy, Reading("windows-1252"))[-1].address[-1] == "Besançon"
    assert "declare --encoding windows-1252" in faults(tmp_path, legacy)[0]
    assert "this is UTF-8" in faults(tmp_path, text(rows), Reading("windows-1252"))[0]
    assert "windows-1252 was declared" in faults(tmp_path, text(rows).encode("utf-8-sig"), Reading("windows-1252"))[0]
    assert "looks like UTF-16" in faults(tmp_path, text(rows).encode("utf-16-le"))[0]
    assert "not UTF-16" in faults(tmp_path, legacy[:-1] + b"\xd8", Reading("utf-16"))[0]


def test_a_line_longer_than_any_row_is_refused_before_it_fills_the_memory(tmp_path: Path) -> None:
    for encoding in ("utf-8", "utf-16"):
        endless = text(people()).encode(encoding) + ("A" * 200_000).encode(encoding).removeprefix(b"\xff\xfe")
        assert "longer than any row" in faults(tmp_path, endless)[0]


def test_the_second_pass_gives_what_the_first_one_checked_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "people.csv"
    file.write_text(text(people(10)), encoding="utf-8")
    found = examine(file, PACK, Reading(), part=4)
    assert [len(some) for some in parts(file, PACK, Reading(), found, part=4)] == [4, 4, 2]
    for changed in (people(9), [*people(10), {**ZED, "region": "wales"}], people(10, town="Conwy")):
        file.write_text(text(changed), encoding="utf-8")
        with pytest.raises(Refused, match="changed"):
            list(parts(file, PACK, Reading(), found, part=4))
    file.write_text(text(people(10)).replace("\r\n", "\n"), encoding="utf-8")
    with pytest.raises(Refused, match="changed"):  # the same rows in another file: its digest would be noted wrongly
        list(parts(file, PACK, Reading(), found, part=4))


def test_a_part_that_changed_since_it_was_checked_is_never_given_out(tmp_path: Path) -> None:
    # Given a file longer than what is read ahead, changed behind the first part while it is read
    file = tmp_path / "people.csv"
    write_sample(PACK, 900, 3, file)
    whole = file.read_bytes()
    expected = [row.name for row in read_sample(file, PACK)[0]]
    found = examine(file, PACK, Reading(), part=100)
    again = parts(file, PACK, Reading(), found, part=100)
    given = [row.name for row in next(again)]
    lines = whole.splitlines(keepends=True)
    file.write_bytes(b"".join(lines[:500]) + lines[500].replace(b",", b"X,", 1) + b"".join(lines[501:]))
    # Then every part before the change comes out as it was, and none from there on
    with pytest.raises(Refused, match="changed"):
        given.extend(row.name for some in again for row in some)
    assert given == expected[:400]


def test_one_person_is_checked_by_the_same_rules_as_a_file() -> None:
    row, found = check_row(PACK, GOOD)
    assert (row is not None, found) == (True, [])
    row, found = check_row(PACK, {**GOOD, "postcode": "nowhere"})
    assert row is None
    assert [fault.column for fault in found] == ["postcode"]


def test_who_asked_for_large_print_is_in_the_contact_part_where_the_study_declares_the_column(tmp_path: Path) -> None:
    declared = (*PACK.sample_columns, Column(name="large_print", required=False))
    pack, names = PACK.model_copy(update={"sample_columns": declared}), [*NAMES, "large_print"]
    written = people(5)
    for row, value in zip(written, ("yes", "no", "", "Ie", "NA"), strict=True):
        row["large_print"] = value
    rows = read(tmp_path, text(written, names), pack=pack)
    assert [json.loads(row.contact_part()).get("large") for row in rows] == [True, None, None, True, None]
    assert faults(tmp_path, text(people(large_print="Zed"), names), pack=pack) == [
        "line 6, column large_print: neither yes nor no"
    ]
    assert any("not declared" in fault for fault in faults(tmp_path, text(written, names)))  # and by no other study
    made = [row["large_print"] for row in synthesise(pack, 40, 7)]
    assert (made.count("yes"), made.count("no")) == (2, 38)
