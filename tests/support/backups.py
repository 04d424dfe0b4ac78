"""A backup of a vault, and its restoring: every row of every table, on either database."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sqlalchemy import MetaData, delete, insert, select

if TYPE_CHECKING:
    from troth.storage.database import Database

Backup = dict[str, list[dict[str, Any]]]


def back_up(database: Database) -> Backup:
    metadata = MetaData()
    with database.read() as connection:
        metadata.reflect(connection)
        return {
            name: [dict(row) for row in connection.execute(select(table)).mappings()]
            for name, table in metadata.tables.items()
        }


def restore(database: Database, rows: Backup) -> None:
    """The vault is as it was."""
    metadata = MetaData()
    with database.write() as connection:
        metadata.reflect(connection)
        for name, table in metadata.tables.items():
            connection.execute(delete(table))
            if rows[name]:
                connection.execute(insert(table), rows[name])
