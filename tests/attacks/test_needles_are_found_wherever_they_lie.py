"""The search that most attacks stand on finds what a plain search finds: at every offset, across words, in files and in rows."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from troth.assurance.attacks.needles import LEAST, Hits, Needle, Needles
from troth.assurance.attacks.night import Night, Rows
from troth.assurance.attacks.tried.clear_text import _emails
from troth.assurance.attacks.windows import Known, all_of, blocks, windows

SOUGHT = st.lists(st.binary(min_size=LEAST, max_size=20), min_size=1, max_size=6, unique=True)


@given(SOUGHT, st.lists(st.binary(max_size=9), min_size=1, max_size=8), st.data())
def test_it_finds_what_a_plain_search_finds(sought: list[bytes], between: list[bytes], data: st.DataObject) -> None:
    hay = b"".join(each + data.draw(st.sampled_from([*sought, b""])) for each in between)
    found = {(at, needle.kind) for at, needle in Needles({each: Needle(each.hex(), "x") for each in sought}).find(hay)}
    plain = {(at, each.hex()) for each in sought for at in range(len(hay)) if hay.startswith(each, at)}
    assert found == plain


def test_a_short_needle_is_refused() -> None:
    with pytest.raises(ValueError, match="8 bytes"):
        Needles({b"seven77": Needle("short", "x")})


def test_nothing_sought_is_nothing_found() -> None:
    assert list(Needles({}).find(b"anything at all")) == []


def test_rows_say_where_and_values_next_to_each_other_do_not_run_together(tmp_path: Path) -> None:
    needles = Needles({b"12345678": Needle("a number", "1"), b"abcdefgh": Needle("letters", "2")})
    rows = Rows(("a", "b", "c"), ((b"1234", "xxabcdefghxx", 5), (b"5678", None, 6), (b"12345678", "", 7)))
    night = Night(date(2027, 1, 12), {"responses": {"step": rows}})
    assert sorted(where for where, _ in needles.in_night(night, ["responses"])) == [
        "responses.step.a",
        "responses.step.b",
    ]
    assert list(needles.in_night(night, [])) == []
    (tmp_path / "x").write_bytes(b"..12345678")
    assert [path.name for path, _ in needles.in_files([tmp_path / "x"])] == ["x"]


@pytest.mark.parametrize("at", [0, 4090, 4096, 8184, 12280])
def test_a_needle_is_found_across_the_blocks_that_files_are_looked_at_in(tmp_path: Path, at: int) -> None:
    needles = Needles({b"a needle of 24 letters..": Needle("long", "1"), b"8 letter": Needle("short", "2")})
    whole = bytearray(b"\0" * 12304)
    whole[at : at + 24] = b"a needle of 24 letters.."
    (tmp_path / "one").write_bytes(whole)
    (tmp_path / "same").write_bytes(whole)
    (tmp_path / "other").write_bytes(whole[:at] + b"8 letter")
    paths = [tmp_path / name for name in ("one", "same", "other")]
    found = {(path.name, needle.kind) for path, needle in needles.in_files(paths)}
    assert found == {("one", "long"), ("same", "long"), ("other", "short")}


def test_the_end_of_one_block_and_the_beginning_of_another_are_no_needle(tmp_path: Path) -> None:
    needles = Needles({b"12345678": Needle("a number", "1")})
    (tmp_path / "ends").write_bytes(b"\0" * 4092 + b"1234")
    (tmp_path / "begins").write_bytes(b"5678" + b"\0" * 5000)
    assert list(needles.in_files([tmp_path / "ends", tmp_path / "begins"])) == []


def test_an_email_is_seen_wherever_it_stands_in_a_file() -> None:
    for around in (b"", b"\0" * 9, bytes(range(256))):
        assert _emails(around + b"jane@post.uk") == [b"jane@post.uk"]
        assert _emails(b"jane@post.uk" + around)[:1] == [b"jane@post.uk"]
        assert _emails(around + b"jan@post.uk, jane@pos.uk, somebody@1234567.g2" + around) == []
    assert _emails(b"jane@post.uk, john@post.uk") == [b"jane@post.uk", b"john@post.uk"]
    long = b"x" * 64 + b"@" + b"d" * 63 + b".example.org"
    assert _emails(b"x" * 20 + long) == [long]


@given(st.lists(st.binary(min_size=0, max_size=40), max_size=8), st.binary(max_size=60))
def test_known_windows_are_those_that_some_string_has(strings: list[bytes], hay: bytes) -> None:
    plain = {each[at : at + 8] for each in strings for at in range(len(each) - 7)}
    found = Known(all_of(strings)).has(windows(hay)).tolist()
    assert found == [hay[at : at + 8] in plain for at in range(max(0, len(hay) - 7))]


@given(st.binary(min_size=15, max_size=15), st.binary(max_size=20), st.binary(max_size=20))
def test_fifteen_bytes_have_one_of_the_blocks_whole(run: bytes, before: bytes, after: bytes) -> None:
    assert Known(all_of([run])).has(blocks(before + run + after)).any()


def test_people_are_counted_once_and_not_named() -> None:
    hits = Hits()
    for whose in ("7", "7", "8"):
        hits.add("a log", Needle("a code", whose))
    assert hits.counted() == [("a log", "a code", 2)]
