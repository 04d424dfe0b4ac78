"""Forward only: whatever a browser, a second tab, a repeated request or a second device does, nothing earlier is shown or changed (P09)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.walks.person import ADULTS, AGE, BEFORE, CODE, HOMES, MAIR, RETURN, SCHOOLS, Person, fields, get, post

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page, Route
    from tests.support.installation import Installation

pytestmark = pytest.mark.browser


def chosen(page: Page) -> list[str]:
    """Everything on the page that is ticked, or has something typed into it."""
    found: list[str] = page.locator("main input:not([type=hidden]), main textarea").evaluate_all(
        "all => all.filter(e => ['radio', 'checkbox'].includes(e.type) ? e.checked : e.value !== '').map(e => e.name)"
    )
    return found


def test_the_back_button_shows_where_the_survey_is_now(
    place: Installation, somebody: Callable[..., Person], *, scripts: bool
) -> None:
    # Given Mair, three answers on
    mair = somebody(place, scripts=scripts)
    code = place.code()
    mair.enter(code)
    mair.until(HOMES)
    saved = place.steps(code)
    # When Sam, at the same device, presses Back as often as there is anything to go back to
    seen = []
    for _ in range(6):
        if mair.page.go_back() is None:
            break
        seen.append(mair.at())
        # Then each page is the present one or the empty code page, with nothing chosen and nothing typed
        assert mair.at() in {HOMES, CODE, BEFORE}
        assert chosen(mair.page) == []
        assert code not in mair.page.content()
    assert seen
    # And going forward again stands where the survey is
    mair.go("page")
    assert mair.at() == HOMES
    assert place.steps(code) == saved


@pytest.mark.parametrize("path", ["page", "page?page=adults", "page?n=0", "page#adults", "return", "finish"])
def test_a_bookmarked_or_typed_address_leads_to_the_present_page(
    place: Installation, somebody: Callable[..., Person], path: str
) -> None:
    mair = somebody(place)
    mair.enter(place.code())
    mair.until(AGE)
    mair.go(path)
    assert mair.at() == AGE
    assert mair.page.url.startswith(f"{mair.base}/en/page")


def test_an_older_form_in_a_second_tab_changes_nothing(
    either: Installation, somebody: Callable[..., Person], *, scripts: bool
) -> None:
    # Given Mair with the same page in two tabs
    mair = somebody(either, scripts=scripts)
    code = either.code()
    mair.enter(code)
    mair.until(AGE)
    second = mair.context.new_page()
    second.goto(mair.page.url)
    assert second.locator("h1").inner_text() == AGE
    # When she answers it in the first, and answers it otherwise in the second
    assert mair.answer({"age": "from_eighteen"}) == HOMES
    saved = either.steps(code)
    second.check("[value=from_sixty_five]")
    second.click("button[value=continue]")
    # Then the second stands where the survey is, and the first answer is the one that is kept, to the byte
    second.wait_for_selector(f"text={HOMES}")
    assert chosen(second) == []
    assert either.steps(code) == saved


def test_a_replayed_post_with_its_old_cookie_changes_nothing(
    either: Installation, somebody: Callable[..., Person]
) -> None:
    # Given somebody who recorded Mair's request, body and cookie
    mair = somebody(either)
    code = either.code()
    mair.enter(code)
    mair.until(AGE)
    with mair.page.expect_request(lambda request: request.method == "POST") as recorded:
        assert mair.answer({"age": "from_eighteen"}) == HOMES
    body = fields(recorded.value.post_data)
    cookie = str(recorded.value.all_headers()["cookie"]).partition("=")[2]
    saved = either.steps(code)
    # When it is sent again, as it was and with another answer, now and after the next page
    for _ in range(2):
        for answer in ("from_eighteen", "from_sixteen"):
            reply = post(mair, "page", {**body, "age": answer}, cookie)
            # Then it is led on to the present page
            assert (reply.status_code, reply.headers["location"]) == (303, "/en/page")
            assert either.steps(code) == saved
        mair.until(SCHOOLS)
        saved = either.steps(code)


def test_a_lost_reply_repeated_lands_on_the_next_page(
    either: Installation, somebody: Callable[..., Person], *, scripts: bool
) -> None:
    # Given Mair's answer that was saved, while its reply never came: the line broke after the commit
    mair = somebody(either, scripts=scripts)
    code = either.code()
    mair.enter(code)
    mair.until(AGE)
    token = mair.page.input_value("[name=token]")
    assert post(mair, "page", {"token": token, "age": "from_eighteen", "do": "continue"}).status_code == 303
    saved = either.steps(code)
    # When she presses the button again
    mair.fill({"age": "from_eighteen"})
    mair.continue_()
    # Then the next page stands there, and the answer was saved once
    assert mair.at() == HOMES
    assert either.steps(code) == saved


def test_a_reply_that_the_network_drops_is_repeated_by_the_browser(
    place: Installation, somebody: Callable[..., Person]
) -> None:
    """As above, seen from the browser: its own request reached the server and its reply was cut."""
    mair = somebody(place)
    code = place.code()
    mair.enter(code)
    mair.until(AGE)
    before = len(place.steps(code))

    cookie = mair.cookie()

    def cut(route: Route) -> None:
        if route.request.method == "POST":
            post(mair, "page", fields(route.request.post_data), cookie)
            route.abort("connectionreset")
        else:
            route.continue_()

    mair.page.route("**/en/page", cut)
    mair.fill({"age": "from_eighteen"})
    with mair.page.expect_event("requestfailed"):
        mair.page.click("button[value=continue]", no_wait_after=True)
    assert len(place.steps(code)) == before + 1
    mair.page.unroute_all()
    mair.go("page")
    assert mair.at() == HOMES
    assert len(place.steps(code)) == before + 1


def test_the_second_device_takes_over_and_the_first_shows_nothing(
    either: Installation, somebody: Callable[..., Person], *, scripts: bool
) -> None:
    # Given Mair on a laptop, in the middle
    code = either.code()
    laptop, phone = somebody(either, scripts=scripts), somebody(either, scripts=scripts)
    laptop.enter(code)
    laptop.until(ADULTS)
    # When her code is entered on a phone
    assert phone.enter(code) == RETURN
    phone.press("Go on from the next section")
    assert phone.at() == HOMES
    saved = either.steps(code)
    # Then the laptop's next press lands on the code page, says that the session is over, and changes nothing
    laptop.fill(MAIR)
    laptop.continue_()
    assert laptop.at() == CODE
    assert "Your session has ended" in laptop.page.locator("[role=status]").inner_text()
    assert laptop.cookie() == ""
    assert either.steps(code) == saved
    # And nothing that the laptop can open shows an answer
    laptop.page.go_back()
    assert chosen(laptop.page) == []
    laptop.go("page")
    assert laptop.at() == CODE
    # And the phone goes on
    assert phone.answer() == SCHOOLS


@pytest.mark.parametrize("how", ["pause", "exit", "delete"])
def test_a_stolen_cookie_opens_nothing_after_the_session_ended(
    either: Installation, somebody: Callable[..., Person], how: str
) -> None:
    # Given a thief with a copy of Mair's cookie and of her form
    code = either.code()
    mair, thief = somebody(either), somebody(either)
    mair.enter(code)
    mair.until(SCHOOLS)
    stolen, token = mair.cookie(), mair.page.input_value("[name=token]")
    thief.set_cookie(stolen)
    assert get(thief, "page", stolen).status_code == 200  # the control: while the session lasts it would open
    # When Mair pauses, or exits, or stops
    if how == "pause":
        mair.pause("heulwen")
    elif how == "exit":
        assert post(mair, "exit", {"exit": "1"}).status_code == 303
    else:
        mair.tap("button[value=delete]")
        mair.press("Yes, delete everything")
        assert mair.at() == "Everything is deleted"
    saved = either.steps(code)
    # Then the cookie opens no page at all, and saves, deletes and finishes nothing
    for path in ("page", "pause", "delete", "finish", "return"):
        reply = get(thief, path, stolen)
        to = "/en/page" if path == "return" else "/en/?over=1"
        assert (reply.status_code, reply.headers["location"]) == (303, to), path
    assert get(thief, "between", stolen).headers["location"] == "/en/?over=1"
    assert post(thief, "stay", {}, stolen).headers["location"] == "/en/?over=1"
    for path, body in {
        "page": {"token": token, "schools": "1", "school_moves": "0", "do": "continue"},
        "pause": {"word": "thief", "again": "thief", "do": "pause"},
        "delete": {"do": "delete"},
        "finish": {"do": "send"},
        "return": {"do": "without"},
        "between": {"word": "thief", "again": "thief", "do": "word"},
    }.items():
        reply = post(thief, path, body, stolen)
        to = "/en/page" if path == "return" else "/en/?over=1"
        assert (reply.status_code, reply.headers["location"]) == (303, to), path
    thief.go("page")
    assert thief.at() == CODE
    assert either.steps(code) == saved
    assert either.state(code) == ("withdrawn" if how == "delete" else "issued")
    # And Mair's own word still opens her place
    if how == "pause":
        assert somebody(either).come_back(code, "heulwen") == SCHOOLS


@pytest.mark.parametrize("way", ["word", "without"])
def test_a_cookie_of_the_return_page_kept_by_sam_opens_nothing_after_mair_went_on(
    either: Installation, somebody: Callable[..., Person], way: str
) -> None:
    # Given Mair who paused, and comes back; Sam keeps the cookie of the page that asks for the word
    code = either.code()
    mair, sam = somebody(either), somebody(either)
    mair.enter(code)
    mair.until(SCHOOLS)
    mair.pause("heulwen")
    assert mair.enter(code) == RETURN
    kept = mair.cookie()
    # When she goes on, answers a page and pauses again
    mair.page.fill("#word", "heulwen")
    mair.press("Go on where I stopped")
    mair.answer()
    mair.pause()
    saved = either.steps(code)
    # Then the cookie that Sam kept opens nothing, neither with the word nor without
    reply = post(sam, "return", {"do": way, "word": "heulwen"}, kept)
    assert (reply.status_code, reply.headers["location"]) == (303, "/en/?over=1")
    assert either.steps(code) == saved
