"""Each kind of answer: what a form says of it, what is refused in which words, what its column holds."""

from __future__ import annotations

from collections import Counter
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from troth.questionnaire import DRAWS, PageRecord, Position, Questionnaire, Value, columns, load, read, row, view
from troth.questionnaire.model import PageId
from troth.questionnaire.plan import plan
from troth.questionnaire.structure import structure

TEXT = """\
id: kinds
version: "1"
title: Kinds
free_text: on
sections:
  - id: all
    title: All
    common: true
    pages:
      - id: page
        title: Everything
        answers:
          - {id: moved, kind: date, label: Moved, earliest: 2000-01-01, latest: 2020-12-31, disclosure: quasi}
          - {id: began, kind: month, label: Began, earliest: 2000-01, latest: 2020-12, disclosure: quasi}
          - {id: born, kind: year, label: Born, minimum: 1900, maximum: 2010, disclosure: quasi}
          - {id: stayed, kind: duration, label: Stayed, units: [years, months], maximum: 1200, disclosure: quasi}
          - {id: slept, kind: duration, label: Slept, units: [hours, minutes], minimum: 1, maximum: 1440, disclosure: none}
          - {id: rent, kind: number, measure: currency, label: Rent, maximum: 5000, disclosure: quasi}
          - {id: share, kind: number, measure: percentage, label: Share, disclosure: none}
          - {id: change, kind: number, label: Change, minimum: -20, maximum: 20, disclosure: none}
          - {id: word, kind: text, lines: one, label: Word, max_length: 12, required: false, disclosure: sensitive}
          - {id: land, kind: single, label: Land, options_from: countries, disclosure: quasi}
          - id: how
            kind: single
            label: How
            order: random
            disclosure: sensitive
            options:
              - {id: bus, label: Bus}
              - {id: foot, label: On foot}
              - {id: other, label: Other, detail: {label: Which one, max_length: 10, required: true}}
              - {id: none, label: None, exclusive: true}
          - id: felt
            kind: matrix
            disclosure: sensitive
            rows: [{id: calm, label: Calm}, {id: glad, label: Glad}]
            options: [{id: often, label: Often}, {id: never, label: Never}]
  - id: after
    title: After
    pages:
      - id: long
        kind: note
        title: Long
        when: years_between(moved, '2020-01-01') > 5 and felt_calm == 'often' and rent < 100.5
"""
Q = load(TEXT, "kinds.yaml")
PAGE = Q.pages[0]
GOOD: dict[str, list[str]] = {
    "moved-day": ["29"], "moved-month": ["2"], "moved-year": ["2004"], "began-month": ["07"], "began-year": ["2010"],
    "born": ["1999"], "stayed-years": ["2"], "stayed-months": ["3"], "slept-hours": ["7"], "slept-minutes": [""],
    "rent": ["£1,250.5"], "share": ["7%"], "change": ["-3"], "word": ["  two \n words "], "land": ["", "gb"], "how": ["other"],
    "how-other-detail": [" by boat "], "felt_calm": ["often"], "felt_glad": ["prefer-not-to-say"],
}  # fmt: skip
VALUES: dict[str, Value] = {
    "moved": {"date": "2004-02-29"}, "began": {"month": "2010-07"}, "born": 1999, "stayed": 27, "slept": 420,
    "rent": {"decimal": "1250.50"}, "share": 7, "change": -3, "word": "two words", "land": "gb", "how": "other",
    "how.other": "by boat", "felt_calm": "often", "felt_glad": {"missing": "prefer_not_to_say"},
}  # fmt: skip


def wrong(**change: list[str]) -> list[tuple[str, str]]:
    form = {**GOOD, **{name.replace("__", "-"): values for name, values in change.items()}}
    return [(error.answer, error.message) for error in read(PAGE, form, {}).errors]


def test_a_form_becomes_values_that_are_plain_json() -> None:
    got = read(PAGE, GOOD, {})
    assert got.errors == ()
    assert dict(got.values) == VALUES


