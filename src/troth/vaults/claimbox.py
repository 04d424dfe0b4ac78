"""What VOUCHERS and INTERVIEWS have in common: spent tickets, an inbox, sorted claims, batches. Not a vault: it is handed tables.

Claims arrive in the inbox; a sort moves them, in groups of at least k, into `claim`, and rewrites every table, so that no row lies in
arrival order (P15, P23).
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING

from sqlalchemy import (
    Date,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    delete,
    func,
    insert,
    select,
    text,
    update,
)
from sqlalchemy.dialects.postgresql import insert as postgresql_insert
from sqlalchemy.dialects.sqlite import insert as sqlite_insert

from troth.kit.errors import Refused
from troth.protocol.bucket import Locked
from troth.storage.rewrite import alone, shuffle
from troth.vaults.shapes import column

if TYPE_CHECKING:
    from collections.abc import Collection
    from datetime import date

    from sqlalchemy import Connection

    from troth.storage.database import Database


@dataclass(frozen=True)
class Tables:
    """The five tables of such a vault."""

    spent: Table
    inbox: Table
    claim: Table
    batch: Table
    erasing: Table


class _UndoneError(Exception):
    """Rolls a claim back."""

    def __init__(self, why: Put) -> None:
        super().__init__()
        self.why = why


def declare(metadata: MetaData, states: str) -> Tables:
    """The tables of such a vault, declared in its metadata. `states` are the words of `claim.state`, for the column's comment."""
    spent = Table(
        "spent",
        metadata,
        column(
            "key", LargeBinary(32), "digest", "hash of a ticket; its being here is its being spent", primary_key=True
        ),
    )

    inbox = Table(
        "inbox",
        metadata,
        column("id", LargeBinary(16), "random id", "drawn when the claim came in", primary_key=True),
        column("wrapped", LargeBinary, "sealed", "data key of the details, under its bucket"),
        column("sealed", LargeBinary, "sealed", "the contact details, of one size"),
        column("bucket", String(60), "fact", "the bucket that dies with them"),
    )

    claim = Table(
        "claim",
        metadata,
        column("id", LargeBinary(16), "random id", "drawn when the claim came in", primary_key=True),
        column("wrapped", LargeBinary, "sealed", "data key of the details, under its bucket"),
        column("sealed", LargeBinary, "sealed", "the contact details, of one size"),
        column("bucket", String(60), "fact", "the bucket that dies with them"),
        column("state", String(12), "state", states),
        column("batch", String(32), "random id", "the order or round it is part of", nullable=True),
        column("latest", Date, "day", "gone by this day whatever happens"),
        column("dies_on", Date, "day", "the day it is erased; only ever moves earlier"),
    )
    Index("claim_dies_on", claim.c.dies_on)
    Index("claim_bucket", claim.c.bucket)

    batch = Table(
        "batch",
        metadata,
        column("id", String(32), "random id", "an order or a round of invitations", primary_key=True),
        column("state", String(12), "state", "prepared | sent | done"),
        column("day", Date, "day", "when its state last changed"),
        column("count", Integer, "count", "claims in it"),
        column("digest", String(64), "digest", "SHA-256 of the file that left", nullable=True),
    )

    erasing = Table(
        "erasing",
        metadata,
        column(
            "bucket", String(60), "fact", "a bucket whose rows are gone and whose key is about to go", primary_key=True
        ),
        column("rule", String(30), "fact", "which retention rule"),
        column("day", Date, "day", "the day of the erasure"),
        column("count", Integer, "count", "how many people's data died"),
    )
    return Tables(spent=spent, inbox=inbox, claim=claim, batch=batch, erasing=erasing)


class Put(Enum):
    """What became of a claim that came in."""

    IN = "in"
    SPENT = "spent before"
    LEAVING = "the bucket is being left: seal to a younger one"


@dataclass(frozen=True)
class Claim:
    """One sorted claim, still sealed."""

    id: bytes
    locked: Locked
    bucket: str


