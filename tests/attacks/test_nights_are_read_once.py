"""Nights come back as they were written; a row that stands unchanged is one row, however many nights it stands."""

from __future__ import annotations

import gzip
import json
from datetime import date, timedelta
from pathlib import Path

from troth.assurance.attacks.fresh import fresh_rows
from troth.assurance.attacks.loot import Loot, lying
from troth.assurance.attacks.night import Long, Night, Rows, write_night

FIRST = date(2027, 1, 12)
COLUMNS = ("id", "n", "box", "word")
ONE = (b"\x00" * 16, 1, Long(b"d" * 16, 900), 'a "word"\nof two lines, caf\u00e9')
OTHER = (b"\xff" * 16, -2, None, "")


def night(after: int, *rows: tuple[object, ...], columns: tuple[str, ...] = COLUMNS) -> Night:
    table = Rows(columns, rows, {"rowid": tuple(range(len(rows)))})  # type: ignore[arg-type]
    return Night(FIRST + timedelta(days=after), {"responses": {"step": table, "empty": Rows(("a",), ())}, "ledger": {}})


def test_a_night_comes_back_as_it_was_written(tmp_path: Path) -> None:
    written = night(0, ONE, OTHER)
    write_night(tmp_path, written)
    assert Loot(tmp_path).night(FIRST) == written


def test_a_night_of_before_rows_had_lines_is_read(tmp_path: Path) -> None:
    write_night(tmp_path, night(0, ONE, OTHER))
    rows = [[{"b": "00" * 16}, 1, {"d": b"d".hex() * 16, "l": 900}, ONE[3]], [{"b": "ff" * 16}, -2, None, ""]]
    tables = {
        "step": {"columns": COLUMNS, "rows": rows, "positions": {"rowid": [0, 1]}},
        "empty": {"columns": ["a"], "rows": [], "positions": {}},
    }
    with gzip.open(tmp_path / "nights" / f"{FIRST}.json.gz", "wt") as file:
        json.dump({"day": str(FIRST), "vaults": {"responses": tables, "ledger": {}}}, file)
    assert Loot(tmp_path).night(FIRST) == night(0, ONE, OTHER)


def test_an_unchanged_row_is_the_same_row_and_a_changed_night_is_read_again(tmp_path: Path) -> None:
    write_night(tmp_path, night(0, ONE))
    write_night(tmp_path, night(1, OTHER, ONE))
    loot = Loot(tmp_path)
    (first, second) = loot.each_night()
    assert first.table("responses", "step").rows[0] is second.table("responses", "step").rows[1]
    write_night(tmp_path, night(1, OTHER))
    assert loot.night(second.day).table("responses", "step").rows == (OTHER,)


def test_only_rows_that_no_earlier_night_had_are_fresh(tmp_path: Path) -> None:
    write_night(tmp_path, night(0, ONE))
    write_night(tmp_path, night(1, OTHER, ONE, OTHER))
    write_night(tmp_path, night(2, ONE))
    write_night(tmp_path, night(3, ONE, columns=("id", "n", "box", "renamed")))
    found = [((some.day - FIRST).days, some.columns[-1], some.rows) for some in fresh_rows(Loot(tmp_path))]
    assert found == [(0, "word", (ONE,)), (1, "word", (OTHER,)), (3, "renamed", (ONE,))]


def test_what_was_made_of_the_loot_is_made_again_when_a_file_changed(tmp_path: Path) -> None:
    write_night(tmp_path, night(0, ONE))
    loot, made = Loot(tmp_path), []

    def make() -> int:
        made.append(len(loot.nights()))
        return made[-1]

    assert [loot.once("nights", make), loot.once("nights", make)] == [1, 1]
    write_night(tmp_path, night(1, ONE))
    assert [loot.once("nights", make), loot.once("others", make)] == [2, 2]
    assert made == [1, 2, 2]
    with loot.at_rest():
        write_night(tmp_path, night(2, ONE))
        assert loot.once("nights", make) == 2
    assert loot.once("nights", make) == 3


def test_every_file_below_a_folder_is_found_as_pathlib_finds_it(tmp_path: Path) -> None:
    for path in ("a", "b/c", "b/d/e", "b/d/.hidden", "f/"):
        at = tmp_path / path
        at.mkdir(parents=True) if path.endswith("/") else (at.parent.mkdir(parents=True, exist_ok=True), at.touch())
    (tmp_path / "link").symlink_to(tmp_path / "a")
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    (tmp_path / "round").symlink_to(tmp_path / "b")
    assert sorted(lying(tmp_path)) == sorted(path for path in tmp_path.rglob("*") if path.is_file())
    assert len(lying(tmp_path)) == 5
    assert lying(tmp_path / "none") == lying(tmp_path / "a") == []
