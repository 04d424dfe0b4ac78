"""The parser of bytes against SQLite's own reading."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from troth.assurance.attacks.physical import Image
from troth.kit.errors import Invalid

VALUES = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.text(st.characters(blacklist_categories=("Cs",), blacklist_characters="\0"), max_size=30),
    st.binary(max_size=6000),
)
ROWS = st.lists(
    st.tuples(st.binary(min_size=1, max_size=40), VALUES, VALUES), max_size=60, unique_by=lambda row: row[0]
)
KINDS = {
    "rowid": "CREATE TABLE t (k BLOB NOT NULL, a, b, PRIMARY KEY (k))",
    "alias": "CREATE TABLE t (k BLOB UNIQUE, n INTEGER NOT NULL, a, b, PRIMARY KEY (n))",
    "without": "CREATE TABLE t (a, b, k BLOB, PRIMARY KEY (k)) WITHOUT ROWID",
}


def opened(path: Path, page: int = 1024) -> sqlite3.Connection:
    made = sqlite3.connect(path, isolation_level=None)
    made.execute(f"PRAGMA page_size={page}").close()
    for pragma in ("journal_mode=WAL", "wal_autocheckpoint=0", "secure_delete=ON"):
        made.execute(f"PRAGMA {pragma}").close()
    return made


def same(parsed: Image, database: sqlite3.Connection) -> None:
    found = {
        name: [cell.values for cell in parsed.cells(name)]
        for name, tree in parsed.trees.items()
        if tree.kind == "table"
    }
    for name, rows in found.items():
        columns = ", ".join(parsed.trees[name].columns)
        assert sorted(map(repr, rows)) == sorted(
            map(repr, database.execute(f"SELECT {columns} FROM {name}").fetchall())
        )


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=25, deadline=None)
@given(rows=ROWS, gone=st.integers(1, 5), later=st.booleans())
def test_every_row_is_read_as_sqlite_reads_it(
    kind: str, rows: list[tuple[Any, ...]], gone: int, later: bool, tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("bytes")
    database = opened(folder / "a.db")
    database.execute(KINDS[kind])
    for number, row in enumerate(rows):
        database.execute("INSERT INTO t (k, a, b) VALUES (?, ?, ?)", row)
        if later and number == len(rows) // 2:
            database.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    database.execute("DELETE FROM t WHERE length(k) % ? = 0", (gone + 1,))
    same(Image.read(folder / "a.db"), database)
    database.execute("PRAGMA wal_checkpoint(RESTART)").fetchall()
    database.execute("CREATE TABLE u (x INTEGER PRIMARY KEY, y TEXT)")
    database.execute("INSERT INTO u (y) VALUES ('after the restart')")
    same(Image.read(folder / "a.db"), database)
    database.close()


def test_what_is_not_committed_is_not_read(tmp_path: Path) -> None:
    database = opened(tmp_path / "a.db")
    database.execute("PRAGMA cache_size=5").close()
    database.execute("CREATE TABLE t (k BLOB PRIMARY KEY)")
    database.execute("BEGIN")
    database.executemany("INSERT INTO t VALUES (randomblob(500))", [()] * 200)
    for ending in ("", "-wal"):
        shutil.copy(tmp_path / f"a.db{ending}", tmp_path / f"b.db{ending}")
    database.execute("COMMIT")
    assert Image.read(tmp_path / "b.db").cells("t") == []
    assert len(Image.read(tmp_path / "a.db").cells("t")) == 200
    database.close()


def test_without_rowid_a_smaller_offset_came_later(tmp_path: Path) -> None:
    database = opened(tmp_path / "a.db", 4096)
    database.execute("CREATE TABLE t (k BLOB PRIMARY KEY) WITHOUT ROWID")
    for n in range(100):
        database.execute("INSERT INTO t VALUES (?)", (bytes([n * 37 % 100]) * 4,))
    cells = sorted(Image.read(tmp_path / "a.db").cells("t"), key=lambda cell: -cell.offset)
    assert [cell.values[0] for cell in cells] == [bytes([n * 37 % 100]) * 4 for n in range(100)]
    database.close()


def test_an_automatic_index_keeps_the_order_of_arrival_too(tmp_path: Path) -> None:
    database = opened(tmp_path / "a.db", 4096)
    database.execute("CREATE TABLE t (k BLOB NOT NULL, PRIMARY KEY (k))")
    for n in range(100):
        database.execute("INSERT INTO t VALUES (?)", (bytes([n * 37 % 100]) * 4,))
    image = Image.read(tmp_path / "a.db")
    cells = sorted(image.cells("sqlite_autoindex_t_1"), key=lambda cell: -cell.offset)
    assert [cell.values[1] for cell in cells] == list(range(1, 101))
    database.close()


def test_frames_tell_in_which_order_tables_were_written(tmp_path: Path) -> None:
    database = opened(tmp_path / "a.db", 4096)
    database.execute("CREATE TABLE t (k TEXT)")
    database.execute("CREATE TABLE u (k TEXT)")
    for n in range(4):
        database.execute(f"INSERT INTO {'tu'[n % 2]} VALUES ('{n}')")
    frames = Image.read(tmp_path / "a.db").frames()
    written = [frame for frame in frames if frame.tree in ("t", "u") and frame.cells]
    assert [frame.tree for frame in written] == ["t", "u", "t", "u"]
    assert all(frame.commit and frame.current for frame in written)
    assert [cell.values[0] for cell in written[-1].cells] == ["1", "3"]
    database.close()


def test_leftover_frames_are_told_apart_from_current_ones(tmp_path: Path) -> None:
    database = opened(tmp_path / "a.db", 4096)
    database.execute("CREATE TABLE t (k TEXT)")
    for n in range(5):
        database.execute("INSERT INTO t VALUES (?)", (str(n),))
    database.execute("PRAGMA wal_checkpoint(RESTART)").fetchall()
    database.execute("INSERT INTO t VALUES ('new')")
    frames = Image.read(tmp_path / "a.db").frames()
    assert [frame.current for frame in frames][:2] == [True, False]
    assert [cell.values[0] for cell in frames[0].cells][-1] == "new"
    database.close()


def test_a_file_of_another_kind_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_bytes(b"no database" * 500)
    with pytest.raises(Invalid, match="no SQLite file"):
        Image.read(tmp_path / "a.db")
    with pytest.raises(Invalid, match="no such file"):
        Image.read(tmp_path / "b.db")
