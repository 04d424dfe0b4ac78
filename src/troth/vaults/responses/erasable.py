"""The end of the sealed records: two years after publication they go, all together (P12)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, func, insert, select

from troth.keys.erasable import Due, Pending
from troth.keys.ring import Bucket, read_bucket_id
from troth.vaults.responses.schema import erasing, record

if TYPE_CHECKING:
    from datetime import date

    from troth.storage.database import Database

RULE: Final = "records"
_PURPOSE: Final = "records"


@dataclass(frozen=True)
class Records:
    """Fulfils `troth.keys.erasable.Erasable`, by the vault's owner.

    Every record is sealed to the one analysis key, so the bucket is a name only: what dies in backups dies with the shares of
    that key, which their holders destroy (`findings.publication.Microdata` destroys those on this machine).
    """

    database: Database
    promise: str
    dies_on: date | None
    """None: nothing is published, so no clock runs."""
    name: str = "responses.record"

    def due(self, today: date) -> list[Due]:
        """All records, once their day has come and while one is there."""
        if self.dies_on is None or today < self.dies_on:
            return []
        with self.database.read() as connection:
            count = int(connection.scalar(select(func.count()).select_from(record)) or 0)
        return [Due(Bucket(_PURPOSE, self.dies_on, 1), RULE, self.promise, count, 0)] if count else []

    def forget(self, due: Due, today: date) -> None:
        """Every record is gone, and a note says how many there were."""
        with self.database.write() as connection:
            count = connection.execute(delete(record)).rowcount
            note = {"bucket": due.bucket.id, "rule": RULE, "day": today, "count": count}
            connection.execute(insert(erasing), note)

    def pending(self) -> list[Pending]:
        """What was forgotten and has no certificate yet."""
        rows = self.database.rows(select(erasing).where(erasing.c.rule == RULE))
        return [Pending(read_bucket_id(row.bucket), RULE, self.promise, row.day, row._mapping["count"]) for row in rows]  # noqa: SLF001 - a row has a method of that name

    def destroy_key(self, pending: Pending) -> None:  # noqa: ARG002 - one key for all, and not this role's
        """What was deleted is out of the files within reach."""
        self.database.forget_residue()

    def settle(self, pending: Pending) -> None:
        """The certificate is written; the note goes."""
        with self.database.write() as connection:
            connection.execute(delete(erasing).where(erasing.c.bucket == pending.bucket.id))
