"""Serving: one operating-system process (and its workers) per role, shut in with its own files, with the machine's clock.

There is no way to hand a served process another clock.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Final

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

from troth.kit.clock import SystemClock
from troth.kit.errors import Refused
from troth.kit.log import silence_libraries
from troth.wiring.confine import confine, program_files
from troth.wiring.open import open_settings
from troth.wiring.replicas import follow
from troth.wiring.settings import Settings, read_settings

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp

    from troth.wiring.open import Opened

_ENVIRONMENT: Final = "TROTH_SETTINGS"
SERVED: Final = ("respond", "issuer", "claim", "public")


def serve(settings_file: Path, *, ready: Callable[[bool], None] = lambda _confined: None) -> None:
    """The role of that settings file answers until the process is told to stop.

    Raises:
        Refused: not a served role, or its vault was restored and is not reconciled. Invalid, KeyMissing: told before anything listens.

    """
    settings = read_settings(settings_file)
    if settings.serve is None or settings.role not in SERVED:
        raise Refused(f"{settings.role} is not served", where=str(settings_file), mend=f"one of {', '.join(SERVED)}")
    work = open_settings(settings, SystemClock())
    for name in settings.vaults:
        work.vault(name)
    follow(work)
    work.close()
    os.environ[_ENVIRONMENT] = str(settings_file.resolve())
    ready(confine(_readable(settings_file, settings), _own(settings)))
    Granian(
        "troth.wiring.serve:app",
        address=settings.serve.host,
        port=settings.serve.port,
        workers=settings.serve.workers,
        interface=Interfaces.ASGI,
        factory=True,
        log_enabled=True,
        log_level=LogLevels.error,
        log_access=False,
        respawn_failed_workers=True,
        websockets=False,
    ).serve()


def app() -> ASGIApp:
    """What a worker runs: the app of the role that the settings file names."""
    silence_libraries()
    settings = read_settings(Path(os.environ[_ENVIRONMENT]))
    return _APPS[settings.role](open_settings(settings, SystemClock()))


def _readable(settings_file: Path, settings: Settings) -> list[Path]:
    """The program, and this role's own settings, study and keys. Evidence is replaced whole: its folder is named."""
    named = [settings_file, settings.study, settings.keys, settings.public_keys]
    return [
        *program_files(),
        *named,
        *([settings.evidence.parent] if settings.evidence and settings.role == "public" else []),
    ]


def _own(settings: Settings) -> list[Path]:
    """The folders of this role's SQLite vaults and of its replica. PostgreSQL's socket is not a file that Landlock guards."""
    replicas = {"respond": "responses", "claim": "claims"}
    mine = [settings.replica / replicas[settings.role]] if settings.replica and settings.role in replicas else []
    return [
        *(Path(url.removeprefix("sqlite:///")).parent for url in settings.vaults.values() if url.startswith("sqlite:")),
        *mine,
    ]


def _respond(work: Opened) -> ASGIApp:
    from troth.wiring.respond import respond_app  # noqa: PLC0415 - a process imports its own role's rooms only

    return respond_app(work)


def _issuer(work: Opened) -> ASGIApp:
    from troth.wiring.issuer import issuer_app  # noqa: PLC0415

    return issuer_app(work)


def _claim(work: Opened) -> ASGIApp:
    from troth.wiring.claim import claim_app  # noqa: PLC0415

    return claim_app(work)


def _public(work: Opened) -> ASGIApp:
    from troth.wiring.public import public_app  # noqa: PLC0415

    return public_app(work)


_APPS: Final = {
    "respond": _respond,
    "issuer": _issuer,
    "claim": _claim,
    "public": _public,
}
