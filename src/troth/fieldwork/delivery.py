"""When a letter comes at the latest: computed, because nobody reports that a letter was received (P05).

What is known (DESIGN §4): released by 17:30 UK time, printed and posted the next working day; first class one day more, Monday to
Saturday; second class at the latest five working days more, economy seven. Bank holidays are those of England and
Wales, from the list that the library carries, never from the network. Beyond the end of that list no holiday is known, and the
computed day may be a day or two early: then a contact dies early, which breaks no promise.
"""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Final, Literal

from govuk_bank_holidays.bank_holidays import BankHolidays

from troth.kit.clock import UK

Postage = Literal["first", "second", "economy"]
CUT_OFF: Final = time(17, 30)
_SATURDAY: Final = 5
_SUNDAY: Final = 6
_NO_POST: Final = frozenset({(12, 25), (12, 26), (1, 1)})
"""Where one of these is a Saturday, the bank holiday that the list has is the Monday or Tuesday after it; no post comes on either."""
_WORKING_DAYS: Final = {"second": 5, "economy": 7}


def dispatch_day(released_at: datetime, planned: date | None = None) -> date:
    """The day that the letters are printed and posted: not before the study planned it, if it did.

    `released_at` is aware. Raises ValueError when it is not.
    """
    if released_at.tzinfo is None:
        raise ValueError("a release has a moment with a time zone")
    local = released_at.astimezone(UK)
    day = local.date() if local.time() <= CUT_OFF else local.date() + timedelta(days=1)
    posted = _next_working_day(day)
    return posted if planned is None else max(posted, posting_day(planned))


def posting_day(planned: date) -> date:
    """The day that a wave planned for that day is posted at the earliest: itself, or the working day after it."""
    return planned if is_working_day(planned) else _next_working_day(planned)


def working_day_before(day: date) -> date:
    """The last working day before that one: letters released on it by 17:30 are still posted on `day`, where that is one."""
    before = day - timedelta(days=1)
    while not is_working_day(before):
        before -= timedelta(days=1)
    return before


def delivery_day(posted: date, postage: Postage) -> date:
    """The latest day that a letter posted on that day comes."""
    if postage == "first":
        day = posted + timedelta(days=1)
        while day.weekday() == _SUNDAY or _no_post(day):
            day += timedelta(days=1)
        return day
    day = posted
    for _ in range(_WORKING_DAYS[postage]):
        day = _next_working_day(day)
    return day


def latest_delivery(released_at: datetime, postage: Postage, planned: date | None = None) -> date:
    """The latest day that a letter released at that moment comes (UK day). Raises ValueError for a moment without a zone."""
    return delivery_day(dispatch_day(released_at, planned), postage)


def is_working_day(day: date) -> bool:
    """Monday to Friday, and no bank holiday in England and Wales."""
    return day.weekday() < _SATURDAY and not _no_post(day)


def _no_post(day: date) -> bool:
    """A bank holiday of the list, or a day of the year on which no post comes whichever weekday it is, beyond the list's end too."""
    return day in _holidays() or (day.month, day.day) in _NO_POST


def _next_working_day(day: date) -> date:
    following = day + timedelta(days=1)
    while not is_working_day(following):
        following += timedelta(days=1)
    return following


@lru_cache(maxsize=1)
def _holidays() -> frozenset[date]:
    listed = BankHolidays(use_cached_holidays=True).get_holidays(division=BankHolidays.ENGLAND_AND_WALES)
    return frozenset(holiday["date"] for holiday in listed)
