"""What is spoken to the driver itself says what SQLAlchemy would, on both databases, in the same transaction."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import Column, Integer, LargeBinary, MetaData, String, Table, func, insert, select, text

from troth.kit.errors import StorageFailed
from troth.storage.database import Database
from troth.storage.direct import direct_of
from troth.storage.writer import Writer

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection
    from tests.conftest import Urls

thing = Table(
    "thing",
    MetaData(),
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("word", String(20), nullable=False),
    Column("sealed", LargeBinary),
)
PUT = "INSERT INTO thing (id, word, sealed) VALUES (?, ?, ?)"
GET = "SELECT id, word, sealed FROM thing WHERE id = ? AND word = ?"


@pytest.fixture
def database(urls: Urls) -> Iterator[Database]:
    opened = Database(urls("thing"), vault="thing")
    with opened.write() as connection:
        thing.metadata.create_all(connection)
    yield opened
    opened.close()


def count(database: Database) -> int | None:
    with database.read() as connection:
        return connection.scalar(select(func.count()).select_from(thing))


def test_values_come_back_as_they_were_given_by_either_way(database: Database) -> None:
    with database.write() as connection:
        driver = direct_of(connection)
        assert driver.rows(PUT, [7, "gair ŵ", b"\x00\xff"]) == []
        connection.execute(insert(thing).values(id=-8, word="other", sealed=None))
        assert direct_of(connection) is driver
        assert driver.rows(GET, [-8, "other"]) == [(-8, "other", None)]
    with database.read() as connection:
        assert [tuple(row) for row in connection.execute(select(thing).where(thing.c.id == 7))] == [
            (7, "gair ŵ", b"\x00\xff")
        ]
    assert database.look(GET, [7, "gair ŵ"]) == (7, "gair ŵ", b"\x00\xff")
    assert database.look(GET, [7, "nothing"]) is None


def test_what_the_driver_wrote_goes_with_its_transaction(database: Database) -> None:
    def twice() -> None:
        with database.write() as connection:
            driver = direct_of(connection)
            driver.rows(PUT, [1, "a", b""])
            driver.rows(PUT, [1, "a", b""])  # refused: the id is taken

    with pytest.raises(StorageFailed):
        twice()
    assert count(database) == 0


def test_a_refusal_quotes_nothing_and_the_next_statement_works(database: Database) -> None:
    """Also where the statement was prepared before: a value that is there already, then a word that is too long or missing."""
    for number in range(2):
        with database.write() as connection:
            direct_of(connection).rows(PUT, [number, "a", b""])
        with pytest.raises(StorageFailed) as refused, database.write() as connection:
            direct_of(connection).rows(PUT, [number, "secret word", b""])
        assert "secret" not in str(refused.value)
    with pytest.raises(StorageFailed):
        database.look("SELECT nothing FROM thing WHERE id = ?", [1])
    assert database.look(GET, [1, "a"]) == (1, "a", b"")
    assert count(database) == 2


def test_a_table_that_changes_under_a_prepared_statement_is_read_anew(database: Database) -> None:
    everything = "SELECT * FROM thing WHERE id = ?"

    def written() -> list[tuple[object, ...]]:
        with database.write() as connection:
            return direct_of(connection).rows(everything, [1])

    with database.write() as connection:
        direct_of(connection).rows(PUT, [1, "a", b""])
    assert database.look(everything, [1]) == (1, "a", b"")
    assert written() == [(1, "a", b"")]
    with database.write() as connection:
        connection.exec_driver_sql("ALTER TABLE thing ADD COLUMN more INTEGER")
    if not database.is_sqlite:
        with pytest.raises(StorageFailed):  # this once: what was prepared has other columns
            database.look(everything, [1])
        with pytest.raises(StorageFailed):
            written()
    assert written() == [(1, "a", b"", None)]
    assert database.look(everything, [1]) == (1, "a", b"", None)


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
def test_a_connection_that_the_server_closed_is_opened_again(database: Database, urls: Urls) -> None:
    """A question asks once more by itself; a row fails once at most, and the writer's own second try saves it."""

    def put(connection: Connection, rows: Sequence[int]) -> list[int]:
        for row in rows:
            direct_of(connection).rows(PUT, [row, "a", b""])
        return list(rows)

    writer = Writer(database, put)
    assert asyncio.run(writer.submit(1)) == 1
    assert database.look(GET, [1, "a"]) == (1, "a", b"")
    other = Database(urls("thing"), vault="thing")
    for number in (2, 3):
        with other.read() as connection:
            connection.exec_driver_sql(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
            )
        assert asyncio.run(writer.submit(number)) == number
        assert database.look(GET, [number, "a"]) == (number, "a", b"")
    writer.close()
    other.close()


@pytest.mark.parametrize("database_kind", ["postgresql"], indirect=True)
@pytest.mark.parametrize("asked_before", [True, False])
def test_a_question_does_not_fail_for_what_waited_in_the_pool(
    database: Database, urls: Urls, *, asked_before: bool
) -> None:
    """A server that was started again closed everything: the connection of questions, and those of rows, of which it would take one."""
    with database.read(), database.read(), database.write() as connection:
        direct_of(connection).rows(PUT, [1, "a", b""])
    if asked_before:
        assert database.look(GET, [1, "a"])
    other = Database(urls("thing"), vault="thing")
    other.rows(
        text(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
    )
    assert database.look(GET, [1, "a"]) == (1, "a", b"")
    other.close()
