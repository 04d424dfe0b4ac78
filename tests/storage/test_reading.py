"""Reading: one moment for many statements, one trip for one; and the ledger, of which only what is new is read."""

from __future__ import annotations

import contextlib
import shutil
import time
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import Column, Integer, MetaData, Table, func, insert, select, text

from troth.kit.errors import StorageFailed
from troth.protocol.chain import new_signing
from troth.storage.database import Database
from troth.storage.migrations import upgrade
from troth.storage.rewrite import alone, shuffle
from troth.vaults.ledger.replica import LedgerReplica
from troth.vaults.ledger.store import Ledger
from troth.vaults.responses.flush import count_records, move_records
from troth.vaults.responses.schema import record, strip

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from tests.conftest import Urls

table = Table("thing", MetaData(), Column("id", Integer, primary_key=True, autoincrement=False))
DAY = date(2027, 1, 12)


@pytest.fixture
def database(urls: Urls) -> Iterator[Database]:
    opened = Database(urls("thing"), vault="thing")
    with opened.write() as connection:
        table.create(connection)
        connection.execute(insert(table), [{"id": 1}])
    yield opened
    opened.close()


@pytest.fixture
def ledgers(urls: Urls) -> Iterator[tuple[Ledger, Ledger]]:
    """One ledger, as two processes have it."""
    url, (key, _) = urls("ledger", filled=True), new_signing()
    opened = [Database(url, vault="ledger") for _ in range(2)]
    upgrade(opened[0])
    yield Ledger(opened[0], key), Ledger(opened[1], key)
    for each in opened:
        each.close()


def test_several_statements_see_one_moment(database: Database) -> None:
    with database.read() as connection:
        before = connection.scalar(select(func.count()).select_from(table))
        with database.write() as other:
            other.execute(insert(table), [{"id": 2}])
        after = connection.scalar(select(func.count()).select_from(table))
    assert (before, after) == (1, 1)
    assert [row.id for row in database.rows(select(table).order_by(table.c.id))] == [1, 2]


def test_a_reader_writes_nothing_on_postgresql(database: Database) -> None:
    refused = (
        contextlib.nullcontext() if database.is_sqlite else pytest.raises(StorageFailed)
    )  # there, grants on files keep readers out
    with refused, database.read() as connection:
        connection.execute(insert(table), [{"id": 3}])
    assert len(database.rows(select(table))) == 1  # and what was not committed is not there, on both


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
@pytest.mark.parametrize("began", ["before", "meanwhile"])
def test_a_table_that_is_rewritten_is_never_seen_empty(urls: Urls, began: str) -> None:
    """A rewritten table is a new one, whose rows are younger than the moment of whoever began to read before it was there."""
    flush, reader = (Database(urls("responses", filled=True), vault="responses") for _ in range(2))
    with flush.write() as connection:
        connection.execute(insert(strip), [{"id": "a", "public": b"", "state": "leaving"}])
        connection.execute(insert(record), [{"id": bytes(16), "cell": "a", "boxes": b""}])
    with ThreadPoolExecutor(1) as other:
        if began == "before":
            with reader.read() as connection:
                connection.scalar(select(func.count()).select_from(strip))
                moving = other.submit(moved_by, flush)
                done = waits(flush, moving)
                assert (done, connection.scalar(select(func.count()).select_from(record))) == (False, 1)
            moving.result(10)
        else:
            with flush.write() as connection:
                alone(connection)
                shuffle(connection, record)
                asked = other.submit(count_records, reader)
                assert not waits(flush, asked)
            assert asked.result(10) == 1
    for each in (flush, reader):
        each.close()


def moved_by(database: Database) -> None:
    """A flush that moves nobody and rewrites all the same."""
    move_records(
        database, (), slots=1, states=("complete",), unwrap=lambda *_: b"", rewrap=lambda *_: (b"", ""), cell_of=str,
        leaving="a", day=DAY,
    )  # fmt: skip


