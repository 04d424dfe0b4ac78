"""A connection that breaks takes nothing away: what was typed stays on the page and nowhere else, nothing is saved twice (P08, P09)."""

from __future__ import annotations

import os
import signal
import threading
import time
from typing import TYPE_CHECKING

import pytest
from tests.support.browser import axe
from tests.support.installation import served
from tests.walks.person import ADULTS, AGE, HOMES, SCHOOLS, Person

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from playwright.sync_api import Page, Route
    from tests.support.installation import Installation

pytestmark = pytest.mark.browser

KEPT = """async () => [localStorage.length, sessionStorage.length, (await indexedDB.databases()).length, (await caches.keys()).length,
    (await navigator.serviceWorker.getRegistrations()).length, document.cookie]"""
NOTHING = [0, 0, 0, 0, 0, ""]
ANSWERS = {"homes": "3", "places": ["foster_home", "relatives"]}


@pytest.fixture
def mair(place: Installation, somebody: Callable[..., Person]) -> Person:
    """Mair, with something typed on a page of several kinds, not sent yet."""
    person = somebody(place)
    person.code = place.code()  # type: ignore[attr-defined]
    person.enter(person.code)  # type: ignore[attr-defined]
    person.until(HOMES)
    person.fill(ANSWERS)  # type: ignore[arg-type]
    return person


def as_typed(page: Page) -> bool:
    return bool(
        page.input_value("#homes") == "3"
        and page.is_checked("[value=foster_home]")
        and page.is_checked("[value=relatives]")
        and not page.is_checked("[value=boarding]")
    )


def send(page: Page, button: str) -> None:
    """Presses a button of the question's; what the page says of an earlier try is marked, so that it is not taken for this one's."""
    page.evaluate("document.querySelector('[data-troth-send] [role=alert]')?.classList.add('earlier')")
    page.click(f"button[value={button}]", no_wait_after=True)


def not_saved(page: Page) -> None:
    """The page says so of the last try, to who listens too, and holds what was typed."""
    page.wait_for_selector("[data-troth-send] [role=alert]:not(.earlier) button")
    said = page.locator("[data-troth-send] [role=alert]")
    assert "Not saved yet" in said.inner_text()
    assert page.evaluate("document.activeElement.closest('[data-troth-send]') !== null")
    assert as_typed(page)
    assert page.url.endswith("/page")
    assert axe(page) == []


def test_offline_the_page_says_not_saved_and_trying_again_saves_once(place: Installation, mair: Person) -> None:
    page, saved = mair.page, place.steps(mair.code)  # type: ignore[attr-defined]
    assert page.evaluate(KEPT) == NOTHING
    mair.context.set_offline(True)
    for _ in range(2):
        send(page, "continue")
        not_saved(page)
    assert place.steps(mair.code) == saved  # type: ignore[attr-defined]
    assert page.evaluate(KEPT) == NOTHING
    mair.context.set_offline(False)
    with page.expect_navigation():
        page.get_by_role("button", name="Try again").click()
    assert mair.at() == SCHOOLS
    assert len(place.steps(mair.code)) == len(saved) + 1  # type: ignore[attr-defined]
    assert page.evaluate(KEPT) == NOTHING


@pytest.mark.parametrize("button", ["pause", "delete"])
def test_the_other_buttons_wait_too(mair: Person, button: str) -> None:
    mair.context.set_offline(True)
    send(mair.page, button)
    not_saved(mair.page)
    mair.context.set_offline(False)
    with mair.page.expect_navigation():
        mair.page.get_by_role("button", name="Try again").click()
    assert mair.page.url.endswith(f"/{button}")


def test_an_answer_whose_reply_was_lost_is_not_saved_twice(place: Installation, mair: Person) -> None:
    page, saved = mair.page, place.steps(mair.code)  # type: ignore[attr-defined]

    def lose(route: Route) -> None:
        if route.request.method == "POST":
            route.fetch(max_redirects=0)
            route.abort("connectionreset")
        else:
            route.continue_()

    page.route("**/en/page", lose)
    send(page, "continue")
    not_saved(page)
    assert len(place.steps(mair.code)) == len(saved) + 1  # type: ignore[attr-defined]
    page.unroute_all()
    with page.expect_navigation():
        page.get_by_role("button", name="Try again").click()
    assert mair.at() == SCHOOLS
    assert len(place.steps(mair.code)) == len(saved) + 1  # type: ignore[attr-defined]


@pytest.mark.parametrize("status", [408, 500, 503])
def test_a_server_that_cannot_now_is_a_connection_that_cannot(mair: Person, status: int) -> None:
    mair.page.route("**/en/page", lambda route: route.fulfill(status=status, body="busy"))
    send(mair.page, "continue")
    not_saved(mair.page)
    mair.page.unroute_all()
    with mair.page.expect_navigation():
        mair.page.get_by_role("button", name="Try again").click()
    assert mair.at() == SCHOOLS


