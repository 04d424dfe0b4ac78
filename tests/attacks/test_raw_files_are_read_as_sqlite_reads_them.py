"""What `physical` reads from bytes is what SQLite itself says, for any rows; and where cells lie is where they were put."""

from __future__ import annotations

import shutil
import sqlite3
import tempfile
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from troth.assurance.attacks.physical import Unreadable, cells, cells_on, read_file, read_log, rows, schema

VALUES = st.one_of(
    st.none(),
    st.integers(-(2**63), 2**63 - 1),
    st.floats(allow_nan=False),
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40),
    st.binary(max_size=60),
    st.integers(100, 20_000).map(lambda size: bytes(range(251)) * (size // 251) + b"end"),
)
ROWS = st.dictionaries(
    st.tuples(st.integers(-(2**40), 2**40), st.text("abcxyz", max_size=5)), st.tuples(VALUES, VALUES), max_size=60
)


def made(folder: Path, name: str, ending: str, page: int) -> sqlite3.Connection:
    connection = sqlite3.connect(folder / name, isolation_level=None)
    connection.execute(f"PRAGMA page_size={page}")
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute(f'CREATE TABLE thing (a, "n" NUMERIC(3, 1) NOT NULL, b, t TEXT, PRIMARY KEY (n, t)){ending}')
    connection.execute("CREATE INDEX thing_b ON thing (b)")
    return connection


@pytest.mark.parametrize("ending", ["", " WITHOUT ROWID"])
@settings(max_examples=25, deadline=None)
@given(found=ROWS, folded=st.booleans(), page=st.sampled_from([512, 1024, 4096, 65536]))
def test_rows_and_index_entries_are_those_that_sqlite_reads(
    ending: str, found: dict[tuple[int, str], tuple[object, object]], folded: bool, page: int
) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        connection = made(folder, "a.db", ending, page)
        connection.execute("BEGIN")
        for (n, t), (a, b) in found.items():
            connection.execute("INSERT INTO thing (a, n, b, t) VALUES (?, ?, ?, ?)", (a, n, b, t))
        connection.execute("COMMIT")
        connection.execute("DELETE FROM thing WHERE n % 5 = 0")
        if folded:
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        said = connection.execute("SELECT a, n, b, t FROM thing ORDER BY n, t").fetchall()
        for ours in ("a.db", "a.db-wal"):
            shutil.copyfile(folder / ours, folder / f"copy-{ours}")
        connection.close()
        pages = read_file(folder / "copy-a.db")
        trees = {tree.name: tree for tree in schema(pages)}
        read = [(row["a"], row["n"], row["b"], row["t"]) for _, row in rows(pages, trees["thing"])]
        assert sorted(read, key=lambda row: (row[1], row[3])) == said
        assert all(len(cell.values) == (2 if not ending else 3) for cell in cells(pages, trees["thing_b"]))
        assert len(list(cells(pages, trees["thing_b"]))) == len(said)


def test_an_integer_key_is_the_rowid(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "a.db") as connection:
        connection.execute("CREATE TABLE thing (id INTEGER PRIMARY KEY, what TEXT)")
        connection.executemany("INSERT INTO thing VALUES (?, ?)", [(7, "x"), (-3, "y")])
    connection.close()
    pages = read_file(tmp_path / "a.db")
    (tree,) = schema(pages)
    assert [row for _, row in rows(pages, tree)] == [{"id": -3, "what": "y"}, {"id": 7, "what": "x"}]


def test_without_rowid_the_cell_offsets_list_the_order_of_arrival(tmp_path: Path) -> None:
    with sqlite3.connect(tmp_path / "a.db") as connection:
        connection.execute("CREATE TABLE thing (id TEXT PRIMARY KEY) WITHOUT ROWID")
        for id_ in "qaztrb":
            connection.execute("INSERT INTO thing VALUES (?)", (id_,))
    connection.close()
    pages = read_file(tmp_path / "a.db")
    (tree,) = schema(pages)
    lie = sorted(rows(pages, tree), key=lambda found: -found[0].offset)
    assert "".join(str(row["id"]) for _, row in lie) == "qaztrb"


def test_the_logs_frames_come_in_order_with_their_commits(tmp_path: Path) -> None:
    connection = made(tmp_path, "a.db", "", 4096)
    for n in range(3):
        connection.execute("INSERT INTO thing VALUES (1, ?, 2, 'x')", (n,))
    frames = read_log((tmp_path / "a.db-wal").read_bytes())
    connection.close()
    assert [frame.number for frame in frames] == list(range(len(frames)))
    assert sum(bool(frame.commit) for frame in frames) == 5  # two of the schema, three rows
    assert {frame.page for frame in frames} == {1, 2, 3, 4}  # the schema, the table, its two indexes


def test_frames_of_an_earlier_round_are_told_apart(tmp_path: Path) -> None:
    connection = made(tmp_path, "a.db", "", 4096)
    connection.execute("INSERT INTO thing VALUES (1, 1, 2, 'early')")
    connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
    connection.execute("INSERT INTO thing VALUES (1, 2, 2, 'late')")
    frames = read_log((tmp_path / "a.db-wal").read_bytes())
    pages = read_file(tmp_path / "a.db")
    assert len({frame.salt for frame in frames}) == 2
    (table,) = [tree for tree in schema(pages) if tree.name == "thing"]
    assert [row["t"] for _, row in rows(pages, table)] == ["early", "late"]
    assert any("early" in cell.values for frame in frames for cell in cells_on(pages, frame.data, frame.page))
    connection.close()


def test_what_is_no_sqlite_file_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.db").write_bytes(b"x" * 5000)
    with pytest.raises(Unreadable):
        read_file(tmp_path / "a.db")
    assert read_log(b"x" * 5000) == []
