"""The fixture `walk`: an installation for the walk of a contact, on each database."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from tests.conftest import Blanks, Urls
from tests.support.contacts import Contacts

from troth.kit.clock import SimulatedClock
from troth.storage.database import Database

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@pytest.fixture
def walk(tmp_path: Path, open_vault: Callable[[str], Database]) -> Contacts:
    clock = SimulatedClock(datetime(2027, 1, 6, 9, 0, tzinfo=UTC))
    return Contacts(tmp_path, clock, open_vault("sample"), open_vault("responses"), open_vault("ledger"))


@pytest.fixture
def here(tmp_path: Path, blanks: Blanks) -> Iterator[Contacts]:
    """As `walk`, on SQLite alone: for rules that no database knows of."""
    made = Urls("sqlite", tmp_path, None, blanks)
    opened = [Database(made(vault, filled=True), vault=vault) for vault in ("sample", "responses", "ledger")]
    yield Contacts(tmp_path, SimulatedClock(datetime(2027, 1, 6, 9, 0, tzinfo=UTC)), *opened)
    for database in opened:
        database.close()
