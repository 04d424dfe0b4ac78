"""PostgreSQL spoken to through libpq's own calls (`psycopg.pq`): prepared once a connection, values and rows in binary."""

from __future__ import annotations

from functools import lru_cache
from itertools import count
from typing import TYPE_CHECKING, Any, Final

import psycopg
from psycopg import errors, pq

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from psycopg.abc import Buffer
    from psycopg.pq.abc import PGresult

    from troth.storage.direct import Plain, Row

_MOST_PREPARED: Final = 64
_LONG: Final = 200
"""Values: a longer statement is rare, and not worth the server's memory."""
_BYTEA, _INT2, _INT4, _INT8, _TEXT = 17, 21, 23, 20, 25
_BINARY: Final = 1
_NAMES: Final = count(1)
"""Of prepared statements: one connection may have been spoken to through another object before."""


def _whole(value: bytes) -> int:
    return int.from_bytes(value, "big", signed=True)


_READ: Final[dict[int, Callable[[bytes], Any]]] = {_BYTEA: bytes, _INT2: _whole, _INT4: _whole, _INT8: _whole}
"""By the type's object id in PostgreSQL's catalogue; all others are text."""


class PostgresqlDirect:
    """One connection, and what is prepared on it. Nothing is prepared twice; a refusal forgets all, as a schema may have changed."""

    def __init__(self, connection: psycopg.Connection[Any]) -> None:
        self._autocommit = connection.autocommit
        self._at = connection.pgconn
        self._prepared: dict[str, bytes] = {}

    def rows(self, statement: str, values: Sequence[Plain]) -> list[Row]:
        """All rows that the statement gives; without autocommit in a transaction, which the first begins. Raises `psycopg.Error`."""
        if not self._autocommit and self._at.transaction_status == pq.TransactionStatus.IDLE:
            self._checked(self._at.exec_(b"BEGIN"))
        types = [_BYTEA if isinstance(value, bytes) else _INT4 if isinstance(value, int) else _TEXT for value in values]
        sent: list[Buffer] = [
            value if isinstance(value, bytes) else value.to_bytes(4, "big", signed=True) if isinstance(value, int) else value.encode()
            for value in values
        ]  # fmt: skip
        formats = [_BINARY] * len(sent)
        name = self._prepared.get(statement)
        if name is None and len(sent) <= _LONG and len(self._prepared) < _MOST_PREPARED:
            name = b"troth%d" % next(_NAMES)
            self._checked(self._at.prepare(name, _numbered(statement), types))
            self._prepared[statement] = name
        if name is None:
            result = self._at.exec_params(_numbered(statement), sent, types, formats, _BINARY)
        else:
            result = self._at.exec_prepared(name, sent, formats, _BINARY)
        self._checked(result)
        readers = [_READ.get(result.ftype(column), bytes.decode) for column in range(result.nfields)]
        return [
            tuple(
                None if (value := result.get_value(row, column)) is None else read(value)
                for column, read in enumerate(readers)
            )
            for row in range(result.ntuples)
        ]

    def _checked(self, result: PGresult) -> None:
        if result.status in (pq.ExecStatus.COMMAND_OK, pq.ExecStatus.TUPLES_OK):
            return
        self._prepared.clear()
        if self._at.status != pq.ConnStatus.OK:
            raise psycopg.OperationalError("the connection is lost")
        state = result.error_field(pq.DiagnosticField.SQLSTATE)
        try:
            kind = errors.lookup(state.decode()) if state else psycopg.DatabaseError
        except KeyError:
            kind = psycopg.DatabaseError
        raise kind("refused")


@lru_cache(maxsize=256)
def _numbered(statement: str) -> bytes:
    """Each `?` as PostgreSQL writes it, by its number: `$1`, `$2` and so on."""
    first, *rest = statement.split("?")
    return "".join([first, *(f"${number}{part}" for number, part in enumerate(rest, 1))]).encode()
