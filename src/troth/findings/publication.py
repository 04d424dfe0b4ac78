"""Publication starts the last clock: so many years later records and microdata are gone, with certificates (P12)."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from troth.keys.erasable import Due, Pending
from troth.keys.ring import Bucket
from troth.kit.errors import Refused, StorageFailed
from troth.retention.calendar import add_months

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from troth.keys.folder import KeyFolder
    from troth.vaults.ledger.store import Ledger

_KIND: Final = "publication"
_RULE: Final = "microdata"
_MONTHS: Final = 12
_NOTE: Final = ".erasing"
"""A file beside the opened ones, while they go: it keeps the count."""


def publish(ledger: Ledger, day: date, today: date, years: int) -> date:
    """The findings are published since that day, and the ledger says so; gives the day on which records and microdata die.

    The first word stands: said again with another day, the first day is given back.

    Raises:
        Refused: nothing was opened yet, or the day lies ahead or before the opening. Nothing was entered.

    """
    opened = ledger.entries("open")
    if not opened:
        raise Refused("nothing was opened yet", where="publication", mend="run `troth findings open` first")
    first = min(entry.day for entry in opened)
    if not first <= day <= today:
        raise Refused(
            "the findings cannot be published on that day",
            where="--on",
            mend=f"a day from {first} (the opening) to {today} (today)",
        )
    ledger.enter(_KIND, _KIND, day, {"years": years, "erased by": add_months(day, years * _MONTHS).isoformat()})
    dies = dies_on(ledger)
    assert dies is not None
    return dies


def dies_on(ledger: Ledger) -> date | None:
    """The day on which records and microdata die; None: nothing is published.

    It is as the ledger said at the publication: a policy that is changed afterwards moves it no further away.
    """
    entries = ledger.entries(_KIND)
    return date.fromisoformat(str(entries[0].body["erased by"])) if entries else None


@dataclass(frozen=True)
class Microdata:
    """The opened files and the shares of the analysis key on this machine. Fulfils `troth.keys.erasable.Erasable`, role `findings`.

    Copies that somebody took elsewhere, and shares with their holders, are out of this program's reach.
    """

    folder: Path
    """Where the ceremony wrote."""
    shares: Sequence[KeyFolder]
    promise: str
    dies_on: date | None
    name: str = "findings.microdata"

    def due(self, today: date) -> list[Due]:
        """The files, once their day has come and while one, or a share, is there."""
        if self.dies_on is None or today < self.dies_on or not (self._files() or self._shares()):
            return []
        return [Due(self._bucket(self.dies_on), _RULE, self.promise, len(self._files()), 0)]

    def forget(self, due: Due, today: date) -> None:
        """The list of what is about to go is on the disk: a kill loses no count."""
        self.folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        note = self.folder / _NOTE
        draft = note.with_suffix(".part")
        draft.write_text(f"{today.isoformat()} {due.dying}\n", encoding="utf-8")
        draft.replace(note)

    def pending(self) -> list[Pending]:
        """What was listed and has no certificate yet."""
        note = self.folder / _NOTE
        if self.dies_on is None or not note.is_file():
            return []
        day, count = note.read_text(encoding="utf-8").split()
        return [Pending(self._bucket(self.dies_on), _RULE, self.promise, date.fromisoformat(day), int(count))]

    def destroy_key(self, pending: Pending) -> None:  # noqa: ARG002 - there is one
        """Every opened file is gone, and every share of the analysis key that lies here. Raises StorageFailed: one could not go."""
        try:
            for path in self._files():
                shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
        except OSError as error:
            raise StorageFailed(
                f"an opened file cannot be deleted ({error.strerror})",
                where="microdata",
                mend="mend it, and run it again",
            ) from None
        for folder in self._shares():
            folder.destroy("analysis")

    def settle(self, pending: Pending) -> None:  # noqa: ARG002 - there is one
        """The certificate is written; the folder goes."""
        shutil.rmtree(self.folder, ignore_errors=True)

    def _bucket(self, day: date) -> Bucket:
        return Bucket("microdata", day, 1)

    def _files(self) -> list[Path]:
        return [path for path in self.folder.glob("*") if not path.name.startswith(_NOTE)]

    def _shares(self) -> list[KeyFolder]:
        return [folder for folder in self.shares if folder.has("analysis")]
