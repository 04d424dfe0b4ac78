"""A season: a whole study on one database, killed all the way, and the verdict at every stage.

First the sample is loaded and the invitation released; then people answer and claim while everything that runs is killed; then the
calendar goes on, to reminders, close, sever, orders, and the last day on which anything may be there.
"""

from __future__ import annotations

import asyncio
import itertools
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING

import httpx
from tests.crash.accounts import Account
from tests.crash.evidence import Seen, codes_of, snapshot
from tests.crash.reaper import Reaper
from tests.crash.respondents import Person
from tests.crash.shift import NeverDoneError
from tests.crash.town import Town, town
from tests.crash.verdict import answers_verdict, claims_verdict, end_verdict, load_verdict

from troth.study import load_pack

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.postgres import Server

AT_ONCE = 5
STOPPED = 2
"""People who want no more letters: they die early, and their bucket gets a younger generation."""


@dataclass
class Report:
    """What a season did and what was wrong."""

    kind: str
    seed: int
    kills: Counter[str] = field(default_factory=Counter)
    moments: Counter[str] = field(default_factory=Counter)
    in_flight: int = 0
    answers: int = 0
    claims: int = 0
    recoveries: int = 0
    outage: float = 0
    seconds: float = 0
    wrong: list[str] = field(default_factory=list)


def season(
    folder: Path,
    kind: str,
    *,
    kills: int,
    seed: int,
    server: Server | None = None,
    say: Callable[[str], None] = lambda _: None,
) -> Report:
    """So many kills over one study; the report says what was wrong, which must be nothing."""
    began = time.monotonic()
    people = 12 + kills
    with town(folder, kind, people=people, seed=seed, server=server) as made:
        report = asyncio.run(_Season(made, kills, random.Random(seed), say).run())
    report.seconds = time.monotonic() - began
    return report


