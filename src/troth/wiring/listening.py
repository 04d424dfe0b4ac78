"""The server of everything that answers HTTP: sites in their processes, and the preview. Imports nothing of ours: it stays small."""

from __future__ import annotations

from typing import TYPE_CHECKING

from granian import Granian
from granian.constants import Interfaces
from granian.log import LogLevels

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.types import ASGIApp


def listen(app: Callable[[], ASGIApp], host: str, port: int, workers: int) -> None:
    """What `app` makes in each worker answers at that address until the process is told to stop; a worker that dies is replaced.

    Granian's own loader would look for modules in the working folder first, where somebody may have put one.
    """
    Granian(
        f"{app.__module__}:{app.__name__}",
        address=host,
        port=port,
        workers=workers,
        interface=Interfaces.ASGI,
        factory=True,
        log_enabled=True,
        log_level=LogLevels.error,
        log_access=False,
        respawn_failed_workers=True,
        websockets=False,
    ).serve(target_loader=app, wrap_loader=False)
