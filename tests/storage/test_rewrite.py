"""After a rewrite no row lies in arrival order, by rowid, by ctid or by xmin; what the table was stays what it is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import insert, inspect, select, text

from troth.storage.rewrite import shuffle
from troth.vaults.responses.schema import step

if TYPE_CHECKING:
    from collections.abc import Callable

    from troth.storage.database import Database


def arrival(database: Database) -> list[int]:
    order = "rowid" if database.is_sqlite else "ctid"
    with database.read() as connection:
        return [row[0] for row in connection.execute(text(f"SELECT n FROM step ORDER BY {order}"))]


def test_a_rewritten_table_keeps_its_rows_and_loses_their_order(open_vault: Callable[[str], Database]) -> None:
    database = open_vault("responses")
    for n in range(60):
        with database.write() as connection:
            connection.execute(insert(step), {"handle": bytes(16), "n": n, "box": b"x", "strip": "s"})
    assert arrival(database) == list(range(60)), "the order is there to be lost"
    with database.write() as connection:
        assert shuffle(connection, step) == 60
    after = arrival(database)
    assert sorted(after) == list(range(60))
    assert after != list(range(60))
    if not database.is_sqlite:
        with database.read() as connection:
            assert connection.scalar(text("SELECT count(DISTINCT xmin::text) FROM step")) == 1


def test_a_table_can_be_rewritten_again_and_keeps_its_key_and_indexes(open_vault: Callable[[str], Database]) -> None:
    from troth.vaults.responses.schema import handle

    database = open_vault("responses")
    row = {"intake": "i", "cell": "c", "tranche": 1, "reserve": False, "state": "issued"}
    with database.write() as connection:
        connection.execute(insert(handle), [{"handle": bytes([n]) * 16, **row} for n in range(30)])
    for _ in range(3):
        with database.write() as connection:
            shuffle(connection, handle)
    with database.read() as connection:
        assert len(connection.execute(select(handle)).all()) == 30
        found = inspect(connection)
        assert found.get_pk_constraint("handle")["constrained_columns"] == ["handle"]
        assert [index["name"] for index in found.get_indexes("handle")] == ["handle_cell_state"]


def test_grants_of_other_roles_survive_a_rewrite(open_vault: Callable[[str], Database]) -> None:
    database = open_vault("responses")
    if database.is_sqlite:
        return  # SQLite has no roles; the evidence says "weaker" there
    with database.write() as connection:
        connection.execute(text("DROP ROLE IF EXISTS rewrite_probe"))
        connection.execute(text("CREATE ROLE rewrite_probe"))
        connection.execute(text("GRANT SELECT, INSERT ON step TO rewrite_probe"))
    with database.write() as connection:
        shuffle(connection, step)
    with database.write() as connection:
        may = [
            connection.scalar(text(f"SELECT has_table_privilege('rewrite_probe','step','{p}')"))
            for p in ("SELECT", "INSERT", "UPDATE")
        ]
        connection.execute(text("REVOKE ALL ON step FROM rewrite_probe"))
        connection.execute(text("DROP ROLE rewrite_probe"))
    assert may == [True, True, False]
