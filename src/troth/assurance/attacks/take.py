"""The thief's hand: a night's rows and raw files of an installation, put into loot."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from sqlalchemy import inspect, text

from troth.assurance.attacks.backup import KEPT, backup_rows
from troth.assurance.attacks.loot import Night, Rows, shorten, write_night
from troth.storage.database import Database
from troth.wiring.create import VAULTS, read_owners

if TYPE_CHECKING:
    from datetime import date


class Thief:
    """STOPGAP until the storage branch lands."""

    def __init__(self, home: Path, loot: Path, cluster_data: Path | None = None) -> None:
        self.home, self.loot, self.cluster_data = home, loot, cluster_data
        urls, _ = read_owners(home)
        self.vaults = {name: Database(urls[name], vault=name) for name in VAULTS}

    def night(self, day: date) -> Night:
        found = {}
        for name, database in self.vaults.items():
            tables = {}
            with database.read() as connection:
                for table in inspect(connection).get_table_names():
                    extra = "rowid" if database.is_sqlite else "ctid::text, xmin::text"
                    rows = connection.execute(text(f"SELECT {extra}, * FROM {table}"))
                    keys = list(rows.keys())
                    data = rows.all()
                    n = 1 if database.is_sqlite else 2
                    at = {}
                    if database.is_sqlite:
                        at["rowid"] = tuple(int(r[0]) for r in data)
                    else:
                        at["ctid"] = tuple(
                            int(r[0].strip("()").split(",")[0]) * 65536 + int(r[0].strip("()").split(",")[1])
                            for r in data
                        )
                        at["xmin"] = tuple(int(r[1]) for r in data)
                    tables[table] = Rows(tuple(keys[n:]), tuple(tuple(shorten(v) for v in r[n:]) for r in data), at)
            found[name] = tables
        night = Night(day, found)
        write_night(self.loot, night)
        return night

    def copy(self, day: date, label: str = "") -> None:
        for name, database in self.vaults.items():
            if database.is_sqlite:
                to = self.loot / "copies" / f"{day}{' ' + label if label else ''}" / name
                to.mkdir(parents=True, exist_ok=True)
                for path in database.path.parent.glob(f"{name}.db*"):
                    if not path.name.endswith((".turn", "-shm")):
                        shutil.copy(path, to / path.name)

    def keys(self, label: str) -> None:
        shutil.copytree(self.home / "keys", self.loot / "keys" / label, dirs_exist_ok=True)

    def files(self, kind: str, paths: list[Path]) -> None:
        for path in paths:
            to = self.loot / "files" / kind / path.name
            to.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, to)

    def backup(self, day: date) -> None:
        for name, database in self.vaults.items():
            if name in KEPT:
                backup_rows(database, name, self.loot / "files" / "backups" / f"{day}-{name}.jsonl")

    def close(self) -> None:
        for database in self.vaults.values():
            database.close()
