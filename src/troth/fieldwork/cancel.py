"""A wave that is missed or called off keeps no contact: with the last letter that can come, the day of death is known (P05).

`missed` is the calendar's: a wave whose letters would come after the close, if they were released today, is nobody's last letter any more.
`Cancel` is the office's own decision, for good. Steps, each repeatable after a kill: the ledger is told, from when no release sends
that wave; its letters are deleted from SAMPLE and the deaths that follow are brought forward, in one transaction. What a kill, a
later load or a restored backup leaves of such letters the next `troth daily` takes away.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from troth.fieldwork.delivery import delivery_day, dispatch_day
from troth.fieldwork.loads import in_words
from troth.fieldwork.today import today
from troth.kit.errors import Invalid, Refused
from troth.kit.steps import go_on
from troth.vaults.sample import post
from troth.vaults.sample.last_letters import call_off, nobody_waits, waiting_of

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date, datetime

    from troth.kit.clock import Clock
    from troth.storage.database import Database
    from troth.study import StudyPack
    from troth.vaults.ledger.store import Entry, Ledger

KIND: Final = "cancel"
"""The kind of entry that says that a wave goes to nobody any more."""
_WHERE: Final = "letters cancel"


@dataclass(frozen=True)
class Cancelled:
    """A wave that goes to nobody any more."""

    wave: str
    letters: int
    """So many letters of it had not left."""


@dataclass(frozen=True)
class Cancel:
    """The letters role: calls a wave off."""

    pack: StudyPack
    sample: Database
    ledger: Ledger
    clock: Clock
    between: Callable[[str], None] = go_on

    def preview(self, wave: str) -> Cancelled:
        """What would be called off; nothing is changed. Raises Refused: as `run`."""
        self._may(wave)
        return Cancelled(wave, waiting_of(self.sample, wave))

    def run(self, wave: str, reason: str) -> Cancelled:
        """No further letter of that wave goes to anybody, and whoever waits for no other dies days after their own last delivery.

        Raises:
            Invalid: no reason, or more than 200 characters. Refused: no such wave; a release of it is under way; the clock was set back.
            StorageFailed: run it again.

        """
        words = in_words(reason, f"{_WHERE} --reason")
        if not words:
            raise Invalid("a reason is needed", where=f"{_WHERE} --reason", mend="say why, and name no person")
        day = self._may(wave)
        many = waiting_of(self.sample, wave)
        self.ledger.enter(KIND, f"{KIND} {wave}", day, {"wave": wave, "letters": many, "reason": words})
        self.between("ledger told")
        done = call_off(self.sample, wave, day, timedelta(days=self.pack.retention.contact.days))
        self.between("letters deleted")
        return Cancelled(wave, done)

    def _may(self, wave: str) -> date:
        ids = [str(each.id) for each in self.pack.waves]
        if wave not in ids:
            raise Refused(f"this study has no wave {wave}", where=_WHERE, mend=f"one of {', '.join(ids)}")
        if any(each.state == "prepared" for each in post.batches(self.sample, wave, "wave")):
            raise Refused(
                "a release of this wave is under way",
                where=f"wave {wave}",
                mend=f"run `troth letters release {wave}` first",
            )
        return today(self.ledger, self.clock, _WHERE)


def cancelled(ledger: Ledger) -> dict[str, Entry]:
    """Wave -> the entry that called it off."""
    return {str(entry.body["wave"]): entry for entry in ledger.entries(KIND)}


def missed(pack: StudyPack, sample: Database, ledger: Ledger, now: datetime, day: date) -> None:
    """Nobody is kept for a letter that cannot come: its wave was called off, or released today it would come too late (P05)."""
    first = post.first_latest(sample)
    if first is None:  # nobody is here
        return
    days = timedelta(days=pack.retention.contact.days)
    ids, ends = [str(wave.id) for wave in pack.waves], _last_delivery(pack, first)
    hopeful = [
        str(wave.id) for wave in pack.waves if delivery_day(dispatch_day(now, wave.dispatch_on), wave.postage) <= ends
    ]
    if hopeful != ids:
        nobody_waits(sample, ids, hopeful, day, days)
    for wave in cancelled(ledger):  # last: a ledger that is away keeps nobody
        if waiting_of(sample, wave):
            call_off(sample, wave, day, days)


def last_delivery(pack: StudyPack, sample: Database) -> date:
    """The latest day on which a letter may come: by then the collection closes, and nobody's latest date has passed."""
    # The latest date of the people who are here, not of a policy that was changed since: it was fixed when they were loaded.
    return _last_delivery(pack, post.first_latest(sample) or pack.retention.contact.latest)


def _last_delivery(pack: StudyPack, fixed: date) -> date:
    return min(pack.collection.closes, pack.retention.contact.latest, fixed)
