"""With the last contact go the letters' batch files, and what a killed release left of one (P05)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select
from tests.support.house import build

from troth.kit.errors import Refused
from troth.study import load_pack
from troth.vaults.sample import post, spare
from troth.vaults.sample.schema import person
from troth.wiring.contact import release_for
from troth.wiring.daily import daily
from troth.wiring.erasing import erase_all
from troth.wiring.open import opened
from troth.wiring.wishes import lost_for

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
    house.clock.to_day(house.clock.today() + timedelta(days=1))
    daily(house.home, house.clock, ("letters",))
    assert all(path.exists() for path in left)
    house.clock.to_day(last)
    daily(house.home, house.clock, ("letters",))
    assert not any(path.exists() for path in left)


def test_a_ledger_without_its_replica_keeps_no_file_and_nobody_else_alive(tmp_path: Path) -> None:
    house = build(tmp_path / "home", people=6)
    left = house.home / "outbox" / "sdcs-invitation-0a1b2c3d.letters.age"
    left.parent.mkdir(exist_ok=True)
    left.write_bytes(b"sealed")
    (house.home / "replica").rename(house.home / "away")
    house.clock.to_day(load_pack(house.home / "study").retention.contact.latest)
    with pytest.raises(Refused, match="replica is not there"):
        daily(house.home, house.clock, ("letters",))
    assert not left.exists()
    with opened(house.home, "letters", house.clock) as work:
        assert post.dying(work.vault("sample")) is None
        interviews = work.pack.retention.interviews.latest
    house.clock.to_day(interviews)
    with pytest.raises(Refused, match="replica is not there"):
        erase_all(house.home, house.clock)
    with opened(house.home, "interviews", house.clock) as work:
        assert not work.keys.ring("interview").living()


def test_a_code_given_out_after_the_last_contact_lies_there_until_it_has_come(tmp_path: Path) -> None:
    house = build(tmp_path / "home", people=6)
    outbox = house.home / "outbox"
    with opened(house.home, "letters", house.clock) as work, work.vault("sample").read() as connection:
        people = connection.execute(select(person.c.ref, person.c.cell)).all()
    with opened(house.home, "letters", house.clock) as work:
        house.clock.to_day(max(release_for(work).stop(each.ref) for each in people))
    daily(house.home, house.clock, ("letters",))
    with opened(house.home, "letters", house.clock) as work:
        assert post.dying(work.vault("sample")) is None
        given = lost_for(work).reserve(people[0].cell, outbox)
    daily(house.home, house.clock, ("letters",))
    assert given.file.exists()
    house.clock.to_day(given.delivered_by + timedelta(days=1))
    daily(house.home, house.clock, ("letters",))
    assert not given.file.exists()
    with opened(house.home, "letters", house.clock) as work:
        assert spare.given(work.vault("sample"), [given.batch])
        house.clock.to_day(work.pack.collection.closes + timedelta(days=1))
    daily(house.home, house.clock, ("letters",))
    with opened(house.home, "letters", house.clock) as work:
        assert spare.given(work.vault("sample"), [given.batch]) == spare.stock(work.vault("sample")) == {}
