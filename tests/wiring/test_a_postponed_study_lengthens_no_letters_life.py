"""What opens letters dies on the day that was fixed when it was made, whatever dates the study has later (P05)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.support.house import House, build

from troth.assurance.check import examining
from troth.assurance.checks.contacts import letters_closed
from troth.kit.errors import KeyMissing
from troth.study import load_pack, write_dates
from troth.wiring.daily import daily
from troth.wiring.keyring import PRINTROOM_KEYS, PRINTROOM_UNTIL

if TYPE_CHECKING:
    from pathlib import Path

WEEKS = timedelta(weeks=3)


@pytest.fixture
def house(tmp_path: Path) -> House:
    return build(tmp_path / "home", people=6)


def living(house: House) -> list[str]:
    return [name for name in PRINTROOM_KEYS if (house.home / "keys" / "printroom" / name).exists()]


def closed(house: House) -> bool:
    with examining(house.home, house.clock) as site:
        found = letters_closed(site)
        return found is None or found.passed


def test_a_postponed_study_lengthens_the_life_of_no_print_rooms_key(house: House) -> None:
    study = house.home / "study"
    fixed, today = load_pack(study).retention.contact.latest, house.clock.today()
    write_dates(study, today + WEEKS)
    assert load_pack(study).retention.contact.latest > fixed
    house.clock.to_day(fixed - timedelta(days=1))
    daily(house.home, house.clock, ("printroom",))
    assert living(house) == [*PRINTROOM_KEYS]
    house.clock.to_day(fixed + timedelta(days=1))
    assert not closed(house), "the check knows the day too"
    daily(house.home, house.clock, ("printroom",))
    assert living(house) == []
    assert closed(house)


def test_keys_of_before_get_the_day_that_is_seen_first_and_it_moves_earlier_only(house: House) -> None:
    until = house.home / "keys" / "printroom" / PRINTROOM_UNTIL[0]
    until.unlink()
    study, today = house.home / "study", house.clock.today()
    daily(house.home, house.clock, ("printroom",))
    first = until.read_bytes()
    write_dates(study, today + WEEKS)
    daily(house.home, house.clock, ("printroom",))
    assert until.read_bytes() == first
    write_dates(study, today - timedelta(weeks=1))
    daily(house.home, house.clock, ("printroom",))
    earlier = load_pack(study).retention.contact.latest
    write_dates(study, today + WEEKS)
    house.clock.to_day(earlier)
    daily(house.home, house.clock, ("printroom",))
    assert living(house) == []
    until.write_text("troth-key-v1 day bm8=\n")
    with pytest.raises(KeyMissing, match="is no day"):
        daily(house.home, house.clock, ("printroom",))