class _Season:
    def __init__(self, made: Town, kills: int, choose: random.Random, say: Callable[[str], None]) -> None:
        self.town, self.kills, self.choose, self.say = made, kills, choose, say
        self.pack = load_pack(made.home / "study")
        self.accounts: list[Account] = []
        self.seen = Seen()
        self.report = Report(made.kind, made.seed, kills=made.kills, moments=made.shift.at)

    async def run(self) -> Report:
        try:
            for part in (self._letters, self._answers, self._calendar):
                await part()
        except (NeverDoneError, TimeoutError) as error:  # nothing after it could be judged
            self.report.wrong.append(f"{type(error).__name__}: {error}")
        finally:
            await self.town.shift.leave()
        self.report.wrong += [f"respondent {a.number}: {odd}" for a in self.accounts for odd in a.oddities]
        if self.town.server is None:
            self.report.wrong += [f"the worker failed: {said}" for said in self.town.shift.failures]
            self.report.wrong += [f"{each.name} fell: {said}" for each in self.town.served for said in each.fell]
        self.report.answers = sum(account.acknowledged for account in self.accounts)
        self.report.outage = self.town.shift.outage
        self.report.recoveries = sum(account.recoveries for account in self.accounts)
        self.report.claims = sum(claim.settled for account in self.accounts for claim in account.claims.values())
        return self.report

    def _judge(self, stage: str, complaints: list[str]) -> None:
        self.report.wrong += [f"{stage}: {complaint}" for complaint in complaints]
        self.say(f"{stage}: {self.town.kills.total()} kills so far, {len(complaints)} complaints")

    async def _do(self, *jobs: str, until: int | None = None) -> None:
        """These jobs are done; the worker dies at random moments of them until there were so many kills."""
        shift = self.town.shift
        for job in jobs:
            if until is not None and self.town.kills.total() < until:
                if shift.doom is None:
                    shift.draw()
            else:
                shift.doom = None
            await shift.do(job)
            self.seen.look(self.town.home)

    async def _letters(self) -> None:
        quota = max(2, self.kills // 6)
        wave = str(self.pack.waves[0].id)
        await self._do("ready", "load", "suppress", f"release {wave}", until=quota)
        self._judge("load and release", load_verdict(self.town.home, self.town.people, wave))

    async def _answers(self) -> None:
        town, quota = self.town, self.kills - max(2, self.kills // 3)
        wave = str(self.pack.waves[0].id)
        reaper = Reaper(town, quota, self.choose)
        for each in town.served:
            each.start()
        await reaper.settle()
        people = []
        for number, code in enumerate(codes_of(town.home, wave)):
            account = Account(number)
            self.accounts.append(account)
            stops = self.choose.randint(1, 12) if number % 5 == 4 else None
            mine = random.Random(town.seed * 1000 + number)
            people.append(Person(code, account, mine, town.responds, town.claim, town.issuer, stops, reaper.told))
        gate = asyncio.Semaphore(AT_ONCE)

        async def one(person: Person, client: httpx.AsyncClient) -> None:
            async with gate:
                await person.live(client)

        async with httpx.AsyncClient(trust_env=False, timeout=15) as client:
            reaping, working = asyncio.create_task(reaper.run(quota)), asyncio.create_task(self._work(reaper))
            await asyncio.gather(*(one(person, client) for person in people))
            await reaper.rest(reaping)
            await working
        await reaper.settle()
        self.report.in_flight = reaper.in_flight
        for each in town.served:
            each.stop()
        self._judge("under load", self._all())

    async def _work(self, reaper: Reaper) -> None:
        """The team works while people answer: a job whenever some more answers are in."""
        jobs = itertools.cycle(("flush", "sort", "order", "flush", "round"))
        while not reaper.over:
            await reaper.hear(10)
            await self.town.shift.do(next(jobs))
            self.seen.look(self.town.home)

    async def _calendar(self) -> None:
        town, pack = self.town, self.pack
        later = pack.collection.closes + timedelta(days=1)
        first = self.town.kills.total()
        spread = self.kills - first
        steps = self._days(later)
        for number, (day, jobs) in enumerate(steps, start=1):
            town.shift.day = max(town.shift.day, day)
            until = first + -(-spread * number // len(steps))
            await self._do(*jobs, until=until)
            if {"sever", "sent"} & set(jobs):
                self._judge(jobs[-1], self._all())
        for _ in range(200):  # what is left of the kills falls on a day on which all is done already
            if town.kills.total() >= self.kills:
                break
            await self._do("daily", until=self.kills)
        town.shift.doom = None
        before = snapshot(town.home)
        await self._do("daily")
        repeated = [] if snapshot(town.home) == before else ["a repeated day changed something"]
        found = end_verdict(town.home, town.people, self.accounts, self.seen)
        self._judge("at the end", found + answers_verdict(town.home, self.accounts) + repeated)

    def _all(self) -> list[str]:
        return answers_verdict(self.town.home, self.accounts) + claims_verdict(self.town.home, self.accounts)

    def _days(self, later: date) -> list[tuple[date, tuple[str, ...]]]:
        """What the calendar asks for: releases and stops while letters go out, then the close, and every day on which somebody dies."""
        pack = self.pack
        waves = [wave for wave in pack.waves if wave.kind == "reminder"]
        refs = self.seen.refs(self.town.home, STOPPED)
        steps: list[tuple[date, tuple[str, ...]]] = [
            (
                waves[0].dispatch_on - timedelta(days=1),
                (f"stop {' '.join(refs)}", "suppress", f"release {waves[0].id}"),
            ),
            *((waves[0].dispatch_on + timedelta(days=n), ("daily",)) for n in (0, 8)),
            (waves[1].dispatch_on - timedelta(days=1), ("suppress", f"release {waves[1].id}")),
            (waves[1].dispatch_on, ("daily",)),
            (waves[1].dispatch_on + timedelta(days=20), ("daily",)),
            (later, ("daily", "close", "sever")),
            (later + timedelta(days=1), ("order", "order", "round", "round", "sent")),
            (pack.retention.contact.latest, ("daily",)),
            (later + timedelta(days=100), ("held", "daily")),
            (pack.retention.interviews.latest, ("daily",)),
            (later + timedelta(days=200), ("daily",)),
            (pack.retention.vouchers.latest, ("daily",)),
        ]
        return steps
