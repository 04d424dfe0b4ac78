"""The print room, composed: its own keys, the built fonts, and no vault at all."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING

from troth.fieldwork.printing import PrintRoom, Sites, quietly

if TYPE_CHECKING:
    from collections.abc import Callable

    from troth.wiring.open import Opened


def printroom_for(work: Opened, *, progress: Callable[[int, int], None] = quietly) -> PrintRoom:
    """The role `printroom` at work."""
    return PrintRoom(
        pack=work.pack,
        identity=work.keys.age_identity("printroom"),
        private=work.keys.recipient("printroom"),
        signed_by=work.keys.ledger_public(),
        sites=Sites(work.settings.origins.respond, work.settings.origins.public),
        fonts=Path(str(resources.files("troth"))) / "web" / "static" / "letter",
        progress=progress,
    )
