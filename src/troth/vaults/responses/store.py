"""What the respond site asks of RESPONSES, and how each is written.

Answers are only ever inserted: (handle, n) is the compare-and-set, the first write wins, and a role that may not update
`step` can do all of this. Progress is one row a handle, replaced as the person goes forward. Everything that changes is a
`Job` for the group-commit writer, and checks the session itself, inside the transaction.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from functools import lru_cache
from typing import TYPE_CHECKING, Final, Literal

from sqlalchemy import delete, select, text, update

from troth.protocol.names import Handle, SessionHash  # noqa: TC001 - dataclass fields
from troth.storage.direct import direct_of
from troth.vaults.responses.schema import handle, progress, session, step, strip

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Connection

    from troth.storage.database import Database

Purpose = Literal["voucher", "interview"]


class Told(Enum):
    """What became of a job."""

    DONE = "done"
    LOST = "lost"  # another session, an earlier page, or another answer came first: nothing was changed
    STALE_STRIP = "stale strip"  # sealed to a strip key that is leaving: seal again to the current one


@dataclass(frozen=True)
class Standing:
    """How a handle stands: what the site needs to admit somebody."""

    state: str
    n: int | None
    exact: bytes
    common: bytes


@dataclass(frozen=True)
class Current:
    """Where a session is."""

    state: str
    n: int | None
    exact: bytes


@dataclass(frozen=True)
class StripKey:
    """What steps are sealed to at present."""

    id: str
    public: bytes


@dataclass(frozen=True)
class Forward:
    """The progress that replaces the former: slot of the next page, and the two sealed forms."""

    n: int
    exact: bytes
    common: bytes


@dataclass(frozen=True)
class Save:
    """One answered page, the dummies of slots that the route leaves out, and the new progress."""

    handle: Handle
    hash: SessionHash
    n: int
    box: bytes
    strip: str
    fill: tuple[tuple[int, bytes], ...]
    forward: Forward


@dataclass(frozen=True)
class Enter:
    """A new session takes the place of any other; `seen` is the slot that the site saw (None: no progress yet)."""

    handle: Handle
    hash: SessionHash
    seen: int | None
    strip: str
    fill: tuple[tuple[int, bytes], ...]
    forward: Forward


@dataclass(frozen=True)
class Leave:
    """The session ends: the cookie that had it opens nothing from now on."""

    handle: Handle
    hash: SessionHash


@dataclass(frozen=True)
class Forget:
    """Everything saved is deleted, and the code opens nothing any more."""

    handle: Handle
    hash: SessionHash


@dataclass(frozen=True)
class Finish:
    """The response is complete: progress destroyed, and the one blinded value per purpose fixed. Repeating it is done already."""

    handle: Handle
    hash: SessionHash
    n: int
    voucher: bytes
    interview: bytes


@dataclass(frozen=True)
class Guess:
    """A pause word is about to be tried: counted before, so that guesses sent at once are counted too; LOST beyond `most`."""

    handle: Handle
    most: int


@dataclass(frozen=True)
class Rekey:
    """The pause word was set: the same progress, sealed under another key."""

    handle: Handle
    hash: SessionHash
    forward: Forward


Job = Save | Enter | Leave | Forget | Finish | Guess | Rekey


# Texts, for the driver as they are: these run for every page, and building an expression costs more than running it (measured). `handle`
# comes first in each: everybody locks it first, so on PostgreSQL nobody waits in a ring with a flush, which locks the tables.
_STANDING = "SELECT h.state, p.n, p.exact, p.common FROM handle h LEFT JOIN progress p ON p.handle = h.handle WHERE h.handle = ?"
_CURRENT = (
    "SELECT h.state, p.n, p.exact FROM handle h JOIN session s ON s.handle = h.handle AND s.hash = ? "
    "LEFT JOIN progress p ON p.handle = h.handle WHERE h.handle = ?"
)
_CURRENT_STRIP = text("SELECT id FROM strip WHERE state = 'current'")


def standing(database: Database, of: Handle) -> Standing | None:
    """How the handle stands; None when there is no such handle. One statement, whatever the answer."""
    row = database.look(_STANDING, (of,))
    if row is None:
        return None
    state, n, exact, common = row
    return Standing(state, n, bytes(exact or b""), bytes(common or b""))


def current(database: Database, of: Handle, by: SessionHash) -> Current | None:
    """Where this session is; None when it is not the one that may answer."""
    row = database.look(_CURRENT, (by, of))
    if row is None:
        return None
    state, n, exact = row
    return Current(state, n, bytes(exact or b""))


def signed_hashes(database: Database, of: Handle) -> tuple[bytes, bytes] | None:
    """The hashes of the blinded values of a completed handle (voucher, interview), else None."""
    columns = (handle.c.voucher, handle.c.interview)
    finished = (handle.c.handle == of) & handle.c.state.in_(("complete", "flushed"))
    found = database.rows(select(*columns).where(finished))
    return (bytes(found[0].voucher), bytes(found[0].interview)) if found and found[0].voucher is not None else None


def strip_key(database: Database) -> StripKey | None:
    """What steps are sealed to at present; None before the study was made ready and after sever."""
    found = database.rows(select(strip.c.id, strip.c.public).where(strip.c.state == "current"))
    return StripKey(found[0].id, bytes(found[0].public)) if found else None


def apply(connection: Connection, jobs: Sequence[Job]) -> Sequence[Told]:
    """The jobs are written: first one save a handle, then whatever else waits, in order; saves of different handles go in one statement."""
    _queue(connection, {job.handle for job in jobs})
    told: dict[int, Told] = {}
    saves: list[tuple[int, Save]] = []
    seen: set[bytes] = set()
    for place, job in enumerate(jobs):
        if isinstance(job, Save) and job.handle not in seen:
            saves.append((place, job))
            seen.add(job.handle)
    if saves:
        told.update(_save(connection, saves))
    for place, job in enumerate(jobs):
        if place not in told:
            told[place] = _alone(connection, job)
    return [told[place] for place in range(len(jobs))]


def _queue(connection: Connection, handles: set[Handle]) -> None:
    """Jobs of several processes on one handle take turns. SQLite's writers are alone already."""
    if connection.dialect.name == "postgresql":
        direct_of(connection).rows(_queue_statement(len(handles)), list(handles))


