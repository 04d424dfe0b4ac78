"""The thief's hand: a night's rows and raw files of an installation, put into loot.

Tables are asked of each database itself, never named here: a table that nobody thought of is stolen like any other.
"""

from __future__ import annotations

import json
import os
import shutil
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from troth.assurance.attacks.backup import KEPT, backup_rows
from troth.assurance.attacks.night import Night, Rows, shorten, write_night
from troth.storage.database import Database
from troth.vaults.responses.schema import receipts
from troth.wiring.create import read_owners

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from datetime import date

    from sqlalchemy import Connection

_SQLITE_TABLES: Final = "SELECT name, wr FROM pragma_table_list WHERE schema = 'main' AND type = 'table' ORDER BY name"
_HERE: Final = "relnamespace = current_schema()::regnamespace"
_POSTGRESQL_TABLES: Final = f"SELECT relname FROM pg_class WHERE relkind = 'r' AND {_HERE} ORDER BY relname"
_POSTGRESQL_PLACE: Final = (
    "(ctid::text::point)[0]::bigint * 65536 + (ctid::text::point)[1]::bigint AS ctid, xmin::text::bigint AS xmin"
)
_POSTGRESQL_NODES: Final = (
    f"SELECT relname, pg_relation_filenode(oid)::bigint FROM pg_class WHERE relkind IN ('r', 'i') AND {_HERE}"
)
_REPLICAS: Final = (
    ("responses", "responses/ended"), ("vouchers", "claims/voucher.spent"), ("interviews", "claims/interview.spent"),
    ("sample", "sample/stopped"), ("ledger", "ledger/entries.jsonl"),
)  # fmt: skip
"""Vault -> its replica's file, where `replica` is the folder that a new installation has."""
_PLAIN: Final = (int, str, type(None))
_CHUNK: Final = 1 << 20


class Thief:
    """Whoever copies everything of one installation, night after night. Its connections stay open, as a served process's do."""

    def __init__(
        self, home: Path, loot: Path, cluster_data: Path | None = None, settle: Callable[[], None] = lambda: None
    ) -> None:
        """Nothing is taken yet.

        Args:
            home: the installation.
            loot: the folder that everything goes to.
            cluster_data: the PostgreSQL server's data folder, where a thief of raw files has that too.
            settle: makes that server write its heap files out, as a base backup begins (a checkpoint).

        Raises:
            Invalid: there is no installation in `home`.

        """
        self.home, self.loot, self.cluster_data, self._settle = home, loot, cluster_data, settle
        urls, _ = read_owners(home)
        self._vaults = {name: Database(url, vault=name) for name, url in urls.items()}
        self._stolen: dict[Path, tuple[tuple[int, int], Path]] = {}

    def night(self, day: date) -> Night:
        """Every row of every vault stands in the loot, with its positions. Raises StorageFailed: a vault cannot be read."""
        found = {}
        for name, database in self._vaults.items():
            with database.read() as connection:
                found[name] = _tables(connection, sqlite=database.is_sqlite)
        night = Night(day, found)
        write_night(self.loot, night)
        return night

    def copy(self, day: date, label: str = "") -> Path:
        """Raw files of every vault stand in the loot, as they lie while others write to them; gives their folder.

        Of PostgreSQL these are, where its data folder is at hand, the heap files and `pg_wal`, and always `rows/TABLE.copy`
        (COPY … BINARY: every value whole, also what no checkpoint has written to the heap yet) and `nodes.json`
        (table -> file node, which the write-ahead log names tables by).
        """
        folder = self.loot / "copies" / f"{day.isoformat()} {label}".strip()
        if self.cluster_data:  # the log first: a checkpoint lets go of what it no longer needs
            self._copy_log(folder / "pg_wal")
            self._settle()
        for name, database in self._vaults.items():
            to = folder / name
            to.mkdir(parents=True, exist_ok=True)
            if database.is_sqlite:
                # The log first: a checkpoint between the two then leaves its frames in both, and never in neither.
                for ending in ("-wal", ""):
                    _steal(database.path.with_name(database.path.name + ending), to)
            else:
                self._copy_database(database, to)
        for vault, file in _REPLICAS:
            _steal(self.home / "replica" / file, folder / vault)
        return folder

    def keys(self, label: str) -> None:
        """Every role's key folder stands in the loot as it is now."""
        shutil.copytree(self.home / "keys", self.loot / "keys" / label, dirs_exist_ok=True)

    def files(self, kind: str, paths: Iterable[Path]) -> None:
        """These files stand in the loot; two of one name are told apart by their folders' names."""
        to = self.loot / "files" / kind
        to.mkdir(parents=True, exist_ok=True)
        taken: set[str] = set()
        for path in paths:
            name = path.name if path.name not in taken else f"{path.parent.name}-{path.name}"
            taken.add(name)
            _steal(path, to, name)

    def receipts(self) -> None:
        """Receipt batches that wait stand in the loot, whole: files in HOME/receipts, and what RESPONSES keeps until they are taken in.

        A kind of their own: each is the same bytes in both places, by design (an outbox), and of at least k people a cell.
        """
        self.files("receipts", sorted((self.home / "receipts").glob("*.age")))
        with self._vaults["responses"].read() as connection:
            for row in connection.execute(select(receipts.c.id, receipts.c.sealed)):
                (self.loot / "files" / "receipts" / f"{row.id}.receipts.age").write_bytes(bytes(row.sealed))

    def backup(self, day: date) -> None:
        """What an operator's backup of each vault with people in it holds stands in the loot."""
        for name in KEPT:
            if name in self._vaults:
                backup_rows(
                    self._vaults[name], name, self.loot / "files" / "backups" / f"{day.isoformat()}-{name}.jsonl"
                )

    def close(self) -> None:
        """No connection stays open."""
        for database in self._vaults.values():
            database.close()

    def _copy_database(self, database: Database, to: Path) -> None:
        with database.read() as connection:
            nodes = {str(name): int(node) for name, node in connection.exec_driver_sql(_POSTGRESQL_NODES) if node}
            (to / "nodes.json").write_text(json.dumps(nodes, indent=1) + "\n")
            (to / "rows").mkdir(exist_ok=True)
            for (table,) in connection.exec_driver_sql(_POSTGRESQL_TABLES).all():
                _copy_out(connection, table, to / "rows" / f"{table}.copy")
            oid = connection.exec_driver_sql("SELECT oid::bigint FROM pg_database WHERE datname = current_database()")
            base = self.cluster_data / "base" / str(oid.scalar_one()) if self.cluster_data else None
        if base:
            self._copy_folder(base, to)

    def _copy_log(self, to: Path) -> None:
        assert self.cluster_data is not None
        to.mkdir(parents=True, exist_ok=True)
        self._copy_folder(self.cluster_data / "pg_wal", to)

    def _copy_folder(self, folder: Path, to: Path) -> None:
        """A file that did not change since the last copy is the same file under a second name: most of a server's never do."""
        for found in sorted(os.scandir(folder), key=lambda each: each.name):
            with suppress(FileNotFoundError):
                if not found.is_file():
                    continue
                stat = found.stat()
                mark, path = (stat.st_mtime_ns, stat.st_size), Path(found.path)
                known = self._stolen.get(path)
                if known and known[0] == mark and known[1].is_file():
                    os.link(known[1], to / path.name)
                elif _steal(path, to):
                    self._stolen[path] = (mark, to / path.name)


