"""A searched list sends what somebody chose, or nothing: never what it only proposed, and never beside a way out."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import parse_qsl

import pytest
from tests.support.browser import axe, complaints, serve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from playwright.sync_api import BrowserContext, Page

pytestmark = pytest.mark.browser

FRANCE, INDIA = "o2", "o3"
PREFER_NOT = "[value=prefer-not-to-say]"


@pytest.fixture(scope="module")
def base() -> Iterator[str]:
    with serve("tests.web.gallery:app") as address:
        yield address


def sent(page: Page) -> list[str]:
    """The values that the form sends for the country."""
    with page.expect_request(lambda request: request.method == "POST") as request:
        page.click("button.troth-continue")
    return [value for name, value in parse_qsl(request.value.post_data or "", keep_blank_values=True) if name == "born"]


def pick(page: Page, words: str) -> None:
    page.fill("#born", words[:2])
    page.click(f".autocomplete__option:has-text('{words}')")


def nothing_exact(page: Page) -> None:
    page.fill("#born", "Ind")
    page.press("#born", "Tab")


def typed_whole(page: Page) -> None:
    page.fill("#born", " india")
    page.press("#born", "Tab")


def tapped_and_left(page: Page) -> None:
    page.click("#born")
    page.check(PREFER_NOT)


def picked_then_prefers_not(page: Page) -> None:
    pick(page, "France")
    page.check(PREFER_NOT)


def picked_then_cleared(page: Page) -> None:
    pick(page, "France")
    page.fill("#born", "")
    page.check(PREFER_NOT)


def picked_then_changed(page: Page) -> None:
    pick(page, "France")
    page.fill("#born", "Francia")
    page.press("#born", "Tab")


def prefers_not_then_picks(page: Page) -> None:
    page.check(PREFER_NOT)
    pick(page, "France")


def by_keyboard(page: Page) -> None:
    page.fill("#born", "ind")
    page.press("#born", "ArrowDown")
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")


def dictated(page: Page) -> None:
    """Speech programs put the words into the box and tell nobody."""
    page.focus("#born")
    page.evaluate("document.querySelector('#born').value = 'India'")
    page.wait_for_selector(".autocomplete__menu--visible")
    page.keyboard.press("Tab")


def opened_and_left(page: Page) -> None:
    page.focus("#born")
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowDown")
    page.focus("button.troth-continue")


POSTED: dict[Callable[[Page], None], list[str]] = {
    nothing_exact: [""], typed_whole: [INDIA], tapped_and_left: ["", "prefer-not-to-say"],
    picked_then_prefers_not: ["", "prefer-not-to-say"], picked_then_cleared: ["", "prefer-not-to-say"],
    picked_then_changed: [""], prefers_not_then_picks: [FRANCE], by_keyboard: [INDIA], dictated: [INDIA],
    opened_and_left: [""],
}  # fmt: skip


def test_what_is_sent_is_what_stands_in_the_box(visitor: BrowserContext, base: str) -> None:
    page, posted = visitor.new_page(), {}
    with complaints(page) as heard:
        for does in POSTED:
            page.goto(f"{base}/en/q/suggest")
            does(page)
            page.wait_for_selector(".autocomplete__menu--hidden", state="attached")
            posted[does] = sent(page)
    assert posted == POSTED
    assert heard == []


SAID = {
    "en": (
        "Answers found: 2. India, 1 of 2, is highlighted.",
        "No answer found",
        "Enter an answer",
        "explore by touch",
    ),
    "cy": ("Atebion a ganfuwyd: 2. Mae India, 1 o 2, wedi’i amlygu.", "Heb ganfod ateb", "Rhowch ateb", "archwiliwch"),
}


@pytest.mark.parametrize("language", SAID)
def test_what_begins_so_comes_first_and_all_is_said_in_the_pages_language(
    visitor: BrowserContext, base: str, language: str
) -> None:
    found, nothing, error, how = SAID[language]
    page = visitor.new_page()
    page.goto(f"{base}/{language}/q/suggest")
    page.fill("#born", "INDIA")
    assert page.locator(".autocomplete__option").all_inner_texts() == ["India", "British Indian Ocean Territory"]
    page.press("#born", "ArrowDown")
    page.wait_for_selector(f"[role=status]:has-text('{found}')", state="attached")
    assert language == "cy" or axe(page) == []
    page.fill("#born", "xyz")
    assert page.locator(".autocomplete__option").all_inner_texts() == [nothing]
    # And with an error, the box is described by it, typed in or not
    assert sent(page) == [""]
    page.wait_for_selector(".govuk-error-summary")
    for typed in ("", "fra"):
        page.fill("#born", typed)
        ids = str(page.get_attribute("#born", "aria-describedby")).split()
        assert error in page.locator(f"#{ids[0]}").inner_text()
        assert how in str(page.locator(f"#{ids[-1]}").text_content())
    assert language == "cy" or axe(page) == []
