"""A PostgreSQL server of one's own: started in a folder that goes away, on a Unix socket, for a rehearsal, a crash run or a test.

Databases and roles in it are real ones; only who may become them is not asked (`trust`), because nobody else reaches the socket.
"""

from __future__ import annotations

import contextlib
import os
import pwd
import shutil
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sqlalchemy import create_engine, text

from troth.kit.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_TRIES: Final = 50
_PAUSE: Final = 0.2


@dataclass(frozen=True)
class Server:
    """Where it answers, and where its files lie."""

    socket: Path
    superuser: str
    data: Path
    start: Callable[[], None] = field(repr=False)
    """The server answers again, after it was killed."""

    def url(self, database: str, role: str | None = None) -> str:
        """How that role opens that database; the superuser by default."""
        return f"postgresql+psycopg://{role or self.superuser}@/{database}?host={self.socket}"

    def settle(self) -> None:
        """What was committed is in the heap files."""
        engine = create_engine(self.url("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text("CHECKPOINT"))
        engine.dispose()


def programs() -> Path | None:
    """The folder of `initdb` and `pg_ctl`, newest version first; None where there is none."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: int(p.parts[-3]), reverse=True)
    on_path = shutil.which("initdb")
    if found:
        return found[0].parent
    return Path(on_path).resolve().parent if on_path else None


@contextlib.contextmanager
def running(*, durable: bool = False, wal_megabytes: int | None = None) -> Iterator[Server]:
    """A server that answers on its socket, until the block ends. `durable`: it writes through, as production does; else it is quick.

    `wal_megabytes` keeps the write-ahead log from growing far beyond that, for whoever copies it often.

    Raises:
        Refused: PostgreSQL's server programs are not on this machine.

    """
    binaries = programs()
    if binaries is None:
        raise Refused(
            "PostgreSQL's server programs are not here",
            where="--database postgresql",
            mend="apt-get install postgresql, or rehearse on sqlite",
        )
    user = _other_user()
    root = Path(tempfile.mkdtemp(prefix="troth-pg-"))
    if user:
        shutil.chown(root, user)
    root.chmod(0o755)

    def run(*command: str) -> None:
        subprocess.run(command, check=True, user=user, cwd="/", stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603

    data = root / "data"
    made = ("-U", "troth", "-A", "trust", "--no-sync", "-E", "UTF8", "--locale=C")
    run(str(binaries / "initdb"), "-D", str(data), *made)
    options = f"-c listen_addresses= -c unix_socket_directories={root} -c max_connections=200 -c shared_buffers=64MB"
    if wal_megabytes:
        options += f" -c max_wal_size={wal_megabytes}MB -c min_wal_size=32MB"
    if not durable:
        options += " -c fsync=off -c full_page_writes=off"

    def start() -> None:
        """The children of a killed server hold its memory until they notice: until then it refuses to start."""
        for left in range(_TRIES, -1, -1):
            try:
                run(str(binaries / "pg_ctl"), "-D", str(data), "-w", "-l", str(root / "log"), "-o", options, "start")
            except subprocess.CalledProcessError:
                if not left:
                    raise
                time.sleep(_PAUSE)
            else:
                return

    start()
    try:
        yield Server(root, "troth", data, start)
    finally:
        run(str(binaries / "pg_ctl"), "-D", str(data), "-m", "immediate", "stop")
        shutil.rmtree(root, ignore_errors=True)


def _other_user() -> str | None:
    """PostgreSQL refuses to run as root: then it runs as `postgres`, or as `nobody`."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        with contextlib.suppress(KeyError):
            return pwd.getpwnam(name).pw_name
    return None
