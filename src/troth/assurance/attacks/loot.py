"""What a thief carries away, as a folder: nightly row dumps, raw copies of files, key folders, what was printed and what was seen.

Attacks read this and nothing else. What is true (who is who) lies beside it in `truth.json`, which only the scoring opens.

    DIR/about.json                       what anybody may know of the study: `About`
    DIR/nights/2027-01-12.json.gz        every row of every vault on that night: `Night`
    DIR/copies/2027-01-24/VAULT/...      raw files of a vault (SQLite: the file and its WAL; PostgreSQL: heap files, `pg_wal`)
    DIR/files/logs|queues|backups|receipts/...    whatever else lay about
    DIR/keys/LABEL/ROLE/...              key folders as they were at a moment (`Keystore`); LABEL begins with the day
    DIR/printed.jsonl                    what the printer had in the clear: `Printed`
    DIR/observations/NAME.jsonl          what was seen from outside, one JSON object a line
    DIR/microdata/                       what the opening ceremony wrote
"""

from __future__ import annotations

import contextlib
import json
import os
from dataclasses import asdict, dataclass, field
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar, cast

from troth.assurance.attacks.night import Reader

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping

    from troth.assurance.attacks.night import Night

T = TypeVar("T")


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
    """Everything under one folder. What was read or made of it stays in memory, and is good until a file of it changes."""

    folder: Path
    _read: Reader = field(default_factory=Reader, init=False, repr=False, compare=False)
    _made: dict[str, tuple[int, Any]] = field(default_factory=dict, init=False, repr=False, compare=False)
    _rests: list[int] = field(default_factory=list, init=False, repr=False, compare=False)

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
        return self._read.night(self.folder / "nights" / f"{day.isoformat()}.json.gz")

    def each_night(self) -> Iterator[Night]:
        """Night after night."""
        for day in self.nights():
            yield self.night(day)

    def once(self, what: str, make: Callable[[], T]) -> T:
        """What `make` makes of the loot; what was made under that name before, where no file has changed since."""
        lies = self._rests[0] if self._rests else self._lies()
        known = self._made.get(what)
        if known is None or known[0] != lies:
            known = self._made[what] = lies, make()
        return cast("T", known[1])

    def _lies(self) -> int:
        return hash(tuple(sorted(_as_it_lies(self.folder))))

    @contextlib.contextmanager
    def at_rest(self) -> Iterator[None]:
        """Until the block ends nobody changes a file of it, so nobody needs to look."""
        self._rests.append(self._lies())
        try:
            yield
        finally:
            self._rests.clear()

    def copies(self) -> list[Copy]:
        """Raw copies, oldest first."""
        found = (self.folder / "copies").glob("*/*")
        return sorted(
            (Copy(date.fromisoformat(path.parent.name[:10]), path.name, path) for path in found if path.is_dir()),
            key=lambda copy: (copy.day, copy.vault),
        )

    def files(self, kind: str = "") -> list[Path]:
        """Files of one kind (`logs`, `queues`, `backups`, `receipts`), or all."""
        return sorted(lying(self.folder / "files" / kind))

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


def append(folder: Path, name: str, rows: Iterable[Mapping[str, Any]]) -> None:
    """The rows stand at the end of `DIR/NAME.jsonl`, e.g. `printed` or `observations/oracle`."""
    path = folder / f"{name}.jsonl"
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a", encoding="utf-8") as file:
        for row in rows:
            file.write(json.dumps(row, default=str) + "\n")


def lying(folder: Path) -> list[Path]:
    """Every file below, in no order; none where there is no such folder. As `rglob` finds them, without a look at each."""
    found, folders = [], [str(folder)] if folder.is_dir() else []
    while folders:
        with os.scandir(folders.pop()) as entries:
            for entry in entries:
                if entry.is_dir(follow_symlinks=False):
                    folders.append(entry.path)
                elif entry.is_file():
                    found.append(Path(entry.path))
    return found


def _as_it_lies(folder: Path | str) -> Iterator[tuple[str, int, int]]:
    """(Path, time of change in ns, bytes) of every file below: a loot has tens of thousands, and this is asked before each attack."""
    for found in os.scandir(folder):
        if found.is_dir(follow_symlinks=False):
            yield from _as_it_lies(found.path)
        else:
            stat = found.stat()
            yield found.path, stat.st_mtime_ns, stat.st_size


def _lines(path: Path) -> Iterator[dict[str, Any]]:
    if path.is_file():
        with path.open(encoding="utf-8") as file:
            for line in file:
                yield json.loads(line)
