"""The voucher desk and the interview desk of an installation."""

from __future__ import annotations

from typing import TYPE_CHECKING

from troth.claims.interviews import InterviewDesk
from troth.claims.vouchers import VoucherDesk
from troth.kit.steps import go_on
from troth.vaults.interviews import store as interviews
from troth.vaults.vouchers import store as vouchers
from troth.wiring.replicas import require_reconciled

if TYPE_CHECKING:
    from collections.abc import Callable

    from troth.vaults.bucketed import BucketedRows
    from troth.wiring.open import Opened


def voucher_desk(work: Opened, between: Callable[[str], None] = go_on) -> VoucherDesk:
    """The role `vouchers` at work. Raises Refused: VOUCHERS was restored from a backup and is not reconciled."""
    require_reconciled(work)
    kept = work.pack.retention.vouchers
    return VoucherDesk(
        box=vouchers.box(work.vault("vouchers")),
        ring=work.keys.ring("voucher"),
        ledger=work.ledger(),
        provider=work.keys.age_recipient("provider"),
        outbox=work.settings.home / "outbox" / "vouchers",
        k=work.pack.flush.minimum,
        latest=kept.latest,
        months=kept.months,
        between=between,
    )


def interview_desk(work: Opened, between: Callable[[str], None] = go_on) -> InterviewDesk:
    """The role `interviews` at work. Raises Refused: INTERVIEWS was restored from a backup and is not reconciled."""
    require_reconciled(work)
    return InterviewDesk(
        box=interviews.box(work.vault("interviews")),
        ring=work.keys.ring("interview"),
        ledger=work.ledger(),
        k=work.pack.flush.minimum,
        latest=work.pack.retention.interviews.latest,
        between=between,
    )


def voucher_erasable(work: Opened) -> BucketedRows:
    """P26 over VOUCHERS."""
    return vouchers.erasable(work.vault("vouchers"), work.keys.ring("voucher"))


def interview_erasable(work: Opened) -> BucketedRows:
    """P16 over INTERVIEWS."""
    return interviews.erasable(work.vault("interviews"), work.keys.ring("interview"))
