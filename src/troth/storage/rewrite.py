"""Rewrite-and-swap: a table's rows lie in an order drawn afresh, and nothing of the old order is left in the live table.

A random primary key does not hide arrival order: SQLite lists it by rowid and cell offset, PostgreSQL keeps it in `ctid` and
`xmin`, which VACUUM FULL and CLUSTER keep too. Copying into a new table in one transaction, in an order from `secrets`, and
dropping the old one removes all of these (measured; DESIGN §4).
"""

from __future__ import annotations

import secrets
from typing import TYPE_CHECKING

from sqlalchemy import Column, Integer, MetaData, Table, insert, select, text
from sqlalchemy.schema import CreateIndex, CreateTable

from troth.storage.revision import VERSION_TABLE

if TYPE_CHECKING:
    from sqlalchemy import Connection


def alone(connection: Connection) -> None:
    """No reader is under way, and none begins until the transaction ends: to be called before it locks or asks anything else.

    A new table's rows are younger than the moment of whoever reads since before, on PostgreSQL: to them it would be empty. Readers hold
    the vault's version table (`Database.read`), and who waits for it holds nothing that this transaction needs: nobody waits in a ring.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text(f"LOCK TABLE {VERSION_TABLE} IN ACCESS EXCLUSIVE MODE"))


def shuffle(connection: Connection, table: Table) -> int:
    """The table's rows lie in a random order; counts them. Inside the caller's transaction, by the table's owner."""
    key = list(table.primary_key.columns)
    rows = connection.execute(select(*key)).all()
    order = list(range(len(rows)))
    secrets.SystemRandom().shuffle(order)
    # A staging list (key, place) decides the order; it is dropped with the transaction's end.
    stage = Table(
        f"{table.name}_order", MetaData(),
        *(Column(column.name, column.type, primary_key=True) for column in key), Column("place", Integer, nullable=False),
    )  # fmt: skip
    connection.execute(text(f"DROP TABLE IF EXISTS {stage.name}"))
    stage.create(connection)
    names = [column.name for column in key]
    staged = [{**dict(zip(names, row, strict=True)), "place": place} for row, place in zip(rows, order, strict=True)]
    if staged:
        connection.execute(insert(stage), staged)
    replace(connection, table, select_sql=_ordered(table, stage))
    stage.drop(connection)
    return len(rows)


def replace(connection: Connection, table: Table, *, select_sql: str) -> None:
    """The table holds exactly what `select_sql` gave, in that order; its constraints, indexes and grants stand."""
    fresh = table.to_metadata(MetaData(), name=f"{table.name}_fresh")
    grants = _grants(connection, table.name)
    connection.execute(text(f"DROP TABLE IF EXISTS {fresh.name}"))
    connection.execute(CreateTable(fresh))
    columns = ", ".join(column.name for column in table.columns)
    connection.execute(text(f"INSERT INTO {fresh.name} ({columns}) {select_sql}"))
    connection.execute(text(f"DROP TABLE {table.name}"))
    connection.execute(text(f"ALTER TABLE {fresh.name} RENAME TO {table.name}"))
    for index in table.indexes:
        connection.execute(CreateIndex(index))
    if connection.dialect.name == "postgresql":
        _rename_constraints(connection, table)
    for grant in grants:
        connection.execute(text(grant))


def _ordered(table: Table, stage: Table) -> str:
    columns = ", ".join(f"t.{column.name}" for column in table.columns)
    on = " AND ".join(f"t.{c.name} = o.{c.name}" for c in table.primary_key.columns)
    return f"SELECT {columns} FROM {table.name} t JOIN {stage.name} o ON {on} ORDER BY o.place"


def _rename_constraints(connection: Connection, table: Table) -> None:
    """The primary key's index keeps its first name, so that a second rewrite does not collide with the first."""
    connection.execute(text(f"ALTER INDEX IF EXISTS {table.name}_fresh_pkey RENAME TO {table.name}_pkey"))


def _grants(connection: Connection, name: str) -> list[str]:
    """What other roles may do with the table, column by column where it was granted so."""
    if connection.dialect.name != "postgresql":
        return []
    rows = connection.execute(
        text(
            "SELECT grantee, privilege_type FROM information_schema.role_table_grants"
            " WHERE table_name = :name AND table_schema = current_schema() AND grantee <> current_user"
        ),
        {"name": name},
    ).all()
    whole = [f'GRANT {privilege} ON {name} TO "{grantee}"' for grantee, privilege in rows]
    granted = {(grantee, privilege) for grantee, privilege in rows}
    columns = connection.execute(
        text(
            "SELECT grantee, privilege_type, column_name FROM information_schema.column_privileges"
            " WHERE table_name = :name AND table_schema = current_schema() AND grantee <> current_user"
        ),
        {"name": name},
    ).all()
    return whole + [f'GRANT {p} ({c}) ON {name} TO "{g}"' for g, p, c in columns if (g, p) not in granted]
