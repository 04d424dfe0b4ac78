"""How handles come into RESPONSES: a whole list at a time, in an order drawn afresh, offered first and confirmed later."""

from __future__ import annotations

import secrets
from array import array
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, func, insert, select, update

from troth.kit.errors import Refused
from troth.kit.steps import quietly
from troth.protocol.names import Handle  # noqa: TC001 - dataclass field
from troth.vaults.responses.schema import handle, intake

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from troth.storage.database import Database


_CHUNK: Final = 5_000


@dataclass(frozen=True)
class NewHandle:
    """A handle and the crowd it belongs to; whose it is nobody here knows."""

    handle: Handle
    cell: str
    reserve: bool


def state(database: Database, intake_id: str) -> str | None:
    """`offered` or `confirmed`; None: RESPONSES knows no such list."""
    with database.read() as connection:
        found = connection.scalar(select(intake.c.state).where(intake.c.id == intake_id))
        return None if found is None else str(found)


def offer(
    database: Database,
    intake_id: str,
    handles: Sequence[NewHandle],
    *,
    tranche: int,
    above: int = 0,
    progress: Callable[[int, int], None] = quietly,
) -> None:
    """The handles stand in RESPONSES under an offered intake, instead of any that the intake had before.

    All in one transaction and in one order drawn over all of them: where a row lies, and which transaction wrote it, says
    nothing of the part of the load that its code was made in. Tranches of at least `tranche` handles are drawn at random over all
    cells; the rest joins the last one. Their numbers are above every one here and above `above`: what was ever given is not given again,
    also where this vault is a backup of before. `handles` is asked for one at a time, so it may be packed.

    Raises:
        Refused: the intake is confirmed; nothing was changed.

    """
    chance, count = secrets.SystemRandom(), len(handles)
    order = array("L", range(count))
    chance.shuffle(order)
    tranches = max(1, count // tranche)
    # Which tranche a handle is in and where its row lies are drawn apart.
    places = array("L", (min(n // tranche, tranches - 1) for n in range(count)))
    chance.shuffle(places)
    with database.write() as connection:
        if connection.scalar(select(intake.c.state).where(intake.c.id == intake_id)) == "confirmed":
            raise Refused("this list of handles is confirmed", where="vault responses")
        connection.execute(delete(handle).where(handle.c.intake == intake_id))
        connection.execute(delete(intake).where(intake.c.id == intake_id))
        first = max(connection.scalar(select(func.max(handle.c.tranche))) or 0, above) + 1
        connection.execute(insert(intake), {"id": intake_id, "state": "offered", "count": count})
        for start in range(0, count, _CHUNK):
            some = range(start, min(start + _CHUNK, count))
            rows = [
                {
                    "handle": new.handle,
                    "intake": intake_id,
                    "cell": new.cell,
                    "tranche": first + places[n],
                    "reserve": new.reserve,
                    "state": "issued",
                }
                for n in some
                for new in (handles[order[n]],)
            ]
            connection.execute(insert(handle), rows)
            progress(some.stop, count)


def tranches(database: Database, intake_id: str) -> tuple[int, int]:
    """The lowest and the highest number of that list's tranches; (0, 0): it has no handles."""
    with database.read() as connection:
        mine = select(func.min(handle.c.tranche), func.max(handle.c.tranche)).where(handle.c.intake == intake_id)
        first, last = connection.execute(mine).one()
    return int(first or 0), int(last or 0)


def lists(database: Database) -> set[str]:
    """Every list of handles, offered or confirmed."""
    with database.read() as connection:
        return set(connection.scalars(select(intake.c.id)))


def opens(database: Database, intake_id: str) -> bool:
    """Whether any code of that list still opens something."""
    mine = (handle.c.intake == intake_id) & (handle.c.state == "issued")
    with database.read() as connection:
        return connection.scalar(select(handle.c.handle).where(mine).limit(1)) is not None


def forget(database: Database, intake_id: str) -> None:
    """The list is gone with its handles, though it was confirmed: the caller has seen that no letter of it can have left."""
    with database.write() as connection:
        connection.execute(delete(handle).where(handle.c.intake == intake_id))
        connection.execute(delete(intake).where(intake.c.id == intake_id))


def take_back(database: Database, intake_id: str) -> None:
    """The offered list is gone, its handles too: nobody was ever sent their codes. A confirmed one stays."""
    with database.write() as connection:
        if connection.scalar(select(intake.c.state).where(intake.c.id == intake_id)) != "offered":
            return
        connection.execute(delete(handle).where(handle.c.intake == intake_id))
        connection.execute(delete(intake).where(intake.c.id == intake_id))


def confirm(database: Database, intake_id: str) -> None:
    """The list is confirmed: its letters are stored. Confirming twice is done already.

    Raises:
        Refused: there is no such list.

    """
    with database.write() as connection:
        done = connection.execute(update(intake).where(intake.c.id == intake_id).values(state="confirmed"))
        if not done.rowcount:
            raise Refused("there is no list of handles for this load", where="vault responses")
