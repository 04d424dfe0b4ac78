"""A clock that was set back forgets nobody in silence: what is due by it is done, and whoever runs the calendar is told (P05)."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.support.house import suppress_nobody

from troth.kit.clock import SimulatedClock
from troth.kit.errors import Refused
from troth.protocol.names import LetterRef
from troth.vaults.sample import post
from troth.vaults.sample.schema import person
from troth.wiring.contact import stopping_for
from troth.wiring.daily import daily
from troth.wiring.erasing import erase_all
from troth.wiring.open import opened

if TYPE_CHECKING:
    from tests.support.house import House


def people(house: House) -> int:
    with opened(house.home, "letters", house.clock) as work:
        return post.people(work.vault("sample"))


def test_the_calendar_does_what_is_due_by_a_clock_that_was_set_back_and_says_that_it_was(house: House) -> None:
    everybody = people(house)
    with opened(house.home, "letters", house.clock) as work:
        (ref, *_) = work.vault("sample").rows(person.select().with_only_columns(person.c.ref))[0]
        dies = stopping_for(work).stop(LetterRef(ref))
    house.clock.to_day(dies + timedelta(days=1))
    suppress_nobody(house.home, house.clock)
    early = SimulatedClock(house.clock.moment - timedelta(days=2))
    with pytest.raises(Refused, match="the ledger was written on"):
        daily(house.home, early, ("letters",))
    with pytest.raises(Refused, match="the ledger was written on"):
        erase_all(house.home, early)
    assert people(house) == everybody
    assert erase_all(house.home, early, dry_run=True).due == []
    on_the_day = SimulatedClock(house.clock.moment - timedelta(days=1))
    with pytest.raises(Refused, match="the ledger was written on"):
        daily(house.home, on_the_day, ("letters",))
    assert people(house) == everybody - 1
    daily(house.home, house.clock, ("letters",))