@dataclass(frozen=True)
class Batch:
    """An order or a round."""

    id: str
    state: str
    day: date
    count: int
    digest: str | None


@dataclass(frozen=True)
class ClaimBox:
    """One of the two vaults."""

    database: Database
    tables: Tables

    def put(self, spent_key: bytes, claim_id: bytes, locked: Locked, bucket: str) -> Put:
        """The ticket is spent and the details are in, in one transaction; or neither."""
        row = {"id": claim_id, "wrapped": locked.wrapped, "sealed": locked.sealed, "bucket": bucket}
        erasing = self.tables.erasing
        try:
            with self.database.write() as connection:
                # In this order: on PostgreSQL the insert waits while a bucket is being left (`BucketedRows.forget` locks the
                # table), and only what is read after it is sure to show the note. Read before, the row would be lost.
                connection.execute(insert(self.tables.inbox), row)
                if connection.scalar(select(erasing.c.bucket).where(erasing.c.bucket == bucket)):
                    raise _UndoneError(Put.LEAVING)
                if not self._spend(connection, spent_key):
                    raise _UndoneError(Put.SPENT)
        except _UndoneError as undone:
            return undone.why
        return Put.IN

    def is_spent(self, spent_key: bytes) -> bool:
        """Whether the ticket was used."""
        return bool(self.database.rows(select(self.tables.spent.c.key).where(self.tables.spent.c.key == spent_key)))

    def spent_keys(self) -> set[bytes]:
        """What names each ticket that was used, 32 bytes each."""
        return {bytes(row.key) for row in self.database.rows(select(self.tables.spent.c.key))}

    def spend_again(self, keys: Collection[bytes]) -> int:
        """Those tickets are used; counts those that the vault did not know: their details were lost with a restore."""
        with self.database.write() as connection:
            return sum(self._spend(connection, key) for key in sorted(keys))

    def ordered_again(self, made: Batch, state: str) -> int:
        """The batch left after the backup was taken, says the ledger: all that wait belong to it, so nobody is sent anything twice.

        Counts them. A batch that is here changes nothing.
        """
        batch, claim = self.tables.batch, self.tables.claim
        with self.database.write() as connection:
            if connection.scalar(select(batch.c.id).where(batch.c.id == made.id)) is not None:
                return 0
            connection.execute(insert(batch), vars(made))
            waiting = update(claim).where(claim.c.state == "waiting").values(state=state, batch=made.id)
            return connection.execute(waiting).rowcount

    def sort(self, minimum: int, latest: date) -> int:
        """With at least `minimum` in the inbox, all of it is sorted into `claim`, in no order; counts what was moved."""
        inbox, claim = self.tables.inbox, self.tables.claim
        if not self.database.rows(select(inbox.c.id).limit(1)):
            return 0  # on most days there is nothing, and nobody has to wait for a lock
        with self.database.write() as connection:
            alone(connection)
            if (
                connection.dialect.name == "postgresql"
            ):  # a claim that came in after the reading would be deleted unread
                names = ", ".join(table.name for table in (claim, inbox, self.tables.spent))
                connection.execute(text(f"LOCK TABLE {names} IN ACCESS EXCLUSIVE MODE"))
            rows = connection.execute(select(inbox)).all()
            if not rows or len(rows) < minimum:
                return 0
            secrets.SystemRandom().shuffle(rows)  # type: ignore[arg-type]
            fields = ("id", "wrapped", "sealed", "bucket")
            more = {"state": "waiting", "batch": None, "latest": latest, "dies_on": latest}
            connection.execute(insert(claim), [{f: getattr(row, f) for f in fields} | more for row in rows])
            connection.execute(delete(inbox))
            for table in (inbox, claim, self.tables.spent):
                shuffle(connection, table)
        self.database.forget_residue()
        return len(rows)

    def counts(self) -> dict[str, int]:
        """How many wait unsorted, and how many claims are in each state."""
        claim = self.tables.claim
        with self.database.read() as connection:
            unsorted = connection.scalar(select(func.count()).select_from(self.tables.inbox)) or 0
            rows = connection.execute(select(claim.c.state, func.count()).group_by(claim.c.state)).all()
        return {"unsorted": int(unsorted), **{state: int(count) for state, count in rows}}

    def prepare(self, day: date, state: str) -> Batch | None:
        """All waiting claims belong to one new batch; the batch that was prepared before and not finished comes first. None: none wait."""
        batch, claim = self.tables.batch, self.tables.claim
        with self.database.write() as connection:
            unfinished = connection.execute(select(batch).where(batch.c.state == "prepared")).mappings().first()
            if unfinished is not None:
                return Batch(**dict(unfinished))
            made = secrets.token_hex(16)
            moved = connection.execute(
                update(claim).where(claim.c.state == "waiting").values(state=state, batch=made)
            ).rowcount
            if not moved:
                return None
            row = {"id": made, "state": "prepared", "day": day, "count": moved, "digest": None}
            connection.execute(insert(batch), row)
        return Batch(made, "prepared", day, moved, None)

    def claims(self, batch: str) -> list[Claim]:
        """The claims of a batch, sealed, in the order of their random ids."""
        claim = self.tables.claim
        with self.database.read() as connection:
            rows = connection.execute(select(claim).where(claim.c.batch == batch).order_by(claim.c.id)).all()
        return [Claim(bytes(r.id), Locked(bytes(r.wrapped), bytes(r.sealed)), r.bucket) for r in rows]

    def living_batches(self) -> set[str]:
        """The ids of the batches of which a claim is still here."""
        claim = self.tables.claim
        rows = self.database.rows(select(claim.c.batch).where(claim.c.batch.is_not(None)).distinct())
        return {row.batch for row in rows}

    def batches(self) -> list[Batch]:
        """Every batch, oldest first."""
        batch = self.tables.batch
        rows = self.database.rows(select(batch).order_by(batch.c.day, batch.c.id))
        return [Batch(**row._mapping) for row in rows]  # noqa: SLF001 - SQLAlchemy's documented name

    def advance(self, batch_id: str, *, before: str, after: str, day: date, digest: str | None = None) -> Batch:
        """The batch, in the next state. Repeating changes nothing: its day stays the day on which it first got there.

        Raises:
            Refused: there is no such batch, or it is in another state.

        """
        batch = self.tables.batch
        with self.database.write() as connection:
            row = connection.execute(select(batch).where(batch.c.id == batch_id)).mappings().first()
            state = row["state"] if row else None
            if row is None or state not in {before, after}:
                what = "there is no such batch" if state is None else f"the batch is {state}, not {before}"
                raise Refused(what, where=f"vault {self.database.vault}", mend="look at the list of batches")
            if state == after:
                return Batch(**dict(row))
            values = {"state": after, "day": day, **({"digest": digest} if digest else {})}
            connection.execute(update(batch).where(batch.c.id == batch_id).values(**values))
        return Batch(**{**dict(row), **values})

    def set_death(self, batch_id: str, state: str, dies_on: date) -> None:
        """The claims of a batch are in that state and die on that day, never later than before."""
        claim = self.tables.claim
        with self.database.write() as connection:
            mine = claim.c.batch == batch_id
            connection.execute(update(claim).where(mine, claim.c.dies_on > dies_on).values(dies_on=dies_on))
            connection.execute(update(claim).where(mine).values(state=state))

    def _spend(self, connection: Connection, key: bytes) -> bool:
        spent = self.tables.spent
        make = sqlite_insert if connection.dialect.name == "sqlite" else postgresql_insert
        fresh = make(spent).values(key=key).on_conflict_do_nothing().returning(spent.c.key)
        return connection.execute(fresh).first() is not None  # psycopg counts no rows of such an insert
