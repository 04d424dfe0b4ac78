"""Rows whose data keys lie under a bucket: how they are erased in any vault. Not a vault: it is handed its table.

Safe because the body is never touched: a survivor's data key is opened with the old generation and sealed to the younger one,
in the same transaction that deletes the dying; then the old generation is destroyed, so a backup from before opens
for nobody who died, and for the survivors only with the younger generation's own wrapped keys, which it lacks.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, case, delete, func, insert, literal, select, text, union_all, update

from troth.keys.erasable import Due, Pending
from troth.keys.ring import read_bucket_id
from troth.protocol.bucket import rewrap
from troth.protocol.seal import Place

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from datetime import date

    from sqlalchemy import Column, ColumnElement, Connection, Table

    from troth.keys.ring import Bucket, Ring
    from troth.storage.database import Database


def _nothing_more(connection: Connection, keys: Sequence[Any]) -> None:
    """Most rows have nothing hanging on them."""


@dataclass(frozen=True)
class BucketedRows:
    """One retention rule over one table: fulfils `troth.keys.erasable.Erasable`.

    The table has the columns `bucket` and `dies_on`, one primary key column, and the `wrapped` columns named.
    """

    name: str
    rule: str
    promise: str
    database: Database
    ring: Ring
    table: Table
    erasing: Table
    wrapped: Mapping[str, str]
    """Wrapped column -> the column name that its place was bound to when it was sealed."""
    waiting: tuple[Table, ...] = ()
    """Tables of the same columns but `dies_on`, whose rows came in and are not sorted yet: they die with the bucket's own day."""
    also: Callable[[Connection, Sequence[Any]], None] = field(default=_nothing_more)
    """Deletes what hangs on the dying rows, in the same transaction."""

    @property
    def _key(self) -> Column[Any]:
        return next(iter(self.table.primary_key.columns))

    def due(self, today: date) -> list[Due]:
        """Every bucket with somebody whose day is `today` or earlier, and every bucket whose own day has come."""
        living = self.ring.living()
        if not living:  # for most of two years, and `troth daily` asks every day
            return []
        none, sorted_ = literal(0), self.table.c
        dying = func.sum(_one_if(sorted_.dies_on <= today))
        noted, counts = set(), dict.fromkeys((bucket.id for bucket in living), (0, 0))
        for bucket_id, dead, all_, is_noted in self.database.rows(
            union_all(
                select(self.erasing.c.bucket, none, none, literal(1)),
                select(sorted_.bucket, dying, func.count(), none).group_by(sorted_.bucket),
                *(select(w.c.bucket, none, func.count(), none).group_by(w.c.bucket) for w in self.waiting),
            )
        ):
            if is_noted:
                noted.add(bucket_id)
            before = counts.get(bucket_id, (0, 0))
            counts[bucket_id] = (before[0] + int(dead), before[1] + int(all_))
        found = []
        for bucket in living:
            dead, all_ = counts[bucket.id]
            if bucket.id in noted:
                continue
            if bucket.day <= today:
                found.append(Due(bucket, self.rule, self.promise, dying=all_, surviving=0))
            elif dead:
                found.append(Due(bucket, self.rule, self.promise, dying=dead, surviving=all_ - dead))
        return found

    def forget(self, due: Due, today: date) -> None:
        """The dying rows are deleted, the survivors' data keys moved to a younger generation, and a `Pending` is noted."""
        # Before the bucket's own day there is always a younger one, also where nobody survives: who comes next seals to it,
        # and who came in since `due` was asked is moved to it.
        younger = self.ring.next_generation(due.bucket) if due.bucket.day > today else None
        here = self.table.c.bucket == due.bucket.id
        with self.database.write() as connection:
            self._lock(connection)
            dead = here if due.bucket.day <= today else here & (self.table.c.dies_on <= today)
            keys = list(connection.scalars(select(self._key).where(dead)))
            self.also(connection, keys)
            connection.execute(delete(self.table).where(dead))
            count = len(keys)
            if younger is not None:
                self._move(connection, due.bucket, younger)
            else:
                count += sum(
                    connection.execute(delete(table).where(table.c.bucket == due.bucket.id)).rowcount
                    for table in self.waiting
                )
            connection.execute(
                insert(self.erasing), {"bucket": due.bucket.id, "rule": self.rule, "day": today, "count": count}
            )

    def unopenable(self) -> int:
        """How many rows lie under a bucket whose key is destroyed: none, or a backup was restored."""
        with self.database.read() as connection:
            return sum(
                int(connection.scalar(select(func.count()).select_from(table).where(self._dead(table))) or 0)
                for table in (self.table, *self.waiting)
            )

    def unopenable_keys(self) -> list[Any]:
        """Their keys, of those in the table itself."""
        with self.database.read() as connection:
            return list(connection.scalars(select(self._key).where(self._dead(self.table))))

    def forget_unopenable(self) -> int:
        """Rows that a restored backup brought back and no key opens are gone again; counts them. Their erasure is certified already."""
        with self.database.write() as connection:
            self._lock(connection)
            keys = list(connection.scalars(select(self._key).where(self._dead(self.table))))
            self.also(connection, keys)
            tables = (self.table, *self.waiting)
            count = sum(connection.execute(delete(table).where(self._dead(table))).rowcount for table in tables)
        self.database.forget_residue()
        return count

    def _dead(self, table: Table) -> ColumnElement[bool]:
        """Under a bucket that does not live, and is not being accounted for just now."""
        living = [bucket.id for bucket in self.ring.living()]
        noted = select(self.erasing.c.bucket)
        return table.c.bucket.not_in(living) & table.c.bucket.not_in(noted)

    def pending(self) -> list[Pending]:
        """What was forgotten in rows and is not yet accounted for."""
        note = self.erasing.c
        rows = self.database.rows(select(note.bucket, note.day, note["count"]).where(note.rule == self.rule))
        return [Pending(read_bucket_id(bucket), self.rule, self.promise, day, count) for bucket, day, count in rows]

    def destroy_key(self, pending: Pending) -> None:
        """Residue within reach is folded away and the bucket's key destroyed."""
        self.database.forget_residue()
        self.ring.destroy(pending.bucket)

    def settle(self, pending: Pending) -> None:
        """The certificate is written; the note goes."""
        with self.database.write() as connection:
            connection.execute(delete(self.erasing).where(self.erasing.c.bucket == pending.bucket.id))

    def _lock(self, connection: Connection) -> None:
        """Nobody adds a row while a bucket is being left: who comes later sees the note in `erasing` and seals anew.

        SQLite writers are alone anyway; on PostgreSQL an insert that has not committed would otherwise be overlooked.
        """
        if connection.dialect.name == "postgresql":
            names = ", ".join(table.name for table in (self.table, *self.waiting))
            connection.execute(text(f"LOCK TABLE {names} IN EXCLUSIVE MODE"))

    def _move(self, connection: Connection, old: Bucket, younger: Bucket) -> None:
        for table in (self.table, *self.waiting):
            rows = connection.execute(select(table).where(table.c.bucket == old.id)).all()
            self._rewrap_rows(connection, table, rows, old, younger)

    def _rewrap_rows(self, connection: Connection, table: Table, rows: Sequence[Any], old: Bucket, new: Bucket) -> None:
        private, public = self.ring.private(old), self.ring.public(new)
        key = next(iter(table.primary_key.columns))
        changes = []
        for row in rows:
            identity = row._mapping[key.name]  # noqa: SLF001 - SQLAlchemy's documented name
            change = {"row_key": identity, "new_bucket": new.id}
            for column, bound in self.wrapped.items():
                place = Place(self.table.name, identity if isinstance(identity, bytes) else identity.encode(), bound)
                change[f"new_{column}"] = rewrap(private, public, row._mapping[column], place)  # noqa: SLF001
            changes.append(change)
        if changes:
            values: dict[str, Any] = {column: bindparam(f"new_{column}") for column in self.wrapped}
            statement = update(table).where(key == bindparam("row_key"))
            connection.execute(statement.values(bucket=bindparam("new_bucket"), **values), changes)


def _one_if(condition: Any) -> Any:
    return case((condition, 1), else_=0)
