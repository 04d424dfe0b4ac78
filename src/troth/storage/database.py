"""One vault's database: an engine with durable settings, and the two ways into it, `read` and `write`.

SQLite runs in WAL mode with `synchronous=FULL` (a commit is on the disk before it returns) and `secure_delete=ON`. Writers of
several processes queue on a file lock before `BEGIN IMMEDIATE`: fairer than the busy time-out, measured. PostgreSQL
runs with `synchronous_commit=on`; whether its server writes through (`fsync`) is a check of `troth promises`.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import Connection, create_engine, event, make_url, text
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import QueuePool

from troth.kit.errors import Refused, StorageFailed
from troth.storage.direct import direct
from troth.storage.revision import VERSION_TABLE

if TYPE_CHECKING:
    import sqlite3
    from collections.abc import Iterator, Sequence

    from sqlalchemy import Executable
    from sqlalchemy.engine import URL, Engine

    from troth.storage.direct import Direct, Plain, Row

_BUSY_MS: Final = 30_000
_CHECKPOINTS: Final = 50
_PAUSE: Final = 0.1


class Database:
    """The database of one vault, opened under one role."""

    def __init__(self, url: str, *, vault: str) -> None:
        """The engine stands ready; nothing is read yet.

        Args:
            url: `sqlite:////absolute/path` or `postgresql+psycopg://role@/database?host=/socket/folder`.
            vault: the vault's name, for messages.

        Raises:
            Refused: another kind of database, or a SQLite path that is not absolute.

        """
        self.vault = vault
        self.url: URL = make_url(url)
        if self.url.get_backend_name() not in {"sqlite", "postgresql"}:
            raise Refused("only SQLite and PostgreSQL are supported", where=f"vault {vault}")
        self.is_sqlite = self.url.get_backend_name() == "sqlite"
        self._turn = threading.Lock()
        self.engine: Engine = _sqlite_engine(self.url, vault) if self.is_sqlite else _postgresql_engine(self.url)
        self._single = self._moment = self.engine
        if not self.is_sqlite:
            self._single = self.engine.execution_options(isolation_level="AUTOCOMMIT")
            self._moment = self.engine.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        self._driver: Any = self.engine.dialect.loaded_dbapi
        self._mine = threading.local()
        self._looking: list[Any] = []
        self._at: tuple[int, int] | None = None
        self._can_wait = False

    @property
    def path(self) -> Path:
        """The SQLite file. Raises Refused on PostgreSQL, which has none."""
        if not self.is_sqlite or self.url.database is None:
            raise Refused("this vault is not a file", where=f"vault {self.vault}")
        return Path(self.url.database)

    @contextlib.contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection that sees one consistent moment, and changes nothing: on PostgreSQL REPEATABLE READ and READ ONLY.

        There a table that is rewritten behind that moment would be seen empty, so the moment begins when no rewrite is under way
        (`storage.rewrite.alone`), and none begins until the block ends.

        Raises:
            StorageFailed: the database could not be reached or read.

        """
        with self._said_plainly():
            waits = not self.is_sqlite and self._knows_to_wait()
            with self._moment.connect() as connection:
                if self.is_sqlite:
                    connection.exec_driver_sql("BEGIN")
                elif waits:  # takes no moment itself: the first question does
                    connection.exec_driver_sql(f"LOCK TABLE {VERSION_TABLE} IN ACCESS SHARE MODE")
                try:
                    yield connection
                finally:
                    connection.rollback()

    def _knows_to_wait(self) -> bool:
        """Whether there is what rewrites lock, and this role may read it: asked until it is so, which is once but before a migration."""
        if not self._can_wait:
            asked = text(f"SELECT coalesce(has_table_privilege(to_regclass('{VERSION_TABLE}'), 'SELECT'), false)")
            with self._single.connect() as connection:
                self._can_wait = bool(connection.scalar(asked))
        return self._can_wait

    def rows(self, statement: Executable) -> Sequence[Any]:
        """Every row of one single statement, which is its own moment: on PostgreSQL one trip to the server, where `read` makes four.

        Raises:
            StorageFailed: the database could not be reached or read.

        """
        with self._said_plainly(), self._single.connect() as connection:
            return connection.execute(statement).all()

    def look(self, statement: str, values: Sequence[Plain]) -> Row | None:
        """The first row of one single statement, which is its own moment: no transaction is begun or ended around it.

        Values are written `?`. Every page asks once, so this goes to the driver by a connection that each thread keeps
        (`storage.direct`). A connection that the server closed is opened again, once.

        Raises:
            StorageFailed: the database could not be reached or read.

        """
        with self._said_plainly():
            kept: Direct | None = getattr(self._mine, "direct", None)
            try:
                found = (kept or self._fresh()).rows(statement, values)
            except self._driver.Error as error:
                self._drop()
                if kept is None or self.is_sqlite or not isinstance(error, self._lost()):
                    raise
                found = self._fresh().rows(statement, values)
        return found[0] if found else None

    def _lost(self) -> tuple[type[Exception], ...]:
        """What PostgreSQL's driver raises where the connection may be at fault."""
        return self._driver.OperationalError, self._driver.InterfaceError

    def _fresh(self) -> Direct:
        """A connection of this thread's own, outside the pool; on PostgreSQL each statement is a transaction.

        Not one that waits in the pool either: a server that was started again closed those too.
        """
        found = self.engine.pool.recreate().connect()
        found.detach()
        connection = found.dbapi_connection
        if not self.is_sqlite:
            connection.autocommit = True  # type: ignore[union-attr]
        made = direct(connection, is_sqlite=self.is_sqlite)
        self._mine.connection, self._mine.direct = connection, made
        with self._turn:
            self._looking.append(connection)
        return made

    def _drop(self) -> None:
        connection = getattr(self._mine, "connection", None)
        self._mine.connection = self._mine.direct = None
        if connection is not None:
            with self._turn:
                if connection in self._looking:
                    self._looking.remove(connection)
            with contextlib.suppress(Exception):
                connection.close()

    @contextlib.contextmanager
    def write(self) -> Iterator[Connection]:
        """One transaction: durable when the block ends, undone when it raises.

        Raises:
            StorageFailed: disk full, database gone, or any refusal of its own; nothing was changed.

        """
        with self._said_plainly(), self._queue(), self.engine.connect() as connection:
            # By hand too: whoever speaks to the driver alone begins none of SQLAlchemy's.
            transaction = connection.begin()
            if self.is_sqlite:
                connection.connection.driver_connection.execute("BEGIN IMMEDIATE")  # type: ignore[union-attr]
            try:
                yield connection
            except BaseException:
                transaction.rollback()
                raise
            transaction.commit()

    def forget_residue(self) -> None:
        """What was deleted is out of the files that this process can reach: SQLite's WAL is folded in and emptied.

        On PostgreSQL dead rows stay in the heap until VACUUM and in `pg_wal` until it is recycled: there the destroyed key
        is what erases, and this only removes the dead rows.

        Raises:
            StorageFailed: readers held SQLite's WAL for too long; what was deleted may still be read in it. Run it again.

        """
        with self._said_plainly():
            if self.is_sqlite:
                with self._queue(), self.engine.connect() as connection:
                    for _ in range(_CHECKPOINTS):
                        busy, _, _ = connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)").one()
                        if not busy:
                            return
                        time.sleep(_PAUSE)
                raise StorageFailed(
                    "readers hold the write-ahead log", where=f"vault {self.vault}", mend="run it again"
                )
            with self.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
                connection.execute(text("VACUUM"))

    def close(self) -> None:
        """No connection of this process stays open."""
        with self._turn:
            looking, self._looking = self._looking, []
        self._mine = threading.local()
        for connection in looking:
            with contextlib.suppress(Exception):
                connection.close()
        self.engine.dispose()
        with self._turn:
            at, self._at = self._at, None
        if at and at[0] == os.getpid():
            os.close(at[1])

    @contextlib.contextmanager
    def _queue(self) -> Iterator[None]:
        """Writers of this process and of others take turns, first come first served (SQLite only)."""
        if not self.is_sqlite:
            yield
            return
        with self._turn:
            line = self._line()
            fcntl.flock(line, fcntl.LOCK_EX)
            try:
                yield
            finally:
                fcntl.flock(line, fcntl.LOCK_UN)

    def _line(self) -> int:
        """The file that writers queue at, opened once: a fork has a line of its own, or parent and child would stand in one place."""
        if self._at is None or self._at[0] != os.getpid():
            path = self.path.with_name(self.path.name + ".turn")
            self._at = (os.getpid(), os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o666))
        return self._at[1]

    @contextlib.contextmanager
    def _said_plainly(self) -> Iterator[None]:
        """A database's own error, whose text quotes statements and values, becomes one that names the vault only."""
        try:
            yield
        except (DBAPIError, self._driver.Error, OSError) as error:
            raise StorageFailed(
                f"the database refused ({type(getattr(error, 'orig', None) or error).__name__})",
                where=f"vault {self.vault}",
                mend="Nothing was changed; look at the disk's free space and the server, then run it again",
            ) from None
        except SQLAlchemyError as error:
            raise StorageFailed(
                f"the database layer failed ({type(error).__name__})", where=f"vault {self.vault}"
            ) from None


