"""Release: one wave's letters leave SAMPLE in batch files for the print room, and the days on which contacts die are fixed.

Steps, each repeatable after a kill: the batches are prepared (their letters, their dates, and the deaths that follow from them are
fixed in one transaction); each file is written whole; its letters are released; the ledger is told. A release that was killed
goes on with the same batches, the same letters and the same dates (P05, P06). How a file is written: `outgoing`.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING

from troth.fieldwork.cancel import cancelled, last_delivery
from troth.fieldwork.delivery import delivery_day, dispatch_day, working_day_before
from troth.fieldwork.outgoing import SUFFIX, Outgoing, Released, batch_suffix, drafts
from troth.fieldwork.resumed import resumed
from troth.fieldwork.suppress import WORKING_DAYS, require_fresh, why_stale
from troth.fieldwork.today import today
from troth.kit.errors import Refused
from troth.kit.steps import go_on
from troth.vaults.sample import post, wishes
from troth.vaults.sample.post import Batch

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from pathlib import Path

    from troth.keys.ring import Ring
    from troth.kit.clock import Clock
    from troth.protocol.names import AgeRecipient, LetterRef, SigningPrivate
    from troth.storage.database import Database
    from troth.study import StudyPack
    from troth.study.policy import Wave
    from troth.vaults.ledger.store import Ledger
    from troth.vaults.sample.post import CellDeath
    from troth.vaults.sample.wishes import Reason

__all__ = ["SUFFIX", "Preview", "Release", "Released", "batch_suffix", "drafts", "go_on"]


@dataclass(frozen=True)
class Preview:
    """What a release would do now."""

    wave: str
    count: int
    waiting: int
    last: int
    """For so many it is the last letter."""
    planned: date
    dispatched_on: date
    delivered_by: date
    dies_first: date
    """Those whose last letter this is die on this day…"""
    dies_last: date
    """…and those who get another die on this day at the latest."""
    cells: tuple[CellDeath, ...]
    """The same, cell by cell."""
    suppression: str
    """Why the release would be refused for want of a suppression; empty when it would not."""
    early: str
    """Why the release would be refused because it is long before the day of posting; empty when it would not."""
    alike: int
    """So many go to a name and postcode to which another person's letters go as well: loaded twice, or two of one name."""


