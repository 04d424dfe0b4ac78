"""A second engine: WebKit, which is what iPhones have. From the code to the tickets, the ways out, and no rule of WCAG 2.2 AA broken."""

from __future__ import annotations

import contextlib
import json
import time
from typing import TYPE_CHECKING

import pytest
from tests.conftest import need
from tests.support import webkit
from tests.support.browser import AXE, WCAG_22_AA
from tests.walks.person import BEFORE, BETWEEN, CODE, FINISH, MAIR, SENT

from troth.protocol.claim import read_ticket

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.installation import Installation
    from tests.support.webkit import WebKit

pytestmark = pytest.mark.browser

NAME = "__Host-troth"
FILL = """
const answers = arguments[0];
for (const field of document.querySelectorAll("main form input:not([type=hidden]), main form textarea")) {
  const known = [answers[field.name] ?? (field.name.endsWith("-missing") ? [] : "prefer-not-to-say")].flat();
  if (["radio", "checkbox"].includes(field.type)) { if (known.includes(field.value)) field.click(); }
  else if (answers[field.name]) field.value = answers[field.name];
}
"""


@pytest.fixture(scope="module")
def second() -> Iterator[WebKit]:
    need("WebKit", here=webkit.programs() is not None, line="apt-get install webkit2gtk-driver xvfb")
    with webkit.running() as browser:
        yield browser