@pytest.mark.parametrize(
    ("change", "answer", "words"),
    [
        ({"moved__day": ["30"]}, "moved", "Enter a real date in digits, like 27 3 2021"),
        ({"moved__day": [""]}, "moved", "Enter a real date in digits, like 27 3 2021"),
        ({"moved__year": ["04"]}, "moved", "Enter a real date in digits, like 27 3 2021"),
        ({"moved__year": ["1996"]}, "moved", "Enter a date from 1 1 2000 to 31 12 2020"),
        ({"began__month": ["13"]}, "began", "Enter a month and a year in digits, like 3 2021"),
        ({"began__year": ["2021"]}, "began", "Enter a date from 1 2000 to 12 2020"),
        ({"born": ["99"]}, "born", "Enter a year in 4 digits, like 2021"),
        ({"born": ["2011"]}, "born", "Enter a number from 1900 to 2010"),
        ({"stayed__months": ["12"]}, "stayed", "Enter less than 12 in the box for months"),
        ({"stayed__years": ["101"]}, "stayed", "Enter 100 years or less"),
        ({"stayed__years": ["two"]}, "stayed", "Enter whole numbers in digits, like 3"),
        ({"slept__hours": ["0"]}, "slept", "Enter 1 minutes or more"),
        ({"rent": ["1.255"]}, "rent", "Enter a number in digits, with at most 2 digits after the point, like 3 or 3.5"),
        ({"rent": ["5000.01"]}, "rent", "Enter a number from £0 to £5000"),
        ({"rent": ["1,25"]}, "rent", "Enter a number in digits, with at most 2 digits after the point, like 3 or 3.5"),
        ({"share": ["101"]}, "share", "Enter a number from 0 to 100"),
        ({"share": ["7.5"]}, "share", "Enter a whole number in digits, like 3"),
        ({"change": ["-21"]}, "change", "Enter a number from -20 to 20"),
        ({"word": ["thirteen more"]}, "word", "Write 12 characters or fewer"),
        ({"land": ["gb", "fr"]}, "land", "Choose only one of the answers"),
        ({"land": ["atlantis"]}, "land", "Choose from the answers on this page"),
        ({"how__other__detail": [""]}, "how-other-detail", "Write a few words beside “Other”"),
        ({"how": ["bus"]}, "how-other-detail", "Choose “Other” if you write something beside it, or take the words away"),
        ({"how__other__detail": ["x" * 11]}, "how-other-detail", "Write 10 characters or fewer"),
        ({"how__other__detail": ["\x00"]}, "how-other-detail", "Write with ordinary letters, numbers and signs"),
        ({"how__bus__detail": ["x"]}, "", "This page was not sent as we expected. Answer it again"),
        ({"moved__missing": ["dont-know"]}, "moved", "Give an answer or choose “I don’t know”, not both"),
        ({"moved__day": ["1", "2"]}, "moved", "This page was not sent as we expected. Answer it again"),
        ({"felt_calm": ["x"]}, "felt_calm", "Choose from the answers on this page"),
        ({"felt": ["often"]}, "", "This page was not sent as we expected. Answer it again"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_words(change: dict[str, list[str]], answer: str, words: str) -> None:
    assert wrong(**change) == [(answer, words)]


def test_a_study_can_say_it_in_its_own_words() -> None:
    own = TEXT.replace(
        "label: Born, minimum", 'label: Born, messages: {range: "Between {minimum} and {maximum}, please"}, minimum'
    )
    page = load(own, "own.yaml").pages[0]
    errors = read(page, {**GOOD, "born": ["2011"]}, {}).errors
    assert [error.message for error in errors] == ["Between 1900 and 2010, please"]


def test_every_answer_can_be_left_without_a_word() -> None:
    form = {
        (answer.id if answer.kind in ("single", "multiple") else f"{answer.id}-missing"): ["dont-know"]
        for answer in PAGE.answers
    }
    got = read(PAGE, form, {})
    assert got.errors == ()
    assert set(map(str, got.values.values())) == {"{'missing': 'dont_know'}"}


_ANY = st.dictionaries(
    st.sampled_from([*GOOD, "felt", "moved", "moved-missing", "how-bus-detail", "x"]),
    st.lists(st.text(max_size=12) | st.sampled_from(["1", "2004", "-", "1e5", "٣", "²", "often", "dont-know", "0" * 99]), max_size=3),
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(form=_ANY, whole=st.booleans())
def test_any_form_is_read_without_an_exception_and_only_possible_values_come_out(
    form: dict[str, Any], whole: bool
) -> None:
    got = read(PAGE, {**GOOD, **form} if whole else form, {})
    if not got.errors:
        table = row(Q, [PageRecord("kinds", "1", PageId("page"), 0, got.values)])
        assert len(table) == len(columns(Q))


def test_a_row_has_a_column_for_each_answer_box_and_row_of_a_grid() -> None:
    table = row(Q, [PageRecord("kinds", "1", PageId("page"), 0, VALUES)])
    assert table == {
        "moved": "2004-02-29", "began": "2010-07", "born": 1999, "stayed": 27, "slept": 420, "rent": "1250.50", "share": 7,
        "change": -3, "word": "two words", "land": "gb", "how": "other", "how__other__text": "by boat", "felt_calm": "often",
        "felt_glad": -9, "record__duration": -6, "record__sittings": -6,
    }  # fmt: skip


def test_a_number_that_may_be_negative_has_missing_codes_below_its_least() -> None:
    codes = {column.variable: column.code("dont_know") for column in columns(Q)}
    assert (codes["share"], codes["change"]) == (-8, -98)
    assert row(Q, [PageRecord("kinds", "1", PageId("page"), 0, {"change": -8})])["change"] == -8


@pytest.mark.parametrize(
    "values",
    [
        {"moved": {"date": "2021-01-01"}}, {"moved": {"month": "2010-07"}}, {"moved": "2004-02-29"}, {"rent": 12},
        {"rent": {"decimal": "5000.01"}}, {"how.bus": "x"}, {"how.other": "x" * 11}, {"how.other": ""}, {"felt": "often"},
        {"change": -21}, {"land": "xx"},
    ],
)  # fmt: skip
def test_a_value_that_its_page_cannot_have_is_refused_on_opening(values: dict[str, Value]) -> None:
    with pytest.raises(Exception, match="a value that its page cannot have"):
        row(Q, [PageRecord("kinds", "1", PageId("page"), 0, values)])


def test_shuffled_options_stand_as_often_at_each_place_and_the_exclusive_one_stays_last() -> None:
    seen = Counter()
    for draw in range(DRAWS):
        shown = view(Q, Position(PageId("page"), 0, 0), {}, str, draw)
        order = [option.value for option in next(answer for answer in shown.answers if answer.field == "how").options]
        assert order[-1] == "none"
        seen.update(enumerate(order[:-1]))
    assert set(seen.values()) == {DRAWS // 3}
    assert view(Q, Position(PageId("page"), 0, 0), {}, str, 7) == view(Q, Position(PageId("page"), 0, 0), {}, str, 7)


def test_a_country_has_a_name_in_each_language_and_is_no_text_of_the_study() -> None:
    assert {"Germany", "Wales"} & {text for _, text in Q.texts()} == set()
    shown = view(Q, Position(PageId("page"), 0, 0), {}, str)
    land = next(answer for answer in shown.answers if answer.field == "land")
    assert land.appearance == "suggest"
    assert 240 < len(land.options) < 260
    assert {"Germany", "United Kingdom"} <= {option.label for option in land.options}


def test_a_grid_must_have_rows_and_its_answers_must_not_clash_with_others() -> None:
    data: dict[str, Any] = {
        "id": "q", "version": "1", "title": "Q", "sections": [{"id": "s", "title": "S", "pages": [{"id": "p", "title": "P", "answers": [
            {"id": "felt_calm", "kind": "year", "label": "Y", "disclosure": "none"},
            {"id": "felt", "kind": "matrix", "rows": [{"id": "calm", "label": "C"}], "options": [{"id": "a", "label": "A"}], "disclosure": "none"},
        ]}]}],
    }  # fmt: skip
    assert [finding.rule for finding in structure(Questionnaire.model_validate(data))] == ["duplicate_id"]


def test_the_largest_answers_fit_the_box() -> None:
    assert plan(Q).box_size == 1024
    assert plan(Q).facts_size == 256
