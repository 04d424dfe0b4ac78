"""One house with some history, made once and copied for each test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.support.house import House, answer_all, build, claim_all

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture(scope="session")
def lived_in(tmp_path_factory: pytest.TempPathFactory) -> House:
    """120 people: 24 finished, 8 on their way, all of those who finished claimed both."""
    house = build(tmp_path_factory.mktemp("house") / "home")
    tickets = answer_all(house, house.codes[:24])
    answer_all(house, house.codes[24:32], pages=5)
    claim_all(house, tickets)
    return house


@pytest.fixture
def house(lived_in: House, tmp_path: Path) -> House:
    return lived_in.copy(tmp_path / "home")
