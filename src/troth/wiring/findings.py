"""The opening ceremony of an installation (P10)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from troth.fieldwork.respondents import page_context
from troth.findings.opening import analysis_seed, open_records, require_apart
from troth.questionnaire import plan

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from troth.findings.opening import Opened as Ceremony
    from troth.wiring.open import Opened


def ceremony(
    work: Opened, shares: Sequence[str], out: Path, progress: Callable[[int], None] = lambda _count: None
) -> Ceremony:
    """Two of three shares open every record into `out`. Raises as `open_records`; whether it may is asked before the shares are used."""
    pack, ledger = work.pack, work.ledger()
    require_apart(ledger)
    seed = analysis_seed(shares, work.keys.analysis_public())
    return open_records(
        work.vault("responses"),
        ledger,
        seed,
        questionnaire=pack.questionnaire,
        plan=plan(pack.questionnaire),
        context=page_context(pack.id, pack.questionnaire),
        out=out,
        day=work.clock.today(),
        progress=progress,
    )
