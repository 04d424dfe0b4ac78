"""A page that nobody uses is over after the study's minutes, never earlier; what was saved is kept, and more time is there for the asking
(WCAG 2.2.1, P08, P09). In process, for no served process takes another clock; and in a browser, whose own clock is moved.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.browser import axe
from tests.support.in_process import noon, visit
from tests.support.installation import make
from tests.walks.person import ADULTS, AGE, BEFORE, CODE, HOMES, SCHOOLS, Person, get, post

from troth.fieldwork.carried import decode
from troth.fieldwork.idle import STEP
from troth.protocol.cookie import open_cookie, seal_cookie
from troth.wiring.open import opened

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx
    from tests.support.installation import Installation

NAME = "__Host-troth"
AWAY = "The page closed itself"
TOKEN = re.compile(r'name="token" value="([^"]*)"')


@pytest.fixture(scope="module")
def installation(tmp_path_factory: pytest.TempPathFactory) -> Installation:
    return make(tmp_path_factory.mktemp("idle"))


async def begin(client: httpx.AsyncClient, code: str) -> str:
    """Enters and answers the first page; gives the token of the second."""
    await client.post("/en/", data={"code": code})
    first = await client.get("/en/page")
    await client.post("/en/page", data={"token": TOKEN.findall(first.text)[0], "do": "continue"})
    return TOKEN.findall((await client.get("/en/page")).text)[0]


@pytest.mark.parametrize("offset", range(STEP))
def test_after_thirty_minutes_the_session_is_over_and_never_earlier(installation: Installation, offset: int) -> None:
    clock, code = noon(), installation.code()
    clock.forward(timedelta(minutes=offset, seconds=59))

    async def left(client: httpx.AsyncClient) -> Any:
        # Given Mair, on her second page
        token = await begin(client, code)
        saved = installation.steps(code)
        # When she is back within the minutes
        clock.forward(timedelta(minutes=30))
        within = await client.get("/en/page")
        # And when she is not
        clock.forward(timedelta(minutes=STEP, seconds=1))
        after = await client.post("/en/page", data={"token": token, "adults": "family", "do": "continue"})
        return saved, within, after, await client.get("/en/away"), dict(client.cookies)

    saved, within, after, away, cookies = visit(installation, left, clock)
    # Then the page was there, and then is not; what came late was not saved, what was saved is; the cookie is gone
    assert within.status_code == 200
    assert (after.status_code, after.headers["location"]) == (303, "/en/away")
    assert "Max-Age=0" in after.headers["set-cookie"]
    assert cookies == {}
    assert installation.steps(code) == saved != []
    assert AWAY in away.text
    assert "Everything that you saved is kept" in away.text
    assert not re.search(r"safety|child|abuse", away.text.split("<main")[1].split("</main")[0], re.IGNORECASE)


@pytest.mark.parametrize("path", ["page", "pause", "delete", "finish", "between", "time", "return"])
def test_every_page_of_a_session_says_so(installation: Installation, path: str) -> None:
    clock, code = noon(), installation.code()

    async def left(client: httpx.AsyncClient) -> Any:
        await begin(client, code)
        if path == "return":
            await client.post("/en/exit", data={})
            await client.post("/en/", data={"code": code})
        cookie = client.cookies[NAME]
        clock.forward(timedelta(minutes=36))
        found = [await client.get(f"/cy/{path}")]
        for to in (path, "stay"):
            client.cookies.clear()
            found.append(await client.post(f"/cy/{to}", data={"do": "x"}, headers={"cookie": f"{NAME}={cookie}"}))
        return found

    replies = visit(installation, left, clock)
    assert [(reply.status_code, reply.headers.get("location")) for reply in replies] == [(303, "/cy/away")] * 3


def test_whoever_asks_has_ten_times_as_long_and_can_take_it_back(installation: Installation) -> None:
    clock, code = noon(), installation.code()

    async def slow(client: httpx.AsyncClient) -> Any:
        await begin(client, code)
        asked = await client.get("/en/time")
        chosen = await client.post("/en/time", data={"do": "longer"})
        clock.forward(timedelta(minutes=295))
        there = await client.get("/en/page")
        await client.post("/en/time", data={"do": "usual"})
        clock.forward(timedelta(minutes=36))
        return asked, chosen, there, await client.get("/en/page")

    asked, chosen, there, gone = visit(installation, slow, clock)
    assert "Give me 5 hours" in asked.text
    assert chosen.headers["location"] == "/en/page"
    assert there.status_code == 200
    assert "You can leave this page for 300 minutes" in there.text
    assert gone.headers["location"] == "/en/away"


def test_staying_and_answering_keep_it_and_looking_does_not(installation: Installation) -> None:
    clock, code = noon(), installation.code()

    async def there(client: httpx.AsyncClient) -> Any:
        await begin(client, code)
        stayed = []
        for _ in range(4):
            clock.forward(timedelta(minutes=28))
            stayed.append(await client.post("/en/stay", data={}))
        clock.forward(timedelta(minutes=20))
        looked = await client.get("/en/page")
        clock.forward(timedelta(minutes=20))
        return stayed, looked, await client.get("/en/page")

    stayed, looked, gone = visit(installation, there, clock)
    assert [reply.status_code for reply in stayed] == [204] * 4
    assert all(reply.content == b"" for reply in stayed)
    assert looked.status_code == 200
    assert "set-cookie" not in looked.headers
    assert gone.headers["location"] == "/en/away"


def test_a_page_whose_own_clock_ran_out_ends_no_session_that_another_tab_uses(installation: Installation) -> None:
    clock, code = noon(), installation.code()

    async def two_tabs(client: httpx.AsyncClient) -> Any:
        await begin(client, code)
        early = await client.post("/en/away", data={})
        still = await client.get("/en/page")
        clock.forward(timedelta(minutes=30))
        cookie = client.cookies[NAME]
        late = await client.post("/en/away", data={})
        again = await client.get("/en/page", headers={"cookie": f"{NAME}={cookie}"})
        return early, still, late, again

    early, still, late, again = visit(installation, two_tabs, clock)
    assert (early.status_code, early.headers["location"]) == (303, "/en/page")
    assert still.status_code == 200
    assert late.status_code == 204
    assert "Max-Age=0" in late.headers["set-cookie"]
    # Then the session is over in the vault too, not in the cookie alone
    assert again.headers["location"] == "/en/?over=1"


def test_the_cookie_knows_the_time_to_five_minutes_and_no_vault_knows_it(installation: Installation) -> None:
    clock, code = noon(), installation.code()
    clock.forward(timedelta(minutes=4, seconds=7))

    async def enter(client: httpx.AsyncClient) -> str:
        await begin(client, code)
        return str(client.cookies[NAME])

    cookie = visit(installation, enter, clock)
    with opened(installation.home, "respond") as work:
        carried = decode(open_cookie(work.keys.cookie(), NAME, cookie))
    moment = int(noon().now().timestamp())
    assert carried.seen * STEP * 60 == moment
    kept = b"".join(path.read_bytes() for path in installation.home.glob("vaults/responses/*"))
    assert installation.handle_of(code) in kept
    assert carried.seen.to_bytes(4, "big") not in kept
    assert str(moment).encode() not in kept


def aged(place: Installation, person: Person, minutes: int) -> None:
    """The person's cookie as it would be had they used the page so many minutes earlier."""
    with opened(place.home, "respond") as work:
        key = work.keys.cookie()
        carried = decode(open_cookie(key, NAME, person.cookie()))
        person.set_cookie(seal_cookie(key, NAME, replace(carried, seen=carried.seen - minutes // STEP).encode()))


@pytest.mark.browser
@pytest.mark.parametrize("language", ["en", "cy"])
def test_the_page_asks_first_holds_the_focus_and_stays(
    place: Installation, somebody: Callable[..., Person], language: str
) -> None:
    mair = somebody(place, language=language)
    page = mair.page
    page.clock.install()
    mair.enter(place.code())
    mair.answer()
    page.check("[value=family]")
    page.focus("button[value=continue]")
    page.clock.run_for(24 * 60_000)
    dialog = page.locator("[data-troth-still]")
    assert not dialog.is_visible()
    # When nobody did anything for 25 minutes, and the server's clock says so too
    aged(place, mair, 25)
    before = mair.cookie()
    page.clock.run_for(70_000)
    # Then the page asks, says so to who listens, holds the focus, and breaks no rule
    dialog.wait_for(state="visible")  # the page asks the server first how long it has been
    assert page.get_by_role("alertdialog").get_attribute("aria-labelledby") == "still-title"
    assert page.evaluate("document.activeElement.hasAttribute('data-troth-stay')")
    for _ in range(4):
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement === document.body || !!document.activeElement.closest('dialog')")
    assert axe(page) == []
    # When she stays
    page.locator("[data-troth-stay]").focus()
    with page.expect_response(f"**/{language}/stay"):
        page.keyboard.press("Enter")
    page.wait_for_function("!document.querySelector('dialog').open")
    # Then all is as it was, focus and typing too, and the session is used anew
    assert page.evaluate("document.activeElement.value") == "continue"
    assert page.is_checked("[value=family]")
    assert mair.cookie() != before
    page.clock.run_for(24 * 60_000)
    assert not dialog.is_visible()
    mair.continue_()
    assert mair.at() == (AGE if language == "en" else "Faint yw eich oed nawr?")


@pytest.mark.browser
def test_whoever_types_is_there_and_is_not_asked(place: Installation, somebody: Callable[..., Person]) -> None:
    mair = somebody(place)
    mair.page.clock.install()
    mair.enter(place.code())
    for _ in range(3):
        mair.page.clock.run_for(20 * 60_000)
        with mair.page.expect_response("**/en/stay"):
            mair.page.keyboard.press("Tab")
        mair.page.clock.run_for(4 * 60_000)
        assert not mair.page.locator("[data-troth-still]").is_visible()


@pytest.mark.browser
def test_when_nobody_answers_the_page_covers_itself_and_the_session_is_over(
    place: Installation, somebody: Callable[..., Person]
) -> None:
    mair = somebody(place)
    code = place.code()
    mair.page.clock.install()
    mair.enter(code)
    mair.answer()
    assert mair.at() == ADULTS
    stolen = mair.cookie()
    aged(place, mair, 30)
    mair.page.clock.run_for(26 * 60_000)
    assert mair.page.locator("[data-troth-still]").is_visible()
    mair.page.clock.run_for(5 * 60_000)
    mair.page.wait_for_url("**/en/away")
    assert mair.at() == AWAY
    assert mair.cookie() == ""
    assert post(mair, "page", {"do": "continue"}, stolen).headers["location"] == "/en/?over=1"
    # And back shows nothing
    mair.page.go_back()
    assert mair.at() in {BEFORE, CODE, AWAY}
    assert mair.page.locator("main a[role=button]").count() == 0
    # And the code goes on
    assert mair.come_back(code) == "Where did you live before you were 16?"


@pytest.mark.browser
def test_a_phone_that_slept_closes_the_page_when_it_wakes(place: Installation, somebody: Callable[..., Person]) -> None:
    mair = somebody(place)
    mair.page.clock.install()
    mair.enter(place.code())
    aged(place, mair, 120)
    mair.page.clock.fast_forward(120 * 60_000)
    mair.page.wait_for_url("**/en/away")
    assert mair.cookie() == ""


@pytest.mark.browser
def test_more_time_is_a_button_of_the_page_and_keeps_what_is_typed(
    place: Installation, somebody: Callable[..., Person], *, scripts: bool
) -> None:
    mair, code = somebody(place, scripts=scripts), place.code()
    mair.enter(code)
    mair.until(HOMES)
    saved, minutes = place.steps(code), "You can leave this page for %s minutes"
    mair.page.fill("#homes", "3")
    mair.page.check("[value=foster_home]")
    assert minutes % 30 in mair.page.locator("main").inner_text()
    mair.press("I need more time")
    # Then there is more, the page is as it was, nothing was saved, and nothing of it stays for who asks for the page anew
    assert minutes % 300 in mair.page.locator("main").inner_text()
    assert mair.at() == HOMES
    assert mair.page.input_value("#homes") == "3"
    assert mair.page.is_checked("[value=foster_home]")
    assert mair.page.locator(".govuk-error-summary").count() == 0
    assert place.steps(code) == saved
    assert "checked" not in get(mair, "page").text
    # And it is not asked for twice, goes with her to the next page, and can be given back
    assert mair.page.get_by_role("button", name="I need more time").count() == 0
    mair.continue_()
    assert mair.at() == SCHOOLS
    assert minutes % 300 in mair.page.locator("main").inner_text()
    mair.page.click("main a[href='/en/time']")
    mair.page.wait_for_url("**/time")
    mair.press("30 minutes are enough")
    assert mair.page.get_by_role("button", name="I need more time").count() == 1
