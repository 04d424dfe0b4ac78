"""Where the replicas lie, and what a served role adds to its own after each commit.

    REPLICA/responses/ended            how responses ended (respond adds; flush reads; gone at sever)
    REPLICA/claims/voucher.spent, …    tickets that were used (claim adds; vouchers, interviews read)
    REPLICA/sample/stopped             who is sent no more letters (letters; rewritten as contacts die)
    REPLICA/ledger/entries.jsonl       every entry of the ledger (whoever enters one)

`replica` in a role's settings names the folder, on another disk than the vaults. Without it nothing is followed, and a restore is not
found out. Each vault's rooms are imported where they are asked for: a served process has its own vault's alone.
"""
# ruff: noqa: PLC0415

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from troth.kit.errors import TrothError
from troth.kit.log import Log
from troth.storage.replica import Replica

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from troth.vaults.ledger.replica import LedgerReplica
    from troth.vaults.responses.store import Job, Told
    from troth.wiring.open import Opened

_SPENT: Final = 32


@dataclass(frozen=True)
class Replicas:
    """The folder and its files."""

    folder: Path

    @property
    def ended(self) -> Replica:
        """How responses ended."""
        from troth.vaults.responses.ended import SIZE

        return Replica(self.folder / "responses" / "ended", SIZE)

    def spent(self, purpose: str) -> Replica:
        """Tickets of that purpose that were used."""
        return Replica(self.folder / "claims" / f"{purpose}.spent", _SPENT)

    @property
    def stopped(self) -> Replica:
        """Who is sent no more letters."""
        from troth.vaults.sample.stopped import SIZE

        return Replica(self.folder / "sample" / "stopped", SIZE)

    @property
    def ledger(self) -> LedgerReplica:
        """The ledger's entries."""
        from troth.vaults.ledger.replica import LEDGER, LedgerReplica

        return LedgerReplica(self.folder / LEDGER)

    def begin(self) -> None:
        """Every file is there; those that were stay as they are. Raises StorageFailed."""
        for name in ("responses", "claims", "sample", "ledger"):
            (self.folder / name).mkdir(mode=0o700, parents=True, exist_ok=True)
        for replica in (self.ended, self.spent("voucher"), self.spent("interview"), self.stopped):
            replica.begin()
        self.ledger.begin()


def replicas_of(work: Opened) -> Replicas | None:
    """The replicas of this installation; None where its settings name none."""
    return Replicas(work.settings.replica) if work.settings.replica else None


def ending(work: Opened) -> Callable[[Sequence[Job], Sequence[Told]], None]:
    """What the writer of RESPONSES does after each commit and before anybody is told."""
    from troth.vaults.responses.ended import endings

    kept = replicas_of(work)
    log = Log(work.settings.role, work.clock)

    def committed(jobs: Sequence[Job], told: Sequence[Told]) -> None:
        facts = endings(jobs, told)
        if kept is not None and facts:
            try:
                kept.ended.add(facts)
            except TrothError as error:  # it is saved; the replica is caught up when the process starts again
                log("replica_failed", error=type(error).__name__)

    return committed


def spending(work: Opened, purpose: str) -> Callable[[bytes], None]:
    """What the claim desk does after a ticket was used."""
    kept = replicas_of(work)
    log = Log(work.settings.role, work.clock)

    def spent(key: bytes) -> None:
        if kept is not None:
            try:
                kept.spent(purpose).add([key])
            except TrothError as error:
                log("replica_failed", error=type(error).__name__)

    return spent
