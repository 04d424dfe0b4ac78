"""Every component, page type and error state in Chromium, in both languages, on a phone and on a desk."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest
from tests.support.browser import DESKTOP, PHONE, arrive, axe, complaints, serve

from troth.web.static import FOLDER, manifest

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, BrowserContext, Page, Route

pytestmark = pytest.mark.browser

QUESTIONS = ["q/single", "q/multiple", "q/number", "q/text", "q/several", "q/piped"]
PAGES = ["components", "code", "q/note", *QUESTIONS]
NEUTRAL = "https://www.example.org/"


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with serve("tests.web.gallery:app") as address:
        yield address


def neutral_page(route: Route) -> None:
    route.fulfill(body="<!doctype html><title>Weather</title>", content_type="text/html")


@pytest.mark.parametrize("language", ["en", "cy"])
@pytest.mark.parametrize("name", PAGES)
def test_a_page_is_accessible_small_neutral_and_leaves_nothing(
    visitor: BrowserContext, base: str, name: str, language: str
) -> None:
    page = visitor.new_page()
    with complaints(page) as heard:
        response = page.goto(f"{base}/{language}/{name}")
        assert response is not None
        assert len(response.body()) <= 20 * 1024
        assert axe(page) == []
        assert page.title() == {"en": "Survey", "cy": "Arolwg"}[language]
        assert page.get_attribute("html", "lang") == language
        assert page.locator("h1").count() == 1
        # Demonstration said, contact points on every page (P31).
        assert page.locator(".troth-demonstration").is_visible()
        assert page.locator("footer a[href^='tel:']").is_visible()
        assert page.locator("footer a[href^='mailto:']").is_visible()
        page.set_viewport_size(DESKTOP)  # type: ignore[arg-type]
        assert axe(page) == []
    assert heard == []
    assert visitor.cookies() == []
    assert page.evaluate("localStorage.length + sessionStorage.length") == 0


@pytest.mark.parametrize("language", ["en", "cy"])
@pytest.mark.parametrize("name", QUESTIONS)
def test_an_error_is_said_once_on_top_at_its_field_and_in_the_title(
    visitor: BrowserContext, base: str, name: str, language: str
) -> None:
    page = visitor.new_page()
    with complaints(page) as heard:
        page.goto(f"{base}/{language}/{name}")
        page.click("button[value=continue]")
        assert page.title() == {"en": "Error: Survey", "cy": "Gwall: Arolwg"}[language]
        assert page.evaluate("document.activeElement.className") == "govuk-error-summary"
        assert axe(page) == []
        links = page.locator(".govuk-error-summary a")
        assert links.count() == page.locator(".govuk-error-message").count() >= 1
        links.first.click()
        field = page.evaluate("document.activeElement.name")
        assert page.locator(f"#{page.evaluate('location.hash').lstrip('#')}").get_attribute("name") == field
    assert heard == []


@pytest.mark.parametrize("name", PAGES)
def test_nothing_is_cut_off_at_four_hundred_per_cent(visitor: BrowserContext, base: str, name: str) -> None:
    """WCAG 1.4.10: 1280 pixels at 400% are 320; and 200% text (1.4.4) on a phone."""
    page = visitor.new_page()
    page.set_viewport_size({"width": 320, "height": 256})
    page.goto(f"{base}/cy/{name}")
    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    # At this height the way out scrolls away instead of covering the question.
    assert page.locator(".troth-exit").evaluate("e => getComputedStyle(e).position") == "static"


def test_text_twice_as_big_still_fits(browser: Browser, base: str) -> None:
    context = browser.new_context(viewport=PHONE)  # type: ignore[arg-type]
    page = context.new_page()
    for name in PAGES:
        page.goto(f"{base}/cy/{name}")
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], name
    context.close()


def test_a_number_has_a_short_field_with_its_unit_beside_it(visitor: BrowserContext, base: str) -> None:
    page = visitor.new_page()
    page.goto(f"{base}/en/q/number")
    box = page.locator("#age").bounding_box()
    assert box is not None
    assert box["width"] < 150
    described = page.get_attribute("#age", "aria-describedby")
    assert described is not None
    assert [page.locator(f"#{each}").inner_text() for each in described.split()] == ["years", "In whole years."]


@pytest.mark.parametrize("language", ["en", "cy"])
def test_is_this_right_is_where_the_reader_is_and_in_the_title(
    visitor: BrowserContext, base: str, language: str
) -> None:
    page = visitor.new_page()
    page.goto(f"{base}/{language}/q/money")
    page.fill("#rent", "50")
    with page.expect_navigation():
        page.click("button[value=continue]")
    assert page.title() == {"en": "Check: Survey", "cy": "Gwiriwch: Arolwg"}[language]
    assert page.evaluate("document.activeElement.classList.contains('troth-sure')")
    assert axe(page) == []


def test_targets_are_large(visitor: BrowserContext, base: str) -> None:
    page = visitor.new_page()
    for name in QUESTIONS:
        page.goto(f"{base}/en/{name}")
        for target in page.locator("main button, main input:not([type=hidden]), header a, nav button").all():
            box = target.bounding_box()
            assert box is not None
            assert box["height"] >= 36, (name, target.evaluate("e => e.outerHTML"))


def test_the_keyboard_alone_answers_a_page_and_shows_where_it_is(visitor: BrowserContext, base: str) -> None:
    page = visitor.new_page()
    page.goto(f"{base}/en/q/single")
    page.keyboard.press("Tab")
    skip = page.locator(".govuk-skip-link")
    assert skip.evaluate("e => e === document.activeElement")
    box = skip.bounding_box()
    assert box is not None
    assert box["height"] > 20
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main-content"
    page.keyboard.press("Tab")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.value") == "o1"
    ring = "getComputedStyle(document.activeElement.nextElementSibling, '::before').boxShadow"
    assert "255, 210, 74" in page.evaluate(ring)
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.value") == "continue"
    assert "255, 210, 74" in page.evaluate("getComputedStyle(document.activeElement).backgroundColor")
    page.keyboard.press("Enter")
    page.wait_for_url(f"{base}/en/components")


def test_focus_is_never_under_the_way_out(visitor: BrowserContext, base: str) -> None:
    """WCAG 2.4.11, going backwards through a page longer than the screen."""
    page = visitor.new_page()
    page.set_viewport_size({"width": 360, "height": 480})
    page.goto(f"{base}/en/q/several")
    assert page.locator(".troth-exit").evaluate("e => getComputedStyle(e).position") == "sticky"
    # Each control in turn lies just under the way out when the keyboard reaches it.
    page.locator("button[value=delete]").focus()
    previous = (
        "() => { const all = [...document.querySelectorAll('main button, main input:not([type=hidden])')];"
        " const at = all[all.indexOf(document.activeElement) - 1];"
        " scrollBy({top: at.getBoundingClientRect().top - 12, behavior: 'instant'}) }"
    )
    for _ in range(5):
        page.evaluate(previous)
        page.keyboard.press("Shift+Tab")
        covered = page.evaluate(
            "() => { const at = document.activeElement, door = document.querySelector('.troth-exit');"
            " const one = at.getBoundingClientRect(), other = door.getBoundingClientRect();"
            " return !door.contains(at) && one.top < other.bottom && one.bottom > other.top ? at.outerHTML : '' }"
        )
        assert not covered


def test_three_times_shift_leaves_ends_the_session_and_back_shows_nothing(visitor: BrowserContext, base: str) -> None:
    page = visitor.new_page()
    page.route(NEUTRAL, neutral_page)
    page.goto("about:blank")
    page.goto(f"{base}/en/q/single")
    with page.expect_request(f"{base}/en/exit") as ended:
        for _ in range(3):
            page.keyboard.press("Shift")
    assert ended.value.method == "POST"
    page.wait_for_url(NEUTRAL)
    page.go_back()
    assert page.url == "about:blank"


def test_shift_while_typing_does_not_leave(visitor: BrowserContext, base: str) -> None:
    page = visitor.new_page()
    page.route(NEUTRAL, neutral_page)
    page.goto(f"{base}/en/q/text")
    page.focus("textarea")
    for letter in "ABC":
        page.keyboard.press(f"Shift+{letter}")
    page.wait_for_timeout(200)
    assert page.url == f"{base}/en/q/text"
    assert page.input_value("textarea") == "ABC"


@pytest.mark.parametrize("scripts", [True, False])
def test_the_exit_button_leaves_with_and_without_scripts(browser: Browser, base: str, *, scripts: bool) -> None:
    context = browser.new_context(viewport=PHONE, java_script_enabled=scripts)  # type: ignore[arg-type]
    page = context.new_page()
    page.route(NEUTRAL, neutral_page)
    with complaints(page) as heard:
        page.goto(f"{base}/cy/q/multiple")
        with page.expect_request(f"{base}/cy/exit"), page.expect_request(NEUTRAL):
            page.click("[data-troth-exit]")
        arrive(page, NEUTRAL)
    assert [line for line in heard if "failed" not in line] == []
    context.close()


def test_without_scripts_every_form_still_works(browser: Browser, base: str) -> None:
    context = browser.new_context(viewport=PHONE, java_script_enabled=False)  # type: ignore[arg-type]
    page = context.new_page()
    page.goto(f"{base}/en/q/number")
    page.click("button[value=continue]")
    assert page.title() == "Error: Survey"
    page.check("text=I don’t know")
    page.click("button[value=continue]")
    assert page.url == f"{base}/en/components"
    context.close()


def test_what_stands_alone_clears_the_rest(visitor: BrowserContext, base: str) -> None:
    page: Page = visitor.new_page()
    page.goto(f"{base}/en/q/multiple")

    def ticked() -> list[str]:
        found: list[str] = page.evaluate("[...document.querySelectorAll(':checked')].map(e => e.value)")
        return found

    page.check("[value=o0]")
    page.check("[value=o1]")
    assert ticked() == ["o0", "o1"]
    page.check("[value=none]")
    assert ticked() == ["none"]
    page.check("[value=prefer-not-to-say]")
    assert ticked() == ["prefer-not-to-say"]
    page.check("[value=o2]")
    assert ticked() == ["o2"]
    page.goto(f"{base}/en/q/number")
    page.check("[value=dont-know]")
    page.fill("#age", "30")
    assert ticked() == []


def test_the_code_behind_the_hash_is_in_the_field_and_nowhere_else(visitor: BrowserContext, base: str) -> None:
    page = visitor.new_page()
    seen: list[str] = []
    page.on("request", lambda request: seen.append(request.url))
    for fragment in ("#code=BCDF-GHJK-LMNP-QRST", "#BCDFGHJKLMNPQRST", "#BCDF%20GHJK%20LMNP%20QRST"):
        page.goto("about:blank")
        page.goto(f"{base}/en/code{fragment}")
        page.wait_for_function("document.querySelector('#code').value !== ''")
        assert page.input_value("#code").replace("-", "").replace(" ", "") == "BCDFGHJKLMNPQRST"
        assert page.url == f"{base}/en/code"
    assert not any("BCDF" in url.split("#")[0] for url in seen)


def test_a_page_that_the_browser_kept_is_asked_for_again(visitor: BrowserContext, base: str) -> None:
    page = visitor.new_page()
    page.goto(f"{base}/en/q/single")
    token = page.input_value("[name=token]")
    with page.expect_navigation():
        page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', {persisted: true}))")
    assert page.input_value("[name=token]") != token


def test_a_form_pressed_twice_goes_once_and_again_for_who_comes_back(visitor: BrowserContext, base: str) -> None:
    page = visitor.new_page()
    page.clock.install()
    page.goto(f"{base}/en/code")
    page.evaluate(
        "() => { window.gone = []; addEventListener('submit', event => {"
        " if (!event.defaultPrevented) gone.push(event.target.action); event.preventDefault(); }); }"
    )

    def press() -> int:
        page.click("main form button")
        return int(page.evaluate("gone.length"))

    assert [press(), press(), press()] == [1, 1, 1]
    page.evaluate("dispatchEvent(new PageTransitionEvent('pageshow'))")
    assert [press(), press()] == [2, 2]
    page.clock.run_for(11_000)
    assert [press(), press()] == [3, 3]


def test_on_paper_there_are_words_and_no_buttons(visitor: BrowserContext, base: str) -> None:
    page = visitor.new_page()
    page.goto(f"{base}/en/q/single")
    page.emulate_media(media="print")
    assert page.locator("button:visible").count() == 0
    assert page.locator("h1").is_visible()
    assert page.locator("footer a[href^='tel:']").is_visible()


def test_changing_the_language_stays_on_the_page(visitor: BrowserContext, base: str) -> None:
    page = visitor.new_page()
    page.goto(f"{base}/en/q/number")
    page.click("text=Cymraeg")
    assert page.url == f"{base}/cy/q/number"
    assert page.locator("button[value=continue]").inner_text() == "Parhau"
    assert "gyfieithydd proffesiynol" in page.locator("footer").inner_text()


def test_the_first_visit_is_light() -> None:
    """Style sheet and every script of ours together, packed: at most 60 KB; nothing from elsewhere, no fonts, no crest."""
    files = [(FOLDER / name).read_bytes() for name in manifest().values()]
    assert sum(len(gzip.compress(file, 9)) for file in files) <= 60 * 1024
    css = next(
        (FOLDER / name).read_text(encoding="utf-8-sig")
        for logical, name in manifest().items()
        if logical == "theme.css"
    )
    for foreign in ("url(", "@font-face", "GDS Transport", "@import"):
        assert foreign not in css


def test_no_script_is_inline_and_no_page_asks_another_host(visitor: BrowserContext, base: str) -> None:
    page = visitor.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    for name in PAGES:
        page.goto(f"{base}/en/{name}")
        assert page.locator("script:not([src]), style, [style], [onclick]").count() == 0
    assert all(url.startswith(base) for url in asked)
