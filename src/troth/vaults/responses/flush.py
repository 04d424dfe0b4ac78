"""How completed responses leave their handles: the statements of flush and sever, run by the vault's owner.

Each function is one transaction. What lies in `step`, `record`, `session` and `handle` afterwards lies in an order drawn
afresh (storage.rewrite), and no box that an older snapshot shows is found in `record`, because the outer layer is gone.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from datetime import date  # noqa: TC003 - dataclass field
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, func, insert, select, text, update

from troth.kit.errors import StorageFailed
from troth.storage.rewrite import alone, shuffle
from troth.vaults.responses.schema import (
    erasing,
    handle,
    outcome,
    progress,
    receipts,
    receipts_cell,
    record,
    session,
    step,
    strip,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from sqlalchemy import Connection

    from troth.protocol.names import Handle, StripPublic
    from troth.storage.database import Database


_PARTIALS: Final = "partials at close"
SPARE: Final = "spare used"
"""An outcome that counts, once more, how many of the complete ones came by codes that had stood by."""


@dataclass(frozen=True)
class Moved:
    """A move of records that was made and is not accounted for yet."""

    count: int
    state: str
    day: date


@dataclass(frozen=True)
class Receipts:
    """A receipt batch: the tags of completed responses of at least k a cell, sealed to the role `letters`."""

    id: str
    day: date
    sealed: bytes = field(repr=False)
    counts: Mapping[str, int]
    """Cell -> how many tags."""


def strips(database: Database) -> tuple[str | None, tuple[str, ...]]:
    """The id of the current strip key (None at the very start), and those that are leaving."""
    with database.read() as connection:
        rows = connection.execute(select(strip.c.id, strip.c.state)).all()
    current = [row.id for row in rows if row.state == "current"]
    return (current[0] if current else None), tuple(row.id for row in rows if row.state == "leaving")


def change_strip(database: Database, new_id: str, public: StripPublic) -> None:
    """The new strip key is current, all others are leaving: no step sealed to them is accepted from now on."""
    with database.write() as connection:
        connection.execute(update(strip).values(state="leaving"))
        connection.execute(insert(strip), {"id": new_id, "public": public, "state": "current"})


def forget_strip(database: Database, strip_id: str) -> None:
    """The key was destroyed and the ledger told; its row and its note go."""
    with database.write() as connection:
        connection.execute(delete(erasing).where(erasing.c.bucket == strip_id))
        connection.execute(delete(strip).where(strip.c.id == strip_id))


def shut(database: Database) -> None:
    """No code opens anything any more: whoever has not completed by now is closed. A writer that comes later changes nothing."""
    with database.write() as connection:
        connection.execute(update(handle).where(handle.c.state == "issued").values(state="closed"))
        for table in (progress, session):
            connection.execute(delete(table))


def completed_by_cell(database: Database) -> dict[str, int]:
    """How many completed responses wait in each cell."""
    counted = select(handle.c.cell, func.count()).where(handle.c.state == "complete").group_by(handle.c.cell)
    with database.read() as connection:
        return {cell: int(count) for cell, count in connection.execute(counted)}


def all_by_cell(database: Database) -> dict[str, int]:
    """How many responses of each cell the close will move, complete and partial together."""
    found = completed_by_cell(database)
    for cell, count in started_by_cell(database).items():
        found[cell] = found.get(cell, 0) + count
    return found


def started_by_cell(database: Database) -> dict[str, int]:
    """How many responses were begun and not completed before the codes were shut, in each cell."""
    begun = select(handle.c.cell, func.count(handle.c.handle.distinct())).join(step, step.c.handle == handle.c.handle)
    with database.read() as connection:
        rows = connection.execute(begun.where(handle.c.state == "closed").group_by(handle.c.cell)).all()
    return {cell: int(count) for cell, count in rows}


def move_records(
    database: Database,
    cells: Collection[str],
    *,
    slots: int,
    states: Collection[str],
    unwrap: Callable[[Handle, int, bytes, str], bytes],
    rewrap: Callable[[Handle, int, bytes], tuple[bytes, str]],
    cell_of: Callable[[str], str],
    leaving: str,
    day: date,
    box: int | None = None,
    hand_over: Callable[[Mapping[str, Sequence[bytes]]], Receipts | None] | None = None,
) -> None:
    """Responses of those cells in those handle states are records, in one order; every other step is sealed to the current strip key.

    Args:
        database: RESPONSES, as its owner.
        cells: whose responses may move; empty to re-wrap only.
        slots: how many steps a whole response has.
        states: "complete"; at the close with "closed", for the partials that are kept: together, so that nothing tells which are which.
        unwrap: takes the outer layer off one step.
        rewrap: seals an inner box again; gives the outer box and the strip key's id.
        cell_of: the cell that a record shows (merged with others at close).
        leaving: the strip key that dies after this; a note of the count stands under it until `forget_strip`.
        day: today.
        box: bytes of a box; what a step holds beyond them is no part of a record, but in the last step the tag. None: nothing is.
        hand_over: makes a receipt batch of the tags, cell by cell, or of none of them; it waits in the same transaction.

    Raises:
        StorageFailed: a response lacks a step, or the database refused; nothing was moved.

    """
    with database.write() as connection:
        alone(connection)
        if connection.dialect.name == "postgresql":
            connection.execute(text("LOCK TABLE handle, session, step, progress, record IN ACCESS EXCLUSIVE MODE"))
        whose = connection.execute(
            select(handle.c.handle, handle.c.cell, handle.c.state).where(
                handle.c.state.in_(states), handle.c.cell.in_(cells)
            )
        )
        started = {bytes(found) for found in connection.scalars(select(step.c.handle).distinct())}
        moving = [
            (bytes(row.handle), row.cell) for row in whose if row.state != "closed" or bytes(row.handle) in started
        ]
        secrets.SystemRandom().shuffle(moving)
        _read_through(connection)
        tags: dict[str, list[bytes]] = {}
        for of, cell in moving:
            boxes = _inner_boxes(connection, of, unwrap)
            if len(boxes) != slots:
                raise StorageFailed(
                    "a response lacks a step", where="vault responses", mend="restore from a replica, then flush again"
                )
            if box is not None:
                tags.setdefault(cell, []).append(boxes[-1][box:])
                boxes = [each[:box] for each in boxes]
            row = {"id": secrets.token_bytes(16), "cell": cell_of(cell), "boxes": b"".join(boxes)}
            connection.execute(insert(record), row)
        if hand_over is not None and (made := hand_over(tags)) is not None:
            _wait_for_a_file(connection, made)
        _let_go(connection, states, cells)
        _rewrap_rest(connection, unwrap, rewrap)
        for table in (step, record, session, handle, progress):
            shuffle(connection, table)
        note = {"bucket": leaving, "rule": f"flush {' and '.join(states)}", "day": day, "count": len(moving)}
        connection.execute(insert(erasing), note)


def _wait_for_a_file(connection: Connection, made: Receipts) -> None:
    connection.execute(insert(receipts), {"id": made.id, "day": made.day, "sealed": made.sealed})
    rows = [{"id": made.id, "cell": cell, "count": count} for cell, count in sorted(made.counts.items())]
    connection.execute(insert(receipts_cell), rows)


def waiting_receipts(database: Database) -> list[Receipts]:
    """Receipt batches of which it is not known that `letters` took them in."""
    with database.read() as connection:
        counts: dict[str, dict[str, int]] = {}
        for row in connection.execute(select(receipts_cell)).mappings():
            counts.setdefault(row["id"], {})[row["cell"]] = int(row["count"])
        found = connection.execute(select(receipts)).all()
    return [Receipts(row.id, row.day, bytes(row.sealed), counts[row.id]) for row in found]


def forget_receipts(database: Database, batch_id: str | None = None) -> None:
    """That receipt batch is here no longer: it was taken in; without an id none is: no reminder is due any more."""
    with database.write() as connection:
        for table in (receipts, receipts_cell):
            gone = delete(table)
            connection.execute(gone if batch_id is None else gone.where(table.c.id == batch_id))


def moved(database: Database, leaving: str) -> Moved | None:
    """What the move under that strip key did; None when it has not happened."""
    with database.read() as connection:
        row = connection.execute(select(erasing).where(erasing.c.bucket == leaving)).mappings().first()
    return None if row is None else Moved(row["count"], row["rule"].removeprefix("flush "), row["day"])


def fill_partials(
    database: Database, cells: Collection[str], make: Callable[[Handle, int], tuple[bytes, str]], slots: int
) -> int:
    """Every started response of those cells has a step in every slot: dummies where there was none. Counts the responses."""
    with database.write() as connection:
        begun = select(step.c.handle).join(handle, handle.c.handle == step.c.handle)
        begun = begun.where(handle.c.state == "closed", handle.c.cell.in_(cells)).distinct()
        started = [bytes(found) for found in connection.scalars(begun)]
        for of in started:
            taken = set(connection.scalars(select(step.c.n).where(step.c.handle == of)))
            rows = []
            for n in sorted(set(range(slots)) - taken):
                box, strip_id = make(of, n)  # type: ignore[arg-type]
                rows.append({"handle": of, "n": n, "box": box, "strip": strip_id})
            if rows:
                connection.execute(insert(step), rows)
    return len(started)


def erase_partials(database: Database, day: date) -> None:
    """Every response that was begun and not completed is gone; a note says how many (`erased_partials`)."""
    with database.write() as connection:
        unfinished = select(handle.c.handle).where(handle.c.state == "closed")
        count = connection.scalar(select(func.count(step.c.handle.distinct())).where(step.c.handle.in_(unfinished)))
        connection.execute(delete(step).where(step.c.handle.in_(unfinished)))
        if count:
            connection.execute(insert(erasing), {"bucket": _PARTIALS, "rule": "close", "day": day, "count": count})


def count_records(database: Database) -> int:
    """How many records there are."""
    with database.read() as connection:
        return int(connection.scalar(select(func.count()).select_from(record)) or 0)


def erased_partials(database: Database) -> int:
    """How many partial responses were erased at the close."""
    with database.read() as connection:
        return int(connection.scalar(select(erasing.c["count"]).where(erasing.c.bucket == _PARTIALS)) or 0)


def sever(database: Database, k: int) -> dict[str, int]:
    """The handles are counted and gone, and every record has a new random id in a new random order. Repeating changes no count.

    Records of codes that had stood by bear no mark: so few of a cell use one that the mark would stand for somebody. They are counted
    instead, in cells where at least `k` were used.

    Returns:
        How many handles there were in each state.

    Raises:
        StorageFailed: steps are left (flush first), or the database refused; nothing was changed.

    """
    with database.write() as connection:
        alone(connection)
        if connection.dialect.name == "postgresql":
            connection.execute(text("LOCK TABLE handle, session, step, progress, record IN ACCESS EXCLUSIVE MODE"))
        if connection.scalar(select(func.count()).select_from(step)):
            raise StorageFailed(
                "steps are left that no record holds", where="vault responses", mend="run `troth study close` first"
            )
        counts = connection.execute(
            select(handle.c.cell, handle.c.state, func.count()).group_by(handle.c.cell, handle.c.state)
        ).all()
        if counts:
            connection.execute(
                insert(outcome), [{"cell": cell, "state": state, "count": count} for cell, state, count in counts]
            )
        spare = handle.c.reserve.is_(True) & handle.c.state.in_(("complete", "flushed"))
        used = connection.execute(select(handle.c.cell, func.count()).where(spare).group_by(handle.c.cell)).all()
        if told := [{"cell": cell, "state": SPARE, "count": count} for cell, count in used if count >= k]:
            connection.execute(insert(outcome), told)
        for table in (handle, session, progress):
            connection.execute(delete(table))
        for old in list(connection.scalars(select(record.c.id))):
            connection.execute(update(record).where(record.c.id == old).values(id=secrets.token_bytes(16)))
        for table in (record, handle, session, progress, step):
            shuffle(connection, table)
        states = select(outcome.c.state, func.sum(outcome.c.count)).where(outcome.c.state != SPARE)
        totals = connection.execute(states.group_by(outcome.c.state)).all()
    return {state: int(count) for state, count in totals}


def _inner_boxes(connection: Connection, of: bytes, unwrap: Callable[[Handle, int, bytes, str], bytes]) -> list[bytes]:
    rows = connection.execute(
        select(step.c.n, step.c.box, step.c.strip).where(step.c.handle == of).order_by(step.c.n)
    ).all()
    return [unwrap(of, row.n, bytes(row.box), row.strip) for row in rows]  # type: ignore[arg-type]


def _let_go(connection: Connection, states: Collection[str], cells: Collection[str]) -> None:
    """Whoever moved has no step, progress or session any more: all at once, after the last record was written.

    A record and then that handle's deletes, one handle after another, would stand so in the database's write-ahead log: whoever
    copies it, or archives it, would read from it which record was whose. So nothing is written between two records that names a handle.
    """
    moved = handle.c.state.in_(states) & handle.c.cell.in_(cells) & handle.c.handle.in_(select(step.c.handle))
    connection.execute(update(handle).where(moved).values(state="flushed"))
    gone = select(handle.c.handle).where(handle.c.state == "flushed")
    for table in (step, progress, session):
        connection.execute(delete(table).where(table.c.handle.in_(gone)))


def _read_through(connection: Connection) -> None:
    """Every step was read once, in the order in which they lie.

    PostgreSQL notes on a page that its rows are committed when they are first read, and may log that page then: read handle by
    handle, next to the records, those notes would tell the order of the handles.
    """
    if connection.dialect.name == "postgresql":
        connection.execute(text("SELECT sum(length(sha256(box))) FROM step"))


def _rewrap_rest(
    connection: Connection,
    unwrap: Callable[[Handle, int, bytes, str], bytes],
    rewrap: Callable[[Handle, int, bytes], tuple[bytes, str]],
) -> None:
    current = connection.scalar(select(strip.c.id).where(strip.c.state == "current"))
    old = connection.execute(select(step.c.handle, step.c.n).where(step.c.strip != current)).all()
    for of, n in old:
        here = (step.c.handle == of) & (step.c.n == n)
        row = connection.execute(select(step.c.box, step.c.strip).where(here)).one()
        box, strip_id = rewrap(of, n, unwrap(of, n, bytes(row.box), row.strip))
        connection.execute(update(step).where(here).values(box=box, strip=strip_id))
