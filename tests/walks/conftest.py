"""One served installation per database for the whole run; each test takes fresh codes from it."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from tests.support.browser import PHONE, browser, visitor
from tests.support.installation import Installation, served
from tests.walks.person import Person

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import Browser, BrowserContext

__all__ = ["browser", "visitor"]


@pytest.fixture(scope="session")
def sqlite_installation(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with served(tmp_path_factory.mktemp("sqlite")) as made:
        yield made


@pytest.fixture(scope="session")
def postgres_installation(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Installation]:
    with served(tmp_path_factory.mktemp("postgres"), request.getfixturevalue("postgres_server")) as made:
        yield made


@pytest.fixture
def place(sqlite_installation: Installation) -> Installation:
    """The served installation on SQLite."""
    return sqlite_installation


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def either(request: pytest.FixtureRequest) -> Installation:
    """The served installation on SQLite, and the one on PostgreSQL: the core walks take both."""
    name = "sqlite_installation" if request.param == "sqlite" else "postgres_installation"
    found = request.getfixturevalue(name)
    assert isinstance(found, Installation)
    return found


@pytest.fixture(params=["scripts", "no scripts"])
def scripts(request: pytest.FixtureRequest) -> bool:
    """With JavaScript, and without."""
    return bool(request.param == "scripts")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """A walk on both databases and with and without JavaScript is taken by pairs: the one cannot see the other, and four walks take twice as long."""
    whole = os.environ.get("TROTH_EVERY_PAIR") == "1"
    left_out = (
        []
        if whole
        else [
            item
            for item in items
            if _pair(item) in {("sqlite", "no scripts"), ("postgresql", "scripts")} or _other(item)
        ]
    )
    if left_out:
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in left_out]


def _other(item: pytest.Item) -> bool:
    """Leaving from a page of a session: one half of the pages with JavaScript, the other without (by the length of the page's name)."""
    params = getattr(getattr(item, "callspec", None), "params", {})
    return item.name.startswith("test_from_a_session[") and (len(str(params["path"])) % 2 == 0) is not params[
        "scripts"
    ].startswith("no")


def _pair(item: pytest.Item) -> tuple[str, str]:
    params = getattr(getattr(item, "callspec", None), "params", {})
    return params.get("either", ""), params.get("scripts", "")


@pytest.fixture
def somebody(browser: Browser) -> Iterator[Callable[..., Person]]:
    """`somebody(place)`: a person with a phone of their own, never here before. `scripts=False`: without JavaScript."""
    made: list[BrowserContext] = []

    def make(place: Installation, *, scripts: bool = True, language: str = "en") -> Person:
        context = browser.new_context(viewport=PHONE, reduced_motion="reduce", java_script_enabled=scripts)  # type: ignore[arg-type]
        context.set_default_timeout(10_000)
        made.append(context)
        return Person(context, place, language)

    yield make
    for context in made:
        context.close()
