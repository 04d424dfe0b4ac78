"""Suppression: nobody who died, moved, opted out or is at risk gets a further letter, as far as the supplier knows (P03, P05).

The supplier names people by its own reference. Nothing here stores one: the load keeps a keyed index of it with the contact, and
dies with it; this compares indexes. A file is checked whole and used whole or not at all; no message ever repeats a value.
A file with just its header is a run too: nobody is to be suppressed today.

Steps, each repeatable after a kill: the people are stopped and the run is noted, in one transaction; the ledger is told.
"""

from __future__ import annotations

import csv
import io
import secrets
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from troth.fieldwork.delivery import is_working_day
from troth.fieldwork.today import today
from troth.kit.errors import Invalid, Refused
from troth.kit.steps import go_on
from troth.protocol import blind_index
from troth.vaults.sample import suppress as vault

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from pathlib import Path

    from troth.kit.clock import Clock
    from troth.protocol.names import IndexKey
    from troth.storage.database import Database
    from troth.study import StudyPack
    from troth.vaults.ledger.store import Ledger
    from troth.vaults.sample.suppress import Run

REASONS: Final = vault.REASONS
HEADER: Final = ["supplier_ref", "reason"]
WORKING_DAYS: Final = 2
"""A release needs a suppression of the same day, or of at most so many working days before."""
SHOWN: Final = 50
LARGEST: Final = 64 * 1024 * 1024
"""Bytes of a suppression file."""
_LONGEST: Final = 200
_END: Final = b"\n"


@dataclass(frozen=True)
class Suppress:
    """The load role, which holds the index key."""

    pack: StudyPack
    sample: Database
    ledger: Ledger
    index: IndexKey = field(repr=False)
    clock: Clock
    between: Callable[[str], None] = go_on

    def preview(self, file: Path) -> Run:
        """What a run of that file would count; nothing is changed. Raises as `run`."""
        named, _ = self._read(file)
        return vault.meets(self.sample, named)

    def run(self, file: Path) -> Run:
        """Everybody named in the file gets no further letter, their contact dies early, and the run is noted here and in the ledger.

        Raises:
            Invalid: the file has faults, told by line and never by value; nothing was changed.
            Refused: the study has no column `supplier_ref`, or the clock was set back: the ledger or a run is dated after today.
            StorageFailed: run it again; it is the same run.

        """
        named, data = self._read(file)
        day = today(self.ledger, self.clock, "sample suppress")
        before = vault.runs(self.sample)
        if late := [run.day for run in before if run.day > day]:
            raise Refused(
                f"a suppression is noted for {max(late)}, which is after today, {day}",
                where="sample suppress",
                mend="the clock of this machine was set back: set it right",
            )
        for run in before:
            if run.state == "noted":
                self._tell(run)
        digest = blind_index.file_digest(self.index, data)
        days = self.pack.retention.contact.days
        done = vault.apply(self.sample, secrets.token_hex(16), day, digest, named, days=days)
        self.between("people stopped")
        self._tell(done)
        self.between("ledger told")
        return done

    def _tell(self, run: Run) -> None:
        counts = {name: getattr(run, name) for name in (*REASONS, "already", "unknown", "dropped")}
        # A run that grew on its own day (people were loaded after it) is told once more, with all that it counted.
        stopped = sum(counts[name] for name in REASONS)
        self.ledger.enter("suppression", f"suppression {run.id} {stopped}", run.day, counts)
        vault.told(self.sample, run.id)

    def _read(self, file: Path) -> tuple[dict[bytes, str], bytes]:
        if not any(column.name == "supplier_ref" for column in self.pack.sample_columns):
            raise Refused(
                "this study has no column supplier_ref: nobody can be matched",
                where="study.yaml",
                mend="declare it in sample_columns before the load",
            )
        try:
            if file.stat().st_size > LARGEST:
                raise Invalid(f"more than {LARGEST >> 20} MB", where=file.name, mend="split the file")
            data = file.read_bytes()
        except OSError as error:
            raise Invalid(f"the suppression file cannot be read ({error.strerror})", where=file.name) from None
        named, faults = read_suppression(data)
        if faults:
            listed = "".join(f"\n  {fault}" for fault in faults[:SHOWN])
            more = f"\n  and {len(faults) - SHOWN} more" if len(faults) > SHOWN else ""
            many = "1 fault" if len(faults) == 1 else f"{len(faults)} faults"
            raise Invalid(
                f"{many}; nothing was changed{listed}{more}", where=file.name, mend="Mend the file and run it again"
            )
        return {blind_index.supplier_index(self.index, ref): reason for ref, reason in named.items()}, data


