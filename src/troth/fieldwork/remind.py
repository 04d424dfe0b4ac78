"""Which waves the calendar asks for: reminders go to everybody, because nobody here knows who has taken part (P06).

Receipt-free: a reminder depends on the day alone, so it tells a household nothing. This says what is due; `release` sends it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from troth.fieldwork.delivery import posting_day, working_day_before
from troth.vaults.sample import post

if TYPE_CHECKING:
    from datetime import date

    from troth.storage.database import Database
    from troth.study import StudyPack


@dataclass(frozen=True)
class WaveDue:
    """A wave that is to be released now, with letters that wait for it."""

    wave: str
    kind: str
    planned: date
    letters: int


def waves_due(sample: Database, pack: StudyPack, today: date) -> list[WaveDue]:
    """Every wave of which letters wait and that is late, or would be if it were not released by the next working day's cut-off.

    In the study's order. Released on the planned day itself a wave is posted one working day after it, so it is due from the last working
    day before on.
    """
    found = []
    ids = [str(wave.id) for wave in pack.waves]
    for place, wave in enumerate(pack.waves):
        if working_day_before(posting_day(wave.dispatch_on)) <= today < pack.collection.closes:
            stands = post.standing(sample, ids[place], ids[:place], ids[place + 1 :])
            if stands.due + stands.early:
                found.append(WaveDue(ids[place], wave.kind, wave.dispatch_on, stands.due + stands.early))
    return found
