"""The flush process and the close of the collection: RESPONSES as its owner, strip keys, ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING

from troth.fieldwork.close import Closed, close, sever
from troth.fieldwork.flush import Flush
from troth.fieldwork.respondents import page_context
from troth.keys.folder import KeyFolder
from troth.protocol.boxes import AnalysisSealer
from troth.questionnaire import plan

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from troth.wiring.open import Opened


def flush_for(work: Opened, between: Callable[[str], None] = lambda _step: None) -> Flush:
    """The flush process of this installation."""
    return Flush(
        study=work.pack.id,
        database=work.vault("responses"),
        keys=work.keys.folder,
        ledger=work.ledger(),
        slots=plan(work.pack.questionnaire).total_slots,
        k=work.pack.flush.minimum,
        between=between,
    )


def close_study(work: Opened, between: Callable[[str], None] = lambda _step: None) -> Closed:
    """The study is closed (fieldwork.close.close)."""
    pack = work.pack
    return close(
        flush_for(work, between),
        partials=pack.partials_at_close,
        analysis=AnalysisSealer(work.keys.analysis_public()),
        plan=plan(pack.questionnaire),
        context=page_context(pack.id, pack.questionnaire),
        day=work.clock.today(),
    )


def sever_study(work: Opened, between: Callable[[str], None] = lambda _step: None) -> Mapping[str, int]:
    """The study is severed (fieldwork.close.sever): every folder under this home that holds a pepper loses it.

    Where the respond and load roles live on other hosts, their operators destroy the pepper there; `troth promises` says broken
    until both have attested it.
    """
    folders = [KeyFolder(work.settings.home / "keys" / role) for role in ("respond", "load")]
    return sever(flush_for(work, between), folders, work.clock.today())
