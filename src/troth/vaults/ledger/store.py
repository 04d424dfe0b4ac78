"""The ledger: entries in a hash chain, each signed. What is entered twice stands once."""

from __future__ import annotations

import contextlib
import json
import threading
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final
from weakref import WeakKeyDictionary

from sqlalchemy import func, insert, select, text

from troth.kit.errors import CannotOpen, Refused, StorageFailed, TrothError
from troth.protocol.chain import link, sign, verify
from troth.vaults.ledger.schema import entry

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from sqlalchemy import Connection

    from troth.protocol.names import SigningPrivate, SigningPublic
    from troth.storage.database import Database
    from troth.vaults.ledger.replica import LedgerReplica

START: Final = bytes(32)
"""The link before the first entry."""


@dataclass(frozen=True)
class Entry:
    """One thing accounted for."""

    n: int
    key: str
    kind: str
    day: date
    body: Mapping[str, Any]


class Ledger:
    """Append-only by use, and tamper-evident by its chain."""

    def __init__(
        self, database: Database, signing: SigningPrivate | None = None, replica: LedgerReplica | None = None
    ) -> None:
        """`signing` is None for readers; `replica` follows every entry, where there is one."""
        self._database = database
        self._read = _READ.setdefault(database, _Read())
        self._signing = signing
        self._replica = replica

    def enter(self, kind: str, key: str, day: date, body: Mapping[str, str | int | list[str] | list[int]]) -> bool:
        """The entry stands in the chain and in its replica. False: it stood there already, under that key, and nothing was changed.

        Raises:
            StorageFailed: the database refused, and nothing was entered; or it is entered and the replica did not take it, as the words
                say: doing it again changes nothing in the chain, and the replica catches up.
            CannotOpen: this role has no ledger key.
            Refused: the ledger was restored from a backup and is not reconciled, or its replica is not there; nothing was entered.

        """
        if self._signing is None:
            raise CannotOpen("this role reads the ledger only")
        written = json.dumps(
            {"key": key, "kind": kind, "day": day.isoformat(), **body}, sort_keys=True, separators=(",", ":")
        )
        with self._database.write() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(
                    text("SELECT pg_advisory_xact_lock(7368)")
                )  # one appends at a time; nobody may update
            followed = self._require_whole(connection)
            last = connection.execute(select(entry.c.n, entry.c.link).order_by(entry.c.n.desc()).limit(1)).first()
            n, previous = (last.n, bytes(last.link)) if last else (0, START)
            fresh = connection.scalar(select(entry.c.n).where(entry.c.key == key)) is None
            if fresh:
                linked = link(previous, written.encode())
                row = {"n": n + 1, "key": key, "kind": kind, "day": day, "body": written, "link": linked}
                connection.execute(insert(entry), {**row, "signature": sign(self._signing, linked)})
        self._read.fresh = False
        if fresh or followed < n:
            self._tell_replica()
        return fresh

    @contextlib.contextmanager
    def one_moment(self) -> Iterator[None]:
        """Until the block ends, `entries` gives what it gave first and what this process entered since: one question for many."""
        with self._read.held():
            yield

    def follow(self) -> None:
        """The replica has every entry. Raises as `LedgerReplica.follow`."""
        if self._replica is not None:
            self._replica.follow(self._after)

    def behind(self) -> int:
        """How many entries of the replica are not here: none, or a backup was restored. -1: the two chains are not the same."""
        if self._replica is None:
            return 0
        n, linked = self._replica.tip()
        if (n, linked) == self._read.last():
            return 0
        here = self._database.rows(select(entry.c.link).where(entry.c.n == n)) if n else []
        if n and not here:
            return n - int(self._database.rows(select(func.max(entry.c.n)))[0][0] or 0)
        return 0 if not n or bytes(here[0].link) == linked else -1

    def replay(self, public: SigningPublic) -> int:
        """The entries that only the replica has are in the chain again, as they were signed; counts them.

        Raises:
            CannotOpen: the replica's chain is not whole, not signed, or not a continuation of this one; nothing was changed.

        """
        if self._replica is None:
            return 0
        rows, previous = self._replica.rows(), START
        for n, row in enumerate(rows, start=1):
            previous = link(previous, str(row["body"]).encode())
            if (
                row["n"] != n
                or row["link"] != previous.hex()
                or not verify(public, previous, bytes.fromhex(row["signature"]))
            ):
                raise CannotOpen("the replica's chain is broken", where=f"ledger entry {n} of the replica")
        with self._database.write() as connection:
            if connection.dialect.name == "postgresql":
                connection.execute(text("SELECT pg_advisory_xact_lock(7368)"))
            here = [bytes(each) for each in connection.scalars(select(entry.c.link).order_by(entry.c.n))]
            if [each.hex() for each in here[: len(rows)]] != [row["link"] for row in rows[: len(here)]]:
                what = "the ledger went on after it was restored: two chains begin where the backup ends"
                raise CannotOpen(
                    what, where="ledger", mend="restore the backup again, and reconcile before anything else"
                )
            for row in rows[len(here) :]:
                days = {"day": date.fromisoformat(row["day"])}
                sealed = {name: bytes.fromhex(row[name]) for name in ("link", "signature")}
                connection.execute(insert(entry), {**row, **days, **sealed})
        return max(0, len(rows) - len(here))

    def _after(self, n: int) -> list[dict[str, Any]]:
        known = self._read.last()
        if known and known[0] == n:
            return []
        rows = [row._mapping for row in self._database.rows(select(entry).where(entry.c.n > n).order_by(entry.c.n))]  # noqa: SLF001
        return [
            {**row, "day": row["day"].isoformat(), "link": row["link"].hex(), "signature": row["signature"].hex()}
            for row in rows
        ]

    def _tell_replica(self) -> None:
        """As `follow`, in words that say what is true: the chain has it (ADR 0015: the vault commits first)."""
        try:
            self.follow()
        except TrothError as error:
            raise StorageFailed(
                f"it is entered in the ledger, and the ledger's replica did not take it: {error.what}",
                where=error.where,
                mend="mount the replica's disk or make room on it, then run this again: what is entered stands once",
            ) from None

    def _require_whole(self, connection: Connection) -> int:
        """How many entries the replica has. Raises Refused: this chain lacks some of them."""
        if self._replica is None:
            return 0
        n, linked = self._replica.tip()
        if n and bytes(connection.scalar(select(entry.c.link).where(entry.c.n == n)) or b"") != linked:
            raise Refused(
                "the ledger lacks entries that its replica has: a backup was restored",
                where="ledger",
                mend="run `troth restore reconcile`",
            )
        return n

    def entries(self, kind: str | None = None) -> list[Entry]:
        """What is entered, in order; of one kind if asked."""
        return [each for each in self._read.now(self._database) if kind in {None, each.kind}]

    def last_day(self) -> date | None:
        """The latest day of any entry; None when there is none."""
        return max((each.day for each in self.entries()), default=None)

    def check(self, public: SigningPublic) -> int:
        """The chain is whole and every link signed; counts the entries.

        Raises:
            CannotOpen: an entry was changed, removed or added by somebody without the key; `where` names its place.

        """
        previous = START
        with self._database.read() as connection:
            rows = connection.execute(select(entry).order_by(entry.c.n)).all()
        for n, row in enumerate(rows, start=1):
            expected = link(previous, row.body.encode())
            said = json.loads(row.body)
            columns = (row.key, row.kind, row.day.isoformat())
            whole = row.n == n and bytes(row.link) == expected and columns == (said["key"], said["kind"], said["day"])
            if not (whole and verify(public, expected, bytes(row.signature))):
                raise CannotOpen("the chain is broken", where=f"ledger entry {n}", mend="compare with a replica")
            previous = expected
        return len(rows)


