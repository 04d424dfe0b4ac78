"""Exit this page, from every page of every site: covered first, session over, cookie gone, another website, and back shows nothing."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

import pytest
from playwright.sync_api import Error
from tests.support.browser import arrive
from tests.walks.person import CODE, FINISH, QUIET, Person, get, post

from troth.wiring.chrome import EXIT

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Route
    from tests.support.installation import Installation

pytestmark = pytest.mark.browser

WITHOUT_A_SESSION = ("", "support", "help", "cookies", "before", "lost", "paused", "deleted", "away", "nowhere")
WITH_ONE = ("page", "pause", "delete", "time", "between", "support", "help", "cookies", "before", "nowhere", "lost")
TRIES: dict[str, Callable[[Person], None]] = {
    "question, error": lambda mair: mair.tap("button[value=continue]"),
    "pause, error": lambda mair: (mair.go("pause"), mair.page.fill("#word", "x"), mair.tap("button[value=pause]")),  # type: ignore[dict-item, return-value]
    "between, error": lambda mair: (mair.go("between"), mair.page.fill("#word", "x"), mair.tap("button[value=word]")),  # type: ignore[dict-item, return-value]
}  # fmt: skip


def weather(route: Route) -> None:
    route.fulfill(body="<!doctype html><title>Weather</title><h1>Rain</h1>", content_type="text/html")


def leave(person: Person, how: str = "button") -> None:
    """Leaves by that way, and stands on the other website."""
    page = person.page
    page.context.route(EXIT, weather)
    with page.expect_request(EXIT):
        if how == "shift":
            for _ in range(3):
                page.keyboard.press("Shift")
        else:
            page.click("[data-troth-exit]")
    arrive(page, EXIT)
    assert page.locator("h1").inner_text() == "Rain"


def over(person: Person, cookie: str) -> None:
    """The session is over: the browser has no cookie, and a copy of it opens nothing."""
    person.page.wait_for_timeout(50)
    for _ in range(40):  # the request that ends it goes on after the page has gone
        if person.cookie() == "":
            break
        person.page.wait_for_timeout(50)
    assert person.cookie() == ""
    assert get(person, "page", cookie).headers["location"] == "/en/?over=1"


@pytest.mark.parametrize("path", WITHOUT_A_SESSION)
def test_without_a_session(place: Installation, somebody: Callable[..., Person], path: str, *, scripts: bool) -> None:
    mair = somebody(place, scripts=scripts)
    mair.go(path)
    assert mair.page.locator("[data-troth-exit]").count() == 1
    leave(mair)


@pytest.mark.parametrize("path", [*WITH_ONE, *TRIES])
def test_from_a_session(place: Installation, somebody: Callable[..., Person], path: str, *, scripts: bool) -> None:
    # Given Mair, some pages on, at that page
    mair = somebody(place, scripts=scripts)
    mair.enter(place.code())
    mair.answer()
    if path in TRIES:
        TRIES[path](mair)
        mair.page.wait_for_selector(".govuk-error-summary")
    else:
        mair.go(path)
    cookie = mair.cookie()
    assert cookie
    # When she leaves
    leave(mair)
    # Then it is over, and back shows nothing of it
    over(mair, cookie)
    mair.page.go_back()
    assert mair.page.locator("h1").inner_text() != "How old are you now?"
    assert mair.page.locator("main button[value=continue]").count() == 0


@pytest.mark.parametrize("path", ["page", "support", "between", "nowhere"])
def test_three_times_shift_does_the_same(place: Installation, somebody: Callable[..., Person], path: str) -> None:
    mair = somebody(place)
    mair.enter(place.code())
    mair.answer()
    mair.go(path)
    cookie = mair.cookie()
    leave(mair, "shift")
    over(mair, cookie)


def test_from_the_return_page_the_last_page_and_the_tickets(
    place: Installation, somebody: Callable[..., Person], *, scripts: bool
) -> None:
    mair, code = somebody(place, scripts=scripts), place.code()
    mair.enter(code)
    mair.answer()
    mair.pause()
    mair.enter(code)
    leave(mair)
    assert mair.cookie() == ""
    mair.enter(code)
    mair.press("Go on from the next section")
    mair.through()
    mair.until(FINISH, QUIET)
    cookie = mair.cookie()
    leave(mair)
    over(mair, cookie)
    assert mair.come_back(code) == FINISH
    mair.page.get_by_role("button", name="Send my answers").click()
    mair.page.wait_for_selector("input[data-troth-ticket]", state="attached")
    leave(mair)
    assert mair.cookie() == ""
    mair.go("finish")
    assert mair.at() == CODE


@pytest.mark.parametrize("site", ["claim", "public"])
def test_from_the_other_sites(
    place: Installation, somebody: Callable[..., Person], site: str, *, scripts: bool
) -> None:
    mair = somebody(place, scripts=scripts)
    paths = {
        "claim": ("", "voucher", "interview", "nowhere"),
        "public": ("", "notice", "accessibility", "promises", "cookies", "nowhere"),
    }
    for path in paths[site]:
        mair.page.goto(f"{place.site(site)}/en/{path}")
        assert mair.page.locator(".troth-exit__support").get_attribute("href") == f"{place.site('respond')}/en/support"
        leave(mair)
    if site == "claim":
        mair.page.goto(f"{place.site(site)}/en/voucher")
        mair.page.fill("#ticket", "nonsense")
        mair.page.click("main form button:not([hidden])")
        mair.page.wait_for_selector(".govuk-error-summary")
        leave(mair)


def test_the_page_is_covered_before_anything_else(place: Installation, somebody: Callable[..., Person]) -> None:
    mair = somebody(place)
    mair.enter(place.code())
    mair.answer()
    assert mair.page.locator("h1").is_visible()
    # When the other website never comes ("no content": the browser stays where it is)
    mair.context.route(EXIT, lambda route: route.fulfill(status=204))
    with mair.page.expect_request(EXIT):
        mair.page.click("[data-troth-exit]", no_wait_after=True)
    # Then nothing is seen: no words, no title
    assert mair.page.evaluate("[document.documentElement.getClientRects().length, document.title]") == [0, ""]
    assert not mair.page.locator("h1").is_visible()


def test_it_takes_the_place_of_the_page_in_the_history(place: Installation, somebody: Callable[..., Person]) -> None:
    mair = somebody(place)
    mair.enter(place.code())
    entries = mair.page.evaluate("history.length")
    leave(mair)
    assert mair.page.evaluate("history.length") == entries


def test_without_a_connection_it_is_covered_all_the_same(place: Installation, somebody: Callable[..., Person]) -> None:
    mair = somebody(place)
    mair.enter(place.code())
    mair.answer()
    mair.context.set_offline(True)
    mair.page.click("[data-troth-exit]", no_wait_after=True)
    mair.page.wait_for_timeout(500)
    with contextlib.suppress(Error):  # while the browser's own page comes, nothing can be asked of it
        assert mair.page.locator("#answers").count() == 0
    # What it cannot do then is said before the first question: the server counts the minutes
    mair.context.set_offline(False)
    mair.go("before")
    assert "Without a connection, Exit covers the page" in mair.page.locator("main").inner_text()


def test_exit_twice_and_without_any_session_is_harmless(place: Installation, somebody: Callable[..., Person]) -> None:
    mair = somebody(place)
    for _ in range(2):
        reply = post(mair, "exit", {"exit": "1"}, "")
        assert (reply.status_code, reply.headers["location"]) == (303, EXIT)
