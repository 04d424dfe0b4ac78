"""When each contact has to die, reckoned beside the vaults from what the notice says, and when it did (P05)."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Set as AbstractSet


@dataclass
class _Contact:
    last: date | None = None
    """The latest delivery of any letter of theirs that left, a replacement too."""
    wave: str = ""
    wave_came: date | None = None
    stopped: date | None = None
    after_stop: date | None = None
    receipt: date | None = None
    held: date | None = None
    gone: date | None = None


@dataclass
class Contacts:
    """Letters and wishes are told as they happen; the nights say who is there.

    A contact dies `days` after their last wave's letter came; asked for no more letters, `days` after whichever letter of theirs
    came last, and so does of whom there is a receipt (targeted reminders); one that is held dies when it was moved; at the latest on
    `latest`. A replacement moves no date (ADR 0012). What somebody wishes after a morning is done on the next.
    """

    days: timedelta
    latest: date
    last_wave: str
    _of: dict[str, _Contact] = field(default_factory=dict, repr=False)

    def letter(self, ref: str, wave: str, comes: date, *, replacement: bool = False) -> None:
        """A letter to this person left, and comes by that day."""
        one = self._of.setdefault(ref, _Contact())
        one.last = max(one.last or comes, comes)
        if not replacement:
            one.wave, one.wave_came = wave, comes

    def stop(self, ref: str, day: date) -> None:
        """Nothing more is sent to this person."""
        one = self._of.setdefault(ref, _Contact())
        if one.stopped is None:
            one.stopped = day
            one.after_stop = one.last + self.days if one.last else day

    def receipt(self, ref: str, day: date) -> None:
        """On the morning of that day, before any letter left, it was told that this person has finished: nothing more is sent to them."""
        one = self._of.setdefault(ref, _Contact())
        if one.receipt is None and one.stopped is None:
            one.receipt = max(one.last + self.days, day) if one.last else day

    def held(self, ref: str, day: date) -> None:
        """The contact was moved on that day: the original dies on it, by the next morning's run at the latest."""
        self._of.setdefault(ref, _Contact()).held = day

    def night(self, day: date, there: AbstractSet[str]) -> None:
        """That night these were in SAMPLE."""
        for ref, one in self._of.items():
            if ref in there:
                one.gone = None
            elif one.gone is None:
                one.gone = day

    def wrong(self) -> list[str]:
        """Words about contacts that did not die on their day, by how many and which days: never about whom."""
        found: dict[tuple[date, date | None], int] = {}
        for one in self._of.values():
            due = self._due(one)
            if one.gone != due:
                found[due, one.gone] = found.get((due, one.gone), 0) + 1
        return [
            f"contacts: {count} were to die on {due}, and were gone {f'on {gone}' if gone else 'never'}"
            for (due, gone), count in sorted(found.items(), key=str)
        ]

    def days_of_death(self) -> dict[date, int]:
        """Day -> how many contacts died on it."""
        found: dict[date, int] = {}
        for one in self._of.values():
            if one.gone:
                found[one.gone] = found.get(one.gone, 0) + 1
        return dict(sorted(found.items()))

    def _due(self, one: _Contact) -> date:
        ends = self.latest
        if one.wave == self.last_wave and one.wave_came:
            ends = min(ends, one.wave_came + self.days)
        if one.stopped and one.after_stop and one.after_stop < ends:
            ends = max(one.after_stop, one.stopped + timedelta(days=1))
        if one.held and one.held < ends:
            ends = one.held + timedelta(days=1)
        return min(ends, one.receipt) if one.receipt else ends