class _Read:
    """What this process has read of one ledger. Nobody changes an entry, so only those behind the last one are asked for.

    The last one is asked for with them: if it is another now, a backup was put in the ledger's place, and all is read again.
    """

    def __init__(self) -> None:
        self.fresh = False
        """Whether nothing was entered by this process since it was read, in a block that holds the moment."""
        self._turn = threading.Lock()
        self._holding = 0
        self._entries: list[Entry] = []
        self._link = START

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """As `Ledger.one_moment`."""
        self.fresh, self._holding = False, self._holding + 1
        try:
            yield
        finally:
            self.fresh, self._holding = False, self._holding - 1

    def last(self) -> tuple[int, bytes] | None:
        """(Number, link) of the last entry where a moment is held and was asked about; else None."""
        with self._turn:
            return (self._entries[-1].n, self._link) if self.fresh and self._entries else None

    def now(self, database: Database) -> list[Entry]:
        """Every entry that is in the ledger at this moment, in order."""
        statement = select(entry).order_by(entry.c.n)
        with self._turn:
            if self.fresh:
                return list(self._entries)
            known = self._entries[-1].n if self._entries else 0
            self.fresh = self._holding > 0  # before the question: what is entered meanwhile makes it false again
            try:
                rows = database.rows(statement.where(entry.c.n >= known))
                if known and not (rows and bytes(rows[0].link) == self._link):
                    known, self._entries, rows = 0, [], database.rows(statement)
            except TrothError:
                self.fresh = False
                raise
            rows = rows[1:] if known else rows
            self._entries += [Entry(row.n, row.key, row.kind, row.day, json.loads(row.body)) for row in rows]
            self._link = bytes(rows[-1].link) if rows else self._link
            return list(self._entries)


_READ: Final[WeakKeyDictionary[Database, _Read]] = WeakKeyDictionary()
