"""The ledger: entries in a hash chain, each signed. What is entered twice stands once."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date  # noqa: TC003 - dataclass fields
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import func, insert, select, text

from troth.kit.errors import CannotOpen
from troth.protocol.chain import link, sign, verify
from troth.vaults.ledger.schema import entry

if TYPE_CHECKING:
    from collections.abc import Mapping

    from troth.protocol.names import SigningPrivate, SigningPublic
    from troth.storage.database import Database

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

    def __init__(self, database: Database, signing: SigningPrivate | None = None) -> None:
        """`signing` is None for readers."""
        self._database = database
        self._signing = signing

    def enter(self, kind: str, key: str, day: date, body: Mapping[str, str | int | list[str] | list[int]]) -> bool:
        """The entry stands in the chain. False: it stood there already, under that key, and nothing was changed.

        Raises:
            StorageFailed: the database refused; nothing was entered.
            CannotOpen: this role has no ledger key.

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
            if connection.scalar(select(entry.c.n).where(entry.c.key == key)) is not None:
                return False
            last = connection.execute(select(entry.c.n, entry.c.link).order_by(entry.c.n.desc()).limit(1)).first()
            n, previous = (last.n, bytes(last.link)) if last else (0, START)
            linked = link(previous, written.encode())
            row = {"n": n + 1, "key": key, "kind": kind, "day": day, "body": written, "link": linked}
            connection.execute(insert(entry), {**row, "signature": sign(self._signing, linked)})
        return True

    def entries(self, kind: str | None = None) -> list[Entry]:
        """What is entered, in order; of one kind if asked."""
        statement = select(entry).order_by(entry.c.n)
        if kind is not None:
            statement = statement.where(entry.c.kind == kind)
        with self._database.read() as connection:
            rows = connection.execute(statement).all()
        return [Entry(row.n, row.key, row.kind, row.day, json.loads(row.body)) for row in rows]

    def last_day(self) -> date | None:
        """The latest day of any entry; None when there is none."""
        with self._database.read() as connection:
            found: date | None = connection.scalar(select(func.max(entry.c.day)))
        return found

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
