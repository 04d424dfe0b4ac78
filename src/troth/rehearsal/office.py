"""The people who run the study: what they do on a morning, through the same wiring as the commands."""

from __future__ import annotations

import contextlib
import shutil
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from troth.fieldwork.delivery import is_working_day
from troth.fieldwork.printroom.destroy import FORMAT, attest
from troth.kit.errors import Refused
from troth.protocol.code import read_letter_reference
from troth.protocol.names import LetterRef
from troth.rehearsal.knowing import about_to_move, records_there
from troth.wiring.attesting import attest_copy, copies_outside
from troth.wiring.claims import interview_desk, voucher_desk
from troth.wiring.collection import close_study, sever_study
from troth.wiring.contact import release_for
from troth.wiring.daily import daily
from troth.wiring.findings import ceremony, microdata_folder, publish_findings
from troth.wiring.open import opened
from troth.wiring.sample import suppress_for
from troth.wiring.wishes import finder_for, lost_for

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from datetime import date
    from pathlib import Path

    from troth.fieldwork.batch import Manifest
    from troth.fieldwork.letter.page import OpenLetter
    from troth.rehearsal.town import Town

_MONDAY: Final = 0
_FRIDAY: Final = 4
_PROVIDER_TAKES: Final = timedelta(days=3)
_INTERVIEWS_AFTER: Final = timedelta(days=14)
_ANALYSIS: Final = timedelta(days=90)


@dataclass(frozen=True)
class Known:
    """A record and how it came to be."""

    record: str
    wave: str
    cell: str