def test_a_form_that_is_refused_is_not_told_as_a_lost_connection(place: Installation, mair: Person) -> None:
    """Pressing "Try again" would be refused for ever: the browser shows what is wrong."""
    saved = place.steps(mair.code)  # type: ignore[attr-defined]
    mair.page.fill("#homes", "3" * 70_000)
    mair.tap("button[value=continue]")
    assert mair.at() == "That was too long"
    assert "Nothing that you have saved is lost" in mair.page.locator("main").inner_text()
    assert place.steps(mair.code) == saved  # type: ignore[attr-defined]
    mair.go("page")
    mair.answer(ANSWERS)  # type: ignore[arg-type]
    assert mair.at() == SCHOOLS


def test_two_presses_are_one(place: Installation, mair: Person) -> None:
    saved, sent = place.steps(mair.code), []  # type: ignore[attr-defined, var-annotated]
    mair.page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    mair.page.evaluate(
        "() => { const b = document.querySelector('button[value=continue]'); b.click(); b.click(); b.click(); }"
    )
    mair.page.wait_for_selector(f"h1:has-text('{SCHOOLS}')")
    assert len(sent) == 1
    assert len(place.steps(mair.code)) == len(saved) + 1  # type: ignore[attr-defined]


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Installation]:
    """An installation of this test's own, whose server may die."""
    with served(tmp_path) as place:
        yield place


def test_a_server_killed_in_the_middle_of_an_answer_costs_nothing(
    own: Installation, somebody: Callable[..., Person]
) -> None:
    # Given Mair, and a server that has taken her request and holds it
    code, mair = own.code(), somebody(own)
    mair.enter(code)
    mair.until(HOMES)
    mair.fill(ANSWERS)  # type: ignore[arg-type]
    saved = own.steps(code)
    group = own.running["respond"].pid
    os.killpg(group, signal.SIGSTOP)
    send(mair.page, "continue")
    mair.page.wait_for_timeout(300)
    # When it is killed, and another one comes up a moment later
    os.killpg(group, signal.SIGKILL)
    own.running.pop("respond").wait()
    not_saved(mair.page)
    own.start("respond")
    own.wait("respond")
    assert own.steps(code) == saved
    # Then she presses once more, and all of it is there, once
    with mair.page.expect_navigation():
        mair.page.get_by_role("button", name="Try again").click()
    assert mair.at() == SCHOOLS
    assert len(own.steps(code)) == len(saved) + 1


def test_without_scripts_the_browser_says_it_and_nothing_is_doubled(
    place: Installation, somebody: Callable[..., Person]
) -> None:
    code, mair = place.code(), somebody(place, scripts=False)
    mair.enter(code)
    mair.until(AGE)
    saved = place.steps(code)
    mair.page.check("[value=from_eighteen]")
    mair.context.set_offline(True)
    with pytest.raises(Exception, match="ERR_INTERNET_DISCONNECTED"):
        mair.page.reload()
    mair.context.set_offline(False)
    mair.go("page")
    assert mair.at() == AGE
    assert place.steps(code) == saved
    mair.answer()
    assert len(place.steps(code)) == len(saved) + 1


def test_a_slow_answer_is_said_to_be_on_its_way(mair: Person) -> None:
    released = threading.Event()

    def slow(route: Route) -> None:
        end = time.monotonic() + 1.6
        while time.monotonic() < end and not released.is_set():
            mair.page.wait_for_timeout(50)
        route.continue_()

    seen: list[str] = []
    mair.page.evaluate(
        "() => { const at = document.querySelector('.troth-sending'); window.heard = [];"
        " new MutationObserver(() => at.textContent && window.heard.push(at.textContent)).observe(at, {childList: true}); }"
    )
    mair.page.route("**/en/page", lambda route: slow(route) if route.request.method == "POST" else route.continue_())
    send(mair.page, "continue")
    for _ in range(40):
        seen = seen or mair.page.evaluate("window.heard")
        if seen:
            break
        mair.page.wait_for_timeout(50)
    released.set()
    assert seen == ["Saving…"]
    mair.page.wait_for_selector(f"h1:has-text('{SCHOOLS}')")


def test_a_form_of_no_question_keeps_its_native_way(place: Installation, somebody: Callable[..., Person]) -> None:
    person = somebody(place)
    person.enter(place.code())
    person.answer()
    assert person.at() == ADULTS
    person.go("delete")
    assert person.page.locator("[data-troth-send]").count() == 0
