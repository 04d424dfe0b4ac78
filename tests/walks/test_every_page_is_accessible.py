"""Every page type and error state of the three sites, in both languages, on a phone: no violation, no complaint, small (WCAG 2.2 AA)."""

from __future__ import annotations

import gzip
from typing import TYPE_CHECKING

import pytest
from tests.support.browser import PHONE, axe, complaints, invalid
from tests.walks.person import FINISH, MAIR, QUIET, Person

from troth.protocol.code import new_code

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Page, Response
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
        self.served: dict[str, bytes] = {}
        """Name → the page's HTML as it came over the wire."""
        self._came: Response | None = None
        page.on("response", self._document)

    def _document(self, response: Response) -> None:
        if response.request.is_navigation_request() and not 300 <= response.status < 400:
            self._came = response

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
        found += self._reflow()
        if self._came is not None:
            self.served[name] = self._came.body()
            self._came = None
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
        if page.locator("[data-troth-exit]").count() != 1 or page.locator(".troth-exit__support").count() != 1:
            found.append("no way out, or no support")
        self.wrong += [f"{name}: {line}" for line in found]

    def _reflow(self) -> list[str]:
        """WCAG 1.4.10 and 1.4.4: 320 pixels are enough, and a phone is enough for text twice as big."""
        page, found = self.page, []
        wide = "document.documentElement.scrollWidth > innerWidth"
        page.set_viewport_size({"width": 320, "height": 640})
        if page.evaluate(wide):
            found.append("wider than 320 pixels")
        page.set_viewport_size(PHONE)  # type: ignore[arg-type]
        page.evaluate("document.documentElement.style.fontSize = '200%'")
        if page.evaluate(wide):
            found.append("wider than a phone with text twice as big")
        page.evaluate("document.documentElement.removeAttribute('style')")
        return found

    def valid(self, folder: Path) -> list[str]:
        """What is not valid HTML on any page that was looked at."""
        assert len(self.served) > 5
        return invalid(self.served, folder)


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


@pytest.mark.timeout(400)
@pytest.mark.parametrize("language", ["en", "cy"])
def test_the_pages_beside_the_questions(
    place: Installation, somebody: Callable[..., Person], language: str, tmp_path: Path
) -> None:
    mair = somebody(place, language=language)
    page = mair.page
    look = Inspector(page, language)

    def beside(name: str) -> None:
        look(f"{name}, in a session")
        if name == "between":
            page.fill("#word", "one")
            press(page, "button[value=word]")
            look("between, words differ")

    mair.beside = beside
    with complaints(page) as heard:
        for path in ("", "support", "help", "cookies", "before", "lost", "paused", "deleted", "away"):
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
        mair.enter(place.code())
        for path in ("time", "support", "help", "cookies"):
            mair.go(path)
            look(f"{path}, in a session")
        mair.go("page")
        while "between, words differ" not in look.seen:
            mair.fill(QUIET)
            mair.continue_()
    assert look.wrong == []
    assert len(look.seen) == 20
    assert heard == []
    assert look.valid(tmp_path) == []


@pytest.mark.timeout(400)
@pytest.mark.parametrize("language", ["en", "cy"])
def test_the_questions_and_the_end(
    place: Installation, somebody: Callable[..., Person], language: str, tmp_path: Path
) -> None:
    mair = somebody(place, language=language)
    page = mair.page
    look = Inspector(page, language)
    code = place.code()
    with complaints(page) as heard:
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
    assert len(look.seen) > 35
    assert heard == []
    assert look.valid(tmp_path) == []


@pytest.mark.parametrize("language", ["en", "cy"])
def test_the_claim_and_public_sites_and_the_error_pages(
    place: Installation, somebody: Callable[..., Person], language: str, tmp_path: Path
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
        for path in ("", "notice", "accessibility", "cookies", "promises"):
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
    reader.page.goto(f"{place.site('respond')}/{language}/exit")
    look("not allowed")
    assert look.wrong == []
    assert look.valid(tmp_path) == []
    # The control: what is not valid is seen, on the page where it stands
    broken = look.served["public notice"].replace(b"</main>", b"<p><div></div></p></main>", 1)
    assert all(line.startswith("public notice: ") for line in invalid({"public notice": broken}, tmp_path))
    assert invalid({"public notice": broken}, tmp_path) != []


@pytest.mark.parametrize("path", ["", "support", "before", "page"])
def test_a_first_visit_is_light(place: Installation, somebody: Callable[..., Person], path: str) -> None:
    """Whichever page is the first: its HTML, and everything that it asks for, packed."""
    mair = somebody(place)
    if path == "page":
        mair.enter(place.code())
        mair.until("Where did you live before you were 16?")
        mair.set_cookie(mair.cookie())  # and another window, which has kept nothing
        mair.page = mair.context.new_page()
    replies: list[Response] = []
    mair.page.on("response", lambda reply: replies.append(reply))  # noqa: PLW0108 - a builtin cannot carry its wrapper
    document = mair.go(path)
    mair.page.wait_for_load_state("networkidle")
    assert document is not None
    assert len(replies) > 1
    assert sum(len(gzip.compress(reply.body())) for reply in replies) <= FIRST_VISIT_BYTES
    assert len(document.body()) <= PAGE_BYTES


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
    assert mair.at() == "Before you start"
    tab_to("e.getAttribute('href') === '/en/page'")
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
    # And on to the end, the break before the hard part among it: every button and every choice is reached with Tab and used with keys
    for _ in range(40):
        if mair.at() == FINISH:
            break
        if page.url.endswith("/between"):
            tab_to("e.value === 'skip'")
            enter()
            continue
        names = page.locator("main form input:not([type=hidden])").evaluate_all(
            "all => [...new Set(all.filter(e => e.type !== 'text' && e.type !== 'number').map(e => e.name))]"
        )
        for name in names:
            tab_to(f"e.name === '{name}'")
            kind = page.evaluate("document.activeElement.type")
            last = page.locator(f"[name='{name}']").count() - 1
            for _ in range(last):  # to "I prefer not to say", the last of each group
                page.keyboard.press("ArrowDown" if kind == "radio" else "Tab")
            if kind == "checkbox" or last == 0:
                page.keyboard.press("Space")
        tab_to("e.value === 'continue'")
        enter()
    assert mair.at() == FINISH
    tab_to("e.tagName === 'BUTTON' && !!e.closest('[data-troth-send]')")
    page.keyboard.press("Enter")
    page.wait_for_selector("input[data-troth-ticket=voucher]", state="attached")
    # The focus is where the tickets are, and a ticket is a button like any other
    assert page.evaluate("document.activeElement.tagName") == "MAIN"
    tab_to("e.tagName === 'BUTTON' && !!e.closest('main')")
    with mair.context.expect_page() as opened:
        page.keyboard.press("Enter")
    opened.value.wait_for_selector("#name")