@dataclass
class Office:
    """One team, and what it has done. Everything it keeps here is counts, and what only a rehearsal may know (`records`)."""

    town: Town
    loot: Path
    supplier: Callable[[str], Sequence[tuple[str, str]]] = lambda _wave: ()
    """What the supplier reports before a wave: its own references, with reasons."""
    records: dict[str, Known] = field(default_factory=dict)
    """Handle, hex -> its record."""
    letters: dict[str, int] = field(default_factory=dict)
    suppressed: dict[str, int] = field(default_factory=dict)
    """Wave -> people whom the supplier had stopped before it."""
    asked: int = 0
    """Replacements that were asked for and wait."""
    refused: int = 0
    """Replacements that would have come too late, or to somebody who gets no more letters."""
    closed: dict[str, int] = field(default_factory=dict)
    severed: dict[str, int] = field(default_factory=dict)
    severed_on: date | None = None
    opened_on: date | None = None
    published_on: date | None = None
    opened_records: int = 0
    moved: bool = False
    """Whether this morning changed what the vaults hold."""

    def morning(self) -> list[tuple[Manifest, list[OpenLetter]]]:
        """What the calendar and the office's habits ask for today is done; gives the batches that left for the printer."""
        day, pack = self.town.clock.today(), self.town.pack
        wave = next((str(wave.id) for wave in pack.waves if wave.dispatch_on == day), None)
        moving = self._about_to_move("complete") if wave else {}
        self._attest(day)
        done = daily(self.town.home, self.town.clock)
        self.moved = bool(done.certificates or done.records or done.sorted_claims or wave)
        if wave:
            self._know(moving, wave)
            self._suppress(wave)
        batches = [self.town.release(wave)] if wave else []
        if self.asked and is_working_day(day):
            batches += self._replace(suppressed=wave is not None)
        for manifest, letters in batches:
            what = manifest.wave if manifest.purpose == "wave" else manifest.purpose
            self.letters[what] = self.letters.get(what, 0) + len(letters)
        if day == pack.collection.closes + timedelta(days=1):
            self._close()
        if day == pack.collection.closes + timedelta(days=3):
            self._sever()
        if self.severed_on and not self.opened_on:
            self._open()
        if self.opened_on and not self.published_on and day >= self.opened_on + _ANALYSIS:
            self._publish()
        self._claims()
        return batches

    def _attest(self, day: date) -> None:
        """Print room and provider say that their copies are gone, on the last day on which that is in time (P05, P26).

        The print room signs with its own key, as `troth print destroy` does; the provider has none, and its word is entered as weaker.
        """
        home, clock = self.town.home, self.town.clock
        for copy in copies_outside(home, clock)[0]:
            if copy.destroyed is None and copy.due <= day:
                weaker = copy.role != "letters"
                signed = None if weaker else self._signed(copy.of.split(" ", 1)[1], copy.due)
                attest_copy(
                    home, copy.of, by=copy.holder, destroyed=copy.due, statement=signed, weaker=weaker, clock=clock
                )

    def _signed(self, batch: str, day: date) -> bytes:
        with opened(self.town.home, "printroom", self.town.clock) as work:
            said = {"format": FORMAT, "of": "printroom", "study": work.pack.id, "batch": batch, "day": day.isoformat()}
            return attest(said, work.keys.attest()).encode()

    def stop(self, ref: str) -> None:
        """Somebody rang: no more letters, please (P05)."""
        with opened(self.town.home, "letters", self.town.clock) as work:
            release_for(work).stop(read_letter_reference(ref))

    def ask_again(self, name: str, postcode: str, ref: str) -> None:
        """Somebody rang whose letter did not come: found by name and postcode, a replacement waits; or there is no time for one (P06)."""
        home, clock = self.town.home, self.town.clock
        with opened(home, "custodian", clock) as work:
            found = finder_for(work).find(name, postcode)
        mine = [each.ref for each in found if each.ref == ref]
        with opened(home, "letters", clock) as work, self._too_late():
            lost_for(work).ask(mine[0] if mine else LetterRef(ref))
            self.asked += 1

    def _replace(self, *, suppressed: bool) -> list[tuple[Manifest, list[OpenLetter]]]:
        if not suppressed:
            self._suppress("replacement")
        self.asked, files = 0, []
        with opened(self.town.home, "letters", self.town.clock) as work, self._too_late():
            done = lost_for(work).release(self.town.home / "outbox")
            files = [each.file for each in done]
        return [self.town.printed(file) for file in files]

    @contextlib.contextmanager
    def _too_late(self) -> Iterator[None]:
        """A replacement that is refused where the product names what to do instead is counted; any other refusal is a fault."""
        try:
            yield
        except Refused as refused:
            if "can help nobody" not in refused.mend and "stands by" not in refused.mend:
                raise
            self.refused += 1

    def _suppress(self, wave: str) -> None:
        """The supplier's file of the morning is run, and deleted (P03)."""
        if self.town.pack.sample.suppression != "required":
            return
        file = self.town.home / "suppression.csv"
        rows = [("supplier_ref", "reason"), *self.supplier(wave)]
        file.write_text("".join(f"{reference},{reason}\r\n" for reference, reason in rows), encoding="utf-8")
        with opened(self.town.home, "load", self.town.clock) as work:
            done = suppress_for(work).run(file)
        file.unlink()
        self.suppressed[wave] = done.deceased + done.moved + done.opted_out + done.at_risk

    def _about_to_move(self, state: str) -> dict[str, str]:
        with opened(self.town.home, "flush", self.town.clock) as work:
            return about_to_move(work, state)

    def _know(self, moving: dict[str, str], wave: str) -> None:
        if not moving:
            return
        with opened(self.town.home, "flush", self.town.clock) as work:
            there = records_there(work)
        for of, record in moving.items():
            if record in there:
                self.records[of] = Known(record, wave, there[record])

    def _close(self) -> None:
        self.moved = True
        moving = self._about_to_move("complete")
        with opened(self.town.home, "flush", self.town.clock, alone=True) as work:

            def between(step: str) -> None:
                if step == "partials filled":
                    moving.update(about_to_move(work, "closed"))

            self.closed = vars(close_study(work, between)).copy()
        self._know(moving, "close")

    def _sever(self) -> None:
        self.moved = True
        with opened(self.town.home, "flush", self.town.clock, alone=True) as work:
            self.severed = dict(sever_study(work))
        self.severed_on = self.town.clock.today()

    def _open(self) -> None:
        """As soon as every contact is erased; until then the ceremony refuses, and says why."""
        with opened(self.town.home, "findings", self.town.clock) as work:
            try:
                done = ceremony(work, self.town.shares(), microdata_folder(self.town.home))
            except Refused:
                return
        shutil.copytree(done.microdata.parent, self.loot / "microdata", dirs_exist_ok=True)
        self.opened_on, self.opened_records = self.town.clock.today(), done.records

    def _publish(self) -> None:
        with opened(self.town.home, "findings", self.town.clock) as work:
            publish_findings(work, self.town.clock.today())
        self.published_on = self.town.clock.today()

    def _claims(self) -> None:
        """Mondays: an order, a round. The provider takes three days, interviews are held after two weeks: told on Mondays and Fridays."""
        day, clock, home = self.town.clock.today(), self.town.clock, self.town.home
        if day.weekday() not in {_MONDAY, _FRIDAY}:
            return
        with opened(home, "vouchers", clock, alone=True) as work:
            desk = voucher_desk(work)
            if day.weekday() == _MONDAY:
                desk.order(day)
            for batch in desk.box.batches():
                if batch.state == "sent" and batch.day + _PROVIDER_TAKES <= day:
                    desk.sent(batch.id, day)
        with opened(home, "interviews", clock, alone=True) as work:
            rounds = interview_desk(work)
            if day.weekday() == _MONDAY:
                rounds.round(day, lambda _people: None)
            for batch in rounds.box.batches():
                if batch.state == "sent" and batch.day + _INTERVIEWS_AFTER <= day:
                    rounds.held(batch.id, day)
