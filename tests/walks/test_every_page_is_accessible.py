"""Every page type and error state of the three sites, in both languages, on a phone: no violation, no complaint, small (WCAG 2.2 AA)."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest
from tests.support.browser import axe, complaints
from tests.walks.person import MAIR, QUIET, Person

from troth.protocol.code import new_code

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page
    from tests.support.installation import Installation

pytestmark = pytest.mark.browser

PAGE_BYTES = 20 * 1024
FIRST_VISIT_BYTES = 60 * 1024


class Inspector:
    """Looks at the page as it stands, and remembers what was wrong with which."""

    def __init__(self, page: Page, language: str) -> None:
        self.page = page
        self.language = language
        self.wrong: list[str] = []
        self.seen: list[str] = []

    def __call__(self, name: str) -> None:
        page = self.page
        self.seen.append(name)
        found = axe(page)
        source = page.content().encode()
        if len(source) > PAGE_BYTES:
            found.append(f"{len(source)} bytes")
        if page.locator("h1").count() != 1:
            found.append(f"{page.locator('h1').count()} headings of level 1")
        if page.get_attribute("html", "lang") != self.language:
            found.append("the language is not said")
        if page.evaluate("document.documentElement.scrollWidth") > 360:
            found.append("wider than a phone")
        if not page.locator(".troth-demonstration").is_visible():
            found.append("the demonstration is not marked")
        if (
            page.locator("footer a[href^='tel:']").count() != 1
            or page.locator("footer a[href^='mailto:']").count() != 1
        ):
            found.append("no contact points (P31)")
        if page.locator(".govuk-error-summary").count() and not page.title().startswith(
            {"en": "Error:", "cy": "Gwall:"}[self.language]
        ):
            found.append("the error is not in the title")
        self.wrong += [f"{name}: {line}" for line in found]


def press(page: Page, selector: str) -> None:
    with page.expect_navigation():
        page.click(selector)


def the_ways_out(mair: Person, code: str, look: Inspector) -> None:
    """From a question: pause, delete, return, each with its errors; stands at the same question afterwards."""
    page = mair.page
    press(page, "button[value=pause]")
    look("pause")
    page.fill("#word", "one")
    press(page, "button[value=pause]")
    look("pause, words differ")
    press(page, "button[value=back]")
    press(page, "button[value=delete]")
    look("delete")
    press(page, "button[value=back]")
    press(page, "button[value=pause]")
    page.fill("#word", "heulwen")
    page.fill("#again", "heulwen")
    press(page, "button[value=pause]")
    mair.enter(code)
    look("return")
    page.fill("#word", "wrong")
    press(page, "button[value=word]")
    look("return, wrong word")
    page.fill("#word", "heulwen")
    press(page, "button[value=word]")
    press(page, "button[value=pause]")
    look("pause, word set")
    press(page, "button[value=back]")


@pytest.mark.parametrize("language", ["en", "cy"])
def test_the_respond_site(place: Installation, somebody: Callable[..., Person], language: str) -> None:
    mair = somebody(place, language=language)
    page = mair.page
    look = Inspector(page, language)
    code = place.code()
    with complaints(page) as heard:
        for path in ("", "support", "help", "lost", "paused", "deleted"):
            mair.go(path)
            look(path or "code")
        mair.go("?over=1")
        look("code, session over")
        for typed, name in (("BBBB", "mistyped"), (new_code(), "neutral")):
            mair.enter(typed)
            look(f"code, {name}")
        mair.go("lost")
        press(page, "main button")
        look("lost, mistyped")
        mair.enter(code)
        # Every question's page, empty and with its error
        while page.locator("button[value=continue]").count():
            name = mair.at()
            look(name)
            if page.locator("main form input:not([type=hidden])").count():
                mair.continue_()
                if page.locator(".govuk-error-summary").count():
                    look(f"{name}, error")
            if name.endswith("?") and "return" not in look.seen:
                the_ways_out(mair, code, look)
            mair.fill(MAIR)
            mair.continue_()
        look("finish")
        page.click("form[data-troth-send] button")
        page.wait_for_selector("input[data-troth-ticket]", state="attached")
        look("tickets")
        mair.go("finish")
        look("done")
    assert look.wrong == []
    assert len(look.seen) > 45
    assert heard == []


@pytest.mark.parametrize("language", ["en", "cy"])
def test_the_claim_and_public_sites_and_the_error_pages(
    place: Installation, somebody: Callable[..., Person], language: str
) -> None:
    mair = somebody(place, scripts=False, language=language)
    mair.enter(place.code())
    while mair.page.locator("button[value=continue]").count():
        mair.answer(QUIET)
    reader = somebody(place, language=language)
    look = Inspector(reader.page, language)
    with mair.page.expect_navigation():
        mair.page.click("form[data-troth-send] button")
    with complaints(reader.page) as heard:
        for path in ("", "notice", "accessibility", "promises"):
            reader.page.goto(f"{place.site('public')}/{language}/{path}")
            look(f"public {path}")
        claim = f"{place.site('claim')}/{language}"
        reader.page.goto(f"{claim}/")
        look("claim home")
        for purpose in ("voucher", "interview"):
            ticket = mair.page.input_value(f"[data-troth-ticket={purpose}]")
            reader.page.goto(f"{claim}/{purpose}")
            look(f"{purpose} ticket")
            for typed, name in (("nonsense", "not a ticket"), (ticket, "details")):
                reader.page.fill("#ticket", typed)
                with reader.page.expect_navigation():
                    reader.page.click("main button")
                look(f"{purpose} {name}")
            reader.page.fill("#phone", "x")
            with reader.page.expect_navigation():
                reader.page.click("main button")
            look(f"{purpose} details, errors")
            assert reader.page.locator(".govuk-error-summary li").count() == 3
            for field, value in (("name", "Mair"), ("email", "m@example.org"), ("phone", "")):
                reader.page.fill(f"#{field}", value)
            with reader.page.expect_navigation():
                reader.page.click("main button")
            look(f"{purpose} thanks")
            reader.page.goto(f"{claim}/{purpose}")
            reader.page.fill("#ticket", ticket)
            with reader.page.expect_navigation():
                reader.page.click("main button")
            look(f"{purpose} used")
    assert heard == []
    for role in ("respond", "claim", "public"):
        reader.page.goto(f"{place.site(role)}/{language}/nowhere")
        look(f"{role} not found")
    assert look.wrong == []


def test_a_first_visit_is_light(place: Installation, somebody: Callable[..., Person]) -> None:
    mair = somebody(place)
    bodies: list[bytes] = []
    mair.page.on("response", lambda reply: bodies.append(reply.body()))
    mair.go()
    mair.page.wait_for_load_state("networkidle")
    assert len(bodies) >= 4
    assert sum(len(gzip.compress(body)) for body in bodies) <= FIRST_VISIT_BYTES


def test_the_keyboard_alone_enters_answers_pauses_and_comes_back(
    place: Installation, somebody: Callable[..., Person]
) -> None:
    mair = somebody(place)
    page = mair.page
    code = place.code()

    def tab_to(check: str) -> None:
        for _ in range(40):
            page.keyboard.press("Tab")
            if page.evaluate(f"(e => {check})(document.activeElement)"):
                return
        raise AssertionError(check)

    def enter() -> None:
        with page.expect_navigation():
            page.keyboard.press("Enter")

    mair.go()
    tab_to("e.id === 'code'")
    page.keyboard.type(code)
    enter()
    tab_to("e.value === 'continue'")
    enter()
    tab_to("e.type === 'radio'")
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    assert page.evaluate("document.activeElement.value") == "family"
    tab_to("e.value === 'continue'")
    enter()
    assert mair.at() == "How old are you now?"
    # An error takes the focus, and its link leads to the field
    tab_to("e.value === 'continue'")
    enter()
    assert page.evaluate("document.activeElement.className") == "govuk-error-summary"
    tab_to("e.getAttribute('href') === '#age'")
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.name") == "age"
    tab_to("e.value === 'pause'")
    enter()
    tab_to("e.id === 'word'")
    page.keyboard.type("heulwen")
    tab_to("e.id === 'again'")
    page.keyboard.type("heulwen")
    enter()
    assert mair.at() == "You have paused"
    tab_to("e.getAttribute('href') === '/en/' && !!e.closest('main')")
    enter()
    tab_to("e.id === 'code'")
    page.keyboard.type(code)
    enter()
    tab_to("e.id === 'word'")
    page.keyboard.type("heulwen")
    enter()
    assert mair.at() == "How old are you now?"
