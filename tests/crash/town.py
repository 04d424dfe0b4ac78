"""One installation with its served processes in groups of their own, its worker, and its PostgreSQL server where it has one."""

from __future__ import annotations

import asyncio
import collections
import contextlib
import os
import random
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import yaml
from sqlalchemy import create_engine, text
from tests.crash.shift import Shift

import troth
from troth.fieldwork.synthesise import write_sample
from troth.kit.clock import SystemClock
from troth.study import bundled, load_pack, write_dates
from troth.wiring.create import create
from troth.wiring.grants import OWNERS, Cluster

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.postgres import Server

SOURCE = str(Path(troth.__file__).parent.parent)
LOG2_N = 10
"""2**10 rounds instead of 2**14: a code costs a few milliseconds, and this is about what is kept."""
K = 5


@dataclass
class Served:
    """One served process in a group of its own, so that a kill takes the worker and its parent."""

    name: str
    settings: Path
    port: int
    log: Path
    process: subprocess.Popen[bytes] | None = None
    waiting: int = 0
    """Requests that were sent and not answered yet."""
    fell: list[str] = field(default_factory=list)
    """What it said when it ended by itself: it may not start while its database is gone. Then it is started again."""
    asked: asyncio.Event = field(default_factory=asyncio.Event)

    def start(self) -> None:
        program = "import sys, pathlib; from troth.wiring.serve import serve; serve(pathlib.Path(sys.argv[1]))"
        with self.log.open("ab") as log:
            self.process = subprocess.Popen(
                [sys.executable, "-c", program, str(self.settings)],
                env={**os.environ, "PYTHONPATH": SOURCE, "PYTHONDONTWRITEBYTECODE": "1"}, start_new_session=True,
                stdout=log, stderr=subprocess.STDOUT,
            )  # fmt: skip

    async def up(self) -> None:
        """It answers on its port."""
        for _ in range(900):
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection("127.0.0.1", self.port)
                writer.close()
                return
            if self.process is not None and self.process.poll() is not None:
                self.fell.append(self.log.read_text()[-300:])
                self.start()  # as a service manager does
            await asyncio.sleep(0.05)
        raise AssertionError(f"{self.name} did not come up: {self.log.read_text()[-2000:]}")

    def stop(self) -> None:
        """It is gone, and nobody counts that."""
        self.kill()

    def kill(self) -> bool:
        """kill -9 of all of it. True: it was alive, and that is what it died of."""
        process, self.process = self.process, None
        if process is None or process.poll() is not None:
            return False
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        return process.wait() == -signal.SIGKILL


@dataclass
class Town:
    """Everything that a season of crashes runs on."""

    home: Path
    kind: str
    people: int
    seed: int
    server: Server | None
    responds: list[Served]
    issuer: Served
    claim: Served
    shift: Shift
    kills: collections.Counter[str] = field(default_factory=collections.Counter)
    """What was killed -> how often, each a living process."""

    @property
    def served(self) -> list[Served]:
        return [*self.responds, self.issuer, self.claim]


@contextlib.contextmanager
def town(folder: Path, kind: str, *, people: int, seed: int, server: Server | None = None) -> Iterator[Town]:
    """An installation with an empty sample; nothing is served yet. At the end none of its processes is left."""
    pack, today = _pack(folder), SystemClock().today()
    roles = ("respond", "claim", "public", "issuer")
    ports = dict(zip((*roles, "second"), _free_ports(5), strict=True))
    cluster = _cluster(server) if server else None
    home = folder / "home"
    create(home, pack, cluster=cluster, ports={role: ports[role] for role in roles})
    write_sample(load_pack(home / "study"), people, seed, home / "sample.csv")
    settings = home / "settings"
    second = re.sub(
        r"^port = \d+$", f"port = {ports['second']}", (settings / "respond.toml").read_text(), flags=re.MULTILINE
    )
    (settings / "respond-b.toml").write_text(second)

    def served(name: str, file: str, role: str) -> Served:
        return Served(name, settings / f"{file}.toml", ports[role], folder / f"{name}.log")

    made = Town(
        home, kind, people, seed, server,
        [served("respond", "respond", "respond"), served("respond b", "respond-b", "second")],
        served("issuer", "issuer", "issuer"), served("claim", "claim", "claim"),
        Shift(home, today, folder / "worker.log", random.Random(seed)),
    )  # fmt: skip
    made.shift.kills = made.kills
    try:
        yield made
    finally:
        for each in made.served:
            each.kill()
        if server and cluster:
            _administer(server, [f"DROP DATABASE IF EXISTS {cluster.database(vault)} WITH (FORCE)" for vault in OWNERS])


def _pack(folder: Path) -> Path:
    """The bundled study, open since yesterday, with cells that small numbers fill."""
    pack = folder / "pack"
    shutil.copytree(bundled("sdcs"), pack)
    study = yaml.safe_load((pack / "study.yaml").read_text())
    study |= {"code_cost_log2_n": LOG2_N, "reserve_codes": 1}
    study["flush"] |= {"minimum": K, "cells": study["flush"]["cells"][8:]}
    (pack / "study.yaml").write_text(yaml.safe_dump(study, allow_unicode=True, sort_keys=False))
    write_dates(pack, SystemClock().today())
    return pack


def _free_ports(count: int) -> list[int]:
    """Ports that nobody has, all different: they are held until all are drawn."""
    with contextlib.ExitStack() as stack:
        found = [stack.enter_context(socket.socket()) for _ in range(count)]
        for each in found:
            each.bind(("127.0.0.1", 0))
        return [int(each.getsockname()[1]) for each in found]


def _cluster(server: Server) -> Cluster:
    made = Cluster(str(server.socket), prefix=f"c{secrets.token_hex(4)}")
    _administer(server, made.setup())
    return made


def _administer(server: Server, statements: list[str]) -> None:
    engine = create_engine(server.url("postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()
