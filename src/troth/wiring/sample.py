"""How the sample comes in, composed: the role `load` at its commands other than the load itself."""

from __future__ import annotations

from typing import TYPE_CHECKING

from troth.fieldwork.draw import Draw
from troth.fieldwork.suppress import Suppress
from troth.kit.steps import go_on, quietly

if TYPE_CHECKING:
    from collections.abc import Callable

    from troth.wiring.open import Opened


def suppress_for(work: Opened, *, between: Callable[[str], None] = go_on) -> Suppress:
    """The role `load`, which holds the index key, at a suppression."""
    return Suppress(
        pack=work.pack,
        sample=work.vault("sample"),
        ledger=work.ledger(),
        index=work.keys.index(),
        clock=work.clock,
        between=between,
    )


def draw_for(work: Opened, *, progress: Callable[[int], None] = quietly) -> Draw:
    """The role `load` at a draw: no vault but the ledger is opened."""
    return Draw(pack=work.pack, ledger=work.ledger(), index=work.keys.index(), clock=work.clock, progress=progress)