@lru_cache(maxsize=512)
def _queue_statement(handles: int) -> str:
    marks = ", ".join(["?"] * handles)
    return f"SELECT handle FROM handle WHERE handle IN ({marks}) ORDER BY handle FOR NO KEY UPDATE"


@lru_cache(maxsize=512)
def _save_statement(rows: int) -> str:
    values = _values(rows, 6)
    return (
        f"WITH v (handle, hash, at, n, box, strip) AS (VALUES {values}) "
        "INSERT INTO step (handle, n, box, strip) SELECT v.handle, v.n, v.box, v.strip FROM v "
        "JOIN session s ON s.handle = v.handle AND s.hash = v.hash "
        "JOIN handle h ON h.handle = v.handle AND h.state = 'issued' "
        "JOIN progress p ON p.handle = v.handle AND p.n = v.at "
        "JOIN strip k ON k.id = v.strip AND k.state = 'current' "
        "WHERE true ON CONFLICT DO NOTHING RETURNING handle, n"
    )


@lru_cache(maxsize=512)
def _forward_statement(rows: int) -> str:
    return (
        f"INSERT INTO progress (handle, n, exact, common) VALUES {_values(rows, 4)} "
        "ON CONFLICT (handle) DO UPDATE SET n = excluded.n, exact = excluded.exact, common = excluded.common"
    )


def _values(rows: int, columns: int) -> str:
    row = f"({', '.join(['?'] * columns)})"
    return ", ".join([row] * rows)


_MOST_ROWS: Final = 1000
_FILL = text("INSERT INTO step (handle, n, box, strip) VALUES (:handle, :n, :box, :strip) ON CONFLICT DO NOTHING")
_FORWARD = text(
    "INSERT INTO progress (handle, n, exact, common) VALUES (:handle, :n, :exact, :common) "
    "ON CONFLICT (handle) DO UPDATE SET n = excluded.n, exact = excluded.exact, common = excluded.common"
)
_ENTER = text(
    "INSERT INTO session (handle, hash, tries) VALUES (:handle, :hash, 0) "
    "ON CONFLICT (handle) DO UPDATE SET hash = excluded.hash, tries = 0"
)


def _save(connection: Connection, saves: Sequence[tuple[int, Save]]) -> dict[int, Told]:
    """Those whose session holds, at the slot where it is: their page, what fills the slots that it leaves out, and the new progress.

    Two statements for all of them, to the driver as they are: this runs for every page that is answered.
    """
    driver = direct_of(connection)
    won: set[bytes] = set()
    for some in _few(saves):
        rows = [
            (job.handle, job.hash, job.n, n, box, job.strip) for job in some for n, box in ((job.n, job.box), *job.fill)
        ]
        written = driver.rows(_save_statement(len(rows)), [value for row in rows for value in row])
        taken = {(bytes(of), n) for of, n in written}
        winners = [job for job in some if (job.handle, job.n) in taken]
        if winners:
            going = [
                value for job in winners for value in (job.handle, job.forward.n, job.forward.exact, job.forward.common)
            ]
            driver.rows(_forward_statement(len(winners)), going)
        won.update(job.handle for job in winners)
    lost = {job.strip for _, job in saves if job.handle not in won}
    leaving = lost - set(connection.scalars(_CURRENT_STRIP)) if lost else set()
    return {
        place: Told.DONE if job.handle in won else Told.STALE_STRIP if job.strip in leaving else Told.LOST
        for place, job in saves
    }


