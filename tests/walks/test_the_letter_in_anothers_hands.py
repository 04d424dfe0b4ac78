"""Gethin holds Mair's letter and not her pause word: he learns nothing that an answer of hers decided (P09)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.walks.person import CODE, FINISH, HOMES, MAIR, QUIET, RETURN, TODAY, Answers, Person, get, tokens_aside

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.support.installation import Installation

pytestmark = pytest.mark.browser

HOME_SAFETY = "How safe did you feel with your carers?"


def everything_gethin_can_get(gethin: Person, code: str) -> list[tuple[str, str, str, int, int]]:
    """(address, title, source, bytes, length of cookie) of every page that the letter alone leads to, to the end."""
    found = []

    def keep() -> None:
        path = gethin.page.url.removeprefix(gethin.base + "/en/")
        if path in {"page", "return", "finish"}:
            raw = get(gethin, path)
            assert raw.status_code == 200
            source = tokens_aside(raw.text)
            if path == "finish":  # the claim words are new ones at every visit
                source = source.split("<noscript>")[0]
            found.append((path, gethin.page.title(), source, len(raw.content), len(gethin.cookie())))

    assert gethin.enter(code) == RETURN
    keep()
    gethin.press("Go on from the next section")
    assert gethin.at() == TODAY
    found += [(path, "", tokens_aside(get(gethin, path).text), 0, 0) for path in ("page", "pause", "delete")]
    while gethin.at() != FINISH:
        keep()
        gethin.answer({"today": "always"})
    keep()
    return found


@pytest.fixture
def paused(somebody: Callable[..., Person]) -> Callable[[Installation, Answers, str, str], str]:
    """Somebody answers until that page and pauses there with the word (or without); gives the code."""

    def go(place: Installation, answers: Answers, until: str, word: str) -> str:
        code = place.code()
        person = somebody(place)
        person.enter(code)
        person.until(until, answers)
        person.pause(word)
        return code

    return go


def test_two_people_with_other_answers_look_the_same_to_the_byte(
    either: Installation,
    somebody: Callable[..., Person],
    paused: Callable[[Installation, Answers, str, str], str],
) -> None:
    # Given two respondents: every page and a pause word; the shortest way, and no word
    one = paused(either, MAIR, "In what ways did you feel unsafe?", "heulwen")
    other = paused(either, QUIET, "Would you like to answer the questions about harder times?", "")
    # When Gethin enters each code without a pause word and walks to the end
    first = everything_gethin_can_get(somebody(either), one)
    second = everything_gethin_can_get(somebody(either), other)
    # Then every page is the same to the byte: addresses, titles, sources, hidden fields, lengths, and how many there are
    assert [row[:2] for row in first] == [row[:2] for row in second]
    for a, b in zip(first, second, strict=True):
        assert a == b
    # And under both codes lie as many sealed steps of as many bytes
    assert [(n, len(box)) for n, box in either.steps(one)] == [(n, len(box)) for n, box in either.steps(other)]


def test_gethin_changes_nothing_that_mair_answered(
    place: Installation,
    somebody: Callable[..., Person],
    paused: Callable[[Installation, Answers, str, str], str],
) -> None:
    code = paused(place, MAIR, HOME_SAFETY, "heulwen")
    saved = place.steps(code)
    gethin = somebody(place)
    assert gethin.come_back(code) == TODAY
    gethin.answer({"today": "rarely"})
    assert place.steps(code)[: len(saved)] == saved


def test_at_the_start_of_a_common_section_the_code_alone_leads_there(
    place: Installation,
    somebody: Callable[..., Person],
    paused: Callable[[Installation, Answers, str, str], str],
) -> None:
    code = paused(place, MAIR, HOMES, "")
    assert somebody(place).come_back(code) == HOMES


def test_ten_wrong_words_and_the_word_is_asked_for_no_more(
    place: Installation,
    somebody: Callable[..., Person],
    paused: Callable[[Installation, Answers, str, str], str],
) -> None:
    # Given Mair, paused with a word, and Quentin, paused without
    code, without = (
        paused(place, MAIR, HOME_SAFETY, "heulwen"),
        paused(place, QUIET, "Who could you talk to when you were worried?", ""),
    )
    gethin = somebody(place)
    refusals = set()
    for secret in (code, without):
        assert gethin.enter(secret) == RETURN
        cookies = {gethin.cookie()}
        # When Gethin tries ten words
        for number in range(10):
            gethin.page.fill("#word", f"guess {number}")
            gethin.press("Go on where I stopped")
            assert gethin.at() == RETURN
            assert gethin.page.locator(".govuk-error-summary").count() == 1
            refusals.add(gethin.page.content())
            cookies.add(gethin.cookie())
        assert len(cookies) == 11
    # Then every refusal is the same page, for her as for somebody who chose no word
    assert len(refusals) == 1
    # And the eleventh is refused although it is right
    assert gethin.enter(code) == RETURN
    gethin.page.fill("#word", "heulwen")
    gethin.press("Go on where I stopped")
    assert gethin.at() == RETURN
    assert gethin.page.content() in refusals
    # And the next section is still open to whoever has the letter
    gethin.press("Go on from the next section")
    assert gethin.at() == TODAY


def test_nine_wrong_words_leave_the_right_one_good(
    place: Installation,
    somebody: Callable[..., Person],
    paused: Callable[[Installation, Answers, str, str], str],
) -> None:
    code = paused(place, MAIR, HOME_SAFETY, "heulwen")
    mair = somebody(place)
    assert mair.enter(code) == RETURN
    for number in range(9):
        mair.page.fill("#word", f"guess {number}")
        mair.press("Go on where I stopped")
    mair.page.fill("#word", "heulwen")
    mair.press("Go on where I stopped")
    assert mair.at() == HOME_SAFETY


def test_a_finished_a_stopped_and_an_unknown_code_get_the_same_page(
    either: Installation, somebody: Callable[..., Person]
) -> None:
    from troth.protocol.code import new_code

    # Given a code that finished, one that was stopped, and one that was never issued
    finished, stopped = either.code(), either.code()
    mair = somebody(either)
    mair.enter(finished)
    mair.until(FINISH, QUIET)
    mair.page.get_by_role("button", name="Send my answers").click()
    mair.page.wait_for_selector("input[data-troth-ticket=voucher]", state="attached")
    sam = somebody(either)
    sam.enter(stopped)
    sam.tap("button[value=delete]")
    assert sam.at() == "Stop and delete what you have said?"
    sam.press("Yes, delete everything")
    assert sam.at() == "Everything is deleted"
    assert either.steps(stopped) == []
    # When each is typed
    pages, lengths = set(), set()
    for code in (finished, stopped, new_code()):
        gethin = somebody(either)
        assert gethin.enter(code) == CODE
        assert "This code does not open the survey" in gethin.page.locator(".govuk-error-summary").inner_text()
        assert gethin.cookie() == ""
        pages.add(gethin.page.content())
        raw = gethin.page.request.post(f"{gethin.base}/en/", form={"code": code})
        lengths.add((raw.status, raw.body(), tuple(sorted(raw.headers))))
    # Then nothing tells them apart
    assert len(pages) == 1
    assert len(lengths) == 1


@pytest.mark.parametrize("language", ["en", "cy"])
def test_a_mistyped_code_is_told_so_and_not_repeated(
    place: Installation, somebody: Callable[..., Person], language: str, *, scripts: bool
) -> None:
    mair = somebody(place, scripts=scripts, language=language)
    code = place.code()
    wrong = ("C" if code[0] == "B" else "B") + code[1:]
    for typed in (wrong, code[:-1], code[1] + code[0] + code[2:] if code[0] != code[1] else wrong, "", "O" * 16):
        mair.enter(typed)
        said = mair.page.locator(".govuk-error-summary").inner_text()
        assert ("Check the code" if language == "en" else "Gwiriwch y cod") in said
        assert mair.page.input_value("#code") == ""
    # And the code itself goes in however it is typed
    mair.enter(f" {code[:4].lower()}-{code[4:8]} {code[8:12].lower()}  {code[12:]}")
    assert mair.page.url.endswith("/page")
