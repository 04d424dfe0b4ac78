"""How responses ended, as the replica keeps it: no restored backup opens a code again that had finished or stopped (P07, P09, P15).

A fact is 81 bytes: `c` (complete) or `w` (stopped and deleted), the handle (16), the hashes of the two blinded values that were signed
(32 each; zeros where it was stopped). It is what `handle` holds of the same person, no more; it goes at sever, with the handles. Or it is
`d` and the id of a strip key that was destroyed (16): what is sealed to it opens for nobody, and nothing more may be. Or `t` and the
number of a tranche that was closed (16): whoever has its letters opens nothing with them (P04, P06).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, func, select, text, union, update

from troth.vaults.responses.schema import handle, progress, session, step, strip
from troth.vaults.responses.store import Finish, Forget, Told

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from troth.storage.database import Database
    from troth.vaults.responses.store import Job

SIZE: Final = 81
_COMPLETE: Final = b"c"
_WITHDRAWN: Final = b"w"
_DEAD: Final = b"d"
_SHUT: Final = b"t"


@dataclass(frozen=True)
class Again:
    """What a reconciliation changed, in handles."""

    complete: int = 0
    """Were complete, and all of their answers are here."""
    partial: int = 0
    """Were complete; the answers since the backup are lost, and the rest is kept as a partial response is."""
    withdrawn: int = 0
    """Had stopped and deleted; what the backup brought back is deleted again."""
    unreadable: int = 0
    """Their answers were sealed to a strip key that is destroyed since: they are deleted. Who had not finished begins anew."""
    sessions: int = 0

    @property
    def changed(self) -> bool:
        """Whether anything was."""
        return bool(self.complete + self.partial + self.withdrawn + self.unreadable)


def endings(jobs: Sequence[Job], told: Sequence[Told]) -> list[bytes]:
    """The facts of what was committed just now."""
    done = [job for job, how in zip(jobs, told, strict=True) if how is Told.DONE]
    return [
        _fact(_COMPLETE, job.handle, job.voucher, job.interview)
        if isinstance(job, Finish)
        else _fact(_WITHDRAWN, job.handle)
        for job in done
        if isinstance(job, (Finish, Forget))
    ]


def ended(database: Database) -> set[bytes]:
    """The facts as the vault has them."""
    columns = (handle.c.handle, handle.c.state, handle.c.voucher, handle.c.interview)
    rows = database.rows(select(*columns).where(handle.c.state.in_(("complete", "flushed", "withdrawn"))))
    return {
        _fact(_WITHDRAWN, bytes(row.handle))
        if row.state == "withdrawn"
        else _fact(_COMPLETE, bytes(row.handle), bytes(row.voucher or b""), bytes(row.interview or b""))
        for row in rows
    }


def dead_strips(ids: Collection[str]) -> set[bytes]:
    """The facts of strip keys that were destroyed."""
    return {_fact(_DEAD, bytes.fromhex(strip_id)) for strip_id in ids}


def shut_tranches(numbers: Collection[int]) -> set[bytes]:
    """The facts of tranches that were closed."""
    return {_fact(_SHUT, number.to_bytes(16, "big")) for number in numbers}


def tranche_of(fact: bytes) -> int | None:
    """The tranche that the fact says was closed; None: it says something else."""
    return int.from_bytes(fact[1:17], "big") if fact[:1] == _SHUT else None


def undone(database: Database, facts: Collection[bytes]) -> list[bytes]:
    """The facts that the vault does not know: a backup was restored. A handle that is not there opens nothing."""
    with database.read() as connection:
        rows = connection.execute(select(handle.c.handle, handle.c.state, handle.c.tranche)).all()
        strips = union(select(strip.c.id), select(step.c.strip))
        sealed_to = {bytes.fromhex(each) for each in connection.scalars(strips)}
    states = {bytes(row.handle): row.state for row in rows}
    open_ = {row.tranche for row in rows if row.state == "issued"}

    def contradicted(fact: bytes) -> bool:
        if fact[:1] == _DEAD:
            return fact[1:17] in sealed_to
        if fact[:1] == _SHUT:
            return tranche_of(fact) in open_
        return _again(fact, states.get(fact[1:17]))

    return [fact for fact in facts if contradicted(fact)]


def handles(database: Database) -> int:
    """How many handles there are: none after sever."""
    return int(database.rows(select(func.count()).select_from(handle))[0][0])


def unreadable(database: Database, living: Collection[str]) -> int:
    """How many handles have steps under a strip key that is not `living` any more."""
    with database.read() as connection:
        dead = select(func.count(step.c.handle.distinct())).where(step.c.strip.not_in(living))
        return int(connection.scalar(dead) or 0)


def end_again(database: Database, facts: Collection[bytes], living: Collection[str], slots: int) -> Again:
    """Every fact holds, no step lies under a dead strip key, and no session of before goes on. One transaction, by the vault's owner.

    Args:
        database: RESPONSES.
        facts: from the replica.
        living: the ids of the strip keys that are still here.
        slots: how many steps a whole response has.

    """
    with database.write() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("LOCK TABLE handle, session, step, progress, strip IN ACCESS EXCLUSIVE MODE"))
        sessions = connection.execute(delete(session)).rowcount
        dead = list(connection.scalars(select(step.c.handle).where(step.c.strip.not_in(living)).distinct()))
        for of in dead:
            for table in (step, progress):
                connection.execute(delete(table).where(table.c.handle == of))
            moved = (handle.c.handle == of) & (handle.c.state == "complete")
            connection.execute(update(handle).where(moved).values(state="flushed"))
        connection.execute(delete(strip).where(strip.c.id.not_in(living)))
        counts = {"complete": 0, "partial": 0, "withdrawn": 0}
        for fact in facts:
            of = fact[1:17]
            state = connection.scalar(select(handle.c.state).where(handle.c.handle == of))
            if fact[:1] in (_DEAD, _SHUT) or not _again(fact, state):
                continue
            values: dict[str, object]
            if fact[:1] == _WITHDRAWN:
                values, what = {"state": "withdrawn"}, "withdrawn"
                connection.execute(delete(step).where(step.c.handle == of))
            else:
                here = connection.scalar(select(func.count()).select_from(step).where(step.c.handle == of))
                what = "complete" if here == slots else "partial"
                values = {"state": "complete" if here == slots else "closed", "voucher": fact[17:49]}
                values["interview"] = fact[49:81]
            connection.execute(delete(progress).where(progress.c.handle == of))
            connection.execute(update(handle).where(handle.c.handle == of).values(**values))
            counts[what] += 1
    return Again(**counts, unreadable=len(dead), sessions=sessions)


def _again(fact: bytes, state: str | None) -> bool:
    return state == "issued" or (state == "closed" and fact[:1] == _WITHDRAWN)


def _fact(kind: bytes, of: bytes, voucher: bytes = b"", interview: bytes = b"") -> bytes:
    return kind + of + voucher.ljust(32, b"\0") + interview.ljust(32, b"\0")
