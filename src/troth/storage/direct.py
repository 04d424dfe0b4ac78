"""Statements spoken to the driver itself: `?` for each value; bytes, whole numbers and text in; rows out.

For the few statements that run for every page. What a pool, a compiler, a cursor and its adaptors do for each statement costs more
processor time than the statement (seen by a profiler); here a value goes as it is. One object belongs to one connection and one thread.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sqlalchemy import Connection

Plain: TypeAlias = bytes | int | str
Row: TypeAlias = tuple[Any, ...]


class Direct(Protocol):
    """One connection. In a transaction unless the connection is one that commits each statement by itself."""

    def rows(self, statement: str, values: Sequence[Plain]) -> list[Row]:
        """All rows that the statement gives. Raises the driver's `Error`."""
        ...


class SqliteDirect:
    """SQLite: the driver's own shortcut is enough."""

    def __init__(self, connection: Any) -> None:
        self._execute = connection.execute

    def rows(self, statement: str, values: Sequence[Plain]) -> list[Row]:
        """All rows that the statement gives. Raises `sqlite3.Error`."""
        found: list[Row] = self._execute(statement, values).fetchall()
        return found


def direct(connection: Any, *, is_sqlite: bool) -> Direct:
    """That driver's connection, spoken to directly."""
    if is_sqlite:
        return SqliteDirect(connection)
    from troth.storage.direct_postgresql import PostgresqlDirect  # noqa: PLC0415 - a driver that SQLite's processes do not have

    return PostgresqlDirect(connection)


def direct_of(connection: Connection) -> Direct:
    """The driver under a connection of `Database.write`: in the same transaction, and kept as long as the driver's connection is."""
    kept: Direct | None = connection.info.get("direct")
    if kept is None:
        is_sqlite = connection.dialect.name == "sqlite"
        kept = connection.info["direct"] = direct(connection.connection.driver_connection, is_sqlite=is_sqlite)
    return kept
