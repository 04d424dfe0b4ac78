"""What every test may ask for: databases of both kinds, a clock that stands still, and a plain word when something is not here."""

from __future__ import annotations

import os
import secrets
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, make_url, text
from tests.support import postgres

from troth.kit.clock import SimulatedClock
from troth.storage.database import Database
from troth.storage.migrations import upgrade

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

VAULTS = ("sample", "responses", "vouchers", "interviews", "ledger")


def need(what: str, *, here: bool, line: str) -> None:
    """Skips visibly on a newcomer's machine; fails where everything must have run."""
    if here:
        return
    if os.environ.get("CI") == "true":
        pytest.fail(f"{what} is not here, and CI=true: {line}")
    pytest.skip(f"{what} is not here: {line}")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[postgres.Server]:
    need("PostgreSQL", here=postgres.programs() is not None, line="apt-get install postgresql")
    with postgres.running() as server:
        yield server


@pytest.fixture
def clock() -> SimulatedClock:
    return SimulatedClock(datetime(2027, 1, 11, 9, 0, tzinfo=UTC))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


class Urls:
    """Makes an empty database per vault and gives its URL."""

    def __init__(self, kind: str, folder: Path, server: postgres.Server | None) -> None:
        self.kind = kind
        self._folder = folder
        self._server = server
        self._made: dict[str, str] = {}
        self._suffix = secrets.token_hex(4)

    def __call__(self, vault: str) -> str:
        if vault not in self._made:
            self._made[vault] = self._make(vault)
        return self._made[vault]

    def _make(self, vault: str) -> str:
        if self._server is None:
            return f"sqlite:///{self._folder / (vault + '.db')}"
        name = f"troth_{vault}_{self._suffix}"
        engine = create_engine(self._server.url("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text(f"CREATE DATABASE {name} TEMPLATE template0"))
        engine.dispose()
        return self._server.url(name)

    def drop(self) -> None:
        if self._server is None:
            return
        engine = create_engine(self._server.url("postgres"), isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            for url in self._made.values():
                name = make_url(url).database
                connection.execute(text(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)"))
        engine.dispose()


@pytest.fixture
def urls(database_kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Urls]:
    server = request.getfixturevalue("postgres_server") if database_kind == "postgresql" else None
    made = Urls(database_kind, tmp_path, server)
    yield made
    made.drop()


@pytest.fixture
def open_vault(urls: Urls) -> Iterator[Callable[[str], Database]]:
    """`open_vault("responses")`: that vault, empty, with its newest schema, on the database that the test runs on."""
    opened: list[Database] = []

    def open_(vault: str) -> Database:
        database = Database(urls(vault), vault=vault)
        upgrade(database)
        opened.append(database)
        return database

    yield open_
    for database in opened:
        database.close()