def _few(saves: Sequence[tuple[int, Save]]) -> Iterator[list[Save]]:
    """As many at once as every database takes values in one statement."""
    some: list[Save] = []
    rows = 0
    for _, job in saves:
        own = 1 + len(job.fill)
        if some and rows + own > _MOST_ROWS:
            yield some
            some, rows = [], 0
        some.append(job)
        rows += own
    yield some


def _filling(job: Enter) -> list[dict[str, bytes | int | str]]:
    return [{"handle": job.handle, "n": n, "box": box, "strip": job.strip} for n, box in job.fill]


def _forwarding(of: Handle, forward: Forward) -> dict[str, bytes | int]:
    return {"handle": of, "n": forward.n, "exact": forward.exact, "common": forward.common}


def _alone(connection: Connection, job: Job) -> Told:
    match job:
        case Save():
            return _save(connection, [(0, job)])[0]
        case Enter():
            return _enter(connection, job)
        case Leave():
            # The row stays, so that wrong pause words go on being counted; no session id hashes to zeros.
            gone = connection.execute(update(session).where(_mine(job)).values(hash=bytes(32)))  # type: ignore[arg-type]
            return Told.DONE if gone.rowcount else Told.LOST
        case Forget():
            return _forget(connection, job)
        case Finish():
            return _finish(connection, job)
        case Rekey():
            return _rekey(connection, job)
        case Guess():
            left = (session.c.handle == job.handle) & (session.c.tries < job.most)
            counted = connection.execute(update(session).where(left).values(tries=session.c.tries + 1))
            return Told.DONE if counted.rowcount else Told.LOST


def _mine(job: Leave | Forget | Finish | Rekey) -> object:
    return (session.c.handle == job.handle) & (session.c.hash == job.hash)


def _enter(connection: Connection, job: Enter) -> Told:
    issued = connection.scalar(select(handle.c.state).where(handle.c.handle == job.handle)) == "issued"
    n = connection.scalar(select(progress.c.n).where(progress.c.handle == job.handle))
    if not issued or n != job.seen:
        return Told.LOST
    if connection.scalar(select(strip.c.state).where(strip.c.id == job.strip)) != "current":
        return Told.STALE_STRIP
    connection.execute(_ENTER, {"handle": job.handle, "hash": job.hash})
    if job.fill:
        connection.execute(_FILL, _filling(job))
    connection.execute(_FORWARD, _forwarding(job.handle, job.forward))
    return Told.DONE


def _forget(connection: Connection, job: Forget) -> Told:
    of = job.handle
    mine = connection.scalar(select(session.c.handle).where(_mine(job)))  # type: ignore[arg-type]
    if mine is None:
        return Told.LOST
    stopped = connection.execute(
        update(handle).where(handle.c.handle == of, handle.c.state == "issued").values(state="withdrawn")
    )
    if not stopped.rowcount:
        return Told.LOST
    for table in (step, progress, session):
        connection.execute(delete(table).where(table.c.handle == of))
    return Told.DONE


def _finish(connection: Connection, job: Finish) -> Told:
    mine = connection.scalar(select(session.c.handle).where(_mine(job)))  # type: ignore[arg-type]
    if mine is None:
        return Told.LOST
    row = connection.execute(
        select(handle.c.state, handle.c.voucher, handle.c.interview, progress.c.n)
        .select_from(handle.outerjoin(progress, progress.c.handle == handle.c.handle))
        .where(handle.c.handle == job.handle)
    ).one()
    if row.state in ("complete", "flushed"):
        same = (bytes(row.voucher or b""), bytes(row.interview or b"")) == (job.voucher, job.interview)
        return Told.DONE if same else Told.LOST
    if row.state != "issued" or row.n != job.n:
        return Told.LOST
    connection.execute(
        update(handle)
        .where(handle.c.handle == job.handle)
        .values(state="complete", voucher=job.voucher, interview=job.interview)
    )
    connection.execute(delete(progress).where(progress.c.handle == job.handle))
    return Told.DONE


def _rekey(connection: Connection, job: Rekey) -> Told:
    mine = connection.scalar(select(session.c.handle).where(_mine(job)))  # type: ignore[arg-type]
    n = connection.scalar(select(progress.c.n).where(progress.c.handle == job.handle))
    if mine is None or n != job.forward.n:
        return Told.LOST
    connection.execute(_FORWARD, _forwarding(job.handle, job.forward))
    return Told.DONE
