"""Today, as the ledger allows it: a clock that was set back dates nothing (P05).

A day that lies before the ledger's last one would make a letter's computed delivery, and the death that hangs on it, wrong
by as much; and it would let a thing be done that was over. The chain cannot be dated back, so it is what a clock is held against.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from troth.kit.errors import Refused

if TYPE_CHECKING:
    from datetime import date

    from troth.kit.clock import Clock
    from troth.vaults.ledger.store import Ledger


def today(ledger: Ledger, clock: Clock, where: str) -> date:
    """The present day in the United Kingdom. Raises Refused: the ledger's last day lies after it."""
    day, last = clock.today(), ledger.last_day()
    if last is not None and day < last:
        raise Refused(
            f"this machine's clock says {day}, but the ledger was written on {last}",
            where=where,
            mend="set the clock right: a clock that was set back would date letters and deaths wrongly",
        )
    return day
