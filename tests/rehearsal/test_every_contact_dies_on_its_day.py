"""Across Christmas and Easter, when no post comes for days: every letter's delivery and every contact's death fall on their day (P05)."""

from __future__ import annotations

import asyncio
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from tests.rehearsal.conftest import quick_pack

from troth.assurance.attacks.take import Thief
from troth.promises import State
from troth.rehearsal.contacts import Contacts
from troth.rehearsal.course import Course
from troth.rehearsal.town import found_town
from troth.wiring.open import keeping_open

if TYPE_CHECKING:
    from pathlib import Path

DAYS = timedelta(days=5)
NO_POST = {date(2026, 12, 25), date(2026, 12, 28), date(2027, 1, 1), date(2027, 3, 26), date(2027, 3, 29)}
"""Christmas Day, the day given for Boxing Day, New Year's Day, Good Friday, Easter Monday: written out here, not asked of the product."""


def working(day: date) -> bool:
    return day.weekday() < 5 and day not in NO_POST


def by_hand(released: date, postage: str) -> date:
    """Posted on the next working day; second class comes within five more, first class the next day that is no Sunday and no holiday."""
    posted = released + timedelta(days=1)
    while not working(posted):
        posted += timedelta(days=1)
    day, left = posted, 5 if postage == "second" else 1
    while left:
        day += timedelta(days=1)
        left -= working(day) if postage == "second" else day not in NO_POST and day.weekday() != 6
    return day


def contacts() -> Contacts:
    return Contacts(DAYS, date(2027, 4, 5), "last")


def test_a_contact_that_died_late_early_or_never_is_told_with_its_days_and_nobody() -> None:
    came = date(2027, 1, 10)
    for gone, words in ((date(2027, 1, 14), "on 2027-01-14"), (date(2027, 1, 16), "on 2027-01-16"), (None, "never")):
        found = contacts()
        found.letter("REF", "last", came)
        found.night(came, {"REF"})
        if gone:
            found.night(gone, set())
        [told] = found.wrong()
        assert told == f"contacts: 1 were to die on 2027-01-15, and were gone {words}"
    found = contacts()
    found.letter("REF", "last", came)
    found.night(date(2027, 1, 15), set())
    assert found.wrong() == []


def test_a_contact_that_is_held_dies_by_the_next_morning_and_not_on_its_own_day() -> None:
    came = date(2027, 1, 10)
    for gone, well in ((came + timedelta(days=1), True), (came + DAYS, False)):
        found = contacts()
        found.letter("REF", "last", came)
        found.held("REF", came)
        found.night(came, {"REF"})
        found.night(gone, set())
        assert (found.wrong() == []) is well
    assert found.days_of_death() == {date(2027, 1, 15): 1}


def test_of_whom_there_is_a_receipt_dies_of_it_once_and_never_later() -> None:
    """Targeted reminders: days after their own last letter, on the day itself where that is past, and not of a second one."""
    came, told = date(2027, 1, 10), date(2027, 1, 25)
    for day, gone in ((date(2027, 1, 12), date(2027, 1, 15)), (told, told)):
        found = contacts()
        found.letter("REF", "first", came)
        found.receipt("REF", day)
        found.receipt("REF", day + DAYS)
        found.night(came, {"REF"})
        found.night(gone, set())
        assert found.wrong() == []
    late = contacts()
    late.letter("REF", "first", came)
    late.receipt("REF", told)
    late.night(told, {"REF"})
    late.night(told + DAYS, set())
    assert late.wrong() == ["contacts: 1 were to die on 2027-01-25, and were gone on 2027-01-30"]


@pytest.mark.parametrize(
    ("wave", "stopped", "again", "dies"),
    [
        ("last", None, None, date(2027, 1, 15)),
        ("first", None, None, date(2027, 4, 5)),  # more letters are due: until the latest day
        ("first", date(2027, 1, 12), None, date(2027, 1, 15)),  # after a stop, days after their own last letter
        ("first", date(2027, 1, 20), None, date(2027, 1, 21)),  # those are over already: the next morning
        ("first", date(2027, 1, 20), date(2027, 1, 18), date(2027, 1, 23)),  # a replacement is a letter of theirs
        ("last", None, date(2027, 1, 12), date(2027, 1, 15)),  # and moves no date (ADR 0012)
        ("last", date(2027, 1, 11), date(2027, 1, 12), date(2027, 1, 15)),
    ],
)
def test_the_day_is_reckoned_as_the_notice_says(
    wave: str, stopped: date | None, again: date | None, dies: date
) -> None:
    found = contacts()
    found.letter("REF", wave, date(2027, 1, 10))
    if again:
        found.letter("REF", wave, again, replacement=True)
    if stopped:
        found.stop("REF", stopped)
    found.night(dies, set())
    assert found.wrong() == []
    found.night(dies + timedelta(days=1), {"REF"})
    assert found.wrong() != []


class UntilTheContactsAreGone(Course):
    """A rehearsal that ends where contacts can live no longer; no attack is tried."""

    def _last_day(self) -> date:
        return self.town.pack.retention.contact.latest + timedelta(days=2)


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_across_christmas_and_easter_every_contact_dies_on_its_day(tmp_path: Path) -> None:
    """The invitation leaves on Christmas Eve, the last reminder two days before Good Friday."""
    loot = tmp_path / "loot"
    loot.mkdir()
    town = found_town(
        tmp_path / "town", quick_pack(tmp_path), people=60, days=154, starts=date(2026, 12, 21), seed=14, server=None
    )
    with keeping_open():
        course = UntilTheContactsAreGone(town, loot, 14, Thief(town.home, loot))
        asyncio.run(course.run())
    # Given waves that lie across the days on which no post comes
    waves = town.pack.waves
    left = {str(wave.id): wave.dispatch_on for wave in waves}
    assert (left["invitation"], left["reminder_two"]) == (date(2026, 12, 24), date(2027, 3, 24))
    # Then what was reckoned beside the vaults and what they did agree: each person on their day
    assert course.contacts.wrong() == []
    assert course.office.letters["replacement"] > 0
    assert [one.promise for _, found in course.diary.evidence for one in found if one.state is State.BROKEN] == []
    # And nearly all died five days after the last reminder, whose delivery is reckoned here by hand
    died = course.contacts.days_of_death()
    assert sum(died.values()) == 60
    expected = by_hand(left["reminder_two"], waves[-1].postage) + timedelta(days=5)
    assert expected == date(2027, 4, 10)
    assert died[expected] > 50
    assert by_hand(left["invitation"], waves[0].postage) == date(2026, 12, 30)
    assert (
        died.pop(date(2027, 1, 2)) == 1
    )  # held on New Year's Day for a complaint: the original dies by the next morning
    assert min(died) >= date(2027, 1, 4)
