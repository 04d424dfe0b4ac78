"""A PostgreSQL server of the tests' own: another user, a Unix socket, a folder that goes away. Databases come from templates."""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True)
class Server:
    socket: Path
    superuser: str

    def url(self, database: str, role: str | None = None) -> str:
        return f"postgresql+psycopg://{role or self.superuser}@/{database}?host={self.socket}"


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
    """A server that answers on its socket, until the block ends; `durable` where a commit must reach the disk (benchmarks)."""
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
    options = f"-c listen_addresses= -c unix_socket_directories={root} -c fsync={'on' if durable else 'off'} -c max_connections=200 -c shared_buffers=64MB"
    run(str(binaries / "pg_ctl"), "-D", str(data), "-w", "-l", str(root / "log"), "-o", options, "start")
    try:
        yield Server(root, "troth")
    finally:
        run(str(binaries / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop")
        shutil.rmtree(root, ignore_errors=True)
