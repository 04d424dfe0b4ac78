"""The thief's hand: a night's rows and raw files of an installation, put into loot.

A thief has everything, so this opens every vault as its owner does (`owners.json`), reads every row with the place where it lies, and
copies files while they are in use, as a nightly copy does.
"""

from __future__ import annotations

import contextlib
import shutil
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import inspect, text

from troth.assurance.attacks.backup import KEPT, backup_rows
from troth.assurance.attacks.loot import Night, Rows, shorten, write_night
from troth.storage.database import Database
from troth.wiring.create import read_owners

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence
    from datetime import date
    from pathlib import Path

    from sqlalchemy import Connection

_NO_THEFT: Final = (".turn", "-shm")
"""Endings of files beside a SQLite vault that hold nothing."""
_OFFSETS: Final = 2**16
"""A PostgreSQL page holds fewer rows than this: block times this plus offset orders rows as they lie."""


class Thief:
    """One thief of one installation, night after night."""

    def __init__(
        self,
        home: Path,
        loot: Path,
        cluster_data: Path | None = None,
        settle: Callable[[], None] = lambda: None,
    ) -> None:
        """`cluster_data` is the data folder of the PostgreSQL server, where its files can be read; without it no raw files are taken.

        `settle` makes the server write its heap files out, as a base backup begins (a checkpoint).

        Raises:
            Invalid: there is no installation in `home`.

        """
        self._home, self._loot, self._data, self._settle = home, loot, cluster_data, settle
        urls, _ = read_owners(home)
        self._vaults = {name: Database(url, vault=name) for name, url in urls.items()}

    def night(self, day: date) -> Night:
        """Every row of every vault, with its place, stands in the loot under that day."""
        night = Night(day, {name: _tables(database) for name, database in self._vaults.items()})
        write_night(self._loot, night)
        return night

    def copy(self, day: date, label: str = "") -> None:
        """Raw files of every vault stand in the loot: SQLite's file and WAL; PostgreSQL's heap files by vault, and `pg_wal`."""
        to = self._loot / "copies" / " ".join(filter(None, (day.isoformat(), label)))
        if self._data is not None:
            _take(
                _files(self._data / "pg_wal"), to / "pg_wal"
            )  # first: a checkpoint lets go of what it no longer needs
            self._settle()
        for name, database in self._vaults.items():
            if database.is_sqlite:
                there = sorted(database.path.parent.glob(f"{database.path.name}*"))
                _take((path for path in there if not path.name.endswith(_NO_THEFT)), to / name)
            elif self._data is not None:
                _take(_files(self._data / "base" / _oid(database)), to / name)

    def keys(self, label: str) -> None:
        """Every key folder, as it lies at this moment, stands in the loot under that label, which begins with the day."""
        shutil.copytree(self._home / "keys", self._loot / "keys" / label, dirs_exist_ok=True)

    def files(self, kind: str, paths: Iterable[Path]) -> None:
        """Those files stand in the loot among the `logs`, `queues` or `backups`."""
        _take(paths, self._loot / "files" / kind)

    def backup(self, day: date) -> None:
        """The sealed values of every vault, whole, stand in the loot as that day's backup."""
        for name, database in self._vaults.items():
            if name in KEPT:
                backup_rows(database, name, self._loot / "files" / "backups" / f"{day.isoformat()}-{name}.jsonl")

    def close(self) -> None:
        """No connection stays open."""
        for database in self._vaults.values():
            database.close()


def _tables(database: Database) -> dict[str, Rows]:
    with database.read() as connection:
        names = sorted(inspect(connection).get_table_names())
        return {name: _rows(connection, name) for name in names}


def _rows(connection: Connection, table: str) -> Rows:
    places = "rowid" if connection.dialect.name == "sqlite" else "ctid::text, xmin::text"
    result = connection.execute(text(f"SELECT {places}, * FROM {table}"))
    columns, found = list(result.keys()), result.all()
    first = places.count(",") + 1
    values = tuple(tuple(shorten(value) for value in row[first:]) for row in found)
    positions = _rowids(found) if first == 1 else _ctids(found)
    return Rows(tuple(columns[first:]), values, positions)


def _rowids(rows: Sequence[Any]) -> dict[str, tuple[int, ...]]:
    return {"rowid": tuple(int(row[0]) for row in rows)}


def _ctids(rows: Sequence[Any]) -> dict[str, tuple[int, ...]]:
    places = [row[0].strip("()").split(",") for row in rows]
    ctid = tuple(int(block) * _OFFSETS + int(offset) for block, offset in places)
    return {"ctid": ctid, "xmin": tuple(int(row[1]) for row in rows)}


def _oid(database: Database) -> str:
    with database.read() as connection:
        return str(connection.scalar(text("SELECT oid FROM pg_database WHERE datname = current_database()")))


def _files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.glob("*") if path.is_file())


def _take(paths: Iterable[Path], to: Path) -> None:
    """Files may change or go while they are copied: that is what a thief's copy is."""
    to.mkdir(parents=True, exist_ok=True)
    for path in paths:
        with contextlib.suppress(FileNotFoundError):
            shutil.copyfile(path, to / path.name)
