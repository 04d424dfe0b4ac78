"""No code, name or answer in a later page, a URL, a title, the history, the cookie, a vault in the clear, or any log (P09)."""

from __future__ import annotations

import base64
import contextlib
import re
import shutil
import sqlite3
from typing import TYPE_CHECKING
from urllib.parse import unquote_plus

import httpx
import pytest
from tests.conftest import need
from tests.support.browser import chromium_arguments, complaints
from tests.walks.person import FINISH, MAIR, WELCOME, Answers, Person, get, tokens_aside

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from playwright.sync_api import Browser
    from tests.support.installation import Installation

pytestmark = pytest.mark.browser

OTHERWISE: Answers = {
    **MAIR,
    "adults": "family", "age": "from_sixty_five", "homes": "4", "places": ["foster_home", "boarding"], "schools": "2",
    "school_moves": "0", "school_safety": "always", "home_safety": "always", "trusted": ["nobody"], "unsafe": "once",
    "ways": ["body"], "told": "then", "today": "rarely", "ideas": "",
}  # fmt: skip
"""The same pages as Mair's, and another answer to every question."""
PIPED = "How safe did you feel with your"


def test_no_page_gives_away_an_earlier_answer(place: Installation, somebody: Callable[..., Person]) -> None:
    # Given two people who take the same way with other answers
    walks = []
    for answers in (MAIR, OTHERWISE):
        person = somebody(place)
        person.enter(place.code())
        sources = []
        while person.at() != FINISH:
            # Then no field of any page is ever filled or chosen when it comes
            assert person.page.locator("main :checked").count() == 0
            for field in person.page.locator(
                "main input:not([type=hidden]):not([type=radio]):not([type=checkbox]), textarea"
            ).all():
                assert field.input_value() == ""
            raw = get(person, "page").text
            assert " checked" not in raw
            sources.append((person.at(), tokens_aside(raw)))
            person.answer(answers)
        walks.append(sources)
    first, second = walks
    assert len(first) == len(second) > 15
    # And every page is the same to the byte for both, but for the one that speaks with the words they chose themselves
    for (heading, one), (_, other) in zip(first, second, strict=True):
        if heading.startswith(PIPED):
            assert one.replace("your carers", "your family") == other
        else:
            assert one == other


def test_the_cookie_is_sealed_strict_and_new_after_every_post(
    place: Installation, somebody: Callable[..., Person]
) -> None:
    mair = somebody(place)
    code = place.code()
    assert mair.enter(code) == WELCOME
    seen = [mair.cookie()]
    lengths = set()
    for _ in range(5):
        mair.answer()
        seen.append(mair.cookie())
    # A page with errors, the pause page's error and its way back rotate it too
    mair.continue_()
    assert mair.page.locator(".govuk-error-summary").count() == 1
    seen.append(mair.cookie())
    mair.tap("button[value=pause]")
    mair.page.fill("#word", "one")
    mair.page.fill("#again", "two")
    mair.press("Pause now")
    assert "not the same" in mair.page.locator(".govuk-error-summary").inner_text()
    seen.append(mair.cookie())
    mair.press("Go on with the survey")
    seen.append(mair.cookie())
    assert len(set(seen)) == len(seen)
    [cookie] = mair.context.cookies()
    assert (cookie["name"], cookie["secure"], cookie["httpOnly"], cookie["sameSite"]) == (
        "__Host-troth",
        True,
        True,
        "Strict",
    )
    assert cookie["path"] == "/"
    assert cookie["expires"] == -1
    for value in seen:
        raw = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
        assert place.handle_of(code) not in raw
        assert code.encode() not in raw
        lengths.add(len(value))
    assert len(lengths) == 1
    # And scripts of the page cannot see it, nor does the page keep anything
    assert mair.page.evaluate("[document.cookie, localStorage.length, sessionStorage.length]") == ["", 0, 0]


def test_a_code_from_the_qr_is_in_no_address_title_or_history(
    place: Installation, somebody: Callable[..., Person]
) -> None:
    mair = somebody(place)
    code = place.code()
    asked: list[str] = []
    titles: set[str] = set()
    mair.page.on("request", lambda request: asked.append(request.url))
    with complaints(mair.page) as heard:
        # Given the letter's QR code, opened by a phone's camera
        mair.page.goto(f"{mair.base}/en/#{code}")
        mair.page.wait_for_function("document.querySelector('#code').value !== ''")
        entries = mair.page.evaluate("history.length")
        # Then the code is in the field, and already in no address
        assert mair.page.url == f"{mair.base}/en/"
        assert mair.page.input_value("#code") == code
        assert mair.page.evaluate("history.length") == entries
        mair.press("Continue")
        mair.through()
        # And so it stays, to the end
        while mair.at() != FINISH:
            titles.add(mair.page.title())
            assert mair.page.url == f"{mair.base}/en/page"
            assert code not in mair.page.content()
            mair.answer()
        titles.add(mair.page.title())
    assert heard == []
    assert titles == {"Online survey"}
    # The browser's own QR address carries the code behind "#", which is not sent: no request line has it
    sent = [url.partition("#")[0] for url in asked]
    assert not any(code in unquote_plus(url) for url in sent)
    assert not any("?" in url for url in sent)
    assert all(url.startswith(mair.base) for url in sent)
    # Back as far as it goes: no entry of the history holds it
    for _ in range(8):
        if mair.page.go_back() is None:
            break
        assert code not in mair.page.url
        assert code not in mair.page.content()


