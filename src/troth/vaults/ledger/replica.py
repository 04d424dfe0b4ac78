"""The ledger's replica: every entry, one JSON object a line, in a file on another disk that is only ever appended to.

The chain's order is no secret (days and counts), so it may stand in order. Whoever enters something appends all that the file lacks, so
a kill between the two loses nothing; and a ledger that lacks what the file has was restored from a backup: nothing is entered
into it until it was reconciled, or the chain would fork.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from troth.kit.errors import Invalid, Refused, StorageFailed
from troth.storage.replica import private_beside
from troth.storage.written import write_at

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

LEDGER: Final = "ledger/entries.jsonl"
"""Where it lies in the folder of the replicas."""


@dataclass(frozen=True)
class LedgerReplica:
    """The file. A line that a kill left half is overwritten by the next."""

    path: Path

    def begin(self) -> None:
        """There is a file. Raises StorageFailed."""
        with _told(self.path):
            os.close(private_beside(self.path, os.O_WRONLY))

    def tip(self) -> tuple[int, bytes]:
        """(Number, link) of the last whole line; (0, nothing) of an empty file. Raises Refused: it is not there; StorageFailed; Invalid."""
        with self._open() as file:
            return self._tip(file)[0]

    def follow(self, after: Callable[[int], Sequence[dict[str, Any]]]) -> None:
        """The file holds every entry; `after(n)` gives those behind number n, in order. Raises as `tip`; StorageFailed: none was added."""
        with self._open() as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            (n, _), end = self._tip(file)
            lines = [json.dumps(row, separators=(",", ":")).encode() + b"\n" for row in after(n)]
            if lines:
                with _told(self.path):
                    os.ftruncate(file, end)
                    try:
                        write_at(file, b"".join(lines), end)
                    except OSError:
                        with contextlib.suppress(OSError):
                            os.ftruncate(file, end)
                        raise
                    os.fdatasync(file)

    def rows(self) -> list[dict[str, Any]]:
        """Every entry, as `follow` was given it. Raises as `tip`."""
        with self._open() as file, _told(self.path):
            data = os.pread(file, os.fstat(file).st_size, 0)
        try:
            return [json.loads(line) for line in data[: data.rfind(b"\n") + 1].splitlines()]
        except ValueError:
            raise self._broken() from None

    def _tip(self, file: int) -> tuple[tuple[int, bytes], int]:
        """The last whole line, and where it ends."""
        with _told(self.path):
            size = os.fstat(file).st_size
            block = 4096
            while True:
                start = max(0, size - block)
                data = os.pread(file, size - start, start)
                end = data.rfind(b"\n")
                before = data.rfind(b"\n", 0, end) if end > 0 else -1
                if start == 0 or before >= 0:
                    break
                block *= 4
        if end < 0:
            return (0, b""), 0
        try:
            row = json.loads(data[before + 1 : end])
            return (int(row["n"]), bytes.fromhex(row["link"])), start + end + 1
        except (ValueError, KeyError, TypeError):
            raise self._broken() from None

    def _broken(self) -> Invalid:
        return Invalid("this is not a ledger's replica", where=str(self.path), mend="restore the replica's disk")

    @contextlib.contextmanager
    def _open(self) -> Iterator[int]:
        if not self.path.is_file():
            mend = "mount its disk; if it is lost: `troth restore reconcile --new-replica`"
            raise Refused("the ledger's replica is not there", where=str(self.path), mend=mend)
        with _told(self.path):
            file = os.open(self.path, os.O_RDWR)
        try:
            yield file
        finally:
            os.close(file)


@contextlib.contextmanager
def _told(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        what = f"the ledger's replica cannot be written ({error.strerror})"
        mend = "mount the replica's disk, make room on it, and run this again"
        raise StorageFailed(what, where=str(path), mend=mend) from None
