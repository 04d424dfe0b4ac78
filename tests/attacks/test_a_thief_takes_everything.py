"""The thief's hand on a real house."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text
from tests.conftest import need
from tests.support.house import House, answer_all, build

from troth.assurance.attacks.loot import Loot
from troth.assurance.attacks.take import Thief, take_night
from troth.rehearsal.postgres import programs, running
from troth.wiring.create import VAULTS
from troth.wiring.grants import Cluster

DAY = date(2027, 1, 12)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> House:
    made = build(tmp_path_factory.mktemp("taken") / "home", people=30)
    answer_all(made, made.codes[:2])
    return made


@pytest.fixture
def thief(house: House, tmp_path: Path) -> Iterator[Thief]:
    made = Thief(house.home, tmp_path)
    yield made
    made.close()


def test_a_night_has_every_table_of_every_vault_with_its_places(house: House, tmp_path: Path) -> None:
    taken = take_night(house.home, DAY, tmp_path)
    assert set(taken.vaults) == set(VAULTS)
    for vault in VAULTS:
        with sqlite3.connect(house.home / "vaults" / vault / f"{vault}.db") as database:
            for (name,) in database.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
                rows = taken.table(vault, name)
                (count,) = database.execute(f"SELECT count(*) FROM {name}").fetchone()
                assert len(rows.rows) == count == len(rows.positions["rowid"]), name
        database.close()
    assert Loot(tmp_path).night(DAY) == taken
    assert len(taken.table("responses", "handle").rows) >= 30


def test_a_copy_has_the_file_and_its_log_and_can_be_read(thief: Thief, tmp_path: Path) -> None:
    thief.night(DAY)  # its connections stay open: with the last of them SQLite would remove the log
    thief.copy(DAY, "before flush")
    found = Loot(tmp_path).copies()
    assert [copy.vault for copy in found] == sorted(VAULTS)
    names = {path.name for copy in found for path in copy.folder.iterdir()}
    assert {"responses.db", "responses.db-wal"} <= names
    assert not any(name.endswith("-shm") for name in names)


def test_keys_and_files_are_taken_and_one_name_hides_no_other(thief: Thief, tmp_path: Path, house: House) -> None:
    thief.keys("2027-01-12 start")
    assert set(Loot(tmp_path).keystores()["2027-01-12 start"].iterdir())
    for folder in ("a", "b"):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "x.log").write_text(folder)
    thief.files("logs", [tmp_path / "a" / "x.log", tmp_path / "b" / "x.log", tmp_path / "gone.log"])
    assert sorted(path.read_text() for path in Loot(tmp_path).files("logs")) == ["a", "b"]


def test_a_backup_is_taken_of_every_vault_with_people(thief: Thief, tmp_path: Path) -> None:
    thief.backup(DAY)
    assert len(Loot(tmp_path).files("backups")) == 5
    first = json.loads(Loot(tmp_path).files("backups")[2].read_text().splitlines()[0])
    assert set(first) == {"table", "row"}


@pytest.mark.postgres
def test_from_a_postgresql_server_heaps_log_and_whole_rows_are_taken(tmp_path: Path) -> None:
    need("PostgreSQL", here=programs() is not None, line="apt-get install postgresql")
    with running() as server:
        cluster = Cluster(str(server.socket))
        engine = create_engine(server.url("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for statement in cluster.setup():
                connection.execute(text(statement))
        engine.dispose()
        house = build(tmp_path / "home", people=30, cluster=cluster)
        thief = Thief(house.home, tmp_path / "loot", cluster_data=server.data)
        taken = thief.night(DAY)
        first = thief.copy(DAY, "first")
        second = thief.copy(DAY, "second")
        thief.close()
    handles = taken.table("responses", "handle")
    assert len(set(handles.positions["ctid"])) == len(handles.rows) >= 30
    assert set(handles.positions) == {"ctid", "xmin"}
    nodes = json.loads((first / "responses" / "nodes.json").read_text())
    assert (first / "responses" / str(nodes["handle"])).is_file()
    whole = (first / "responses" / "rows" / "handle.copy").read_bytes()
    assert all(row[0] in whole for row in handles.rows if isinstance(row[0], bytes))
    assert any(path.stat().st_nlink == 2 for path in (second / "pg_wal").iterdir())
