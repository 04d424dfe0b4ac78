"""What commands that stop somebody, or close codes, share: the replicas follow, and a lost disk undoes nothing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from troth.cli.options import say
from troth.kit.errors import TrothError
from troth.wiring.replicas import follow

if TYPE_CHECKING:
    from troth.wiring.open import Opened


def keep_up(work: Opened) -> None:
    """The replicas have what was done; where one refuses, that is said: it is saved all the same, and `troth daily` catches up."""
    try:
        follow(work)
    except TrothError as error:
        say(f"it is saved; but {error}")
