"""What went to the printer, file by file, as the journal has it: a printer who collects a file takes it away, so its absence says nothing.

A file is noted before it gets its own name at the printer's, and again after it; whoever finds only the first, and neither the file nor its
passing name there, cannot know whether it was collected, and asks the printer (P05, P06).
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from troth.fieldwork.printroom.days import require_not_late
from troth.kit.errors import Invalid, Refused

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from troth.fieldwork.printroom.journal import Journal, Line
    from troth.kit.clock import Clock


@dataclass(frozen=True)
class Sending:
    """One file on its way to one host."""

    path: Path
    data: bytes
    sha256: str
    batch: str
    """Which it was printed for."""


@dataclass(frozen=True)
class Sendings:
    """To one host. Only within the journal's turn."""

    journal: Journal
    clock: Clock
    host: str
    again: str = ""
    """Why what went, or may have gone, goes once more."""
    late: str = ""
    """Why what was to be posted before today goes all the same."""

    def these(self, files: Sequence[Path]) -> list[Sending]:
        """The files, read, each the file of a finished print that was not destroyed since.

        Raises:
            Refused: one is none, or was changed; one is late, and nobody said why, here or when it was printed (P05).
            Invalid: it cannot be read; two bear one name.

        """
        if len({each.name for each in files}) != len(files):
            raise Invalid("two files have one name", where="print send", mend="send them one after the other")
        prints = _prints(self.journal.lines())
        found = []
        for file in files:
            try:
                data = file.read_bytes()
            except OSError as error:
                raise Invalid(f"the file cannot be read ({error.strerror})", where=file.name) from None
            digest = hashlib.sha256(data).hexdigest()
            if digest not in prints:
                raise Refused(
                    "no print that was finished here wrote this file",
                    where=file.name,
                    mend="send what `troth print` wrote, as it wrote it",
                )
            self._require_not_late(prints[digest], file.name)
            found.append(Sending(file, data, digest, str(prints[digest]["batch"])))
        return found

    def went(self, one: Sending) -> Line | None:
        """The line that says that the host has, or had, this file; None: it goes, for the first time or again."""
        if self.again:
            return None
        return next((line for line in self._lines("uploaded") if line["sha256"] == one.sha256), None)

    def doubtful(self, one: Sending) -> bool:
        """It was about to get its name at that host, and nobody here saw whether it did."""
        if self.again:
            return False
        said = [line["what"] for line in self._lines("uploading", "uploaded") if line["sha256"] == one.sha256]
        return said[-1:] == ["uploading"]

    def about(self, one: Sending) -> None:
        """The journal says that it is about to get its own name there."""
        self.journal.write("uploading", **self._said(one), again=self.again, late=self.late)

    def done(self, one: Sending, *, read_back: bool) -> None:
        """The journal says that the host has it."""
        self.journal.write("uploaded", **self._said(one), read_back=read_back)

    def _require_not_late(self, said: Line, name: str) -> None:
        if "posted_on" not in said:  # printed by a version that did not note it
            return
        on, comes_by = date.fromisoformat(said["posted_on"]), date.fromisoformat(said["comes_by"])
        require_not_late(self.clock.today(), on, comes_by, self.late or said["late"], where=name)

    def _said(self, one: Sending) -> Line:
        return {
            "path": str(one.path), "sha256": one.sha256, "batch": one.batch, "host": self.host, "day": self.clock.today(),
        }  # fmt: skip

    def _lines(self, *what: str) -> list[Line]:
        return [line for line in self.journal.lines() if line["what"] in what and line["host"] == self.host]


def _prints(lines: Sequence[Line]) -> dict[str, Line]:
    """SHA-256 of each file of a finished print -> its line; not of a batch that was destroyed since."""
    found: dict[str, Line] = {}
    for line in lines:
        if line["what"] == "printed":
            found.update({each["sha256"]: line for each in line["files"]})
        elif line["what"] == "destroyed":
            found = {digest: said for digest, said in found.items() if said["batch"] != line["batch"]}
    return found