@dataclass(frozen=True)
class Release:
    """The letters role: the private half of the contact buckets, the ledger's key, the print room's recipient."""

    pack: StudyPack
    sample: Database
    ledger: Ledger
    ring: Ring
    signing: SigningPrivate = field(repr=False)
    printroom: AgeRecipient
    clock: Clock
    between: Callable[[str], None] = go_on

    def preview(self, wave: str) -> Preview:
        """What a release of that wave would do now; nothing is changed.

        Raises Refused: no such wave, or it was cancelled; the clock was set back.
        """
        today(self.ledger, self.clock, f"wave {wave}")
        self._not_cancelled(wave)
        _, earlier, later = self._wave(wave)
        stands = post.standing(self.sample, wave, earlier, later)
        new = self._batch(wave)
        latest = self.pack.retention.contact.latest
        planned = self._wave(wave)[0].dispatch_on
        return Preview(
            wave, stands.due, stands.early, stands.last, planned, new.dispatched_on, new.delivered_by,
            min(self._death(new), latest) if stands.last else latest, min(self._death(new), latest) if not later else latest,
            tuple(post.deaths(self.sample, wave, earlier, later, self._death(new))),
            why_stale(self.sample, self.pack, self.clock.today()) if stands.due else "",
            self._too_early(new),
            post.alike(self.sample, wave, earlier),
        )  # fmt: skip

    def run(self, wave: str, folder: Path) -> Released:
        """Every letter of that wave that is due lies in one file in that folder, and is released.

        Raises:
            Refused: as `run_parts`; or a release in parts was begun, which only `run_parts` finishes.
            StorageFailed: the database or the disk refused; running again goes on with the same batch.

        """
        if sum(each.state == "prepared" for each in post.batches(self.sample, wave, "wave")) > 1:
            raise Refused("a release in parts is under way", where=f"wave {wave}", mend="finish it in parts")
        return self.run_parts(wave, folder)[0]

    def run_parts(self, wave: str, folder: Path, *, split: int | None = None, by_load: bool = False) -> list[Released]:
        """Every letter of that wave that is due lies in a file in that folder, and is released.

        A release that was killed goes on with the batches that were prepared then, whatever is asked now; if their day of posting has
        passed they get new dates, and no contact a later death.

        Args:
            wave: its id in the study.
            folder: where the files go.
            split: at most so many letters in a file; all in one by default.
            by_load: the people of one file all came with one load, so that a lost file can be closed (docs/fieldwork.md).

        Raises:
            Refused: no such wave; it was cancelled; nobody is due (the wave was released, or an earlier one was not); too late for the
                post, or more than two working days before it; too late for a contact in a batch that was left lying; the clock was set
                back; SAMPLE is older than the ledger.
            StorageFailed: the database or the disk refused; running again goes on with the same batches.

        """
        planned, earlier, later = self._wave(wave)
        today(self.ledger, self.clock, f"wave {wave}")
        self._not_cancelled(wave)
        before = post.batches(self.sample, wave, "wave")
        self._not_restored(wave, before)
        for done in before:
            if done.state == "released":
                self._account(done)
        chosen = [each for each in before if each.state == "prepared"]

        def in_time(comes: date) -> None:
            self._in_time(comes, f"wave {wave}")

        if chosen:  # a batch that was prepared before a kill is as old as its screening
            require_fresh(self.sample, self.pack, self.clock.today(), where=f"wave {wave}")
            chosen = resumed(self.sample, self._outgoing(), chosen, self._batch(wave), folder=folder, in_time=in_time)
        if not chosen:
            chosen = self._prepare(wave, earlier, later, before, split=split, by_load=by_load)
        waiting = post.standing(self.sample, wave, earlier, later).early
        out = self._outgoing()
        sent = []
        for each in chosen:
            parts = out.uncover(post.contents(self.sample, each.id), lambda _sealed: wave)
            refs = [part.ref for part in parts]

            def mark(digest: str, each: Batch = each, refs: list[LetterRef] = refs) -> None:
                post.released(self.sample, each.id, refs, digest)

            done_now = out.send(each, planned.kind, planned.postage, parts, folder=folder, mark=mark)
            self._account(replace(each, count=done_now.count, digest=done_now.digest))
            sent.append(replace(done_now, waiting=waiting))
        return sent

    def stop(self, ref: LetterRef, reason: Reason = "opted_out") -> date:
        """No further letter goes to this person; gives the day on which their contact dies (P05).

        Counted in the week's wishes, once. Done again, it changes nothing but a weaker reason (`wishes.withdraw`).

        Raises:
            Refused: nobody here has this reference: it was erased already, or never was; or the clock was set back.

        """
        day = today(self.ledger, self.clock, "sample stop")
        days = timedelta(days=self.pack.retention.contact.days)
        dies_on = wishes.withdraw(self.sample, ref, reason, day, days)
        if dies_on is None:
            raise Refused(
                "nobody here has this letter reference", where="sample stop", mend="they were erased, or it is mistyped"
            )
        return dies_on

    def _wave(self, name: str) -> tuple[Wave, list[str], list[str]]:
        """The wave, the ids of those before it, and of those after it."""
        ids = [str(wave.id) for wave in self.pack.waves]
        if name not in ids:
            raise Refused(f"this study has no wave {name}", where="letters release", mend=f"one of {', '.join(ids)}")
        place = ids.index(name)
        return self.pack.waves[place], ids[:place], ids[place + 1 :]

    def _batch(self, wave: str) -> Batch:
        """A batch as it would be now."""
        planned = self._wave(wave)[0]
        posted = dispatch_day(self.clock.now(), planned.dispatch_on)
        return Batch(
            secrets.token_hex(16),
            wave,
            "prepared",
            self.clock.today(),
            posted,
            delivery_day(posted, planned.postage),
            0,
            None,
        )

    def _too_early(self, new: Batch) -> str:
        """Why such a batch may not leave yet: its suppression, fresh now, would be old when its letters are posted. Empty: it may."""
        first = new.dispatched_on
        for _ in range(WORKING_DAYS):
            first = working_day_before(first)
        if self.clock.today() >= first:
            return ""
        return f"these letters are posted on {new.dispatched_on}: they can be released from {first} on"

    def _death(self, of: Batch) -> date:
        return of.delivered_by + timedelta(days=self.pack.retention.contact.days)

    def _outgoing(self) -> Outgoing:
        return Outgoing(self.pack.id, self.ledger, self.ring, self.signing, self.printroom, self.between)

    def _not_cancelled(self, wave: str) -> None:
        if wave in (off := cancelled(self.ledger)):
            raise Refused(
                f"this wave was cancelled on {off[wave].day}", where=f"wave {wave}", mend="it goes to nobody any more"
            )

    def _not_restored(self, wave: str, before: list[Batch]) -> None:
        """A SAMPLE that was put back from a copy would send a wave again that left already: the ledger knows better."""
        here = {f"release {each.id}" for each in before}
        told = [each for each in self.ledger.entries("release") if each.body["wave"] == wave]
        gone = [each for each in told if each.key not in here]
        if gone:
            raise Refused(
                f"the ledger knows a batch of this wave, of {gone[-1].day}, that SAMPLE does not: it was restored from a copy",
                where=f"wave {wave}",
                mend="these letters went out already: run `troth restore reconcile`, or restore a copy made after that release",
            )

    def _in_time(self, comes: date, where: str) -> None:
        too_late = last_delivery(self.pack, self.sample)
        if comes > too_late:
            raise Refused(
                f"a letter released now comes by {comes}, after {too_late}",
                where=where,
                mend="it can help nobody any more",
            )

    def _prepare(
        self, wave: str, earlier: list[str], later: list[str], before: list[Batch], *, split: int | None, by_load: bool
    ) -> list[Batch]:
        where = f"wave {wave}"
        if post.unconfirmed(self.sample):
            raise Refused(
                "a load is not finished",
                where=where,
                mend="run `troth sample load` with the same file again, or with another one and --give-up",
            )
        new = self._batch(wave)
        self._in_time(new.delivered_by, where)
        if why := self._too_early(new):
            raise Refused(why, where=where, mend="whoever is stopped before the letters are posted is to get none")
        if post.standing(self.sample, wave, earlier, later).due:
            require_fresh(self.sample, self.pack, self.clock.today(), where=where)
        made = post.prepare(self.sample, new, earlier, later, self._death(new), split=split, by_load=by_load)
        if made:
            self.between("batch prepared")
            return made
        stands = post.standing(self.sample, wave, earlier, later)
        if stands.early:
            raise Refused(
                f"{stands.early} people wait for an earlier letter first",
                where=where,
                mend=f"release {earlier[0]} first",
            )
        if before:
            raise Refused(
                f"this wave was released on {before[-1].day}", where=where, mend="nobody else is due a letter of it"
            )
        raise Refused("nobody is due a letter", where=where, mend="load a sample first")

    def _account(self, of: Batch) -> None:
        self._outgoing().account(of, {"dies_by": self._death(of).isoformat()})
