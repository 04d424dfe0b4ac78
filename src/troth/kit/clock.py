"""The only reader of time. Whoever needs the time is handed a `Clock`; served processes get `SystemClock` and no other."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from time import perf_counter
from typing import Protocol
from zoneinfo import ZoneInfo

UK = ZoneInfo("Europe/London")


def stopwatch() -> float:
    """Seconds since some moment that means nothing: for durations only, the difference of two readings."""
    return perf_counter()


class Clock(Protocol):
    """Tells the time: UTC to the microsecond, and the day in the United Kingdom."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        ...

    def today(self) -> date:
        """The present day in the United Kingdom: the only time that vaults with answers or claims may keep."""
        ...


@dataclass(frozen=True)
class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """The present moment, aware, in UTC."""
        return datetime.now(UTC)  # noqa: TID251 - the one place

    def today(self) -> date:
        """The present day in the United Kingdom."""
        return self.now().astimezone(UK).date()


@dataclass
class SimulatedClock:
    """A clock that stands still until it is moved, forwards only. For rehearsals and tests; never for a served process."""

    moment: datetime = field(default_factory=lambda: datetime(2027, 1, 4, 9, 0, tzinfo=UTC))

    def now(self) -> datetime:
        """The moment it was set to."""
        return self.moment

    def today(self) -> date:
        """The day of that moment in the United Kingdom."""
        return self.moment.astimezone(UK).date()

    def forward(self, by: timedelta) -> None:
        """The clock stands `by` later.

        Raises:
            ValueError: `by` is negative; time only goes on.

        """
        if by < timedelta(0):
            raise ValueError("a simulated clock goes forward only")
        self.moment += by

    def to_day(self, day: date, hour: int = 9) -> None:
        """The clock stands at `hour` o'clock, UK time, on `day`, which must not lie in its past."""
        self.forward(datetime(day.year, day.month, day.day, hour, tzinfo=UK).astimezone(UTC) - self.moment)
