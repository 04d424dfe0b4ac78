"""The flush process and the close of the collection: RESPONSES as its owner, strip keys, ledger."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from troth.fieldwork.close import PEPPER_HOLDERS, Closed, close, sever
from troth.fieldwork.flush import Flush
from troth.fieldwork.receipts import Handing
from troth.fieldwork.respondents import page_context
from troth.keys.folder import KeyFolder
from troth.protocol.boxes import ANALYSIS_OVERHEAD, AnalysisSealer
from troth.questionnaire import plan
from troth.wiring.kept import replicas_of
from troth.wiring.replicas import follow, require_reconciled
from troth.wiring.settings import settings_for

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

    from troth.wiring.open import Opened

RECEIPTS: Final = "receipts"
"""The folder of an installation where receipt batches lie until `letters` has taken them in."""


def flush_for(work: Opened, between: Callable[[str], None] = lambda _step: None) -> Flush:
    """The flush process of this installation. Raises Refused: RESPONSES was restored from a backup and is not reconciled."""
    require_reconciled(work)
    shape = plan(work.pack.questionnaire)
    return Flush(
        study=work.pack.id,
        database=work.vault("responses"),
        keys=work.keys.folder,
        ledger=work.ledger(),
        slots=shape.total_slots,
        k=work.pack.flush.minimum,
        between=between,
        box=shape.box_size + ANALYSIS_OVERHEAD,
        receipts=_handing(work) if work.pack.reminders == "targeted" else None,
    )


def _handing(work: Opened) -> Handing:
    """Whom a flush tells whose response is complete: the role `letters`, in files in HOME/receipts."""
    return Handing(
        study=work.pack.id,
        k=work.pack.flush.minimum,
        signing=work.keys.ledger(),
        to=work.keys.age_recipient("letters"),
        folder=work.settings.home / RECEIPTS,
    )


def close_study(work: Opened, between: Callable[[str], None] = lambda _step: None) -> Closed:
    """The study is closed (fieldwork.close.close)."""
    pack = work.pack
    closed = close(
        flush_for(work, between),
        partials=pack.partials_at_close,
        analysis=AnalysisSealer(work.keys.analysis_public()),
        plan=plan(pack.questionnaire),
        context=page_context(pack.id, pack.questionnaire),
        day=work.clock.today(),
    )
    follow(work)
    return closed


def sever_study(
    work: Opened, between: Callable[[str], None] = lambda _step: None, *, destroyed_elsewhere: Collection[str] = ()
) -> Mapping[str, int]:
    """The study is severed (fieldwork.close.sever): the holders of the pepper whose settings are on this machine lose it.

    A holder on another host must be named in `destroyed_elsewhere`, once its operator has destroyed the key there.
    """
    home = work.settings.home
    here = [role for role in PEPPER_HOLDERS if (home / "settings" / f"{role}.toml").is_file()]
    folders = {role: KeyFolder(settings_for(home, role).keys) for role in here}
    counts = sever(flush_for(work, between), folders, work.clock.today(), destroyed_elsewhere=destroyed_elsewhere)
    kept = replicas_of(work)
    if kept is not None:  # handles are in it: no code opens anything any more, so nothing has to be remembered (P04)
        kept.ended.destroy()
    return counts
