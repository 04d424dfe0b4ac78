"""The print room's journal: what was printed, sent and destroyed, so that no letter leaves twice unnoticed. Lines of JSON, only added to.

Each line is on the disk before what it announces is done, and again after it was done: a kill between leaves a question that can
be asked, not a doubt. References are kept as salted digests: they show no list of letters at a glance. Whoever has this file and a list
of references can still test them, so it is as private as the print room, and goes when the print room's work is over.
"""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import json
import os
import secrets
from typing import TYPE_CHECKING, Any, Final

from troth.kit.errors import Invalid, Refused, StorageFailed
from troth.storage.written import write_at

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from troth.protocol.names import LetterRef

Line = dict[str, Any]
_NAME: Final = "journal.jsonl"


class Journal:
    """The journal in that folder. Only within `turn` may it be written."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._file = folder / _NAME
        self._salt = b""
        self._held = False

    @contextlib.contextmanager
    def turn(self) -> Iterator[None]:
        """It is this process's turn until the block ends. Raises Refused: another print is under way."""
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with (self._folder / "journal.turn").open("ab") as handle:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                raise Refused("another print is under way", where="print room", mend="wait until it is done") from None
            self._held = True
            try:
                self._mend()
                yield
            finally:
                self._held = False

    def lines(self) -> list[Line]:
        """All of it, oldest first. Raises Invalid: a line is no journal's."""
        found: list[Line] = []
        if not self._file.exists():
            return found
        for number, line in enumerate(self._file.read_bytes().split(b"\n")[:-1], start=1):
            try:
                found.append(dict(json.loads(line)))
            except ValueError:
                raise Invalid(
                    "a line is not the journal's",
                    where=f"{_NAME} line {number}",
                    mend="print nothing until it is mended",
                ) from None
        return found

    def write(self, what: str, **said: Any) -> None:
        """The line is on the disk, whole. Raises StorageFailed: nothing of it is."""
        if not self._held:
            raise RuntimeError("the journal is written only in turn")
        data = (json.dumps({"what": what, **said}, separators=(",", ":"), default=str) + "\n").encode()
        try:
            file = os.open(self._file, os.O_WRONLY | os.O_CREAT, 0o600)
            try:
                _append(file, data)
            finally:
                os.close(file)
        except OSError as error:
            raise StorageFailed(
                f"the journal cannot be written ({error.strerror})", where=_NAME, mend="Make room and run it again"
            ) from None

    def forget(self) -> None:
        """The journal is gone, references and all. Attestations stay."""
        self._file.unlink(missing_ok=True)
        self._salt = b""

    def digest(self, ref: LetterRef) -> str:
        """What stands for a letter reference here: 32 hex characters."""
        if not self._salt:
            said = next((line for line in self.lines() if line["what"] == "salt"), None)
            if said is None:
                said = {"salt": secrets.token_hex(32)}
                self.write("salt", **said)
            self._salt = bytes.fromhex(said["salt"])
        return hashlib.blake2b(ref.encode(), key=self._salt, digest_size=16).hexdigest()

    def _mend(self) -> None:
        """A last line that a kill cut short is taken off: it announced nothing."""
        if self._file.exists() and (data := self._file.read_bytes()) and not data.endswith(b"\n"):
            with self._file.open("r+b") as handle:
                handle.truncate(data.rfind(b"\n") + 1)
                handle.flush()
                os.fsync(handle.fileno())


def _append(file: int, data: bytes) -> None:
    """The data is at the file's end, on the disk. Raises OSError: the file ends where it did."""
    end = os.fstat(file).st_size
    try:
        write_at(file, data, end)
        os.fsync(file)
    except OSError:
        with contextlib.suppress(OSError):  # then the next turn cuts off what is no whole line
            os.ftruncate(file, end)
            os.fsync(file)
        raise
