"""A PostgreSQL server of the tests' own: another user, a Unix socket, a folder that goes away. Databases come from templates."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator


@dataclass(frozen=True)
class Server:
    socket: Path
    superuser: str
    start: Callable[[], None] = lambda: None
    """The server answers again, after a kill of its postmaster."""

    def url(self, database: str, role: str | None = None) -> str:
        return f"postgresql+psycopg://{role or self.superuser}@/{database}?host={self.socket}"

    def postmaster(self) -> int:
        """The process id of the whole server."""
        return int((self.socket / "data" / "postmaster.pid").read_text().splitlines()[0])

    def backends(self) -> list[int]:
        """The process ids of the server's children that serve a connection of an installation."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError, IndexError):
                parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
                if int(parent) == self.postmaster() and b" [local] " in (folder / "cmdline").read_bytes():
                    found.append(int(folder.name))
        return found


def programs() -> Path | None:
    """Where initdb lies, newest version first."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]), reverse=True)
    on_path = shutil.which("initdb")
    if found:
        return found[0].parent
    return Path(on_path).resolve().parent if on_path else None


def _other_user() -> str | None:
    """PostgreSQL refuses to run as root: then it runs as `postgres`, or as `nobody`."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    return None


@contextlib.contextmanager
def running(*, durable: bool = False) -> Iterator[Server]:
    """A server that answers on its socket, until the block ends. `durable`: it writes through, as production does; else it is quick."""
    binaries = programs()
    assert binaries is not None
    user = _other_user()
    root = Path(tempfile.mkdtemp(prefix="troth-pg-"))
    if user:
        shutil.chown(root, user)
    root.chmod(0o755)

    def run(*command: str) -> None:
        subprocess.run(command, check=True, user=user, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    data = root / "data"
    run(
        str(binaries / "initdb"), "-D", str(data), "-U", "troth", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C"
    )
    options = f"-c listen_addresses= -c unix_socket_directories={root} -c max_connections=200 -c shared_buffers=64MB"
    if not durable:
        options += " -c fsync=off -c full_page_writes=off"

    def start() -> None:
        """The children of a killed server hold its memory until they notice: until then it refuses to start."""
        for left in range(50, -1, -1):
            try:
                run(str(binaries / "pg_ctl"), "-D", str(data), "-w", "-l", str(root / "log"), "-o", options, "start")
            except subprocess.CalledProcessError:
                if not left:
                    raise
                time.sleep(0.2)
            else:
                return

    start()
    try:
        yield Server(root, "troth", start)
    finally:
        run(str(binaries / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop")
        shutil.rmtree(root, ignore_errors=True)