def take_night(home: Path, day: date, loot: Path) -> Night:
    """Every row of every vault of the installation stands in the loot. Whoever takes many nights keeps a `Thief`."""
    thief = Thief(home, loot)
    try:
        return thief.night(day)
    finally:
        thief.close()


def _tables(connection: Connection, *, sqlite: bool) -> dict[str, Rows]:
    found = {}
    if sqlite:
        listed = [
            (name, "" if without else "rowid AS rowid") for name, without in connection.exec_driver_sql(_SQLITE_TABLES)
        ]
        listed = [(name, place) for name, place in listed if not name.startswith("sqlite_")]
    else:
        listed = [(name, _POSTGRESQL_PLACE) for (name,) in connection.exec_driver_sql(_POSTGRESQL_TABLES)]
    for table, place in listed:
        result = connection.exec_driver_sql(f'SELECT {place}{"," if place else ""} * FROM "{table}"')
        positions = place.count(" AS ")
        columns = tuple(result.keys())
        data = result.cursor.fetchall()  # the driver's plain tuples: half the time
        rows = tuple(tuple(_short(value) for value in row[positions:]) for row in data)
        at = {columns[i]: tuple(row[i] for row in data) for i in range(positions)}
        result.close()
        found[table] = Rows(columns[positions:], rows, at)
    return found


def _short(value: Any) -> Any:
    return value if type(value) in _PLAIN else shorten(value)


def _copy_out(connection: Connection, table: str, to: Path) -> None:
    cursor: Any = connection.connection.cursor()  # psycopg's own: COPY is no statement of SQLAlchemy's
    with cursor.copy(f'COPY "{table}" TO STDOUT (FORMAT binary)') as copy, to.open("wb") as file:
        for block in copy:
            file.write(block)
    cursor.close()


def _steal(path: Path, to: Path, name: str = "") -> bool:
    """A copy of the file as it is while it is read; False: it was gone."""
    try:
        with path.open("rb") as source, (to / (name or path.name)).open("wb") as target:
            shutil.copyfileobj(source, target, _CHUNK)
    except FileNotFoundError:
        return False
    return True
