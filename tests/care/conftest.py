"""Contacts, HOLDS, and the four who decide: Anne and Ben approve, Omar is the officer, Olga another one."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select
from tests.conftest import Urls
from tests.support.contacts import Contacts

from troth.care import people
from troth.care.holding import Holding, Wanted
from troth.fieldwork.wishes.access import uncover
from troth.fieldwork.wishes.moved import record
from troth.keys.folder import KeyFolder
from troth.keys.ring import Ring
from troth.kit.clock import SimulatedClock
from troth.kit.steps import go_on
from troth.protocol.names import LetterRef
from troth.retention.erase import erase_due
from troth.storage.database import Database
from troth.vaults.holds import store
from troth.vaults.holds.schema import held, proposal
from troth.vaults.sample import moved
from troth.wiring.registrar import LedgerRegistrar

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path
    from typing import Any

    from tests.conftest import Blanks

    from troth.care.people import Approver
    from troth.retention.erase import Certificate
    from troth.vaults.holds.store import Hold

REVIEW = date(2027, 4, 1)


@dataclass(frozen=True)
class Source:
    """Contacts as the installation's own source gives them, with the keys of this walk."""

    walk: Contacts
    promise: str = "P05"

    def dies_on(self, ref: str) -> date | None:
        return moved.dies_on(self.walk.sample, LetterRef(ref))

    def take(self, ref: str) -> bytes:
        found = uncover(self.walk.sample, self.walk.ring, self.walk.ledger, LetterRef(ref))
        return record(found, self.walk.custodian, self.walk.pack.id)

    def withdraw(self, ref: str, day: date) -> None:
        moved.withdraw(self.walk.sample, LetterRef(ref), day)


@dataclass
class Office:
    """Everybody who has to do with holds. `contacts` are loaded."""

    contacts: Contacts
    holds: Database

    def __post_init__(self) -> None:
        self.contacts.load()
        self.refs = self.contacts.refs()
        self.keys = KeyFolder(self.contacts.folder / "keys" / "holds")
        self.ring = Ring("hold", self.keys, self.contacts.public)
        for what, names in {"approver": ("anne", "ben"), "officer": ("omar", "olga")}.items():
            for name in names:
                self.appoint(what, name)

    def folder(self, what: str, name: str) -> KeyFolder:
        return KeyFolder(self.contacts.folder / "keys" / f"{what}-{name}")

    def appoint(self, what: str, name: str, folder: KeyFolder | None = None) -> str:
        walk, keys = self.contacts, folder or self.folder(what, name)
        return people.appoint(what, name, keys, public=walk.public, ledger=walk.ledger, day=walk.clock.today())

    def approver(self, name: str) -> Approver:
        return people.approver(name, self.folder("approver", name), self.contacts.public, self.contacts.ledger)

    def at(self, between: Callable[[str], None] = go_on) -> Holding:
        walk = self.contacts
        return Holding(
            walk.pack.id, self.holds, walk.ledger, self.ring, walk.public, {"contact": Source(walk)}, walk.clock.today(), between
        )  # fmt: skip

    def propose(self, ref: str, by: str = "anne", **changed: Any) -> str:
        wanted: dict[str, Any] = {
            "source": "contact", "ref": ref, "reason": "complaint", "officer": "omar", "review_on": REVIEW, **changed,
        }  # fmt: skip
        return self.at().propose(Wanted(**wanted), self.approver(by)).id

    def agree(
        self, id_: str, ref: str | None = None, by: str = "ben", between: Callable[[str], None] = go_on, *, dry_run: bool = False
    ) -> str:  # fmt: skip
        return self.at(between).agree(id_, ref, self.approver(by), dry_run=dry_run)

    def hold(self, ref: str, **changed: Any) -> str:
        id_ = self.propose(ref, **changed)
        self.agree(id_, ref)
        return id_

    def found(self) -> list[Hold]:
        return store.holds(self.holds)

    def erase(self, between: Callable[[str], None] = go_on) -> list[Certificate]:
        walk = self.contacts
        rule = store.erasable(self.holds, self.ring, walk.clock.today())
        return erase_due([rule], LedgerRegistrar(walk.ledger), walk.clock, between=between)

    def rows(self) -> list[Any]:
        """Every row of HOLDS, as a thief of the database has it."""
        with self.holds.read() as connection:
            return [*connection.execute(select(held)).all(), *connection.execute(select(proposal)).all()]


@pytest.fixture
def office(tmp_path: Path, open_vault: Callable[[str], Database]) -> Office:
    """On each database."""
    clock = SimulatedClock(datetime(2027, 1, 6, 9, 0, tzinfo=UTC))
    vaults = [open_vault(vault) for vault in ("sample", "responses", "ledger")]
    return Office(Contacts(tmp_path, clock, *vaults), open_vault("holds"))


@pytest.fixture
def desk(tmp_path: Path, blanks: Blanks) -> Iterator[Office]:
    """On SQLite alone: for rules that no database knows of."""
    made = Urls("sqlite", tmp_path, None, blanks)
    opened = [Database(made(vault, filled=True), vault=vault) for vault in ("sample", "responses", "ledger", "holds")]
    *vaults, holds = opened
    yield Office(Contacts(tmp_path, SimulatedClock(datetime(2027, 1, 6, 9, 0, tzinfo=UTC)), *vaults), holds)
    for database in opened:
        database.close()