def read_suppression(data: bytes) -> tuple[dict[str, str], list[str]]:
    """Reference -> reason, and every fault with its line and no value. CSV in UTF-8, with or without a byte order mark."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        return {}, [f"line {data[: error.start].count(_END) + 1}: not UTF-8: save the file as UTF-8"]
    named: dict[str, str] = {}
    seen: dict[str, int] = {}
    faults: list[str] = []
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    line = 1
    try:
        for values in reader:
            here, line = line, reader.line_num + 1
            faults += _line(here, [value.strip() for value in values], named, seen)
            if here == 1 and faults:
                return {}, faults
    except csv.Error:
        faults.append(f"line {line}: a quotation mark is not closed or stands in the wrong place; cut short?")
    if not text:
        faults.append(f"line 1: write the header {','.join(HEADER)}, also where nobody is to be suppressed")
    elif not text.endswith("\n"):
        faults.append(f"line {data.count(_END) + 1}: the last line has no line end: the file may have been cut short")
    return named, faults


def _line(here: int, values: list[str], named: dict[str, str], seen: dict[str, int]) -> list[str]:
    if here == 1:
        return [] if values == HEADER else [f"line 1: the header is not {','.join(HEADER)}"]
    if len(values) != len(HEADER):
        return [f"line {here}: {len(values)} values, not {len(HEADER)}"]
    reference, reason = values
    plain = "".join(character for character in reference.casefold() if character.isalnum())
    faults = []
    if not plain or len(reference) > _LONGEST:
        faults.append(f"line {here}, column supplier_ref: empty, or longer than {_LONGEST} characters")
    if reason not in REASONS:
        faults.append(f"line {here}, column reason: one of {', '.join(REASONS)}")
    if plain in seen:
        if named[plain] != reason:
            faults.append(f"line {here}: the same reference as on line {seen[plain]}, with another reason")
    elif not faults:
        seen[plain], named[plain] = here, reason
    return faults


def why_stale(sample: Database, pack: StudyPack, today: date) -> str:
    """Why no letters may leave today for want of a suppression; empty when they may (P03)."""
    if pack.sample.suppression != "required":
        return ""
    for load in vault.screening(sample):
        day = load.screened_on
        if day is None:
            return f"the people loaded on {load.day} were never compared with a suppression file"
        if day > today:
            return f"the last suppression is dated {day}, after today, {today}: the clock was set back"
        if (passed := working_days(day, today)) > WORKING_DAYS:
            return f"the last suppression ran on {day}, {passed} working days ago: {WORKING_DAYS} at most"
    return ""


def require_fresh(sample: Database, pack: StudyPack, today: date, *, where: str) -> None:
    """Everybody who may get a letter was compared with a suppression file within two working days (England and Wales).

    Raises:
        Refused: somebody was not; nothing was changed.

    """
    if why := why_stale(sample, pack, today):
        raise Refused(why, where=where, mend="run `troth sample suppress FILE` with the supplier's newest file")


def working_days(after: date, until: date) -> int:
    """Working days of England and Wales after the one day, up to and including the other."""
    days = (until - after).days
    return sum(is_working_day(after + timedelta(days=n)) for n in range(1, min(days, 30) + 1))
