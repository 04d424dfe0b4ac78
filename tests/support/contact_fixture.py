"""The fixture `walk`: an installation for the walk of a contact, on each database."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from tests.support.contacts import Contacts

from troth.kit.clock import SimulatedClock

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from troth.storage.database import Database


@pytest.fixture
def walk(tmp_path: Path, open_vault: Callable[[str], Database]) -> Contacts:
    clock = SimulatedClock(datetime(2027, 1, 6, 9, 0, tzinfo=UTC))
    return Contacts(tmp_path, clock, open_vault("sample"), open_vault("responses"), open_vault("ledger"))
