"""A batch that was prepared and then left lying: whoever may not get it any more is out of it, and its dates are those of now (P05)."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from sqlalchemy import delete, exists, func, select, update

from troth.kit.errors import Refused
from troth.vaults.sample.post import lock
from troth.vaults.sample.schema import batch, letter, person, reissue

if TYPE_CHECKING:
    from troth.storage.database import Database
    from troth.vaults.sample.post import Batch


def overdue(of: Batch, now: Batch) -> bool:
    """Whether a batch would be posted later than it was prepared for; `now` is what it would be if it were prepared now."""
    return now.dispatched_on > of.dispatched_on


def resume(database: Database, of: Batch, now: Batch) -> Batch | None:
    """A prepared batch as it may leave now; None: nobody is left in it, and it is forgotten.

    Whoever is stopped or erased is out of it. If it is overdue, its day, posting and delivery are those of `now`, and no death moves:
    a letter may only go where it comes before the contact dies. A replacement that would not is out of it, and waits in vain.

    Raises:
        Refused: it is a wave's, overdue, and a contact in it dies before the letter would come; nothing was changed.

    """
    table = letter if of.kind == "wave" else reissue
    late = overdue(of, now)
    mine = table.c.batch == of.id
    here = (person.c.ref == table.c.ref) & (person.c.state == "live")
    if late and table is reissue:
        here &= person.c.dies_on > now.delivered_by
    with database.write() as connection:
        lock(connection)
        free = {"batch": None, "delivered_by": None} | ({"wave": None} if table is reissue else {})
        connection.execute(update(table).where(mine & ~exists().where(here)).values(**free))
        if not connection.scalar(select(func.count()).select_from(table).where(mine)):
            connection.execute(delete(batch).where((batch.c.id == of.id) & (batch.c.state == "prepared")))
            return None
        if not late:
            return of
        whose = person.join(table, table.c.ref == person.c.ref)
        dies = connection.scalar(select(func.min(person.c.dies_on)).select_from(whose).where(mine))
        if dies is not None and dies <= now.delivered_by:
            last = connection.scalar(select(func.max(person.c.dies_on)).select_from(whose).where(mine))
            raise Refused(
                f"these letters were to be posted on {of.dispatched_on}; posted now, they come by {now.delivered_by}, and contacts in "
                f"this batch are erased from {dies} on",
                where=f"wave {of.wave}",
                mend=f"this batch can be sent no more: run `troth daily` until {last}; others can be released after that",
            )
        dates = {"day": now.day, "dispatched_on": now.dispatched_on, "delivered_by": now.delivered_by}
        connection.execute(update(batch).where(batch.c.id == of.id).values(**dates))
        connection.execute(update(table).where(mine).values(delivered_by=now.delivered_by))
    return replace(of, day=now.day, dispatched_on=now.dispatched_on, delivered_by=now.delivered_by)
