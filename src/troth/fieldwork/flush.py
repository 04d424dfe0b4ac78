"""Flush: completed responses leave their handles, in groups of at least k a cell, and the strip key dies (P04, P09).

Steps, each repeatable after a kill: a new strip key is made and becomes current; one transaction moves the records, re-wraps
every other step and rewrites the tables; residue is folded away; the old strip key is destroyed; the ledger is told. Where reminders
are targeted, the same transaction leaves a receipt batch, which goes into a file (`receipts`) until it was taken in.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from troth.fieldwork.respondents import step_context
from troth.kit.errors import KeyMissing
from troth.kit.steps import go_on
from troth.protocol.boxes import StripOpener, StripSealer, new_strip
from troth.protocol.names import StripPrivate, StripPublic
from troth.storage.whole import write_whole
from troth.vaults.responses import flush as vault
from troth.vaults.responses.store import strip_key

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from troth.fieldwork.receipts import Handing
    from troth.keys.folder import KeyFolder
    from troth.protocol.names import Handle
    from troth.storage.database import Database
    from troth.vaults.ledger.store import Ledger

STRIP_KIND: Final = "strip-private"


@dataclass(frozen=True)
class Flushed:
    """What a flush did."""

    records: int
    waiting: Mapping[str, int]
    """Completed responses that stay, by cell: their cell has fewer than k."""
    receipts: int = 0
    """So many tags went to the role `letters`; none where the study is receipt-free."""


@dataclass(frozen=True)
class Flush:
    """The flush process: the only holder of strip keys' private halves."""

    study: str
    database: Database
    keys: KeyFolder
    ledger: Ledger
    slots: int
    k: int
    between: Callable[[str], None] = go_on
    box: int | None = None
    """Bytes of a box; what a step holds beyond them is the room of a tag."""
    receipts: Handing | None = None
    """Only where reminders are targeted."""

    def ready(self) -> None:
        """There is a strip key that steps can be sealed to."""
        if strip_key(self.database) is None:
            self._change()

    def ready_while(self, open_: bool) -> None:
        """As `ready`, while the collection is open."""
        if open_:
            self.ready()

    def run(self, today: date) -> Flushed:
        """Every cell with at least k completed responses is flushed; and, whether or not one has, the strip key is a new one.

        Every other step is re-wrapped and no table lies in arrival order any more. Repeating moves nothing twice.

        Raises:
            KeyMissing: a strip key is not here; nothing was changed.
            StorageFailed: the database refused; running again goes on from where it stopped.

        """
        counts = vault.completed_by_cell(self.database)
        cells = sorted(cell for cell, count in counts.items() if count >= self.k)
        records = self.move(cells, states=("complete",), cell_of=str, day=today, receipts=self.receipts)
        told = self.hand_over()
        waiting = {cell: count for cell, count in counts.items() if count < self.k}
        return Flushed(records, waiting, told)

    def move(
        self,
        cells: list[str],
        *,
        states: tuple[str, ...],
        cell_of: Callable[[str], str],
        day: date,
        receipts: Handing | None = None,
    ) -> int:
        """The responses of those cells are records, the strip key is a new one, the old one is destroyed."""
        total = 0
        _, leaving = vault.strips(self.database)
        # A run that was killed after its move: account for it first, or its cells' newcomers would wait.
        for old in leaving:
            if vault.moved(self.database, old) is not None:
                total += self._account(old)
        _, leaving = vault.strips(self.database)
        if not leaving:
            self._change()
            self.between("strip changed")
        _, leaving = vault.strips(self.database)
        for old in leaving:
            vault.move_records(
                self.database, cells, slots=self.slots, states=states, unwrap=self._unwrapper(), rewrap=self.wrapper(),
                cell_of=cell_of, leaving=old, day=day, box=self.box, hand_over=receipts.of(day) if receipts else None,
            )  # fmt: skip
            self.between("records moved")
            total += self._account(old)
        return total

    def _account(self, old: str) -> int:
        """The strip key is gone, and the ledger says of how many records."""
        self.database.forget_residue()
        self.keys.destroy(strip_name(old))
        self.between("strip destroyed")
        moved = vault.moved(self.database, old)
        if moved is not None:
            body: dict[str, str | int | list[str] | list[int]] = {
                "records": moved.count, "strip": old, "state": moved.state,
            }  # fmt: skip
            self.ledger.enter("flush", f"flush {old}", moved.day, body)
            self.between("ledger told")
        vault.forget_strip(self.database, old)
        return moved.count if moved else 0

    def hand_over(self) -> int:
        """Every receipt batch that was not taken in lies in a file, and the ledger says of how many a cell; gives how many tags are new.

        A batch waits here until the ledger says that it was taken in: what a kill left, and a file that was lost or spoiled, is written
        again, the same. Taken in twice, it changes nothing.
        """
        waiting = vault.waiting_receipts(self.database) if self.receipts else []
        taken = {entry.key for entry in self.ledger.entries("receipted")} if waiting else set()
        total = 0
        for each in waiting:
            assert self.receipts is not None
            digest, file = hashlib.sha256(each.sealed).hexdigest(), self.receipts.file(each.id)
            if f"receipted {digest}" in taken:
                vault.forget_receipts(self.database, each.id)
                self.between("receipts handed over")
                continue
            if not (file.is_file() and file.read_bytes() == each.sealed):
                write_whole(file, each.sealed)
                self.between("receipts written")
            body: dict[str, str | int | list[str] | list[int]] = {
                "cells": list(each.counts), "counts": list(each.counts.values()), "digest": digest,
            }  # fmt: skip
            if self.ledger.enter("receipts", f"receipts {each.id}", each.day, body):
                self.between("receipts told")
                total += sum(each.counts.values())
        return total

    def wrapper(self) -> Callable[[Handle, int, bytes], tuple[bytes, str]]:
        """Seals an inner box to the current strip key."""
        current = strip_key(self.database)
        if current is None:
            raise KeyMissing(
                "there is no strip key", where="vault responses", mend="make the installation with `troth study new`"
            )
        sealer, name = StripSealer(StripPublic(current.public)), current.id
        return lambda of, n, inner: (sealer.seal(inner, step_context(self.study, of, n)), name)

    def _unwrapper(self) -> Callable[[Handle, int, bytes, str], bytes]:
        openers: dict[str, StripOpener] = {}

        def unwrap(of: Handle, n: int, outer: bytes, strip_id: str) -> bytes:
            if strip_id not in openers:
                openers[strip_id] = StripOpener(StripPrivate(self.keys.get(strip_name(strip_id), STRIP_KIND)))
            return openers[strip_id].open(outer, step_context(self.study, of, n))

        return unwrap

    def _change(self) -> None:
        """The private half is on the disk before anything is sealed to the public one."""
        name = secrets.token_hex(16)
        private, public = new_strip()
        self.keys.put(strip_name(name), STRIP_KIND, private)
        self.between("strip made")
        vault.change_strip(self.database, name, public)


def strip_name(strip_id: str) -> str:
    """What the private half of that strip key is called in the folder."""
    return f"strip-{strip_id}.key"


def living_strips(keys: KeyFolder) -> list[str]:
    """The ids of the strip keys that are here."""
    return [name.removeprefix("strip-").removesuffix(".key") for name in keys.names("strip-")]