def waits(database: Database, work: Future[Any]) -> bool:
    """Once that work waits for a lock, or is done: whether it is done."""
    here = "SELECT oid FROM pg_database WHERE datname = current_database()"
    waiting = text(f"SELECT count(*) FROM pg_locks WHERE NOT granted AND database = ({here})")
    while not work.done() and not database.rows(waiting)[0][0]:
        time.sleep(0.01)
    return work.done()


def test_what_another_process_entered_is_seen_and_nothing_is_read_twice(ledgers: tuple[Ledger, Ledger]) -> None:
    here, there = ledgers
    for n in range(3):
        here.enter("load", f"load {n}", DAY, {"people": n})
    assert [entry.key for entry in there.entries("load")] == ["load 0", "load 1", "load 2"]
    here.enter("wave", "flush at invitation", DAY, {})
    seen: list[int] = []
    count_rows(there, seen)
    assert [entry.key for entry in there.entries()][3:] == ["flush at invitation"]
    assert seen == [2]  # the last that was known, and the new one


def test_in_one_moment_the_ledger_is_asked_once_unless_this_process_enters(ledgers: tuple[Ledger, Ledger]) -> None:
    here, there = ledgers
    with here.one_moment():
        assert here.entries() == []
        there.enter("load", "load 1", DAY, {"people": 1})
        assert here.entries() == []
        here.enter("load", "load 2", DAY, {"people": 2})
        assert [entry.key for entry in here.entries()] == ["load 1", "load 2"]
    there.enter("load", "load 3", DAY, {"people": 3})
    assert len(here.entries()) == 3


def test_in_one_moment_a_replica_that_has_all_is_no_question(ledgers: tuple[Ledger, Ledger], tmp_path: Path) -> None:
    replica = LedgerReplica(tmp_path / "entries.jsonl")
    replica.begin()
    here = Ledger(ledgers[0]._database, new_signing()[0], replica)
    seen: list[int] = []
    count_rows(here, seen)
    here.enter("load", "load 1", DAY, {"people": 1})
    with here.one_moment():
        here.entries()
        seen.clear()
        here.follow()
        assert (here.behind(), seen) == (0, [])
        here.enter("load", "load 2", DAY, {"people": 2})
        assert (here.behind(), replica.tip()[0]) == (0, 2)
        here.entries()
        ledgers[1].enter("load", "load 3", DAY, {"people": 3})  # whoever has no replica, or was killed before it
        here.follow()
        assert (here.behind(), replica.tip()[0]) == (0, 2)
        line = replica.path.read_bytes()
    here.follow()
    assert (here.behind(), replica.tip()[0]) == (0, 3)
    with here.one_moment():
        here.entries()
        replica.path.write_bytes(
            line.replace(b'"n":2', b'"n":4')
        )  # entries that the ledger lacks are found all the same
        assert here.behind() == 1


def test_a_ledger_that_was_put_back_is_read_anew(tmp_path: Path) -> None:
    key, _ = new_signing()
    at = tmp_path / "ledger.db"
    database = Database(f"sqlite:///{at}", vault="ledger")
    upgrade(database)
    ledger = Ledger(database, key)
    ledger.enter("load", "load 1", DAY, {"people": 1})
    database.forget_residue()
    shutil.copy(at, tmp_path / "backup")
    ledger.enter("load", "load 2", DAY, {"people": 2})
    assert len(ledger.entries()) == 2
    database.close()
    for ending in ("-wal", "-shm"):
        at.with_name(at.name + ending).unlink(missing_ok=True)
    shutil.copy(tmp_path / "backup", at)
    other = Database(f"sqlite:///{at}", vault="ledger")
    Ledger(other, key).enter("load", "load 3", DAY, {"people": 3})  # another second entry than the one that was known
    assert [entry.key for entry in ledger.entries()] == ["load 1", "load 3"]
    for each in (database, other):
        each.close()


def count_rows(ledger: Ledger, seen: list[int]) -> None:
    """How many rows each question of that ledger brings."""
    database: Database = ledger._database
    before = database.rows

    def rows(statement: Any) -> Any:
        found = before(statement)
        seen.append(len(found))
        return found

    database.rows = rows  # type: ignore[method-assign]
