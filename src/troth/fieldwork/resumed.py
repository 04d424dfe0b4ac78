"""A release goes on with the batches that a kill left: the same ones, dated anew where the day of their posting has passed (P05)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from troth.vaults.sample.resumed import overdue, resume

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from datetime import date
    from pathlib import Path

    from troth.fieldwork.outgoing import Outgoing
    from troth.storage.database import Database
    from troth.vaults.sample.post import Batch


def resumed(
    sample: Database, out: Outgoing, left: Sequence[Batch], now: Batch, *, folder: Path, in_time: Callable[[date], None]
) -> list[Batch]:
    """Those of the batches that somebody is left in, as they may leave now; the others are forgotten, with their files in that folder.

    Args:
        sample: SAMPLE.
        out: whose files they are.
        left: what was prepared and never released.
        now: such a batch as it would be if it were prepared now.
        folder: where the files go.
        in_time: refuses a day of delivery that is too late.

    Raises:
        Refused: as `in_time`, or as `vaults.sample.resumed.resume`.

    """

    def dated(as_of: Callable[[Batch], Batch], some: Sequence[Batch]) -> list[Batch]:
        going = []
        for each in some:
            if (found := resume(sample, each, as_of(each))) is not None:
                going.append(found)
            else:
                out.forget(each, folder)
        return going

    going = dated(lambda each: each, left)  # an empty one is no reason to refuse anything
    if any(overdue(each, now) for each in going):
        in_time(now.delivered_by)
    return dated(lambda _each: now, going)
