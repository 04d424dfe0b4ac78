"""English and Welsh, with a switch that loses nothing: not what is typed on a page, not a ticket; and writes nothing anywhere (P01, P09)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.walks.person import ADULTS, AGE, FINISH, HOMES, MAIR, QUIET, SCHOOLS, get, post

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.installation import Installation
    from tests.walks.person import Person

pytestmark = pytest.mark.browser


def switch(person: Person, to: str) -> None:
    """Presses the other language."""
    with person.page.expect_navigation():
        person.page.get_by_role("button", name=to, exact=True).click()


def test_what_is_typed_stays_and_nothing_is_saved(
    place: Installation, somebody: Callable[..., Person], *, scripts: bool
) -> None:
    code, mair = place.code(), somebody(place, scripts=scripts)
    mair.enter(code)
    mair.until(HOMES)
    saved = place.steps(code)
    mair.page.fill("#homes", "3")
    mair.page.check("[value=foster_home]")
    for language, name, other in (("cy", "Cymraeg", "English"), ("en", "English", "Cymraeg")):
        switch(mair, name)
        assert mair.page.url == f"{mair.base}/{language}/page"
        assert mair.page.get_attribute("html", "lang") == language
        assert mair.page.input_value("#homes") == "3"
        assert mair.page.is_checked("[value=foster_home]")
        assert mair.page.locator(".govuk-error-summary").count() == 0
        assert mair.page.get_by_role("button", name=other, exact=True).count() == 1
    # Then nothing was saved, the page asked for anew is empty, and the answer goes in as ever
    assert place.steps(code) == saved
    assert "checked" not in get(mair, "page").text
    mair.continue_()
    assert mair.at() == SCHOOLS
    assert len(place.steps(code)) == len(saved) + 1


def test_from_an_error_page_too(place: Installation, somebody: Callable[..., Person], *, scripts: bool) -> None:
    mair = somebody(place, scripts=scripts)
    mair.enter(place.code())
    mair.until(HOMES)
    mair.page.fill("#homes", "many")
    mair.continue_()
    assert mair.page.locator(".govuk-error-summary").count() == 1
    switch(mair, "Cymraeg")
    assert mair.page.input_value("#homes") == "many"


def test_the_enter_key_in_a_field_continues_and_does_not_change_the_language(
    place: Installation, somebody: Callable[..., Person], *, scripts: bool
) -> None:
    mair = somebody(place, scripts=scripts)
    mair.enter(place.code())
    mair.until(HOMES)
    mair.fill(MAIR)
    with mair.page.expect_navigation():
        mair.page.press("#homes", "Enter")
    assert mair.page.url.endswith("/en/page")
    assert mair.at() == SCHOOLS


def test_a_form_of_an_earlier_page_changes_no_later_one(place: Installation, somebody: Callable[..., Person]) -> None:
    mair = somebody(place)
    mair.enter(place.code())
    mair.until(ADULTS)
    old = mair.page.input_value("[name=token]")
    mair.answer()
    assert mair.at() == AGE
    for token in (old, "", "x"):
        reply = post(mair, "page", {"token": token, "adults": "family", "age": "from_sixteen", "do": "language"})
        assert (reply.status_code, reply.headers["location"]) == (303, "/en/page")


def test_without_scripts_the_tickets_are_the_same_in_welsh(
    place: Installation, somebody: Callable[..., Person]
) -> None:
    mair = somebody(place, scripts=False)
    mair.enter(place.code())
    mair.until(FINISH, QUIET)
    mair.press("Send my answers")
    tickets = [mair.page.input_value(f"[data-troth-ticket={purpose}]")[:64] for purpose in ("voucher", "interview")]
    words = mair.page.locator("[data-troth-words]").inner_text()
    switch(mair, "Cymraeg")
    assert mair.at() == "Diolch. Mae eich atebion wedi’u hanfon"
    assert words == mair.page.locator("[data-troth-words]").inner_text()
    # The first bytes name the purpose and the nonce, which is spent once: the same ticket
    again = [mair.page.input_value(f"[data-troth-ticket={purpose}]")[:40] for purpose in ("voucher", "interview")]
    assert again == [ticket[:40] for ticket in tickets]


def test_with_scripts_nothing_leads_away_from_tickets_that_stand_nowhere_else(
    place: Installation, somebody: Callable[..., Person]
) -> None:
    mair = somebody(place)
    mair.enter(place.code())
    mair.until(FINISH, QUIET)
    assert mair.page.locator("[data-troth-switch]").count() == 1
    mair.page.get_by_role("button", name="Send my answers").click()
    mair.page.wait_for_selector("input[data-troth-ticket]", state="attached")
    assert mair.page.locator("[data-troth-switch]").count() == 0


def test_details_for_a_ticket_stay_and_the_ticket_is_not_spent(
    place: Installation, somebody: Callable[..., Person], *, scripts: bool
) -> None:
    mair = somebody(place, scripts=scripts)
    mair.enter(place.code())
    mair.until(FINISH, QUIET)
    mair.page.get_by_role("button", name="Send my answers").click()
    mair.page.wait_for_selector("input[data-troth-ticket=voucher]", state="attached")
    with mair.context.expect_page() as opened:
        mair.page.get_by_role("button", name="Claim the thank-you voucher").click()
    claim = opened.value
    claim.fill("#name", "Mair Rhydderch")
    claim.fill("#email", "mair@example.org")
    with claim.expect_navigation():
        claim.get_by_role("button", name="Cymraeg").click()
    assert claim.get_attribute("html", "lang") == "cy"
    assert (claim.input_value("#name"), claim.input_value("#email")) == ("Mair Rhydderch", "mair@example.org")
    with claim.expect_navigation():
        claim.get_by_role("button", name="English").click()
    claim.press("#email", "Enter")
    claim.wait_for_selector("text=Your details have arrived")
