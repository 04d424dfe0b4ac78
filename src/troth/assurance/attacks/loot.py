"""What a thief carries away, as a folder: nightly row dumps, raw copies of files, key folders, what was printed and what was seen.

Attacks read this and nothing else. What is true (who is who) lies beside it in `truth.json`, which only the scoring opens.

    DIR/about.json                       what anybody may know of the study: `About`
    DIR/nights/2027-01-12.json.gz        every row of every vault on that night: `Night`
    DIR/copies/2027-01-24/VAULT/...      raw files of a vault (SQLite: the file and its WAL; PostgreSQL: heap files, `pg_wal`)
    DIR/files/logs|queues|backups/...    whatever else lay about
    DIR/keys/LABEL/ROLE/...              key folders as they were at a moment (`Keystore`); LABEL begins with the day
    DIR/printed.jsonl                    what the printer had in the clear: `Printed`
    DIR/observations/NAME.jsonl          what was seen from outside, one JSON object a line
    DIR/microdata/                       what the opening ceremony wrote
"""

from __future__ import annotations

import gzip
import hashlib
import json
from dataclasses import asdict, dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path  # noqa: TC003 - dataclass field
from typing import TYPE_CHECKING, Any, Final, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping, Sequence

SHORT: Final = 64
"""Bytes of a value that a night keeps whole; of a longer one it keeps digest and length."""
DIGEST: Final = 16


@dataclass(frozen=True)
class Long:
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


@dataclass(frozen=True)
class WaveDay:
    """A wave, and the day on which its letters went and responses were flushed."""

    id: str
    day: date


@dataclass(frozen=True)
class About:
    """What anybody may know: the study's own public design, and what was copied when."""

    kind: str
    """`rehearsal` or `installation`: of an installation nobody knows the truth, so only deterministic attacks are judged."""
    study: str
    database: str
    """`sqlite` or `postgresql`."""
    k: int
    """The smallest group that a flush moves."""
    slots: int
    opens: date
    closes: date
    waves: tuple[WaveDay, ...]
    cost_log2_n: int
    severed: date | None = None
    erased: Mapping[str, date] = field(default_factory=dict)
    """Promise -> the day by which everything that it promises to delete was deleted."""


@dataclass(frozen=True)
class Printed:
    """One letter as the printer has it, in the clear. `code` has 16 characters and no spaces."""

    wave: str
    ref: str
    lines: tuple[str, ...]
    code: str


@dataclass(frozen=True)
class Copy:
    """Raw files of one vault at one moment."""

    day: date
    vault: str
    folder: Path


@dataclass(frozen=True)
class Loot:
    """Everything under one folder."""

    folder: Path

    @cached_property
    def about(self) -> About:
        """What anybody may know."""
        raw = json.loads((self.folder / "about.json").read_text())
        return About(
            **{
                **raw,
                "opens": date.fromisoformat(raw["opens"]),
                "closes": date.fromisoformat(raw["closes"]),
                "waves": tuple(WaveDay(wave["id"], date.fromisoformat(wave["day"])) for wave in raw["waves"]),
                "severed": date.fromisoformat(raw["severed"]) if raw["severed"] else None,
                "erased": {promise: date.fromisoformat(day) for promise, day in raw["erased"].items()},
            }
        )

    def nights(self) -> list[date]:
        """The nights of which there is a dump, in order."""
        return sorted(date.fromisoformat(path.name[:10]) for path in (self.folder / "nights").glob("*.json.gz"))

    def night(self, day: date) -> Night:
        """That night. Raises FileNotFoundError."""
        with gzip.open(self.folder / "nights" / f"{day.isoformat()}.json.gz", "rt", encoding="utf-8") as file:
            return night_from(json.load(file))

    def each_night(self) -> Iterator[Night]:
        """Night after night; only one is in memory."""
        for day in self.nights():
            yield self.night(day)

    def copies(self) -> list[Copy]:
        """Raw copies, oldest first."""
        found = (self.folder / "copies").glob("*/*")
        return sorted(
            (Copy(date.fromisoformat(path.parent.name[:10]), path.name, path) for path in found if path.is_dir()),
            key=lambda copy: (copy.day, copy.vault),
        )

    def files(self, kind: str = "") -> list[Path]:
        """Files of one kind (`logs`, `queues`, `backups`), or all."""
        return sorted(path for path in (self.folder / "files" / kind).rglob("*") if path.is_file())

    def keystores(self) -> dict[str, Path]:
        """Label -> the folder with one folder a role, as keys lay at that moment; in order of label."""
        return {path.name: path for path in sorted((self.folder / "keys").glob("*")) if path.is_dir()}

    def printed(self) -> list[Printed]:
        """What the printer had."""
        return [Printed(**{**row, "lines": tuple(row["lines"])}) for row in _lines(self.folder / "printed.jsonl")]

    def observations(self, name: str) -> list[dict[str, Any]]:
        """What was seen from outside under that name; empty where nobody looked."""
        return list(_lines(self.folder / "observations" / f"{name}.jsonl"))