@pytest.fixture(scope="module")
def base(sqlite_installation: Installation, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    port = int(sqlite_installation.site("respond").rpartition(":")[2])
    with webkit.door(port, tmp_path_factory.mktemp("door")) as address:
        yield address


def heading(browser: WebKit) -> str:
    return str(browser.until("return document.readyState === 'complete' && document.querySelector('h1')?.innerText"))


def press(browser: WebKit, selector: str) -> str:
    """Presses it and waits for another page; gives its heading."""
    browser.run("document.documentElement.dataset.old = '1'")
    browser.click(selector)
    browser.until("return !document.documentElement.dataset.old && document.readyState === 'complete'")
    return heading(browser)


def violations(browser: WebKit) -> list[str]:
    browser.run(AXE.read_text(encoding="utf-8") + "\nwindow.axe = axe;")
    browser.run(
        "window.found = null; axe.run(document, {runOnly: {type: 'tag', values: arguments[0]}, resultTypes: ['violations']})"
        ".then(r => window.found = JSON.stringify(r.violations.map(v => v.id + ': ' + v.nodes.map(n => n.target).join(' '))));",
        WCAG_22_AA,
    )
    found: list[str] = json.loads(browser.until("return window.found"))
    return found


def enter(browser: WebKit, base: str, code: str) -> str:
    browser.go(f"{base}/en/")
    browser.type("#code", code)
    return press(browser, "main form button.govuk-button")


def test_from_the_code_to_the_tickets(second: WebKit, base: str, place: Installation) -> None:
    code, wrong, seen = place.code(), [], []

    def look() -> None:
        seen.append(heading(second))
        wrong.extend(f"{seen[-1]}: {line}" for line in violations(second))
        if second.run("return document.documentElement.scrollWidth > innerWidth"):
            wrong.append(f"{seen[-1]}: wider than the window")
        assert second.title in {"Online survey", "Check: Online survey"}

    assert enter(second, base, code) == BEFORE
    look()
    press(second, "main a[role=button]")
    for _ in range(30):
        if heading(second) == FINISH:
            break
        look()
        if heading(second) == BETWEEN:
            press(second, "button[value=skip]")
            continue
        # An empty answer is said to be missing, by the page that the browser itself shows
        if second.count("main input[type=radio]") and "error" not in seen:
            press(second, "button[value=continue]")
            assert second.count(".govuk-error-summary") == 1
            assert second.run("return document.activeElement.className") == "govuk-error-summary"
            wrong += violations(second)
            seen.append("error")
        second.run(FILL, MAIR)
        press(second, "button[value=continue]")
    look()
    assert second.run("return [document.cookie, localStorage.length, sessionStorage.length]") == ["", 0, 0]
    # The browser blinds and unblinds: BigInt and WebCrypto of this engine
    second.click("form[data-troth-send] button")
    second.until("return document.querySelector('[data-troth-ticket=voucher]')?.value.length === 556")
    assert heading(second) == SENT
    for purpose in ("voucher", "interview"):
        shown = second.run(f"return document.querySelector('[data-troth-ticket={purpose}]').value")
        assert read_ticket(str(shown)).purpose == purpose
    look()
    assert place.state(code) == "complete"
    assert wrong == []
    assert len(seen) > 15


def test_exit_and_three_times_shift_cover_the_page_and_end_the_session(
    second: WebKit, base: str, place: Installation
) -> None:
    for how in ("button", "shift"):
        assert enter(second, base, place.code()) == BEFORE
        press(second, "main a[role=button]")
        assert NAME in second.cookies()
        # The other website is no part of the test: it may not be reachable from here. What is ours is what happens before.
        if how == "button":
            second.click("[data-troth-exit]")
        else:
            second.press("Shift", "Shift", "Shift")
        second.until(
            "return document.documentElement.getClientRects().length === 0 || !location.href.startsWith(arguments[0])",
            base,
        )
        for _ in range(
            20
        ):  # the request that ends it goes on after the page has gone; and the way out, begun before, may still win
            with contextlib.suppress(AssertionError):
                second.go(f"{base}/en/page")
                if heading(second) == CODE:
                    break
            time.sleep(0.1)
        assert heading(second) == CODE
        assert NAME not in second.cookies()


def test_pause_with_a_word_and_back_by_keyboard(second: WebKit, base: str, place: Installation) -> None:
    code = place.code()
    enter(second, base, code)
    press(second, "main a[role=button]")
    press(second, "button[value=continue]")
    at = heading(second)
    press(second, "button[value=pause]")
    second.type("#word", "heulwen")
    second.type("#again", "heulwen")
    assert press(second, "button[value=pause]") == "You have paused"
    assert NAME not in second.cookies()
    second.go(f"{base}/en/")
    second.type("#code", code + webkit.KEYS["Enter"])
    second.until("return location.pathname === '/en/return' && !!document.querySelector('#word')")
    second.type("#word", "heulwen" + webkit.KEYS["Enter"])
    second.until("return location.pathname === '/en/page'")
    assert heading(second) == at


def test_what_is_typed_stays_when_the_language_changes_and_when_the_server_is_gone(
    second: WebKit, base: str, place: Installation
) -> None:
    enter(second, base, place.code())
    press(second, "main a[role=button]")
    press(second, "button[value=continue]")
    second.click("label[for=adults-2]")
    press(second, "button[lang=cy]")
    assert (
        second.run("return document.documentElement.lang + document.querySelector('[value=family]').checked")
        == "cytrue"
    )
    # A request that fails, as where there is no connection
    second.run("window.fetch = () => Promise.reject(new TypeError('gone'))")
    second.click("button[value=continue]")
    second.until(
        "return document.querySelector('[data-troth-send] [role=alert]')?.innerText.includes('Heb ei gadw eto')"
    )
    assert second.run("return document.querySelector('[value=family]').checked") is True
    assert violations(second) == []


def test_the_page_that_asks_whether_somebody_is_there_holds_the_focus(
    second: WebKit, base: str, place: Installation
) -> None:
    enter(second, base, place.code())
    press(second, "main a[role=button]")
    second.run("document.querySelector('[data-troth-still]').showModal()")
    assert second.run("return document.activeElement.hasAttribute('data-troth-stay')")
    assert violations(second) == []
    second.click("[data-troth-stay]")
    second.until("return !document.querySelector('[data-troth-still]').open")
