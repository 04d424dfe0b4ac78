"""When a letter comes at the latest: cut-off, working days, Saturdays, bank holidays, and never the network."""

from __future__ import annotations

import socket
from datetime import UTC, date, datetime

import pytest

from troth.fieldwork import delivery
from troth.fieldwork.delivery import Postage, dispatch_day, latest_delivery
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
