"""A night: every row of every vault with the place where it lies, and how that stands in a file.

`NIGHT.json.gz` has one JSON value a line: `{"day": …}`, then for each table a header (`vault`, `table`, `columns`, `positions`, and
how many rows follow) and its rows, a line each, with bytes as `{"b": hex}` and long values as `{"d": hex, "l": length}`. Most rows
stand unchanged night after night: a `Reader` reads a line once and gives the same row again.
"""

from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import dataclass, field
from datetime import date
from functools import cache
from typing import TYPE_CHECKING, Any, Final, NamedTuple, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

SHORT: Final = 64
"""Bytes of a value that a night keeps whole; of a longer one it keeps digest and length."""
DIGEST: Final = 16


class Long(NamedTuple):
    """A long value: the first 16 bytes of its SHA-256, and how long it is. Equal values have equal digests."""

    digest: bytes
    length: int


Value: TypeAlias = int | str | bytes | Long | None


def shorten(value: Any) -> Value:
    """A database's value as a night keeps it. Days become ISO text, booleans 0 and 1."""
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, bytes | memoryview | bytearray):
        whole = bytes(value)
        if len(whole) > SHORT:
            return Long(hashlib.sha256(whole).digest()[:DIGEST], len(whole))
        return whole
    if isinstance(value, bool):
        return int(value)
    if value is None or isinstance(value, int | str):
        return value
    raise TypeError(f"a vault holds no {type(value).__name__}")


@dataclass(frozen=True)
class Rows:
    """One table on one night."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Value, ...], ...]
    positions: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    """Name of a physical order (`rowid`, `page`, `cell`, `ctid`, `xmin`) -> one number a row. A bigger number came later."""

    def column(self, name: str) -> list[Value]:
        """All values of a column, in the rows' order. Raises ValueError: no such column."""
        at = self.columns.index(name)
        return [row[at] for row in self.rows]

    def by(self, *names: str) -> dict[tuple[Value, ...], dict[str, Value]]:
        """Key columns' values -> the row as a mapping."""
        at = [self.columns.index(name) for name in names]
        return {tuple(row[i] for i in at): dict(zip(self.columns, row, strict=True)) for row in self.rows}


@dataclass(frozen=True)
class Night:
    """Every vault on one night: vault -> table -> rows."""

    day: date
    vaults: Mapping[str, Mapping[str, Rows]]

    def table(self, vault: str, name: str) -> Rows:
        """That table; empty, without columns, where the night has none of that name."""
        return self.vaults.get(vault, {}).get(name, Rows((), ()))


def write_night(folder: Path, night: Night) -> Path:
    """The night's dump stands in the folder; one of that day is replaced."""
    path = folder / "nights" / f"{night.day.isoformat()}.json.gz"
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".part")
    with gzip.open(draft, "wb", compresslevel=1) as file:
        file.write("\n".join(_lines(night)).encode())
    draft.replace(path)
    return path


class Reader:
    """Reads nights. What it has read it keeps: the night while its file stays as it is, and every row by its line."""

    def __init__(self) -> None:
        self._nights: dict[Path, tuple[tuple[int, int], Night]] = {}
        self._rows: dict[str, tuple[Value, ...]] = {}

    def night(self, path: Path) -> Night:
        """The night in that file. Raises FileNotFoundError; ValueError: not a night's file."""
        stat = path.stat()
        lies = stat.st_mtime_ns, stat.st_size
        known = self._nights.get(path)
        if known is None or known[0] != lies:
            with gzip.open(path, "rt", encoding="utf-8") as file:
                known = self._nights[path] = lies, self._from(iter(file.read().split("\n")))
        return known[1]

    def _from(self, lines: Iterator[str]) -> Night:
        first = json.loads(next(lines))
        if isinstance(first["vaults"], dict):
            return _whole(first)
        vaults: dict[str, dict[str, Rows]] = {vault: {} for vault in first["vaults"]}
        for line in filter(None, lines):
            head = json.loads(line)
            rows = tuple(self._row(next(lines)) for _ in range(head["rows"]))
            places = {at: tuple(numbers) for at, numbers in head["positions"].items()}
            vaults[head["vault"]][head["table"]] = Rows(tuple(head["columns"]), rows, places)
        return Night(date.fromisoformat(first["day"]), vaults)

    def _row(self, line: str) -> tuple[Value, ...]:
        row = self._rows.get(line)
        if row is None:
            row = self._rows[line] = tuple(_from(value) for value in json.loads(line))
        return row


def _whole(raw: Mapping[str, Any]) -> Night:
    """A night of before rows had lines of their own: one JSON object with everything in it."""
    vaults = {
        vault: {
            name: Rows(
                tuple(table["columns"]),
                tuple(tuple(_from(value) for value in row) for row in table["rows"]),
                {at: tuple(numbers) for at, numbers in table["positions"].items()},
            )
            for name, table in tables.items()
        }
        for vault, tables in raw["vaults"].items()
    }
    return Night(date.fromisoformat(raw["day"]), vaults)


def _lines(night: Night) -> Iterator[str]:
    yield _json({"day": night.day.isoformat(), "vaults": list(night.vaults)})
    for vault, tables in night.vaults.items():
        for name, rows in tables.items():
            places = {at: list(numbers) for at, numbers in rows.positions.items()}
            yield _json(
                {"vault": vault, "table": name, "columns": rows.columns, "positions": places, "rows": len(rows.rows)}
            )
            yield from (f"[{','.join([_to(value) for value in row])}]" for row in rows.rows)


def _json(value: Any) -> str:
    return json.dumps(value, separators=(",", ":"))


_word = cache(_json)


def _to(value: Value) -> str:
    """A value as JSON. By hand: a study of thousands has millions of them."""
    if isinstance(value, bytes):
        return f'{{"b":"{value.hex()}"}}'
    if isinstance(value, Long):
        return f'{{"d":"{value.digest.hex()}","l":{value.length}}}'
    if isinstance(value, str):
        return _word(value)
    return "null" if value is None else str(value)


def _from(value: Any) -> Value:
    if isinstance(value, dict):
        return bytes.fromhex(value["b"]) if "b" in value else Long(bytes.fromhex(value["d"]), value["l"])
    return value  # type: ignore[no-any-return]
