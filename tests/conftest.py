"""What every test may ask for: databases of both kinds, a clock that stands still, and a plain word when something is not here."""

from __future__ import annotations

import os
import secrets
import shutil
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import create_engine, make_url, text
from tests.support import postgres
from tests.support.house import FEW, House, build

from troth.kit.clock import SimulatedClock
from troth.storage.database import Database
from troth.storage.migrations import upgrade

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).resolve().parents[1]
VAULTS = ("sample", "responses", "vouchers", "interviews", "holds", "ledger")


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


@pytest.fixture(scope="session")
def small_house(tmp_path_factory: pytest.TempPathFactory) -> House:
    """An installation of a few people on SQLite, made once; a test's own is a copy."""
    return build(tmp_path_factory.mktemp("house") / "home", people=FEW)


@pytest.fixture
def house(small_house: House, tmp_path: Path) -> House:
    """`small_house`, this test's own."""
    return small_house.copy(tmp_path / "home")


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def database_kind(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="session")
def durable_postgres_server() -> Iterator[postgres.Server]:
    """A server that writes through: for what asks the server whether it does."""
    need("PostgreSQL", here=postgres.programs() is not None, line="apt-get install postgresql")
    with postgres.running(durable=True) as server:
        yield server


class Blanks:
    """Each vault with its newest schema and nothing in it, made once; a test's own vault is a copy."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._made: set[str] = set()
        self._suffix = secrets.token_hex(4)

    def sqlite(self, vault: str) -> Path:
        path = self._folder / f"{vault}.db"
        if not path.exists():
            _upgraded(f"sqlite:///{path}", vault)
        return path

    def postgresql(self, vault: str, server: postgres.Server) -> str:
        name = f"blank_{vault}_{self._suffix}"
        if vault not in self._made:
            _run(server, f"CREATE DATABASE {name} TEMPLATE template0")
            _upgraded(server.url(name), vault)
            self._made.add(vault)
        return name


@pytest.fixture(scope="session")
def blanks(tmp_path_factory: pytest.TempPathFactory) -> Blanks:
    return Blanks(tmp_path_factory.mktemp("blanks"))


def _upgraded(url: str, vault: str) -> None:
    database = Database(url, vault=vault)
    upgrade(database)
    if database.is_sqlite:
        database.forget_residue()
    database.close()


def _run(server: postgres.Server, statement: str) -> None:
    engine = create_engine(server.url("postgres"), isolation_level="AUTOCOMMIT")
    with engine.connect() as connection:
        connection.execute(text(statement))
    engine.dispose()


class Urls:
    """Makes an empty database per vault and gives its URL; a known vault's has its schema already when `filled` asks for it."""

    def __init__(self, kind: str, folder: Path, server: postgres.Server | None, blanks: Blanks) -> None:
        self.kind = kind
        self._folder = folder
        self._server = server
        self._blanks = blanks
        self._made: dict[str, str] = {}
        self._suffix = secrets.token_hex(4)

    def __call__(self, vault: str, *, filled: bool = False) -> str:
        if vault not in self._made:
            self._made[vault] = self._make(vault, filled=filled and vault in VAULTS)
        return self._made[vault]

    def _make(self, vault: str, *, filled: bool) -> str:
        if self._server is None:
            path = self._folder / f"{vault}.db"
            if filled:
                shutil.copyfile(self._blanks.sqlite(vault), path)
            return f"sqlite:///{path}"
        name = f"troth_{vault}_{self._suffix}"
        template = self._blanks.postgresql(vault, self._server) if filled else "template0"
        _run(self._server, f"CREATE DATABASE {name} TEMPLATE {template}")
        return self._server.url(name)

    def drop(self) -> None:
        for url in self._made.values() if self._server else ():
            assert self._server is not None
            _run(self._server, f"DROP DATABASE IF EXISTS {make_url(url).database} WITH (FORCE)")


@pytest.fixture
def urls(database_kind: str, tmp_path: Path, blanks: Blanks, request: pytest.FixtureRequest) -> Iterator[Urls]:
    server = request.getfixturevalue("postgres_server") if database_kind == "postgresql" else None
    made = Urls(database_kind, tmp_path, server, blanks)
    yield made
    made.drop()


@pytest.fixture
def open_vault(urls: Urls) -> Iterator[Callable[[str], Database]]:
    """`open_vault("responses")`: that vault, empty, with its newest schema, on the database that the test runs on."""
    opened: list[Database] = []

    def open_(vault: str) -> Database:
        database = Database(urls(vault, filled=True), vault=vault)
        upgrade(database)
        opened.append(database)
        return database

    yield open_
    for database in opened:
        database.close()


_WHOLE = {"assurance", "attacks", "restore", "walks", "wiring"}
"""Folders whose tests start processes, make houses, or walk through them."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What needs a browser is marked so by what it asks for; whole journeys are slow by where they stand."""
    for item in items:
        wanted = set(getattr(item, "fixturenames", ()))
        if wanted & {"browser", "visitor"}:
            item.add_marker(pytest.mark.browser)
        if {"postgres_server", "durable_postgres_server"} & wanted:
            item.add_marker(pytest.mark.postgres)
        if wanted & {"blanks", "small_house"}:
            item.add_marker(pytest.mark.vault)
        if item.path.parent.name in _WHOLE or "killed" in item.name:
            item.add_marker(pytest.mark.slow)
