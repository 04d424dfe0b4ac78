"""The walk of an answer to its end and of a claim: core, on both databases, with and without JavaScript (P06-P08, P15, P23)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.support.installation import served
from tests.walks.person import CODE, FINISH, HOMES, SENT, TODAY, WELCOME, Person

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.installation import Installation

pytestmark = pytest.mark.browser


def test_mair_answers_pauses_comes_back_twice_finishes_and_claims(
    either: Installation, somebody: Callable[..., Person], *, scripts: bool
) -> None:
    # Given Mair, with a code that nobody used
    code = either.code()
    mair = somebody(either, scripts=scripts)
    # When she enters it, answers, and pauses with a word in the middle of a section
    assert mair.enter(code) == WELCOME
    mair.until("How safe did you feel at school number 2?")
    mair.pause("heulwen")
    # Then another device goes on exactly there, with the word in another case and spacing
    tablet = somebody(either, scripts=scripts)
    assert tablet.come_back(code, " Heulwen ") == "How safe did you feel at school number 2?"
    # And after a pause without typing a word again, without the word, at the next common section
    tablet.until("How safe did you feel with your carers?")
    tablet.pause()
    phone = somebody(either, scripts=scripts)
    assert phone.come_back(code) == TODAY
    # And she finishes and gets two tickets
    phone.until(FINISH)
    phone.page.get_by_role("button", name="Send my answers").click()
    phone.page.wait_for_selector("input[data-troth-ticket=voucher]", state="attached")
    assert phone.at() == SENT
    # And each opens the claim site by its button
    with phone.context.expect_page() as opened:
        phone.page.get_by_role("button", name="Claim the thank-you voucher").click()
    claim = opened.value
    claim.wait_for_load_state()
    assert claim.locator("h1").inner_text() == "Where should we send the voucher?"
    claim.fill("#name", "Mair Rhydderch")
    claim.fill("#email", "mair@example.org")
    claim.get_by_role("button", name="Send my details").click()
    claim.wait_for_selector("text=Your details have arrived")
    # And her code opens nothing any more
    assert somebody(either, scripts=scripts).enter(code) == CODE


def test_it_works_at_the_cost_that_real_codes_have(tmp_path: Path, somebody: Callable[..., Person]) -> None:
    """The other walks stretch codes with 2**10 rounds to be quick; the bundled study says 2**14, and so does this one."""
    with served(tmp_path, cost=14) as place:
        code = place.code()
        mair = somebody(place)
        assert mair.enter(code) == WELCOME
        mair.until(HOMES)
        mair.pause("heulwen")
        assert somebody(place).come_back(code, "heulwen") == HOMES
