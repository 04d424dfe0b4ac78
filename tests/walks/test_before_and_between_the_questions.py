"""Before the first question: how to be safe. Before the hard part: a break and a pause word. Each once, the same for everybody, and the
vault is none the wiser (P07, P09).
"""

from __future__ import annotations

import contextlib
import re
import sqlite3
from typing import TYPE_CHECKING

import pytest
from tests.walks.person import BEFORE, BETWEEN, CODE, FINISH, HOMES, MAIR, QUIET, RETURN, WELCOME, get, post

from troth.questionnaire import load
from troth.sites.respond.parts import parts
from troth.wiring.open import opened

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.installation import Installation
    from tests.walks.person import Person

HARD = "The next questions are about harder times"
GO_ON = "Would you like to answer the questions about harder times?"


def vault(place: Installation) -> list[str]:
    """Every row of RESPONSES (SQLite), as SQL."""
    with opened(place.home, "flush") as work:
        file = work.settings.vault("responses").removeprefix("sqlite:///")
    with contextlib.closing(sqlite3.connect(f"file:{file}?mode=ro", uri=True)) as connection:
        return list(connection.iterdump())


def knock(person: Person, code: str) -> None:
    """Types the code and goes no further than where that leads."""
    person.go()
    person.page.fill("#code", code)
    with person.page.expect_navigation():
        person.page.click("main form button")


def to_the_hard_part(person: Person, code: str, answers: dict[str, str | list[str]]) -> None:
    """Stands at the break before the hard part."""
    person.enter(code)
    person.until("Who could you talk to when you were worried?", answers)
    person.fill(answers)
    with person.page.expect_navigation():
        person.page.click("button[value=continue]")
    assert person.at() == BETWEEN


def test_the_first_entry_shows_it_before_any_answer_and_the_vault_learns_nothing(
    place: Installation, somebody: Callable[..., Person], *, scripts: bool
) -> None:
    # Given Mair who types her code for the first time
    code, mair = place.code(), somebody(place, scripts=scripts)
    knock(mair, code)
    # Then how to be safe comes first, and nothing was answered
    assert mair.at() == BEFORE
    assert place.steps(code) == []
    text = mair.page.locator("main").inner_text()
    for said in (
        "private place",
        "others use or watch",
        "history",
        "letter and its code",
        "Exit cannot hide",
        "delete",
    ):
        assert said in text
    rows = vault(place)
    # And reading it, again and again, with everything beside it, writes nothing
    for path in ("before", "support", "help", "cookies", "time", "before"):
        mair.go(path)
    assert post(mair, "time", {"do": "longer"}).status_code == 303
    assert vault(place) == rows
    # And one tap goes on to the first question
    mair.go("before")
    mair.through()
    assert mair.at() == WELCOME
    mair.answer()
    assert vault(place) != rows  # the control: an answer is seen there
    # And whoever comes back is not shown it again
    mair.pause()
    knock(mair, code)
    assert mair.at() == RETURN


@pytest.mark.parametrize("language", ["en", "cy"])
def test_it_is_to_be_read_from_help_at_any_time_and_leads_back(
    place: Installation, somebody: Callable[..., Person], language: str
) -> None:
    mair = somebody(place, language=language)
    mair.go("help")
    mair.page.click(f"main a[href='/{language}/before']")
    mair.page.wait_for_url("**/before")
    # Without a session it leads to the code page
    assert mair.page.locator("main a[role=button]").count() == 0
    assert mair.page.locator(f"main a[href='/{language}/']").count() == 1
    mair.enter(place.code())
    for path in ("help", "support", "cookies", "before"):
        mair.go(path)
        mair.page.click(f"main a[href='/{language}/page']")
        mair.page.wait_for_url("**/page")


def test_the_break_comes_once_before_the_hard_part_and_one_tap_goes_on(
    place: Installation, somebody: Callable[..., Person], *, scripts: bool
) -> None:
    code, mair = place.code(), somebody(place, scripts=scripts)
    to_the_hard_part(mair, code, MAIR)
    rows = vault(place)
    # The survey waits there, whatever address is typed
    mair.go("page")
    assert mair.at() == BETWEEN
    with mair.page.expect_navigation():
        mair.page.click("button[value=skip]")
    assert mair.at() == HARD
    assert vault(place) == rows
    # And it is not asked again, in the whole part
    mair.go("page")
    assert mair.at() == HARD
    mair.until(FINISH, MAIR)


def test_a_word_chosen_there_brings_her_back_to_the_middle_of_the_hard_part(
    either: Installation, somebody: Callable[..., Person], *, scripts: bool
) -> None:
    code, mair = either.code(), somebody(either, scripts=scripts)
    to_the_hard_part(mair, code, MAIR)
    # Given two words that are not the same, and then the same
    mair.page.fill("#word", "heulwen")
    mair.page.fill("#again", "eira")
    with mair.page.expect_navigation():
        mair.page.click("button[value=word]")
    assert "not the same" in mair.page.locator(".govuk-error-summary").inner_text()
    assert mair.page.input_value("#word") == ""
    mair.page.fill("#word", "heulwen")
    mair.page.fill("#again", "heulwen")
    with mair.page.expect_navigation():
        mair.page.click("button[value=word]")
    assert mair.at() == HARD
    mair.answer()
    # When she leaves at once
    assert post(mair, "exit", {"exit": "1"}).status_code == 303
    # Then the word brings her back to the place, and she is not offered another
    again = somebody(either, scripts=scripts)
    assert again.come_back(code, "heulwen") == GO_ON
    assert "Your pause word stays as it is" in get(again, "pause").text


