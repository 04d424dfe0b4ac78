"""With the last contact go the letters' batch files, and what a killed release left of one (P05)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from tests.support.house import build

from troth.study import load_pack
from troth.wiring.daily import daily

if TYPE_CHECKING:
    from pathlib import Path


def test_a_draft_of_a_killed_release_dies_with_the_last_contact(tmp_path: Path) -> None:
    house = build(tmp_path / "home", people=6)
    outbox = house.home / "outbox"
    outbox.mkdir(exist_ok=True)
    left = [outbox / "sdcs-invitation-0a1b2c3d.letters.age", outbox / ".sdcs-invitation-0a1b2c3d.letters.age.4e5f6a7b"]
    for path in left:
        path.write_bytes(b"sealed")
    last = load_pack(house.home / "study").retention.contact.latest
    house.clock.to_day(last - timedelta(days=1))
    daily(house.home, house.clock, ("letters",))
    assert all(path.exists() for path in left)
    house.clock.to_day(last)
    daily(house.home, house.clock, ("letters",))
    assert not any(path.exists() for path in left)
