"""The course of a study: day after day, moment after moment, until the last clock has struck."""

from __future__ import annotations

import heapq
import random  # noqa: TID251 - who is asked what is drawn from the seed
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import select

from troth.assurance.attacks.loot import append
from troth.assurance.attacks.outside import (
    ask_states,
    common_pages,
    hold_letter,
    holder_row,
    issuers_on,
    quasi_columns,
)
from troth.assurance.attacks.truth import Somebody, Truth
from troth.assurance.check import examining
from troth.assurance.examine import examine
from troth.fieldwork.suppress import REASONS
from troth.kit.clock import UK
from troth.kit.errors import Refused
from troth.protocol.code import read_code
from troth.protocol.root import Cost, derive
from troth.questionnaire import plan
from troth.rehearsal import complaint
from troth.rehearsal.contacts import Contacts
from troth.rehearsal.knowing import rows_held, waiting_claims
from troth.rehearsal.office import Office
from troth.rehearsal.resident import Doors, Resident, invited
from troth.rehearsal.visitor import Ground
from troth.rehearsal.watching import asking, codes_to_try
from troth.retention.calendar import add_months
from troth.vaults.interviews import schema as interviews
from troth.vaults.sample.schema import person
from troth.vaults.vouchers import schema as vouchers
from troth.wiring.open import opened

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from troth.assurance.attacks.take import Thief
    from troth.fieldwork.batch import Manifest
    from troth.promises import Evidence
    from troth.protocol.root import Derived
    from troth.rehearsal.town import Town
    from troth.rehearsal.wire import Site

_DAWN: Final = time(6, 0)
_NIGHT: Final = time(23, 30)
_REPORTED: Final = 0.02
"""The chance that the supplier reports somebody who will not answer, before a reminder."""
CLAIMS: Final = {"voucher": vouchers, "interview": interviews}


@dataclass
class Diary:
    """What a rehearsal saw, for the report: counts and days, nobody."""

    held: list[tuple[date, dict[str, int]]] = field(default_factory=list)
    """Day -> what each vault held that night."""
    started: dict[date, int] = field(default_factory=dict)
    completed: dict[date, int] = field(default_factory=dict)
    evidence: list[tuple[date, tuple[Evidence, ...]]] = field(default_factory=list)
    late: int = 0
    """People who came when the collection was closed."""
    holders: int = 0
    calls: int = 0
    held_until: date | None = None
    """The review date of the contact that was held for a complaint."""


