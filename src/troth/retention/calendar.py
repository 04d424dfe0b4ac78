"""Days and months as retention counts them. Whole days in the United Kingdom; nothing finer."""

from __future__ import annotations

import calendar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import date


def add_months(day: date, months: int) -> date:
    """The same day `months` later; the month's last day where it has no such day (31 August + 6 = 28 or 29 February)."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    return day.replace(year=year, month=month + 1, day=min(day.day, calendar.monthrange(year, month + 1)[1]))
