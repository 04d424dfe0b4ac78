"""What a served process is once it has been checked and shut in: the server, and in its workers one role's site; nothing else.

`wiring.serve` becomes this program by `exec`, so neither the server nor its workers (which it forks) carry what the checks and the
command line needed. A worker imports the rooms of its own role only.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.types import ASGIApp

    from troth.wiring.open import Opened

ENVIRONMENT: Final = "TROTH_SETTINGS"
LINTED: Final = "TROTH_LINTED"
ALLOCATOR: Final[Mapping[str, str]] = {"MALLOC_ARENA_MAX": "2"}
"""Of the C library: without it each thread that asks for memory may keep an arena of its own."""


def main() -> None:
    """The sites answer at `host`, `port` by so many workers until the process is told to stop: `served HOST PORT WORKERS`."""
    from troth.wiring.listening import listen  # noqa: PLC0415 - a worker's `app` is this module too, and needs no server of its own

    host, port, workers = sys.argv[1:]
    listen(app, host, int(port), int(workers))


def app() -> ASGIApp:
    """What a worker runs: the app of the role that the settings file names."""
    from troth.kit.clock import SystemClock  # noqa: PLC0415 - the server that forks the workers stays small
    from troth.kit.log import silence_libraries  # noqa: PLC0415
    from troth.wiring.open import open_settings  # noqa: PLC0415
    from troth.wiring.settings import read_settings  # noqa: PLC0415

    silence_libraries()
    settings = read_settings(Path(os.environ[ENVIRONMENT]))
    return APPS[settings.role](open_settings(settings, SystemClock(), linted=os.environ.get(LINTED, "")))


def _respond(work: Opened) -> ASGIApp:
    from troth.storage.writer import PACE  # noqa: PLC0415 - a process imports its own role's rooms only
    from troth.wiring.respond import respond_app  # noqa: PLC0415

    return respond_app(work, pace=PACE)


def _issuer(work: Opened) -> ASGIApp:
    from troth.wiring.issuer import issuer_app  # noqa: PLC0415

    return issuer_app(work)


def _claim(work: Opened) -> ASGIApp:
    from troth.wiring.claim import claim_app  # noqa: PLC0415

    return claim_app(work)


def _public(work: Opened) -> ASGIApp:
    from troth.wiring.public import public_app  # noqa: PLC0415

    return public_app(work)


APPS: Final = {
    "respond": _respond,
    "issuer": _issuer,
    "claim": _claim,
    "public": _public,
}


if __name__ == "__main__":
    main()
