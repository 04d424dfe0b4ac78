"""Records, to be read by the opening and to die two years after publication: nothing here knows a handle."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sqlalchemy import select

from troth.vaults.responses.schema import record

if TYPE_CHECKING:
    from collections.abc import Iterator

    from troth.storage.database import Database

_AT_ONCE = 500


@dataclass(frozen=True)
class Record:
    """One response, sealed to the analysis key: a fixed count of boxes of one size."""

    id: bytes
    cell: str
    boxes: bytes


def records(database: Database) -> Iterator[Record]:
    """Every record, in the order of its random id, a few hundred at a time."""
    after = b""
    while True:
        with database.read() as connection:
            rows = connection.execute(
                select(record).where(record.c.id > after).order_by(record.c.id).limit(_AT_ONCE)
            ).all()
        for row in rows:
            yield Record(bytes(row.id), row.cell, bytes(row.boxes))
        if len(rows) < _AT_ONCE:
            return
        after = bytes(rows[-1].id)
