"""A letter that cannot come keeps no contact: whoever waits for no other dies by their own last delivery (P05)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from tests.support.contact_fixture import here, walk
from tests.support.contacts import PEOPLE, Contacts, Killed, killer

from troth.fieldwork.cancel import Cancel, Cancelled, missed
from troth.fieldwork.remind import waves_due
from troth.kit.errors import Invalid, Refused
from troth.kit.steps import go_on

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["here", "walk"]
FIVE = timedelta(days=5)
LATEST = date(2027, 4, 5)
WHY = "the study has enough answers"


def night(walk: Contacts) -> None:
    missed(walk.pack, walk.sample, walk.ledger, walk.clock.now(), walk.clock.today())


def cancelling(walk: Contacts, between: Callable[[str], None] = go_on) -> Cancel:
    return Cancel(walk.pack, walk.sample, walk.ledger, walk.clock, between)


def test_when_the_last_wave_is_missed_everybody_dies_by_their_own_last_letter(walk: Contacts) -> None:
    walk.load()
    came = walk.release("invitation").delivered_by
    # second class by the last working day before the close, 5 March: posted on 26 February, released by 17:30 the day before
    walk.clock.moment = datetime(2027, 2, 25, 17, 0, tzinfo=UTC)
    night(walk)
    assert set(walk.dies().values()) == {LATEST}
    walk.clock.moment = datetime(2027, 2, 25, 18, 0, tzinfo=UTC)
    with pytest.raises(Refused, match="it can help nobody"):
        walk.release("reminder_one")
    night(walk)
    assert set(walk.dies().values()) == {came + FIVE}
    (certificate,) = walk.erase()
    assert (certificate.count, walk.count("person")) == (PEOPLE, 0)


def test_who_got_no_letter_and_can_get_none_dies_today_and_no_date_moves_later(here: Contacts) -> None:
    here.load()
    ref = here.refs()[0]
    here.letters().stop(ref)
    stopped = here.dies()[ref]
    here.clock.to_day(date(2027, 3, 6))  # first class too would come after the close
    night(here)
    assert set(here.dies().values()) == {stopped, here.clock.today()}
    assert here.dies()[ref] == stopped


def test_a_batch_that_was_prepared_and_missed_counts_as_delivered_for_its_file_may_have_left(here: Contacts) -> None:
    here.load()
    here.release("invitation")
    here.clock.to_day(date(2027, 2, 25))
    here.release("reminder_one")
    with pytest.raises(Killed):
        here.release("reminder_two", killer(1))
    (comes,) = set(here.dies().values())
    here.clock.to_day(date(2027, 3, 1))
    night(here)
    assert set(here.dies().values()) == {comes} == {date(2027, 3, 5) + FIVE}


def test_a_cancelled_wave_goes_to_nobody_and_keeps_nobody(walk: Contacts) -> None:
    walk.load()
    came = walk.release("invitation").delivered_by
    walk.clock.to_day(date(2027, 1, 22))
    assert cancelling(walk).preview("reminder_two") == Cancelled("reminder_two", PEOPLE)
    assert cancelling(walk).run("reminder_two", WHY) == Cancelled("reminder_two", PEOPLE)
    assert set(walk.dies().values()) == {LATEST}  # another reminder waits
    assert cancelling(walk).run("reminder_one", WHY).letters == PEOPLE
    assert set(walk.dies().values()) == {came + FIVE}
    for wave in ("reminder_one", "reminder_two"):
        with pytest.raises(Refused, match="cancelled on 2027-01-22"):
            walk.letters().run(wave, walk.out)
        with pytest.raises(Refused, match="cancelled on 2027-01-22"):
            walk.letters().preview(wave)
    assert cancelling(walk).run("reminder_one", "again").letters == 0
    told = [dict(entry.body) for entry in walk.ledger.entries("cancel")]
    assert [(each["wave"], each["letters"], each["reason"]) for each in told] == [
        ("reminder_two", PEOPLE, WHY), ("reminder_one", PEOPLE, WHY),
    ]  # fmt: skip
    assert waves_due(walk.sample, walk.pack, date(2027, 2, 15)) == []


def test_the_last_wave_that_is_left_is_everybodys_last_letter(here: Contacts) -> None:
    here.load()
    here.release("invitation")
    cancelling(here).run("reminder_two", WHY)
    here.clock.to_day(date(2027, 1, 22))
    came = here.release("reminder_one").delivered_by
    assert set(here.dies().values()) == {came + FIVE}


@pytest.mark.parametrize("at", [1, 2])
def test_a_cancellation_that_was_killed_and_a_later_load_are_seen_to_at_night(here: Contacts, at: int) -> None:
    here.load()
    here.release("invitation")
    with pytest.raises(Killed):
        cancelling(here, killer(at)).run("reminder_two", WHY)
    here.load(here.file(40, seed=2))
    with pytest.raises(Refused, match="cancelled"):
        here.release("reminder_two")
    night(here)
    assert here.count("letter") == (len(here.pack.waves) - 1) * (PEOPLE + 40)
    assert set(here.dies().values()) == {LATEST}


def test_a_wave_that_is_being_released_is_not_cancelled_and_a_reason_is_wanted(here: Contacts) -> None:
    here.load()
    with pytest.raises(Killed):
        here.release("invitation", killer(1))
    with pytest.raises(Refused, match="under way"):
        cancelling(here).run("invitation", WHY)
    with pytest.raises(Refused, match="no wave"):
        cancelling(here).preview("reminder_nine")
    with pytest.raises(Invalid, match="reason"):
        cancelling(here).run("reminder_two", " ")
    assert here.ledger.entries("cancel") == []
