"""A voucher desk on each database."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.cast.claims import Claims, fresh_claims

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from troth.storage.database import Database


@pytest.fixture
def new_claims(open_vault: Callable[[str], Database], tmp_path: Path) -> Callable[[], Claims]:
    return lambda: fresh_claims("voucher", open_vault, tmp_path)


@pytest.fixture
def claims(new_claims: Callable[[], Claims]) -> Claims:
    return new_claims()
