"""A role's parts, opened: its settings, its keys, its vaults, its study. Everything that runs is composed from these."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
from contextvars import ContextVar
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from troth.keys.folder import KeyFolder
from troth.kit.clock import SystemClock
from troth.storage.database import Database
from troth.storage.revision import require_newest
from troth.study import load_pack
from troth.wiring.keyring import Keys
from troth.wiring.settings import settings_for

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from troth.kit.clock import Clock
    from troth.study import StudyPack
    from troth.vaults.ledger.store import Ledger
    from troth.wiring.settings import Settings


@dataclass
class Opened:
    """One role at work. Vaults are opened when first asked for, and closed at the end."""

    settings: Settings
    pack: StudyPack
    keys: Keys
    clock: Clock
    reconciled: bool = False
    """Its vaults were held against the replicas, and are no restored backup (`wiring.replicas.require_reconciled`)."""

    def __post_init__(self) -> None:
        self._open: dict[str, Database] = {}
        self._ledger: Ledger | None = None

    def vault(self, name: str) -> Database:
        """The vault, with the schema that this program needs. Raises Refused: another role's, or an old schema."""
        if name not in self._open:
            kept = _kept.get()
            if kept is None:
                self._open[name] = _vault(self.settings, name)
            else:
                at = self.settings.vault(name)
                self._open[name] = kept[at] = kept.get(at) or _vault(self.settings, name)
        return self._open[name]

    def ledger(self) -> Ledger:
        """The ledger, to write. Raises KeyMissing for a role that only reads."""
        if self._ledger is None:
            from troth.vaults.ledger.replica import LEDGER, LedgerReplica  # noqa: PLC0415 - served roles have no ledger, and none of its code
            from troth.vaults.ledger.store import Ledger  # noqa: PLC0415

            replica = LedgerReplica(self.settings.replica / LEDGER) if self.settings.replica else None
            self._ledger = Ledger(self.vault("ledger"), self.keys.ledger(), replica)
        return self._ledger

    def close(self) -> None:
        """Every vault is closed, but those that `keeping_open` closes at its end."""
        kept = (_kept.get() or {}).values()
        for database in self._open.values():
            if database not in kept:
                database.close()


def _vault(settings: Settings, name: str) -> Database:
    database = Database(settings.vault(name), vault=name)
    require_newest(database)
    return database


_kept: ContextVar[dict[str, Database] | None] = ContextVar("kept", default=None)


@contextlib.contextmanager
def keeping_open() -> Iterator[None]:
    """Until the block ends, a vault that a role opened stays open for the next time that this role opens it in this process.

    For whoever runs hundreds of days in one process: each opening costs a connection and a look at the schema. A vault is kept by
    its URL, which names the role on PostgreSQL, so no role is ever handed another's connection there.
    """
    kept: dict[str, Database] = {}
    before = _kept.set(kept)
    try:
        yield
    finally:
        _kept.reset(before)
        for database in kept.values():
            database.close()


def open_settings(settings: Settings, clock: Clock, *, linted: str = "") -> Opened:
    """A role at work by these settings. `linted` is the `seal_of` a study that was linted a moment ago: as long as it is the same.

    Raises:
        Invalid: its study pack is missing or broken.

    """
    keys = Keys(KeyFolder(settings.keys), KeyFolder(settings.public_keys))
    return Opened(settings, _pack(settings.study, _as_it_lies(settings.study), linted), keys, clock)


def seal_of(study: Path) -> str:
    """Other files, or files whose bytes were changed, give another one; whatever they say of when they were."""
    try:
        found = [(path.name, path.read_bytes()) for path in sorted(study.iterdir()) if path.is_file()]
    except OSError:  # `load_pack` says so
        return ""
    return hashlib.sha256(repr([(name, hashlib.sha256(data).digest()) for name, data in found]).encode()).hexdigest()


@lru_cache(maxsize=4)
def _pack(folder: Path, _as_it_lies: tuple[tuple[str, int, int], ...], linted: str) -> StudyPack:
    """The study, read and linted once while its files stay as they are: a command of a day opens it for every role (30 ms each)."""
    return load_pack(folder, linted=bool(linted) and linted == seal_of(folder))


def _as_it_lies(folder: Path) -> tuple[tuple[str, int, int], ...]:
    """Name, size and time of change (ns) of each file of the pack."""
    try:
        found = [(path.name, path.stat()) for path in sorted(folder.iterdir())]
    except OSError:  # not there: `load_pack` says so
        return ()
    return tuple((name, stat.st_size, stat.st_mtime_ns) for name, stat in found)


@contextlib.contextmanager
def turn(home: Path, role: str) -> Iterator[None]:
    """One at a time for each role of an installation; others wait. Not to be taken twice by one process."""
    with (home / f"{role}.turn").open("ab") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield


@contextlib.contextmanager
def opened(home: Path, role: str, clock: Clock | None = None, *, alone: bool = False) -> Iterator[Opened]:
    """A role of the installation under `home`, at work until the block ends; `alone`: once it is that role's turn."""
    settings = settings_for(home, role)
    with turn(home, role) if alone else contextlib.nullcontext():
        work = open_settings(settings, clock or SystemClock())
        try:
            yield work
        finally:
            work.close()
