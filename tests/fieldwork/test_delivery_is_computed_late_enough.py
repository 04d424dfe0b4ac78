"""When a letter comes at the latest: cut-off, working days, Saturdays, bank holidays, and never the network."""

from __future__ import annotations

import socket
from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from troth.fieldwork import delivery
from troth.fieldwork.delivery import (
    Postage,
    delivery_day,
    dispatch_day,
    is_working_day,
    latest_delivery,
    posting_day,
    working_day_before,
)  # fmt: skip
from troth.kit.clock import UK


def uk(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UK)


@pytest.mark.parametrize(
    ("released", "postage", "comes"),
    [
        ("2027-01-11T09:00", "first", "2027-01-13"),  # Monday, printed on Tuesday
        ("2027-01-11T17:30", "first", "2027-01-13"),
        ("2027-01-11T17:31", "first", "2027-01-14"),  # after the cut-off it counts as the next day
        ("2027-01-14T09:00", "first", "2027-01-16"),  # printed on Friday, comes on Saturday
        ("2027-01-15T09:00", "first", "2027-01-19"),  # Friday: printed on Monday
        ("2027-01-15T18:00", "first", "2027-01-19"),
        ("2027-01-16T09:00", "first", "2027-01-19"),
        ("2027-01-11T09:00", "second", "2027-01-19"),
        ("2027-01-11T09:00", "economy", "2027-01-21"),
        ("2027-03-25T09:00", "first", "2027-03-31"),  # Good Friday and Easter Monday: printed on Tuesday
        ("2027-03-24T09:00", "second", "2027-04-05"),  # printed on Thursday, five working days around Easter
        ("2027-12-24T09:00", "first", "2027-12-30"),  # Christmas falls on a weekend: Monday and Tuesday are holidays
    ],
)
def test_the_latest_delivery(released: str, postage: Postage, comes: str) -> None:
    assert latest_delivery(uk(released), postage) == date.fromisoformat(comes)


@pytest.mark.parametrize(
    ("released", "planned", "postage", "comes"),
    [
        # Two waves of one study across Christmas 2026: Friday 25 December and Monday 28 December (for Saturday 26) are holidays.
        ("2026-12-21T09:00", "2026-12-22", "first", "2026-12-23"),
        (
            "2026-12-23T17:30",
            "2026-12-22",
            "first",
            "2026-12-29",
        ),  # printed on Thursday 24th; Saturday 26th is Boxing Day all the same
        (
            "2027-12-23T09:00",
            "2027-12-22",
            "first",
            "2027-12-29",
        ),  # printed on Friday 24th: the 25th is Christmas, the 27th and 28th holidays
        (
            "2026-12-23T17:31",
            "2026-12-22",
            "first",
            "2026-12-30",
        ),  # after the cut-off: the next working day is Tuesday 29th
        (
            "2026-12-24T09:00",
            "2026-12-22",
            "second",
            "2027-01-06",
        ),  # printed on the 29th, five working days with New Year between
        ("2026-12-24T09:00", "2027-01-04", "second", "2027-01-11"),
        ("2026-12-24T09:00", "2027-01-04", "economy", "2027-01-13"),
        # And across Easter 2027: Good Friday 26 March, Easter Monday 29 March.
        (
            "2027-03-22T09:00",
            "2027-03-25",
            "first",
            "2027-03-27",
        ),  # printed on Thursday; on Good Friday no post is delivered
        ("2027-03-25T17:31", "2027-03-25", "first", "2027-03-31"),
        ("2027-03-20T12:00", "2027-03-25", "second", "2027-04-05"),  # Saturday before the day that was planned
        ("2027-03-27T12:00", "2027-03-29", "economy", "2027-04-08"),  # planned for a holiday: Tuesday 30th
    ],
)
def test_both_waves_across_christmas_and_easter(released: str, planned: str, postage: Postage, comes: str) -> None:
    assert latest_delivery(uk(released), postage, date.fromisoformat(planned)) == date.fromisoformat(comes)


days = st.dates(date(2024, 1, 1), date(2028, 12, 31))
kinds = st.sampled_from(["first", "second", "economy"])


@given(days, days, kinds)
def test_what_is_posted_later_never_comes_earlier(one: date, two: date, postage: Postage) -> None:
    early, late = sorted((one, two))
    assert early < delivery_day(early, postage) <= delivery_day(late, postage)


@given(days, kinds)
def test_no_letter_comes_on_a_sunday_or_a_holiday(posted: date, postage: Postage) -> None:
    comes = delivery_day(posted, postage)
    assert comes.weekday() != 6
    assert comes not in delivery._holidays()
    assert (comes.month, comes.day) not in {(12, 25), (12, 26), (1, 1)}
    assert comes.weekday() < 5 or postage == "first"  # Saturday's post is first class


@given(st.datetimes(datetime(2024, 1, 1), datetime(2028, 12, 31)), days)  # noqa: DTZ001
def test_letters_are_printed_on_a_working_day_after_their_release(released: datetime, planned: date) -> None:
    at = released.replace(tzinfo=UK)
    posted = dispatch_day(at, planned)
    assert delivery.is_working_day(posted)
    assert posted > at.date()
    assert posted >= planned


def test_the_cut_off_is_uk_time_in_summer_too() -> None:
    assert dispatch_day(datetime(2027, 6, 7, 16, 30, tzinfo=UTC)) == date(2027, 6, 8)
    assert dispatch_day(datetime(2027, 6, 7, 16, 31, tzinfo=UTC)) == date(2027, 6, 9)


def test_letters_are_not_posted_before_the_day_that_the_study_planned() -> None:
    assert dispatch_day(uk("2027-01-04T09:00"), date(2027, 1, 8)) == date(2027, 1, 8)
    assert dispatch_day(uk("2027-01-04T09:00"), date(2027, 1, 9)) == date(2027, 1, 11)
    assert dispatch_day(uk("2027-01-12T09:00"), date(2027, 1, 8)) == date(2027, 1, 13)


def test_a_moment_without_a_zone_is_refused() -> None:
    with pytest.raises(ValueError, match="time zone"):
        latest_delivery(datetime(2027, 1, 11, 9), "first")  # noqa: DTZ001


def test_no_holiday_is_asked_from_the_network(monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object) -> None:
        raise AssertionError("the network was asked")

    delivery._holidays.cache_clear()
    monkeypatch.setattr(socket, "getaddrinfo", forbidden)
    monkeypatch.setattr(socket.socket, "connect", forbidden)
    assert date(2027, 12, 27) in delivery._holidays()


def test_within_the_year_every_later_release_comes_no_earlier() -> None:
    days = [datetime(2027, 1, 1, 9, tzinfo=UK).toordinal() + n for n in range(360)]
    for postage in ("first", "second", "economy"):
        comes = [latest_delivery(datetime.fromordinal(n).replace(hour=9, tzinfo=UK), postage) for n in days]
        assert comes == sorted(comes)
        assert all(came.toordinal() - n >= 2 for n, came in zip(days, comes, strict=True))


@given(st.dates(date(2027, 1, 4), date(2028, 12, 1)))
def test_a_wave_is_due_from_the_last_day_on_which_its_release_is_posted_as_planned(planned: date) -> None:
    due = working_day_before(posting_day(planned))
    assert dispatch_day(datetime.combine(due, time(9), UK), planned) == posting_day(planned)
    following = datetime.combine(posting_day(planned), time(9), UK)
    assert dispatch_day(following, planned) > posting_day(planned)
    between = [due + timedelta(days=n) for n in range(1, (posting_day(planned) - due).days)]
    assert not any(is_working_day(day) for day in between)
