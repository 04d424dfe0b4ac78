"""A replica: facts that no restore may undo, in a file on another disk; where a fact lies tells nothing of when it came.

A list that is appended to is in the order of arrival, and two such lists side by side would link people (P15, P23). Here every fact
has the same size and goes to a free slot drawn at random among all, so what lies in the file is in no order. Before half the slots are
taken the file is written anew, twice as large, everything in a new place. A fact is on the disk before `add` returns; one that a kill
left torn does not count. Several processes may add: they take turns by a lock beside the file.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import secrets
import stat
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from troth.kit.errors import Invalid, Refused, StorageFailed
from troth.storage.written import write_at

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator
    from pathlib import Path

_MAGIC: Final = b"troth-replica-1\n"
_HEADER: Final = 32
_CHECK: Final = 8
_FIRST: Final = 256
_FRESH: Final = 0o600
_SHARED: Final = 0o660


@dataclass(frozen=True)
class Replica:
    """Facts of `size` bytes each. A slot is the fact and 8 bytes of SHA-256 over it; a free slot is zeros."""

    path: Path
    size: int

    @property
    def there(self) -> bool:
        """Whether the file was begun and not destroyed."""
        return self.path.is_file()

    def begin(self) -> None:
        """There is a file; one that was there stays as it is. Raises StorageFailed."""
        with self._turn():
            if not self.there:
                self._write([])

    def add(self, facts: Collection[bytes]) -> None:
        """The facts are on the disk, wherever there was room. A fact that is there already may come to lie there twice.

        Raises:
            Refused: the file is not there. StorageFailed: the disk refused; some may be there.
            Invalid: a fact has another size, or it is not such a file.

        """
        if any(len(fact) != self.size for fact in facts):
            raise Invalid(f"a fact of this replica has {self.size} bytes", where=self.path.name)
        if not facts:
            return
        with self._turn():
            slots, used = self._measure()
            if 2 * (used + len(facts)) > slots:
                self._write([*self._read(), *facts])
                return
            with _told(self.path), self.path.open("r+b") as file:
                for fact in facts:
                    self._put(file.fileno(), slots, fact)
                write_at(file.fileno(), (used + len(facts)).to_bytes(8, "big"), len(_MAGIC) + 4)
                os.fdatasync(file.fileno())

    def read(self) -> set[bytes]:
        """Every fact there is. Raises as `add`."""
        with self._turn():
            return set(self._read())

    def keep(self, facts: Collection[bytes]) -> None:
        """The file holds these and no others, written anew; what it held before is not in it. Raises StorageFailed."""
        with self._turn():
            self._write(list(facts))

    def match(self, now: Callable[[], Collection[bytes]]) -> None:
        """The file holds what `now` gives and no others. It is asked in one's turn, so that no slower process puts back what it saw before.

        Raises as `add`.
        """
        with self._turn():
            facts = set(now())
            if facts != set(self._read()):
                self._write(list(facts))

    def destroy(self) -> None:
        """The file is overwritten and gone, with what a kill left of older ones; twice is once. Raises StorageFailed."""
        with self._turn():
            self._sweep()
            _overwrite(self.path)

    def _sweep(self) -> None:
        """Drafts and old files of runs that were killed are gone: facts lie in them that may be forgotten since. In one's turn only."""
        with _told(self.path):
            left = list(self.path.parent.glob(f".{self.path.name}.*"))
        for each in left:
            if self.there and each.samefile(
                self.path
            ):  # killed behind its link: it is the file itself, under a second name
                with _told(each):
                    each.unlink()
            else:
                _overwrite(each)

    def _put(self, file: int, slots: int, fact: bytes) -> None:
        length = self.size + _CHECK
        while True:
            at = _HEADER + secrets.randbelow(slots) * length
            if not any(os.pread(file, length, at)):
                write_at(file, fact + _check(fact), at)
                return

    def _measure(self) -> tuple[int, int]:
        """(Slots, slots in use at the last `add`)."""
        if not self.there:
            raise Refused(
                "the replica is not there",
                where=str(self.path),
                mend="mount its disk; if it is lost: `troth restore reconcile --new-replica`",
            )
        with _told(self.path), self.path.open("rb") as file:
            head = file.read(_HEADER)
            slots, rest = divmod(self.path.stat().st_size - _HEADER, self.size + _CHECK)
        size = int.from_bytes(head[len(_MAGIC) : len(_MAGIC) + 4], "big")
        if not head.startswith(_MAGIC) or size != self.size or slots < 1 or rest:
            raise Invalid("this is not a replica of this kind", where=str(self.path), mend="restore the replica's disk")
        return slots, int.from_bytes(head[len(_MAGIC) + 4 : len(_MAGIC) + 12], "big")

    def _read(self) -> list[bytes]:
        self._measure()
        length = self.size + _CHECK
        with _told(self.path):
            data = self.path.read_bytes()
        free = bytes(length)
        slots = (data[start : start + length] for start in range(_HEADER, len(data), length))
        taken = [slot for slot in slots if slot != free]
        return [slot[: self.size] for slot in taken if slot[self.size :] == _check(slot[: self.size])]

    def _write(self, facts: list[bytes]) -> None:
        facts = list(set(facts))
        slots = _FIRST
        while slots < 4 * len(facts):
            slots *= 2
        length = self.size + _CHECK
        data = bytearray(_HEADER + slots * length)
        data[: len(_MAGIC)] = _MAGIC
        data[len(_MAGIC) : len(_MAGIC) + 4] = self.size.to_bytes(4, "big")
        data[len(_MAGIC) + 4 : len(_MAGIC) + 12] = len(facts).to_bytes(8, "big")
        for fact, slot in zip(facts, secrets.SystemRandom().sample(range(slots), len(facts)), strict=True):
            start = _HEADER + slot * length
            data[start : start + length] = fact + _check(fact)
        draft = self.path.with_name(f".{self.path.name}.{secrets.token_hex(4)}")
        self._sweep()
        with _told(self.path):
            try:
                with os.fdopen(private_beside(draft, os.O_WRONLY | os.O_EXCL), "wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                old = self.path.with_name(f".{self.path.name}.old")
                if self.there:
                    os.link(self.path, old)
                draft.replace(self.path)
                _overwrite(old)
                _sync(self.path.parent)
            finally:
                with contextlib.suppress(OSError):
                    draft.unlink(missing_ok=True)

    @contextlib.contextmanager
    def _turn(self) -> Iterator[None]:
        with _told(self.path):
            turn = private_beside(self.path.with_name(f"{self.path.name}.turn"), os.O_WRONLY)
        try:
            fcntl.flock(turn, fcntl.LOCK_EX)
            yield
        finally:
            os.close(turn)


def private_beside(path: Path, flags: int) -> int:
    """The file, opened, and made if it was not there: its owner's alone, or its folder's group's too where the group may write there.

    On a host with a user for each role, `flush` reads what `respond` writes: the operator gives the folder a group of both, with the
    set-group bit. Raises OSError.
    """
    try:
        return _made(path, flags) if flags & os.O_EXCL else os.open(path, flags)
    except FileNotFoundError:
        return _made(path, flags)


def _made(path: Path, flags: int) -> int:
    file = os.open(path, flags | os.O_CREAT, _FRESH)
    if path.parent.stat().st_mode & stat.S_IWGRP and os.fstat(file).st_uid == os.geteuid():
        os.fchmod(file, _SHARED)
    return file


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise StorageFailed(
            f"the replica cannot be used ({error.strerror})",
            where=str(path),
            mend="mount the replica's disk, make room on it, and run this again",
        ) from None


def _check(fact: bytes) -> bytes:
    return hashlib.sha256(b"troth replica\0" + fact).digest()[:_CHECK]


def _overwrite(path: Path) -> None:
    if not path.exists():
        return
    with _told(path):
        with path.open("r+b") as file:
            file.write(bytes(path.stat().st_size))
            file.flush()
            os.fsync(file.fileno())
        path.unlink()
        _sync(path.parent)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
