"""A batch is posted on its day: deaths are reckoned on it, and who dies before a letter comes was told otherwise (P05)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from troth.fieldwork.delivery import dispatch_day
from troth.kit.errors import Refused

if TYPE_CHECKING:
    from datetime import date, datetime

    from troth.fieldwork.batch import Manifest


def require_not_late(posted: date, on: date, comes_by: date, late: str, *, where: str) -> None:
    """What is posted on the day `posted` is not late, or somebody said why and it was to come no earlier.

    Args:
        posted: the day of posting, at the earliest, of what is printed or sent now.
        on: the day on which it was to be posted.
        comes_by: the day by which it comes then: deaths are reckoned from it.
        late: why it is posted later all the same; empty: nobody said why.
        where: what is refused, for the words.

    Raises:
        Refused: it is posted after `on` and nobody said why, or after `comes_by`, whatever anybody says.

    """
    if posted > comes_by:
        what = f"these letters were to be posted on {on} and to have come by {comes_by}: erasure is reckoned from that"
        raise Refused(what, where=where, mend="post none of them; ask who releases letters what is sent instead")
    if posted > on and not late:
        what = f"these letters were to be posted on {on}; posted later they may come when contacts are erased"
        raise Refused(
            what, where=where, mend="ask who releases letters; if they are posted all the same, say why with --late"
        )


def require_notify_in_time(manifest: Manifest, now: datetime, late: str) -> None:
    """GOV.UK Notify, handed a letter at that moment (aware), posts it on the batch's own day: the next working day, by 17:30.

    Raises Refused: it would post it before; as `require_not_late`.
    """
    posted, where = dispatch_day(now), f"batch {manifest.batch[:8]}"
    if posted < manifest.dispatched_on:
        what = f"GOV.UK Notify would post it on {posted}, and it is to be posted on {manifest.dispatched_on}"
        raise Refused(what, where=where, mend="send it on the working day before that, by 17:30")
    require_not_late(posted, manifest.dispatched_on, manifest.delivered_by, late, where=where)