@dataclass
class Course:
    """One rehearsal on its way."""

    town: Town
    loot: Path
    seed: int
    thief: Thief
    progress: Callable[[int, int, str], None] = lambda _done, _all, _what: None

    def __post_init__(self) -> None:
        pack = self.town.pack
        with opened(self.town.home, "respond", self.town.clock) as work:
            publics: Any = {purpose: work.keys.issuer_public(purpose) for purpose in ("voucher", "interview")}
            self._pepper = work.keys.pepper()
        asked = [a for s in pack.questionnaire.sections if s.sensitive for page in s.pages for a in page.answers]
        gate = frozenset(str(answer.id) for answer in asked)
        hard = frozenset(str(answer.id) for answer in asked if answer.disclosure == "sensitive")
        self.ground = Ground(pack.id, publics, gate, hard)
        self.residents = invited(pack, self.town.rows, self.seed, plan(pack.questionnaire).total_slots)
        self.doors = Doors(self.residents, self.ground, self.seed)
        self._complains = complaint.complains(self.residents, self.seed)
        self.office = Office(self.town, self.loot, supplier=self._reported)
        self.diary = Diary()
        kept = pack.retention.contact
        self.contacts = Contacts(timedelta(days=kept.days), kept.latest, str(pack.waves[-1].id))
        self.states: dict[str, str] = {}
        self.moments: dict[str, str] = {}
        self._draw = random.Random(f"{self.seed}:course")  # noqa: S311
        self._events: list[tuple[datetime, int, str, Resident]] = []
        self._handles: dict[str, Future[Derived]] = {}
        self._aside = ThreadPoolExecutor(1)
        self._number = 0

    async def run(self) -> Truth:
        """The calendar has run until nothing is left that has a day; gives who was who."""
        try:
            return await self._run()
        finally:
            self._aside.shutdown(cancel_futures=True)

    async def _run(self) -> Truth:
        pack, clock = self.town.pack, self.town.clock
        first, closes = clock.today(), pack.collection.closes
        about = (closes - first).days + 60
        self.thief.keys(f"{first} start")
        append(self.loot, "observations/common", common_pages(pack.questionnaire))
        append(self.loot, "observations/quasi", quasi_columns(pack.questionnaire))
        async with self.town.sites() as sites:
            day = first
            while day <= closes + timedelta(days=5):
                self._to(day, _DAWN)
                if day == closes + timedelta(days=3):  # the morning of the severing
                    self._take_everything("before sever")
                self._morning()
                await self._day(day, sites)
                self._to(day, _NIGHT)
                self._night(day)
                self.progress((day - first).days, about, "collection")
                day += timedelta(days=1)
        self._take_everything("after sever")
        self._tail(day)
        self._take_everything("end")
        return self.truth()

    def truth(self) -> Truth:
        """Who was who."""
        return Truth(tuple(self._somebody(one) for one in self.residents if one.ref), self.states, self.moments)

    def _to(self, day: date, at: time) -> None:
        moment = datetime.combine(day, at, UK).astimezone(UTC)
        if moment > self.town.clock.moment:
            self.town.clock.forward(moment - self.town.clock.moment)

    def _later(self, moment: datetime, what: str, whom: Resident) -> None:
        self._number += 1
        heapq.heappush(self._events, (moment.astimezone(UTC), self._number, what, whom))

    def _reported(self, wave: str) -> list[tuple[str, str]]:
        """Before each reminder the supplier reports a few of those who were invited and will not answer: deaths, moves, wishes."""
        if wave in {"replacement", self.town.pack.waves[0].id} or not any(
            one.row.get("supplier_ref") for one in self.residents
        ):
            return []
        draw = random.Random(f"{self.seed}:supplier:{wave}")  # noqa: S311
        found = []
        for one in self.residents:
            reason = draw.choices(REASONS, (3, 3, 2, 1))[0]
            if draw.random() < _REPORTED and one.who.moved_by is None and not one.who.calls:
                found.append((one.row["supplier_ref"], reason))
                self.contacts.stop(one.ref, self.town.clock.today())
        return found

    def _morning(self) -> None:
        day, pack = self.town.clock.today(), self.town.pack
        flushes = day in {wave.dispatch_on for wave in pack.waves[1:]} | {pack.collection.closes + timedelta(days=1)}
        if flushes:
            self.thief.copy(day, "before flush")
        released = self.office.morning()
        self._receipts(day)
        if flushes:  # while write-ahead logs still hold what the flush wrote
            self.thief.copy(day, "after flush")
        for manifest, letters in released:
            number = [str(wave.id) for wave in pack.waves].index(manifest.wave)
            append(
                self.loot,
                "printed",
                (
                    {"wave": manifest.wave, "ref": one.ref, "lines": list(one.lines), "code": str(one.code)}
                    for one in letters
                ),
            )
            for letter in sorted(letters, key=lambda one: one.lines):
                resident = self.doors.deliver(letter)
                self._learn(resident)
                self._posted(resident, number, manifest)
        if day in self._examinations():
            self.examine()

    def _receipts(self, day: date) -> None:
        """Where reminders are targeted: who left their handle in this morning's flush has a receipt, and dies of it (P05)."""
        wave = next((str(wave.id) for wave in self.town.pack.waves if wave.dispatch_on == day), None)
        if wave is None or self.town.pack.reminders != "targeted":
            return
        for one in self.residents:
            known = self.office.records.get(self._handle(one)) if one.ref else None
            if known and known.wave == wave:
                self.contacts.receipt(one.ref, day)

    def _posted(self, resident: Resident, number: int, manifest: Manifest) -> None:
        """A letter to this person is in the post: what follows from it."""
        again = manifest.purpose == "replacement"
        comes_by, dispatched = manifest.delivered_by, manifest.dispatched_on
        self.contacts.letter(resident.ref, manifest.wave, comes_by, replacement=again)
        arrives = resident.arrival_again if again else partial(resident.arrival, number)
        comes = arrives(dispatched, comes_by)
        if comes is not None:
            opens = datetime.combine(self.town.pack.collection.opens, comes.timetz().replace(tzinfo=None), UK)
            self._later(max(comes, opens), "sit", resident)
        elif again:
            return
        elif resident.who.calls and number == 0:
            self._later(datetime.combine(comes_by, time(11), UK), "call", resident)
        elif resident.who.asks_again and number in resident.who.loses and not resident.who.calls:
            self._later(datetime.combine(comes_by + timedelta(days=1), time(10), UK), "ask", resident)
        if resident is self._complains and number == 0 and not again:
            self._later(datetime.combine(comes_by + timedelta(days=2), time(15), UK), "complain", resident)

    def _examinations(self) -> set[date]:
        pack = self.town.pack
        middle = {wave.dispatch_on + timedelta(days=1) for wave in pack.waves}
        return middle | {
            pack.collection.closes,
            pack.collection.closes + timedelta(days=2),
            pack.collection.closes + timedelta(days=4),
        }

    def examine(self) -> None:
        with examining(self.town.home, self.town.clock) as site:
            self.diary.evidence.append((self.town.clock.today(), examine(site)))

    async def _day(self, day: date, sites: Mapping[str, Site]) -> None:
        closes = self.town.pack.collection.closes
        if day in {closes - timedelta(days=3), closes + timedelta(days=2)}:
            await self._watch_the_door(sites["respond"], "open" if day < closes else "closed")
        end = datetime.combine(day, _NIGHT, UK).astimezone(UTC)
        while self._events and self._events[0][0] < end:
            moment, _, what, whom = heapq.heappop(self._events)
            if moment > self.town.clock.moment:
                self.town.clock.forward(moment - self.town.clock.moment)
            await self._do(what, whom, sites)

    async def _do(self, what: str, whom: Resident, sites: Mapping[str, Site]) -> None:
        visitor, now = whom.visitor, self.town.clock.moment
        assert visitor is not None
        if what == "sit":
            await self._sit(whom, sites["respond"])
        elif what == "call":
            self.office.stop(whom.ref)
            self.contacts.stop(whom.ref, now.astimezone(UK).date())
            self.diary.calls += 1
        elif what == "ask":
            if not visitor.remembers.started:
                self.office.ask_again(whom.row["name"], whom.row["postcode"], whom.ref)
        elif what == "complain":
            self.diary.held_until = complaint.hold(self.town, whom.ref)
            if self.diary.held_until:
                self.contacts.held(whom.ref, now.astimezone(UK).date())
        elif what == "hold":
            await self._hold(whom, sites["respond"])
        elif what == "look":
            await visitor.look_again(sites["respond"])
        elif now.astimezone(UK).date() <= self.town.pack.retention.vouchers.latest - timedelta(days=30):
            await self._claim(whom, what, sites["claim"])

    async def _sit(self, whom: Resident, site: Site) -> None:
        visitor, now, today = whom.visitor, self.town.clock.moment, self.town.clock.today()
        assert visitor is not None
        before = visitor.remembers.started
        if today > self.town.pack.collection.closes:
            self.diary.late += 1
            return
        pause = await visitor.sit(site)
        if visitor.remembers.started and not before:
            self.diary.started[today] = self.diary.started.get(today, 0) + 1
        if pause is not None:
            if pause.holder:
                self._later(now + timedelta(hours=min(2.0, (pause.hours or 4) / 2)), "hold", whom)
            if pause.hours is not None:
                self._later(now + timedelta(hours=pause.hours), "sit", whom)
        if visitor.remembers.completed and visitor.finish_page:
            self.diary.completed[today] = self.diary.completed.get(today, 0) + 1
            append(self.loot, "observations/issuers", [issuers_on(visitor.finish_page)])
            visitor.finish_page = ""
            soon = timedelta(minutes=1 + self._draw.random() * 4)
            for purpose, hours in (("voucher", whom.who.voucher_hours), ("interview", whom.who.interview_hours)):
                if hours is not None:
                    self._later(now + (soon if hours == 0 else timedelta(hours=hours)), purpose, whom)
            if whom.who.reads_again:
                self._later(now + timedelta(hours=20), "look", whom)
            if whom.who.holder_late:
                self._later(now + timedelta(hours=9), "hold", whom)

    async def _hold(self, whom: Resident, site: Site) -> None:
        """Somebody at home opens the letter."""
        if self.town.clock.today() > self.town.pack.collection.closes:
            return
        self.diary.holders += 1
        assert whom.visitor is not None
        if whom.held is None and whom.visitor.remembers.hard_reached:
            whom.held = whom.visitor.remembers.hard_answered
        seen = await hold_letter(asking(site), whom.code)
        append(self.loot, "observations/holder", [holder_row(self._handle(whom), seen)])

    async def _claim(self, whom: Resident, purpose: str, site: Site) -> None:
        role = f"{purpose}s"
        with opened(self.town.home, role, self.town.clock) as work:
            table = CLAIMS[purpose].tables.inbox
            before = waiting_claims(work, table)
            assert whom.visitor is not None
            if not await whom.visitor.claim(site, purpose, whom.row["name"], whom.email):
                raise Refused("a good ticket was not taken", where=f"claim site, {purpose}")
            (claim,) = waiting_claims(work, table) - before
        whom.claim_ids[purpose] = claim

    async def _watch_the_door(self, site: Site, season: str) -> None:
        """Somebody with a stopwatch tries codes of every kind."""
        codes = codes_to_try(self.residents, season)
        rows, states = await ask_states(asking(site, remembers=False), codes, rounds=2, draw=self._draw, moment=season)
        append(self.loot, "observations/oracle", rows)
        self.states |= states
        self.moments |= dict.fromkeys(states, season)

    def _night(self, day: date) -> None:
        """What a nightly backup takes: every row, and the files that wait to be sent."""
        outbox = self.town.home / "outbox"
        self.thief.files("backups", outbox.glob("*.age"))
        self.thief.files("queues", (outbox / "vouchers").glob("*.age"))
        self.thief.receipts()
        self.thief.night(day)
        self.diary.held.append((day, rows_held(self.town.home, self.town.clock)))
        with (
            opened(self.town.home, "letters", self.town.clock) as work,
            work.vault("sample").read() as connection,
        ):
            self.contacts.night(day, set(connection.scalars(select(person.c.ref))))

    def _take_everything(self, label: str) -> None:
        day = self.town.clock.today()
        self.thief.copy(day, label)
        self.thief.keys(f"{day} {label}")
        self.thief.backup(day)

    def _tail(self, day: date) -> None:
        """From the severing to the last clock: every day is run; a night is taken when the morning changed something."""
        clock, last = self.town.clock, self._last_day()
        began = day
        while day <= last:
            self._to(day, _DAWN)
            self.office.morning()
            if self.office.moved or day == last:
                self._to(day, _NIGHT)
                self._night(day)
            if day == self.office.opened_on or (clock.today().day == 1 and clock.today().month in {1, 7}):
                self.examine()
            self.progress((day - began).days, (last - began).days, "retention")
            day += timedelta(days=1)
            last = self._last_day()
        self.examine()

    def _last_day(self) -> date:
        kept = self.town.pack.retention
        published = self.office.published_on
        ends = [kept.contact.latest, kept.vouchers.latest, kept.interviews.latest]
        if published:
            ends.append(add_months(published, 12 * kept.microdata.years))
        return max(ends) + timedelta(days=2)

    def _learn(self, whom: Resident) -> None:
        """Whose handle is whose, for the truth: one scrypt each, beside the calendar and not in its way."""
        pack = self.town.pack
        code, cost = read_code(whom.code), Cost(log2_n=pack.code_cost_log2_n)
        if whom.code not in self._handles:
            self._handles[whom.code] = self._aside.submit(derive, code, self._pepper, pack.id, cost)

    def _handle(self, whom: Resident) -> str:
        return self._handles[whom.code].result().handle.hex()

    def _somebody(self, one: Resident) -> Somebody:
        assert one.visitor is not None
        of = self._handle(one)
        known = self.office.records.get(of)
        return Somebody(
            one.ref, one.code, one.row["region"], of, known.record if known else "", known.wave if known else "",
            known.cell if known else "", dict(one.claim_ids), one.who.script, one.held,
            (one.row["name"], one.row["address_1"], one.email),
        )  # fmt: skip
