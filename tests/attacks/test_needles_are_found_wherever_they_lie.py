"""The search that most attacks stand on finds what a plain search finds: at every offset, across words, in files and in rows."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from troth.assurance.attacks.needles import LEAST, Hits, Needle, Needles
from troth.assurance.attacks.night import Night, Rows

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


def test_people_are_counted_once_and_not_named() -> None:
    hits = Hits()
    for whose in ("7", "7", "8"):
        hits.add("a log", Needle("a code", whose))
    assert hits.counted() == [("a log", "a code", 2)]
