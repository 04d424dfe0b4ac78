"""The group-commit writer: durable before told, one bad row costs the others nothing, full says busy."""

from __future__ import annotations

import asyncio
import fcntl
import os
import threading
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, insert, select

from troth.kit.errors import Busy, StorageFailed
from troth.storage.database import Database
from troth.storage.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path
    from typing import Any

    from sqlalchemy import Connection
    from tests.conftest import Urls

table = Table(
    "thing", MetaData(), Column("id", Integer, primary_key=True, autoincrement=False), Column("word", String(20))
)


@pytest.fixture
def database(urls: Urls) -> Iterator[Database]:
    opened = Database(urls("thing"), vault="thing")
    with opened.write() as connection:
        table.create(connection)
    yield opened
    opened.close()


def put(connection: Connection, rows: Sequence[dict[str, Any]]) -> list[int]:
    connection.execute(insert(table), list(rows))
    return [row["id"] for row in rows]


def stored(database: Database) -> set[int]:
    with database.read() as connection:
        return set(connection.scalars(select(table.c.id)))


def test_rows_from_many_waiters_are_all_written_and_each_gets_its_own_outcome(database: Database) -> None:
    writer = Writer(database, put)

    async def many() -> list[int]:
        return await asyncio.gather(*(writer.submit({"id": n, "word": "x"}) for n in range(500)))

    assert asyncio.run(many()) == list(range(500))
    writer.close()
    assert stored(database) == set(range(500))


def test_one_bad_row_fails_alone_and_its_neighbours_are_saved(database: Database) -> None:
    writer = Writer(database, put)

    async def many() -> list[int | BaseException]:
        rows = [{"id": n, "word": "x"} for n in range(20)] + [{"id": 7, "word": "marker-word"}]
        return await asyncio.gather(*(writer.submit(row) for row in rows), return_exceptions=True)

    outcomes = asyncio.run(many())
    writer.close()
    failed = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
    assert len(failed) == 1
    assert isinstance(failed[0], StorageFailed)
    assert "marker-word" not in str(failed[0])
    assert stored(database) == set(range(20))


def test_nobody_is_told_before_the_commit_that_holds_the_row(database: Database) -> None:
    """Sabotage: were the future resolved inside `apply`, the reader would not find the row."""
    writer = Writer(database, put)

    async def one_by_one() -> None:
        for n in range(30):
            await writer.submit({"id": n, "word": "x"})
            assert n in stored(database)

    asyncio.run(one_by_one())
    writer.close()


def test_a_full_queue_says_busy_and_writes_nothing(database: Database) -> None:
    hold = threading.Event()

    def slow(connection: Connection, rows: Sequence[dict[str, Any]]) -> list[int]:
        hold.wait(20)
        return put(connection, rows)

    writer = Writer(database, slow, waiting=2, batch=1)

    async def flood() -> list[int | BaseException]:
        tasks = [asyncio.ensure_future(writer.submit({"id": n, "word": "x"})) for n in range(10)]
        await asyncio.sleep(0.2)
        hold.set()
        return await asyncio.gather(*tasks, return_exceptions=True)

    outcomes = asyncio.run(flood())
    writer.close()
    told = {outcome for outcome in outcomes if isinstance(outcome, int)}
    assert any(isinstance(outcome, Busy) for outcome in outcomes)
    assert stored(database) == told


def test_who_comes_close_upon_a_commit_shares_the_next_one(database: Database) -> None:
    taken: list[int] = []
    writer = Writer(database, put, pace=0.3, committed=lambda rows, _: taken.append(len(rows)))

    async def come(number: int) -> None:
        await asyncio.sleep(0.02 * number)
        await writer.submit({"id": number, "word": "a"})

    async def everybody() -> None:
        await asyncio.gather(*(come(number) for number in range(4)))

    asyncio.run(everybody())
    writer.close()
    assert taken == [1, 3]


def test_who_comes_in_a_quiet_time_waits_for_nobody(database: Database) -> None:
    writer = Writer(database, put, pace=3600)
    asyncio.run(asyncio.wait_for(writer.submit({"id": 1, "word": "a"}), 30))
    writer.close()
    assert stored(database) == {1}


def test_a_fork_queues_at_a_line_of_its_own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A lock that parent and child share keeps neither of them out: another process id opens the file anew."""
    database = Database(f"sqlite:///{tmp_path}/v.db", vault="v")
    with database.write():
        own = database._line()
        monkeypatch.setattr("os.getpid", lambda: 1)
        forked = database._line()
        assert forked != own
        with pytest.raises(BlockingIOError):
            fcntl.flock(forked, fcntl.LOCK_EX | fcntl.LOCK_NB)
    os.close(own)
    database.close()
