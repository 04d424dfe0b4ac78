"""Serving: one operating-system process (and its workers) per role, shut in with its own files, with the machine's clock.

Here the role is checked and shut in; then the process becomes `wiring.served`, which is small. There is no way to hand a served process
another clock.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Final

from troth.kit.clock import SystemClock
from troth.kit.errors import Refused
from troth.wiring.confine import confine, program_files
from troth.wiring.open import open_settings, seal_of
from troth.wiring.replicas import follow
from troth.wiring.served import ALLOCATOR, APPS, ENVIRONMENT, LINTED
from troth.wiring.settings import Settings, read_settings

if TYPE_CHECKING:
    from collections.abc import Callable

SERVED: Final = tuple(APPS)
PROGRAM: Final = (sys.executable, "-P", "-m", "troth.wiring.served")
"""What the process becomes. `-P`: no module is taken from the folder that it happens to be started in, which others may write to."""


def serve(settings_file: Path, *, ready: Callable[[bool], None] = lambda _confined: None) -> None:
    """The role of that settings file answers until the process is told to stop: this process becomes it, and never comes back here.

    Raises:
        Refused: not a served role, or its vault was restored and is not reconciled. Invalid, KeyMissing: told before anything listens.

    """
    settings = read_settings(settings_file)
    if settings.serve is None or settings.role not in SERVED:
        raise Refused(f"{settings.role} is not served", where=str(settings_file), mend=f"one of {', '.join(SERVED)}")
    linted = seal_of(settings.study)
    work = open_settings(settings, SystemClock())
    for name in settings.vaults:
        work.vault(name)
    follow(work)
    work.close()
    sys.stdout.flush()
    ready(confine(_readable(settings_file, settings), _own(settings)))
    at = settings.serve
    become = [*PROGRAM, at.host, str(at.port), str(at.workers)]
    environment = {**os.environ, **ALLOCATOR, ENVIRONMENT: str(settings_file.resolve()), LINTED: linted}
    os.execve(sys.executable, become, environment)  # noqa: S606 - this very interpreter, with this very program


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