def write_about(folder: Path, about: About) -> None:
    """`about.json` stands in the folder."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "about.json").write_text(json.dumps(asdict(about), default=str, indent=1) + "\n", encoding="utf-8")


def write_night(folder: Path, night: Night) -> Path:
    """The night's dump stands in the folder; one of that day is replaced."""
    path = folder / "nights" / f"{night.day.isoformat()}.json.gz"
    path.parent.mkdir(parents=True, exist_ok=True)
    draft = path.with_suffix(".part")
    with gzip.open(draft, "wt", compresslevel=1, encoding="utf-8") as file:
        json.dump(night_to(night), file, separators=(",", ":"))
    draft.replace(path)
    return path


def append(folder: Path, name: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """The rows stand at the end of `DIR/NAME.jsonl`, e.g. `printed` or `observations/oracle`."""
    path = folder / f"{name}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, default=str) + "\n")


def night_to(night: Night) -> dict[str, Any]:
    """A night as JSON has it: bytes as `{"b": hex}`, long values as `{"d": hex, "l": length}`."""
    return {
        "day": night.day.isoformat(),
        "vaults": {
            vault: {
                name: {
                    "columns": rows.columns,
                    "rows": [[_to(value) for value in row] for row in rows.rows],
                    "positions": {at: list(numbers) for at, numbers in rows.positions.items()},
                }
                for name, rows in tables.items()
            }
            for vault, tables in night.vaults.items()
        },
    }


def night_from(raw: Mapping[str, Any]) -> Night:
    """The night again."""
    return Night(
        date.fromisoformat(raw["day"]),
        {
            vault: {
                name: Rows(
                    tuple(table["columns"]),
                    tuple(tuple(_from(value) for value in row) for row in table["rows"]),
                    {at: tuple(numbers) for at, numbers in table["positions"].items()},
                )
                for name, table in tables.items()
            }
            for vault, tables in raw["vaults"].items()
        },
    )


def _to(value: Value) -> Any:
    if isinstance(value, bytes):
        return {"b": value.hex()}
    if isinstance(value, Long):
        return {"d": value.digest.hex(), "l": value.length}
    return value


def _from(value: Any) -> Value:
    if isinstance(value, dict):
        return bytes.fromhex(value["b"]) if "b" in value else Long(bytes.fromhex(value["d"]), value["l"])
    return value  # type: ignore[no-any-return]


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    if path.is_file():
        with path.open(encoding="utf-8") as file:
            for line in file:
                yield json.loads(line)


def day_of(value: Value | Sequence[Value]) -> date:
    """A day column's value. Raises ValueError: it is none."""
    if not isinstance(value, str):
        raise ValueError("not a day")  # noqa: TRY004 - one kind of error for a broken loot
    return date.fromisoformat(value)
