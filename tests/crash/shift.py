"""The worker's shift: it is told what to do, killed at the moment that was drawn, and told again until the work is done."""

from __future__ import annotations

import asyncio
import collections
import contextlib
import json
import os
import signal
import sys
import time
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import troth

if TYPE_CHECKING:
    import random

ROOT = Path(__file__).resolve().parents[2]
SPANS = {"sql": 40, "commit": 5, "kept": 5, "file": 2}
"""Kind of moment -> how far ahead a kill is drawn: as many as a job or two have."""
OUTAGE = 90
"""Seconds for which storage may be gone: a killed server waits for its children, then recovers, on a busy machine."""
PATIENCE = 60
"""Seconds in which the worker must say something, else it hangs."""


class NeverDoneError(Exception):
    """A job cannot be done any more, however often it is begun again."""


@dataclass(frozen=True)
class Doom:
    """The worker dies at the `left`-th moment of that kind; `still`: while it stands still there, else in full flight."""

    kind: str
    left: int
    still: bool


@dataclass
class Shift:
    """One worker after another. `doom` is the next kill, drawn by whoever wants one; None lets it work."""

    home: Path
    day: date
    log: Path
    choose: random.Random
    doom: Doom | None = None
    kills: collections.Counter[str] = field(default_factory=collections.Counter)
    at: collections.Counter[str] = field(default_factory=collections.Counter)
    """`kind of moment, job` -> kills there."""
    failures: list[str] = field(default_factory=list)
    """What the worker said of itself that was neither done nor refused: storage that was gone, on PostgreSQL."""
    outage: float = 0
    """The longest time, in seconds, for which storage was gone to the worker."""
    refusals: list[str] = field(default_factory=list)
    _process: asyncio.subprocess.Process | None = None

    def draw(self) -> None:
        """A kill is ahead."""
        kind = self.choose.choices(list(SPANS), [1, 2, 2, 3])[0]
        self.doom = Doom(kind, self.choose.randint(1, SPANS[kind]), self.choose.random() < 0.7)

    async def do(self, job: str) -> str:
        """The job is done, however often its worker dies meanwhile; gives `done` or `refused …`.

        Raises:
            NeverDoneError: it failed again and again for longer than a server takes to come up, or fell. TimeoutError: it hangs.

        """
        began: float | None = None
        while True:
            said = await self._try(job)
            if said is None:
                began = None
                continue
            if not said.startswith("failed"):
                if said.startswith("refused"):
                    self.refusals.append(f"{job}: {said}")
                return said
            self.failures.append(f"{job}: {said}")
            began = began or time.monotonic()
            self.outage = max(self.outage, time.monotonic() - began)
            if self.outage > OUTAGE:
                raise NeverDoneError(f"{job}, for {OUTAGE} s, last: {said}")
            await asyncio.sleep(0.2)  # the server comes up again; there is nothing else to watch

    async def _try(self, job: str) -> str | None:
        """What the worker said of it; None: it died."""
        process = await self._living()
        assert process.stdin is not None
        assert process.stdout is not None
        doom = self.doom
        hold = [doom.kind, doom.left] if doom and doom.still else None
        process.stdin.write(json.dumps({"day": self.day.isoformat(), "job": job, "hold": hold}).encode() + b"\n")
        left = doom.left if doom else 0
        while True:
            word = (await asyncio.wait_for(process.stdout.readline(), PATIENCE)).decode().strip()
            if not word:
                raise NeverDoneError(f"the worker ended in {job}: {self.log.read_text()[-3000:]}")
            if word == "done" or word.startswith(("refused", "failed")):
                if doom:
                    self.doom = Doom(doom.kind, left, doom.still)
                return word
            if doom and (word == f"held {doom.kind}" or (word == doom.kind and not doom.still)):
                left -= 1
                if word.startswith("held") or not left:
                    self.doom = None
                    if await self.kill():
                        self.at[f"{doom.kind} in {job.split(maxsplit=1)[0]}"] += 1
                        return None
            elif doom and word == doom.kind:
                left -= 1

    async def _living(self) -> asyncio.subprocess.Process:
        if self._process is None:
            source = f"{Path(troth.__file__).parent.parent}{os.pathsep}{ROOT}"
            with self.log.open("ab") as log:
                self._process = await asyncio.create_subprocess_exec(
                    sys.executable, "-m", "tests.crash.worker", str(self.home), cwd=ROOT,
                    env={**os.environ, "PYTHONPATH": source, "PYTHONDONTWRITEBYTECODE": "1"},
                    stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE, stderr=log,
                )  # fmt: skip
            assert self._process.stdout is not None
            assert await asyncio.wait_for(self._process.stdout.readline(), PATIENCE) == b"ready\n", self.log.read_text()
        return self._process

    async def leave(self) -> None:
        """No worker is left, and nobody counts that: what it was at is done again by the next one."""
        process, self._process = self._process, None
        if process is not None:
            await _reap(process)

    async def kill(self) -> bool:
        """kill -9; True: it was alive, and that is what it died of."""
        process, self._process = self._process, None
        if process is None or process.returncode is not None:
            return False
        delivered = await _reap(process) == -signal.SIGKILL
        self.kills["worker"] += delivered
        return delivered


async def _reap(process: asyncio.subprocess.Process) -> int:
    """It was killed, if it was alive, and nothing of it is left open; gives what it died of."""
    if process.returncode is None:
        process.kill()
    if process.stdin is not None:
        process.stdin.close()
        with contextlib.suppress(ConnectionError):
            await process.stdin.wait_closed()
    if process.stdout is not None:
        await process.stdout.read()
    return await process.wait()
