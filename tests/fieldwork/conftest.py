"""A house on each database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.cast.house import House, fresh_house

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from troth.fieldwork.respondents import Respondents
    from troth.storage.database import Database


@pytest.fixture
def new_house(open_vault: Callable[[str], Database], tmp_path: Path) -> Iterator[Callable[[], House]]:
    """As many as a test needs, one after another, over the same two vaults once they are emptied."""
    made: list[House] = []

    def make() -> House:
        house = fresh_house(open_vault, tmp_path)
        made.append(house)
        return house

    yield make
    for house in made:
        house.close()


@pytest.fixture
def house(new_house: Callable[[], House]) -> House:
    return new_house()


@pytest.fixture
def room(house: House) -> Respondents:
    return house.room()