def test_an_empty_word_is_no_word_and_pause_is_a_pause(place: Installation, somebody: Callable[..., Person]) -> None:
    code, mair = place.code(), somebody(place)
    to_the_hard_part(mair, code, QUIET)
    reply = post(mair, "between", {"do": "pause"})
    assert reply.headers["location"] == "/en/pause"
    with mair.page.expect_navigation():
        mair.page.click("button[value=word]")
    assert mair.at() == HARD
    mair.pause("heulwen")
    # Whoever has a word already is not asked
    assert somebody(place).come_back(code, "heulwen") == HARD


def test_the_break_is_the_same_page_to_the_byte_for_two_people_with_other_answers(
    place: Installation, somebody: Callable[..., Person]
) -> None:
    pages = []
    for answers in (MAIR, QUIET):
        person = somebody(place)
        to_the_hard_part(person, place.code(), answers)
        reply = get(person, "between")
        pages.append((reply.content, sorted(reply.headers), len(person.cookie())))
    assert pages[0] == pages[1]


def test_support_stands_where_a_part_begins_and_nowhere_depends_on_an_answer(
    place: Installation, somebody: Callable[..., Person]
) -> None:
    seen = {}
    for answers in (MAIR, QUIET):
        person = somebody(place)
        person.enter(place.code())
        while person.at() != FINISH:
            seen.setdefault(person.at(), set()).add(person.page.locator(".troth-part").count())
            person.answer(answers)
    assert all(len(counts) == 1 for counts in seen.values())
    begins = {heading for heading, counts in seen.items() if counts == {1}}
    assert begins == {
        HOMES,
        *(h for h in seen if h.startswith("How safe did you feel with")),
        HARD,
        "How safe do you feel in your life today?",
    }


def test_the_parts_are_of_the_page_alone() -> None:
    questionnaire = load(
        """
id: q
version: "1"
title: T
sections:
  - id: one
    title: One
    common: true
    pages:
      - {id: a, kind: question, title: A, answers: [{id: y, kind: number, maximum: 3, disclosure: quasi}]}
  - id: two
    title: Two
    sensitive: true
    pages:
      - {id: b, kind: note, title: B, body: [x], when: "answered(y)"}
      - {id: c, kind: question, title: C, answers: [{id: z, kind: number, maximum: 3, disclosure: quasi}]}
      - {id: d, kind: note, title: D, body: [x]}
  - id: three
    title: Three
    sensitive: true
    pages:
      - {id: e, kind: note, title: E, body: [x]}
""",
        "q.yaml",
    )
    assert parts(questionnaire).begin == {"b", "c", "e"}
    assert parts(questionnaire).hard == {"b", "c", "d"}


def test_support_is_the_same_for_everybody_complete_and_leaves_nothing(
    place: Installation, somebody: Callable[..., Person], *, scripts: bool
) -> None:
    from troth.study import bundled, load_pack

    mair = somebody(place, scripts=scripts)
    without = get(mair, "support", "")
    mair.enter(place.code())
    mair.answer()
    # One tap from a question, in the same tab, and one tap back
    mair.page.click(".troth-exit__support")
    mair.page.wait_for_url("**/support")
    text = mair.page.locator("main").inner_text()
    support = load_pack(bundled("sdcs")).support
    for one in support.organisations:
        assert one.name in text
        assert (one.phone or one.text or "") in text
    for heading in ("16 or 17", "18 or over", "In England", "In Wales", "In Scotland", "In Northern Ireland"):
        assert heading in text
    assert "Nobody reads answers in time to help" in text
    assert mair.page.locator("main a[href^=https]").count() == mair.page.locator("main a[rel~=noreferrer]").count() > 5
    mair.page.click("main a[href='/en/page']")
    mair.page.wait_for_url("**/page")
    # The page with a session is the page without one, and the way back
    within = get(mair, "support").text
    back = re.search(r'<p class="govuk-body troth-back">.*?</p>\n', within, re.DOTALL)
    assert back
    assert within.replace(back[0], "") == without.text
    assert without.headers["cache-control"] == "no-store"
    assert "set-cookie" not in without.headers


def test_the_numbers_stand_before_anything_about_vouchers(
    place: Installation, somebody: Callable[..., Person], *, scripts: bool
) -> None:
    mair = somebody(place, scripts=scripts)
    mair.enter(place.code())
    mair.until(FINISH, QUIET)
    text = mair.page.locator("main").inner_text()
    assert text.index("116 123") < text.index("voucher")
    mair.page.get_by_role("button", name="Send my answers").click()
    mair.page.wait_for_selector("h1:has-text('Thank you')")
    text = mair.page.locator("main").inner_text()
    assert text.index("0800 1111") < text.index("voucher")
    # What leads away from tickets that stand nowhere else opens beside them
    assert mair.page.locator("main a[href='/en/support']").get_attribute("target") == "_blank"
    assert mair.at() != CODE
