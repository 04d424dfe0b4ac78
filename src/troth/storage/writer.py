"""The group-commit writer: one thread and one connection a process take what waits, write it, commit, then tell all who wait.

What makes it safe: a future is resolved only after the commit that holds its row returned, so an acknowledged row is on the
disk. An unexpected error rolls the whole batch back and replays its rows singly, so one bad row costs the others nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import queue
import threading
import time
from typing import TYPE_CHECKING, Final, Generic, Protocol, TypeVar

from troth.kit.clock import stopwatch
from troth.kit.errors import Busy, StorageFailed, TrothError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from sqlalchemy import Connection

    from troth.storage.database import Database

Row = TypeVar("Row")
Outcome = TypeVar("Outcome")
_Row = TypeVar("_Row", contravariant=True)
_Outcome = TypeVar("_Outcome", covariant=True)


PACE: Final = 0.02
"""Seconds, for a served process: fifty commits a second at most, however many people answer. Nobody notices twenty milliseconds, and each
commit costs a flush of the disk and two changes of the thread that runs (measured: two fifths of all processor time under load)."""


class Apply(Protocol[_Row, _Outcome]):
    """Writes the rows on the connection, inside a transaction that the writer commits; one outcome per row, in order."""

    def __call__(self, connection: Connection, rows: Sequence[_Row], /) -> Sequence[_Outcome]: ...


def _nothing_more(_rows: Sequence[object], _outcomes: Sequence[object]) -> None:
    """Nothing hangs on most commits."""


class Writer(Generic[Row, Outcome]):
    """Rows in, outcomes out, each durable before its outcome is given."""

    def __init__(
        self,
        database: Database,
        apply: Apply[Row, Outcome],
        *,
        waiting: int = 2048,
        batch: int = 256,
        pace: float = 0,
        committed: Callable[[Sequence[Row], Sequence[Outcome]], None] = _nothing_more,
    ) -> None:
        """The thread runs until `close`.

        Args:
            database: where the rows go.
            apply: how rows are written.
            waiting: how many rows may wait; beyond it `submit` says Busy at once.
            batch: how many rows one commit takes at most.
            pace: seconds from one commit's beginning to the next one's at least; a row that comes after a quieter time waits for nothing.
            committed: told rows and outcomes after each commit and before anybody else is; it raises nothing.

        """
        self._database = database
        self._apply = apply
        self._batch = batch
        self._pace = pace
        self._began = -math.inf
        self._committed = committed
        self._closed = False
        self._waiting: queue.Queue[_Job[Row, Outcome] | None] = queue.Queue(maxsize=waiting)
        self._thread = threading.Thread(target=self._run, name=f"writer-{database.vault}", daemon=True)
        self._thread.start()

    async def submit(self, row: Row) -> Outcome:
        """The row is committed, and this is its outcome.

        Raises:
            Busy: too many rows wait, or the writer is closed; nothing was written.
            StorageFailed: the database refused this row; nothing was written.

        """
        if self._closed:  # nobody reads the queue any more: whoever waited would wait for ever
            raise Busy("this process is stopping", mend="Nothing is lost; try again in a moment")
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Outcome] = loop.create_future()
        try:
            self._waiting.put_nowait(_Job(row, loop, future))
        except queue.Full:
            raise Busy(
                "more answers wait than can be saved at once", mend="Nothing is lost; try again in a moment"
            ) from None
        return await future

    def close(self) -> None:
        """What waited is written; the thread has ended. Closing twice is closing once."""
        if self._closed:
            return
        self._closed = True
        self._waiting.put(None)
        self._thread.join()

    def _run(self) -> None:
        ended = False
        while not ended:
            job = self._waiting.get()
            self._keep_pace()
            jobs: list[_Job[Row, Outcome]] = []
            while job is not None:
                jobs.append(job)
                if len(jobs) >= self._batch:
                    break
                try:
                    job = self._waiting.get_nowait()
                except queue.Empty:
                    break
            ended = job is None
            if jobs:
                self._write(jobs)

    def _keep_pace(self) -> None:
        """A commit close upon another waits for who comes meanwhile: one commit for four costs little more than one for one."""
        left = self._began + self._pace - stopwatch()
        if left > 0 and not self._closed:
            time.sleep(left)
        self._began = stopwatch()

    def _write(self, jobs: list[_Job[Row, Outcome]]) -> None:
        try:
            outcomes: list[Outcome | TrothError] = list(self._commit([job.row for job in jobs]))
        except Exception:  # noqa: BLE001 - whatever it was, it was rolled back: find whose row it is
            outcomes = [self._alone(job.row) for job in jobs]
        by_loop: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Outcome], Outcome | TrothError]]] = {}
        for job, outcome in zip(jobs, outcomes, strict=True):
            by_loop.setdefault(job.loop, []).append((job.future, outcome))
        for loop, told in by_loop.items():
            with contextlib.suppress(
                RuntimeError
            ):  # that loop was closed: nobody waits there, and this thread lives on
                loop.call_soon_threadsafe(_tell, told)

    def _commit(self, rows: Sequence[Row]) -> Sequence[Outcome]:
        with self._database.write() as connection:
            outcomes = self._apply(connection, rows)
        self._committed(rows, outcomes)
        return outcomes

    def _alone(self, row: Row) -> Outcome | TrothError:
        try:
            return self._commit([row])[0]
        except TrothError as error:
            return error
        except Exception as error:  # noqa: BLE001 - its text may quote the row; only its kind goes on
            return StorageFailed(f"the write failed ({type(error).__name__})", where=f"vault {self._database.vault}")


class _Job(Generic[Row, Outcome]):
    __slots__ = ("future", "loop", "row")

    def __init__(self, row: Row, loop: asyncio.AbstractEventLoop, future: asyncio.Future[Outcome]) -> None:
        self.row = row
        self.loop = loop
        self.future = future


def _tell(told: list[tuple[asyncio.Future[Outcome], Outcome | TrothError]]) -> None:
    for future, outcome in told:
        if future.done():  # the client went away; its row is committed all the same
            continue
        if isinstance(outcome, TrothError):
            future.set_exception(outcome)
        else:
            future.set_result(outcome)
