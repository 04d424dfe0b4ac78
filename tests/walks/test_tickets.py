"""Two tickets at the end: made where Mair is, or by the server where she has no JavaScript; spent once, on another site (P15, P23)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.walks.person import FINISH, QUIET, SENT, Person, fields, get, post

from troth.protocol.claim import read_claim_secret, read_ticket

if TYPE_CHECKING:
    from collections.abc import Callable

    from playwright.sync_api import Page, Request
    from tests.support.installation import Installation

pytestmark = pytest.mark.browser

WEAKER = "That is a weaker promise"


def at_the_end(person: Person) -> str:
    """Answers everything the short way; gives the code."""
    code = person.place.code()
    person.enter(code)
    person.until(FINISH, QUIET)
    return code


def words_on(page: Page) -> str:
    """The claim words that stand on the page."""
    return str(page.locator("[data-troth-words]:visible, noscript .troth-words").first.inner_text()).strip()


def send(person: Person) -> None:
    person.page.get_by_role("button", name="Send my answers").click()
    person.page.wait_for_selector(f"h1:has-text('{SENT}')")


def ticket(person: Person, purpose: str) -> str:
    return person.page.input_value(f"[data-troth-ticket={purpose}]")


def details(page: Page, name: str = "Mair Rhydderch", email: str = "mair@example.org") -> None:
    page.fill("#name", name)
    page.fill("#email", email)
    page.get_by_role("button", name="Send my details").click()


def test_the_respond_site_never_receives_the_claim_words_of_a_browser_with_scripts(
    place: Installation, somebody: Callable[..., Person]
) -> None:
    # Given Mair at the end; every request body is looked at
    mair = somebody(place)
    at_the_end(mair)
    sent: list[Request] = []
    mair.page.on("request", lambda request: sent.append(request))  # noqa: PLW0108 - playwright wants a plain function
    words = words_on(mair.page)
    secret = read_claim_secret(words)
    # When she sends
    send(mair)
    # Then what left the browser is two blinded numbers, and no form of the secret, the words, or a ticket
    [posted] = [request for request in sent if request.method == "POST"]
    body = fields(posted.post_data)
    assert set(body) == {"voucher", "interview"}
    everything = " ".join(request.url + (request.post_data or "") + str(request.all_headers()) for request in sent)
    nonces = [read_ticket(ticket(mair, purpose)).nonce for purpose in ("voucher", "interview")]
    import base64

    for hidden in (secret, *nonces):
        assert hidden.hex() not in everything
        assert base64.b64encode(hidden).decode().rstrip("=") not in everything
    assert words not in everything
    assert words.replace(" ", "") not in everything
    for value in body.values():
        assert secret not in base64.b64decode(value)
        assert not any(nonce in base64.b64decode(value) for nonce in nonces)
    # And the words stay on the page, with support before the tickets
    assert words_on(mair.page) == words
    assert mair.page.locator("noscript").count() == 0
    order = mair.page.content()
    assert order.index("/en/support") < order.index("data-troth-ticket")


def test_without_scripts_the_words_come_before_signing_and_the_weaker_promise_is_said(
    place: Installation, somebody: Callable[..., Person]
) -> None:
    mair = somebody(place, scripts=False)
    code = at_the_end(mair)
    words = words_on(mair.page)
    assert WEAKER in mair.page.locator("noscript").inner_text()
    assert place.state(code) == "issued"
    # The page can be asked for again: the same words stand there
    mair.go("finish")
    assert words_on(mair.page) == words
    send(mair)
    assert words_on(mair.page) == words
    assert place.state(code) == "complete"
    order = mair.page.content()
    assert order.index("/en/support") < order.index("data-troth-ticket")


def test_with_scripts_nobody_is_told_of_a_weaker_promise(place: Installation, somebody: Callable[..., Person]) -> None:
    mair = somebody(place)
    at_the_end(mair)
    assert WEAKER not in mair.page.locator("main").inner_text()
    order = mair.page.content()
    assert order.index("/en/support") < order.index("data-troth-words")


def test_a_lost_reply_to_the_sending_is_repeated_with_the_same_tickets(
    either: Installation, somebody: Callable[..., Person], *, scripts: bool
) -> None:
    # Given that the answers were sent, and the reply never came
    mair = somebody(either, scripts=scripts)
    code = at_the_end(mair)
    words = words_on(mair.page)
    if scripts:
        mair.page.route("**/finish", lambda route: (route.fetch(), route.abort("connectionreset")))
        mair.page.get_by_role("button", name="Send my answers").click()
        mair.page.wait_for_selector("text=press the button again")
        mair.page.unroute_all()
    else:
        assert post(mair, "finish", {"do": "send"}).status_code == 200
    assert either.state(code) == "complete"
    # When she presses the button again
    send(mair)
    # Then both tickets are there, of the words she kept
    assert words_on(mair.page) == words
    assert read_ticket(ticket(mair, "voucher")).purpose == "voucher"


def test_after_sending_the_last_page_says_so_and_offers_no_second_sending(
    place: Installation, somebody: Callable[..., Person], *, scripts: bool
) -> None:
    mair = somebody(place, scripts=scripts)
    at_the_end(mair)
    send(mair)
    first = ticket(mair, "voucher")
    for path in ("finish", "page"):
        mair.go(path)
        assert mair.at() == "Your answers are sent already"
        assert mair.page.locator("[data-troth-words]").count() == 0
        assert first not in mair.page.content()
    # Nothing deletes any more
    mair.go("delete")
    assert mair.at() == "Enter the code from your letter"
    # Where the server made the tickets, the same device can ask for them again
    if not scripts:
        mair.page.go_back()


def test_a_lost_ticket_comes_back_with_code_and_words_and_not_otherwise(
    either: Installation, somebody: Callable[..., Person], *, scripts: bool
) -> None:
    from troth.protocol.claim import new_claim_secret, show_claim_secret
    from troth.protocol.code import new_code

    # Given Mair who sent her answers, kept her words, and lost both tickets
    mair = somebody(either, scripts=scripts)
    code = at_the_end(mair)
    words = words_on(mair.page)
    send(mair)
    had = {purpose: ticket(mair, purpose) for purpose in ("voucher", "interview")}
    # When somebody types a wrong half, or both of an unfinished response
    later = somebody(either, scripts=scripts)
    refused = set()
    for typed, said in (
        (code, show_claim_secret(new_claim_secret())),
        (new_code(), words),
        (either.code(), words),
    ):
        later.go("lost")
        later.page.fill("#code", typed)
        later.page.fill("#words", said)
        later.press("Get my tickets")
        assert later.at() == "Get your tickets again"
        refused.add(later.page.content())
    # Then one neutral page refuses all of them
    assert len(refused) == 1
    assert "do not belong together" in refused.pop()
    later.page.fill("#code", code)
    later.page.fill("#words", words[:-1])
    later.press("Get my tickets")
    assert "Check what you typed" in later.page.locator(".govuk-error-summary").inner_text()
    # And both together bring the tickets back, the same to the nonce
    later.page.fill("#code", code.lower())
    later.page.fill("#words", words.lower().replace(" ", "-"))
    later.press("Get my tickets")
    assert later.at() == SENT
    for purpose, before in had.items():
        assert read_ticket(ticket(later, purpose)).nonce == read_ticket(before).nonce


def test_a_ticket_is_used_by_its_button_or_pasted_and_once(
    either: Installation, somebody: Callable[..., Person], *, scripts: bool
) -> None:
    mair = somebody(either, scripts=scripts)
    at_the_end(mair)
    send(mair)
    tickets = {purpose: ticket(mair, purpose) for purpose in ("voucher", "interview")}
    for purpose, text in tickets.items():
        other = next(each for name, each in tickets.items() if name != purpose)
        label = {"voucher": "Claim the thank-you voucher", "interview": "Offer to talk to us"}[purpose]
        # By the button, in a tab of its own, with no way back to the survey's page
        with mair.context.expect_page() as opened:
            mair.page.get_by_role("button", name=label).click()
        claim = opened.value
        claim.wait_for_selector("#name")
        assert claim.url == f"{either.site('claim')}/en/{purpose}"
        assert claim.evaluate("[document.referrer, window.opener === null]") == ["", True]
        assert [cookie["name"] for cookie in mair.context.cookies()] == ["__Host-troth"]
        # Details with mistakes are mended and what was typed stays
        details(claim, name="Mair Rhydderch", email="mair at example")
        claim.wait_for_selector(".govuk-error-summary")
        assert claim.input_value("#name") == "Mair Rhydderch"
        assert "Enter an email address" in claim.locator(".govuk-error-summary").inner_text()
        # The same ticket pasted, broken over lines, on another device: not used yet, so it is good
        pasted = somebody(either, scripts=scripts).page
        pasted.goto(f"{either.site('claim')}/en/{purpose}")
        pasted.fill("#ticket", "\n".join(text[i : i + 60] for i in range(0, len(text), 60)))
        pasted.get_by_role("button", name="Continue").click()
        pasted.wait_for_selector("#name")
        # The wrong ticket for this purpose is refused, and so is nonsense
        wrong = somebody(either, scripts=scripts).page
        for nonsense in (other, "", "A" * 556, text[:-4] + "AAAA"):
            wrong.goto(f"{either.site('claim')}/en/{purpose}")
            wrong.fill("#ticket", nonsense)
            wrong.get_by_role("button", name="Continue").click()
            wrong.wait_for_selector("text=This is not a ticket for this page")
            assert wrong.input_value("#ticket") == ""
        # First come, first served: the pasted one is spent, the button's tab is told so
        details(pasted)
        pasted.wait_for_selector("text=Your details have arrived")
        details(claim)
        claim.wait_for_selector("text=This ticket has been used")
        assert pasted.context.cookies() == []


def test_the_claim_site_cannot_tell_scripts_from_no_scripts(
    place: Installation, somebody: Callable[..., Person]
) -> None:
    # Given one person with scripts and one without, each pressing the voucher's button
    shapes = []
    for scripts in (True, False):
        mair = somebody(place, scripts=scripts)
        at_the_end(mair)
        send(mair)
        arrived: list[Request] = []
        mair.context.on("request", lambda request, kept=arrived: kept.append(request))
        with mair.context.expect_page() as opened:
            mair.page.get_by_role("button", name="Claim the thank-you voucher").click()
        claim = opened.value
        claim.wait_for_selector("#name")
        details(claim)
        claim.wait_for_selector("text=Your details have arrived")
        posts = [request for request in arrived if request.method == "POST"]
        assert len(posts) == 2
        assert not any("cookie" in one.all_headers() for one in posts)
        shapes.append(
            [(one.url, one.all_headers(), [(k, len(v)) for k, v in fields(one.post_data).items()]) for one in posts]
        )
    # Then addresses, headers, fields and lengths of what the claim site receives are the same
    for with_scripts, without in zip(*shapes, strict=True):
        assert {k: (v, without[1].get(k)) for k, v in with_scripts[1].items() if without[1].get(k) != v} == {}
        assert with_scripts == without


def test_a_cookie_of_a_finished_session_brings_no_pages_back(
    place: Installation, somebody: Callable[..., Person]
) -> None:
    mair = somebody(place)
    at_the_end(mair)
    send(mair)
    kept = mair.cookie()
    assert get(mair, "page", kept).headers["location"] == "/en/finish"
    assert get(mair, "pause", kept).headers["location"] == "/en/?over=1"
    reply = post(mair, "page", {"today": "always", "token": "x", "do": "continue"}, kept)
    assert reply.headers["location"] == "/en/page"
