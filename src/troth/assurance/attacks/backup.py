"""A backup of one vault, row by row: what an operator's nightly copy holds of sealed values, on either database.

A file `files/backups/<day>-<vault>.jsonl` has one row a line: `{"table": …, "row": {column: value}}`, with bytes in hex. Unlike
a night it keeps sealed values whole, because whether they still open is the question.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from sqlalchemy import Column, LargeBinary, MetaData, String, Table, inspect, select

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from troth.storage.database import Database

KEPT: Final[dict[str, dict[str, tuple[str, ...]]]] = {
    "sample": {
        "person": ("ref", "contact_wrapped", "contact_sealed", "code_wrapped", "bucket"),
        "letter": ("ref", "wave", "code_sealed"),
    },
    "responses": {"step": ("handle", "n", "box", "strip")},
    "vouchers": dict.fromkeys(("inbox", "claim"), ("id", "wrapped", "sealed", "bucket")),
    "interviews": dict.fromkeys(("inbox", "claim"), ("id", "wrapped", "sealed", "bucket")),
    "holds": {"held": ("id", "wrapped", "sealed", "terms", "bucket"), "proposal": ("id", "wrapped", "terms", "bucket")},
}
"""Vault -> table -> the columns that a thief needs to open its sealed values."""
MOST: Final = {"step": 500}
"""Table -> how many rows are kept at most: all steps lie under one or two strip keys, and a box is a kilobyte and a half."""


@dataclass(frozen=True)
class BackupRow:
    """One row of a backup. Bytes are bytes again."""

    vault: str
    day: date
    table: str
    values: dict[str, bytes | str | int]

    def bytes(self, name: str) -> bytes:
        """A value that is bytes. Raises TypeError: it is not."""
        value = self.values[name]
        if not isinstance(value, bytes):
            raise TypeError(f"{self.table}.{name} is not bytes")
        return value

    def text(self, name: str) -> str:
        """A value that is text or a number, as text. Raises TypeError: it is bytes."""
        value = self.values[name]
        if isinstance(value, bytes):
            raise TypeError(f"{self.table}.{name} is bytes")
        return str(value)


def backup_rows(database: Database, vault: str, out: Path) -> int:
    """The sealed values of that vault stand in the file `out`, which is made anew; counts the rows. Raises KeyError: no such vault."""
    count = 0
    out.parent.mkdir(parents=True, exist_ok=True)
    with out.open("w", encoding="utf-8") as file, database.read() as connection:
        for table, names in KEPT[vault].items():
            there = {column["name"]: column["type"] for column in inspect(connection).get_columns(table)}
            columns = [
                Column(name, LargeBinary if isinstance(there[name], LargeBinary) else String)
                for name in names
                if name in there
            ]
            wanted = select(*Table(table, MetaData(), *columns).columns).limit(MOST.get(table))
            for row in connection.execute(wanted):
                values = {column.name: _to(value) for column, value in zip(columns, row, strict=True)}
                file.write(json.dumps({"table": table, "row": values}) + "\n")
                count += 1
    return count


def read_backup(path: Path) -> Iterator[BackupRow]:
    """The rows again; vault and day are in the file's name. Raises ValueError: not such a file."""
    day, vault = date.fromisoformat(path.name[:10]), path.stem[11:]
    with path.open(encoding="utf-8") as file:
        for line in file:
            raw = json.loads(line)
            yield BackupRow(vault, day, raw["table"], {name: _from(value) for name, value in raw["row"].items()})


def _to(value: object) -> object:
    return {"b": bytes(value).hex()} if isinstance(value, bytes | memoryview) else value


def _from(value: object) -> bytes | str | int:
    if isinstance(value, dict):
        return bytes.fromhex(value["b"])
    if isinstance(value, str | int):
        return value
    raise TypeError("a backup's row holds bytes, text or a number")
