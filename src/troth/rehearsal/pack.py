"""The study of a rehearsal: a copy of a pack, dated so that its collection is as long as was asked for."""

from __future__ import annotations

import shutil
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import TYPE_CHECKING, Final

import yaml

from troth.fieldwork.delivery import delivery_day, is_working_day
from troth.kit.clock import UK
from troth.kit.errors import Refused
from troth.study import load_pack
from troth.study.dates import FILE, Dates, Latest
from troth.study.policy import Collection

if TYPE_CHECKING:
    from pathlib import Path

    from troth.study import StudyPack

STARTS: Final = date(2027, 1, 4)
"""A rehearsal begins on this Monday unless told otherwise: bank holidays and the change of clocks fall where they fell the last time."""
_MONDAY: Final = 0
SHORTEST: Final = 21


@dataclass(frozen=True)
class Dated:
    """The pack's folder and what it says."""

    folder: Path
    pack: StudyPack


def beginning(starts: date) -> datetime:
    """The moment at which the study is made: nine in the morning of that day."""
    return datetime.combine(starts, time(9), UK).astimezone(UTC)


def dated(source: Path, days: int, to: Path, starts: date = STARTS) -> Dated:
    """The pack in `source` stands in `to`, its collection `days` days long, its waves spread over it on working days.

    The first day is the first Monday at least a week after `starts`. The invitation leaves on the last working day before it;
    reminders follow evenly, the last with at least three tenths of the
    collection still ahead. Latest dates lie as far behind the close as in the bundled demonstration.

    Raises:
        Refused: fewer than 21 days, or so few that a reminder would come after the last. Invalid: the pack is broken.

    """
    if days < SHORTEST:
        raise Refused(
            f"a collection of {days} days is too short to rehearse", where="--days", mend=f"at least {SHORTEST}"
        )
    shutil.copytree(source, to)
    (to / FILE).unlink(missing_ok=True)
    waves = load_pack(to).waves
    opens = starts + timedelta(days=7)
    while opens.weekday() != _MONDAY:
        opens += timedelta(days=1)
    closes = opens + timedelta(days=days - 1)
    reminders = [wave for wave in waves if wave.kind == "reminder"]
    at = {str(wave.id): _working_day(opens - timedelta(days=1), -1) for wave in waves if wave.kind == "invitation"}
    for number, wave in enumerate(reminders, start=1):
        at[str(wave.id)] = _working_day(opens + timedelta(days=round(days * 0.7 * number / (len(reminders) + 0.5))))
    dates = Dates(
        collection=Collection(opens=opens, closes=closes),
        waves=at,
        latest=Latest(
            contact=closes + timedelta(days=28),
            vouchers=closes + timedelta(days=365),
            interviews=closes + timedelta(days=182),
        ),
    )
    for wave in waves:
        if delivery_day(at[str(wave.id)], wave.postage) > closes:
            raise Refused(
                f"in a collection of {days} days the letters of {wave.id} would come after its last day",
                where="--days",
                mend="rehearse a longer one",
            )
    (to / FILE).write_text(yaml.safe_dump(dates.model_dump(mode="json"), sort_keys=False), encoding="utf-8")
    return Dated(to, load_pack(to))


def _working_day(day: date, step: int = 1) -> date:
    while not is_working_day(day):
        day += timedelta(days=step)
    return day
