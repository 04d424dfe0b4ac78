"""`troth flush`: completed responses leave their handles, in groups of at least k a cell."""

from __future__ import annotations

from troth.cli.options import Home, Json, give
from troth.wiring.collection import flush_for
from troth.wiring.open import opened
from troth.wiring.replicas import follow


def flush(home: Home, *, as_json: Json = False) -> None:
    """Flush now. `troth daily` does it at each wave, `troth study close` at the end; at night, because answers wait while it runs."""
    with opened(home, "flush", alone=True) as work:
        done = flush_for(work).run(work.clock.today())
        follow(work)
    waiting = ", ".join(f"{count} in {cell}" for cell, count in sorted(done.waiting.items()))
    text = f"{done.records} records" + (f"; cells with too few wait: {waiting}" if waiting else "")
    text += f"; receipts of {done.receipts} for `troth letters receipts`" if done.receipts else ""
    result = {"records": done.records, "waiting": dict(done.waiting), "receipts": done.receipts}
    give(result, as_json=as_json, text=text)
