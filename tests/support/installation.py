"""A whole installation for tests: made as `troth study new` makes one, dated for today, served by one real process per role.

The served processes use the machine's clock, so the pack is dated on the day of the test. Codes are put in as handles by
the role `load`, as the loading of a sample does; the plaintext codes exist in the test alone.
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sqlalchemy import create_engine, insert, select, text
from tests.support.browser import ROOT, free_port

from troth.kit.clock import SystemClock
from troth.protocol.code import new_code
from troth.protocol.root import Cost, derive
from troth.study import bundled, write_dates
from troth.vaults.responses.schema import handle, step
from troth.wiring.collection import flush_for
from troth.wiring.create import create, host_of
from troth.wiring.grants import OWNERS, Cluster
from troth.wiring.open import opened

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path

    from tests.support.postgres import Server

SERVED = ("issuer", "respond", "claim", "public")
_SERVE = "import sys; from pathlib import Path; from troth.wiring.serve import serve; serve(Path(sys.argv[1]))"
"""What `troth serve ROLE` does, without the rest of the command line."""
QUICK = 10
"""2**10 rounds instead of 2**14: a code costs a few milliseconds, and the walks are about pages."""


def dated_pack(folder: Path, *, cost: int = QUICK) -> Path:
    """A copy of the bundled study, open since yesterday."""
    pack = folder / "pack"
    shutil.copytree(bundled("sdcs"), pack)
    write_dates(pack, SystemClock().today())
    study = pack / "study.yaml"
    words = study.read_text(encoding="utf-8")
    changed = words.replace("code_cost_log2_n: 14", f"code_cost_log2_n: {cost}")
    assert f"code_cost_log2_n: {cost}\n" in changed
    study.write_text(changed, encoding="utf-8")
    return pack


@dataclass
class Installation:
    """One installation and its processes. `codes` are the plaintext codes that were put in, in the order handed out."""

    home: Path
    ports: Mapping[str, int]
    cluster: Cluster | None
    cost: int
    codes: list[str] = field(default_factory=list, repr=False)
    handles: list[bytes] = field(default_factory=list, repr=False)
    running: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict, repr=False)
    _next: int = 0

    def site(self, role: str) -> str:
        """The origin of that site, as a browser on this machine names it."""
        return f"http://{host_of(role)}:{self.ports[role]}"

    def code(self) -> str:
        """A fresh code, issued and never used."""
        if self._next >= len(self.codes):
            self.put_codes(50)
        self._next += 1
        return self.codes[self._next - 1]

    def put_codes(self, count: int) -> None:
        """So many new codes are issued, in RESPONSES, by the role `load`."""
        with opened(self.home, "load") as work:
            made = [new_code() for _ in range(count)]
            pepper, cost = work.keys.pepper(), Cost(log2_n=self.cost)
            derived = [derive(code, pepper, work.pack.id, cost).handle for code in made]
            cell = work.pack.flush.cells[0].id
            rows = [
                {"handle": of, "intake": "walks", "cell": cell, "tranche": 1, "reserve": False, "state": "issued"}
                for of in derived
            ]
            with work.vault("responses").write() as connection:
                connection.execute(insert(handle), rows)
        self.codes += made
        self.handles += derived

    def handle_of(self, code: str) -> bytes:
        """The handle of a code of this installation."""
        return self.handles[self.codes.index(code)]

    def steps(self, code: str) -> list[tuple[int, bytes]]:
        """The sealed steps that lie under a code: slot and box."""
        rows = select(step.c.n, step.c.box).where(step.c.handle == self.handle_of(code)).order_by(step.c.n)
        with opened(self.home, "flush") as work, work.vault("responses").read() as connection:
            return [(row.n, bytes(row.box)) for row in connection.execute(rows)]

    def state(self, code: str) -> str:
        """The state of a code's handle."""
        wanted = select(handle.c.state).where(handle.c.handle == self.handle_of(code))
        with opened(self.home, "flush") as work, work.vault("responses").read() as connection:
            return str(connection.scalar(wanted))

    def log(self, role: str) -> str:
        """Everything that process ever wrote, stdout and stderr."""
        return (self.home / f"{role}.log").read_text(encoding="utf-8", errors="replace")

    def logs(self) -> str:
        """Everything that all processes ever wrote."""
        return "\n".join(self.log(role) for role in SERVED)

    def start(self, role: str, *, cwd: str | Path = "/") -> None:
        """That role answers, in an operating-system process of its own, started in that folder."""
        environment = {**os.environ, "PYTHONPATH": str(ROOT / "src"), "PYTHONDONTWRITEBYTECODE": "1"}
        environment.pop("TROTH_HOME", None)
        with (self.home / f"{role}.log").open("ab") as log:
            self.running[role] = subprocess.Popen(
                [sys.executable, "-P", "-c", _SERVE, str(self.home / "settings" / f"{role}.toml")],
                cwd=cwd, env=environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip

    def wait(self, role: str, seconds: float = 30) -> None:
        """Returns once the role answers; fails with its log otherwise."""
        end = time.monotonic() + seconds
        while time.monotonic() < end and self.running[role].poll() is None:
            try:
                urllib.request.urlopen(f"{self.site(role)}/static/", timeout=1).close()
            except urllib.error.HTTPError as error:
                error.close()
                return
            except OSError:
                time.sleep(0.05)
            else:
                return
        raise AssertionError(f"{role} does not answer: {self.log(role)[-2000:]}")

    def stop(self, role: str) -> None:
        """That role's processes are gone: the supervisor and its worker, which are this group and nobody else."""
        process = self.running.pop(role)
        for number in (signal.SIGTERM, signal.SIGKILL):
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, number)
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=5)
                break


def make(folder: Path, server: Server | None = None, *, cost: int = QUICK) -> Installation:
    """An installation with fifty codes, not yet served; on PostgreSQL where a server is given."""
    ports = {role: free_port() for role in SERVED}
    pack = dated_pack(folder, cost=cost)
    cluster = _cluster(server) if server else None
    create(folder / "home", pack, ports=ports, cluster=cluster)
    with opened(folder / "home", "flush") as work:
        flush_for(work).ready()
    made = Installation(folder / "home", ports, cluster, cost)
    made.put_codes(50)
    return made


@contextlib.contextmanager
def served(folder: Path, server: Server | None = None, *, cost: int = QUICK) -> Iterator[Installation]:
    """An installation whose four sites answer, until the block ends."""
    made = make(folder, server, cost=cost)
    try:
        for role in SERVED:
            made.start(role)
        for role in SERVED:
            made.wait(role)
        yield made
    finally:
        for role in list(made.running):
            made.stop(role)
        if server and made.cluster:
            _drop(made.cluster, server)


def _cluster(server: Server) -> Cluster:
    """Roles and databases as the server's administrator makes them: each process connects as its own role."""
    made = Cluster(str(server.socket), prefix=f"w{secrets.token_hex(4)}")
    _administer(server, made.setup())
    return made


def _drop(cluster: Cluster, server: Server) -> None:
    _administer(server, [f"DROP DATABASE IF EXISTS {cluster.database(vault)} WITH (FORCE)" for vault in OWNERS])


def _administer(server: Server, statements: list[str]) -> None:
    engine = create_engine(server.url("postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


__all__ = ["QUICK", "SERVED", "Installation", "dated_pack", "make", "served"]