@pytest.mark.parametrize("scanned", [False, True], ids=["typed", "scanned"])
def test_a_typed_code_is_not_in_the_browsers_own_history_and_a_scanned_one_is_as_we_say(
    place: Installation, browser: Browser, tmp_path: Path, scanned: bool
) -> None:
    whole = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    need(
        "a Chromium that keeps a history (the headless shell does not)",
        here=bool(whole),
        line="apt-get install chromium",
    )
    code = place.code()
    context = browser.browser_type.launch_persistent_context(
        tmp_path, executable_path=whole, args=chromium_arguments(), headless=True
    )
    mair = Person(context, place)
    if scanned:
        mair.page.goto(f"{mair.base}/en/#{code}")
        mair.page.wait_for_function("document.querySelector('#code').value !== ''")
        mair.press("Continue")
        mair.through()
    else:
        mair.enter(code)
    mair.answer()
    context.close()
    with contextlib.closing(sqlite3.connect(tmp_path / "Default" / "History")) as history:
        urls = [str(url) for (url,) in history.execute("SELECT url FROM urls")]
    assert f"{mair.base}/en/page" in urls
    # No page can take the address of a scan out again: the letter, the page before the questions and the threat model say so.
    assert [url for url in urls if code in url] == ([f"{mair.base}/en/#{code}"] if scanned else [])


def test_logs_and_vaults_hold_no_code_no_answer_and_no_handle(
    place: Installation, somebody: Callable[..., Person]
) -> None:
    # Given a whole walk, and every clumsy way of handing a code or an answer to the four processes
    code = place.code()
    mair = somebody(place)
    mair.enter(code)
    mair.until(FINISH)
    strange = "Zebras who listen"
    with httpx.Client(trust_env=False) as client:
        for role in ("respond", "claim", "public", "issuer"):
            base = place.site(role)
            for method, path, extra in (
                ("GET", f"/en/{code}", {}),
                ("GET", f"/en/?code={code}", {"headers": {"referer": f"https://x.example/{code}", "user-agent": strange}}),
                ("POST", "/en/", {"data": {"code": code, strange: strange}}),
                ("POST", "/en/page", {"content": strange.encode() * 9000, "headers": {"content-type": "text/plain"}}),
                ("POST", "/en/page", {"content": b"\xff%" + code.encode(), "headers": {"content-type": "application/x-www-form-urlencoded"}}),
                ("POST", "/en/lost", {"data": {"code": code, "words": strange}}),
                ("POST", "/en/voucher/details", {"data": {"ticket": "x", "name": strange, "email": "zebra@example.org"}}),
                ("POST", "/sign/voucher", {"content": strange.encode(), "headers": {"x-troth-issuer": code}}),
                ("BREW", f"/{code}", {}),
            ):  # fmt: skip
                # A refusal before the whole body came may end the connection: that, too, must leave nothing in a log.
                with contextlib.suppress(httpx.TransportError):
                    client.request(method, base + path, **extra)  # type: ignore[arg-type]
    of = place.handle_of(code)
    forms = [
        strange,
        "zebra@",
        code,
        code.lower(),
        f"{code[:4]} {code[4:8]}",
        of.hex(),
        base64.b64encode(of).decode().rstrip("="),
    ]
    forms += [mair.cookie(), "from_eighteen", "foster_home"]
    # Then no process wrote any of it
    logs = place.logs()
    assert [form for form in forms if form in logs] == []
    # And a log that did would be found: the control
    assert [form for form in forms if form in logs + f'GET /en/?code={code} "-"'] == [code]
    # And no vault holds a code or a typed answer in the clear
    kept = b"".join(path.read_bytes() for path in (place.home / "vaults").rglob("*") if path.is_file())
    assert of in kept  # the control: the files are the right ones
    for form in (strange, code, "from_eighteen", "foster_home", "zebra@"):
        assert form.encode() not in kept


def test_nothing_is_asked_of_another_host_and_nothing_is_stored(
    place: Installation, somebody: Callable[..., Person]
) -> None:
    mair = somebody(place)
    replies: list[tuple[str, str]] = []
    mair.page.on("response", lambda reply: replies.append((reply.url, reply.headers.get("cache-control", ""))))
    mair.enter(place.code())
    mair.answer()
    for url, kept in replies:
        assert url.startswith(mair.base)
        if "/static/" not in url:
            assert kept == "no-store"
    assert mair.page.locator("script:not([src]), style, [style], [onclick]").count() == 0
    assert re.search(r"\b(token)\b", mair.page.content())
