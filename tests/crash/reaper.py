"""The reaper: kills what serves, the worker and PostgreSQL at random moments, mostly while a request is on its way there."""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import signal
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from tests.crash.town import Served, Town

WEIGHTS: Final = {"respond": 4, "respond b": 4, "worker": 5, "claim": 3, "issuer": 2}
ON_POSTGRESQL: Final = {"backend": 3, "postmaster": 1}
IN_FLIGHT: Final = 3.0
"""Seconds to wait for a request on its way; then it dies idle."""


@dataclass
class Reaper:
    """Kills until its quota is used, or told that everybody is done."""

    town: Town
    quota: int
    choose: random.Random
    heard: asyncio.Event = field(default_factory=asyncio.Event)
    """Something was acknowledged."""
    count: int = 0
    over: bool = False
    restarts: list[asyncio.Task[None]] = field(default_factory=list)
    in_flight: int = 0
    """Kills of served processes that hit a request on its way."""

    def told(self) -> None:
        self.count += 1
        self.heard.set()

    @property
    def done(self) -> int:
        return self.town.kills.total()

    async def run(self, until: int) -> None:
        """So many kills are done in all."""
        while self.done < until:
            await self._until(self.count + self.choose.randint(2, 12))
            if self.over:
                return
            await self._one()

    async def settle(self) -> None:
        """Everything that was killed is up again."""
        await asyncio.gather(*self.restarts)
        for each in self.town.served:
            await each.up()

    async def hear(self, more: int) -> None:
        """So many more answers and claims were acknowledged."""
        await self._until(self.count + more)

    async def rest(self, reaping: asyncio.Task[None]) -> None:
        """Nobody asks any more: no further kill falls here; one that is under way is finished."""
        self.over = True
        self.heard.set()
        await reaping

    async def _until(self, count: int) -> None:
        while self.count < count and not self.over:
            self.heard.clear()
            await self.heard.wait()

    def _victim(self) -> str:
        """Each thing that belongs to PostgreSQL once, then whatever chance says."""
        kinds = ON_POSTGRESQL if self.town.server else {}
        never = [kind for kind in kinds if not self.town.kills[kind]]
        if never:
            return self.choose.choice(never)
        weights = WEIGHTS | kinds
        return self.choose.choices(list(weights), list(weights.values()))[0]

    async def _one(self) -> None:
        victim = self._victim()
        if victim == "worker":
            if self.town.shift.doom is None:
                self.town.shift.draw()
        elif victim in ON_POSTGRESQL:
            await self._server(victim)
        else:
            await self._served(next(each for each in self.town.served if each.name == victim))

    async def _served(self, victim: Served) -> None:
        await victim.up()
        victim.asked.clear()
        with contextlib.suppress(TimeoutError):
            await asyncio.wait_for(victim.asked.wait(), IN_FLIGHT)
        await asyncio.sleep(self.choose.uniform(0, 0.008))  # the random moment itself
        busy = victim.waiting > 0
        if victim.kill():
            self.town.kills[victim.name] += 1
            self.in_flight += busy
            victim.start()
            self.restarts.append(asyncio.create_task(victim.up()))

    async def _server(self, what: str) -> None:
        server = self.town.server
        assert server is not None
        await asyncio.sleep(self.choose.uniform(0, 0.05))
        if what == "backend":
            backends = server.backends()
            if backends and _killed(self.choose.choice(backends)):
                self.town.kills[what] += 1
        elif _killed(server.postmaster()):
            self.town.kills[what] += 1
            await asyncio.to_thread(server.start)


def _killed(process: int) -> bool:
    try:
        os.kill(process, signal.SIGKILL)
    except ProcessLookupError:
        return False
    return True
