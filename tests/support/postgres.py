"""The PostgreSQL server of rehearsals, for tests: and which processes it is, for whoever kills them."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from troth.rehearsal import postgres
from troth.rehearsal.postgres import programs

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Server", "programs", "running"]


class Server(postgres.Server):
    """A server whose processes are known."""

    def postmaster(self) -> int:
        """The process id of the whole server."""
        return int((self.data / "postmaster.pid").read_text().splitlines()[0])

    def backends(self) -> list[int]:
        """The process ids of the server's children that serve a connection of an installation."""
        found = []
        for folder in Path("/proc").glob("[0-9]*"):
            with contextlib.suppress(OSError, IndexError):
                parent = (folder / "stat").read_text().rpartition(")")[2].split()[1]
                if int(parent) == self.postmaster() and b" [local] " in (folder / "cmdline").read_bytes():
                    found.append(int(folder.name))
        return found


@contextlib.contextmanager
def running(*, durable: bool = False) -> Iterator[Server]:
    """As `troth.rehearsal.postgres.running`."""
    with postgres.running(durable=durable) as server:
        yield Server(server.socket, server.superuser, server.data, server.start)