def _sqlite_engine(url: URL, vault: str) -> Engine:
    if url.database is None or not Path(url.database).is_absolute():
        raise Refused("the path of a SQLite vault must be absolute", where=f"vault {vault}", mend="write sqlite:////…")
    engine = create_engine(
        url, poolclass=QueuePool, pool_size=4, max_overflow=8, connect_args={"check_same_thread": False, "timeout": _BUSY_MS / 1000}
    )  # fmt: skip

    @event.listens_for(engine, "connect")
    def _settings(connection: sqlite3.Connection, _record: object) -> None:
        connection.isolation_level = None  # transactions are begun by us, in words
        for pragma in (
            "journal_mode=WAL",
            "synchronous=FULL",
            "secure_delete=ON",
            "foreign_keys=ON",
            "temp_store=MEMORY",
        ):
            connection.execute(f"PRAGMA {pragma}").close()

    return engine


def _postgresql_engine(url: URL) -> Engine:
    engine = create_engine(url, poolclass=QueuePool, pool_size=4, max_overflow=8, pool_pre_ping=False)

    @event.listens_for(engine, "connect")
    def _settings(connection: object, _record: object) -> None:
        cursor = connection.cursor()  # type: ignore[attr-defined]
        cursor.execute("SET synchronous_commit = on")
        cursor.execute("SET application_name = 'troth'")
        connection.commit()  # type: ignore[attr-defined]
        cursor.close()

    return engine
