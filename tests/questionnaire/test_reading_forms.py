"""A form as anybody may send it: values, or words. Never an exception, never what was sent."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.questionnaire.test_route import load_bundled

from troth.questionnaire import Page, Value, read
from troth.questionnaire.codebook import _possible
from troth.questionnaire.codec import canonical, longest_value

PAGE = Page.model_validate(
    {
        "id": "p",
        "title": "P",
        "answers": [
            {
                "id": "one",
                "kind": "single",
                "label": "One",
                "options": [{"id": "a", "label": "A"}, {"id": "b", "label": "B", "when": "age > 17"}],
            },
            {
                "id": "many",
                "kind": "multiple",
                "label": "Many",
                "options": [
                    {"id": "x", "label": "X"},
                    {"id": "y", "label": "Y"},
                    {"id": "none", "label": "None", "exclusive": True},
                ],
            },
            {"id": "number", "kind": "number", "label": "Number", "minimum": 1, "maximum": 9},
            {"id": "text", "kind": "text", "label": "Text", "max_length": 10, "required": False},
        ],
        "checks": [{"violated": "count(many) > number", "message": "Check both."}],
    }
)
GOOD = {"one": ["a"], "many": ["y", "x"], "number": ["3"], "text": ["hello"]}
ADULT: dict[str, Value] = {"age": 18}
CHILD: dict[str, Value] = {"age": 17}


def wrong(form: dict[str, list[str]], facts: dict[str, Value] = ADULT) -> list[str]:
    got = read(PAGE, form, facts)
    assert all(error.answer not in got.values for error in got.errors if error.template != "Check both.")
    return [error.answer for error in got.errors]


def test_a_good_form_gives_values_in_the_questionnaires_order() -> None:
    assert read(PAGE, GOOD, ADULT).values == {"one": "a", "many": ["x", "y"], "number": 3, "text": "hello"}
    assert read(PAGE, GOOD, ADULT).errors == ()


@pytest.mark.parametrize(
    ("change", "blamed"),
    [
        ({"one": []}, ["one"]),
        ({"one": ["a", "b"]}, ["one"]),
        ({"one": ["c"]}, ["one"]),
        ({"one": ["dont_know"]}, ["one"]),
        ({"many": []}, ["many"]),
        ({"many": ["x", "none"]}, ["many"]),
        ({"many": ["x", "dont-know"]}, ["many"]),
        ({"many": ["x", "z"]}, ["many"]),
        ({"number": ["0"]}, ["number"]),
        ({"number": ["10"]}, ["number"]),
        ({"number": ["3.5"]}, ["number"]),
        ({"number": ["٣"]}, ["number"]),
        ({"number": ["1" * 5000]}, ["number"]),
        ({"number": [""]}, ["number"]),
        ({"number": ["3", "4"]}, ["number"]),
        ({"number": ["3"], "number-missing": ["dont-know"]}, ["number"]),
        ({"number-missing": ["a"]}, ["number"]),
        ({"text": ["12345678901"]}, ["text"]),
        ({"text": ["a\x00b"]}, ["text"]),
        ({"text": ["\ud800"]}, ["text"]),
        ({"text": ["x" * 100_000]}, ["text"]),
        ({"other": ["1"]}, [""]),
        ({"one-missing": ["dont-know"]}, [""]),
        ({"number": ["1"]}, ["many"]),
    ],
)
def test_a_bad_field_is_blamed_and_no_other(change: dict[str, list[str]], blamed: list[str]) -> None:
    form = {**GOOD, **change}
    assert wrong(form) == blamed
    said = " ".join(error.message for error in read(PAGE, form, ADULT).errors)
    assert not any(len(value) > 1 and value in said for values in change.values() for value in values)


def test_an_option_that_is_not_offered_cannot_be_chosen() -> None:
    assert wrong({**GOOD, "one": ["b"]}) == []
    assert wrong({**GOOD, "one": ["b"]}, CHILD) == ["one"]
    assert wrong({**GOOD, "one": ["b"]}, {}) == ["one"]


def test_do_not_know_and_prefer_not_to_say_are_answers() -> None:
    form = {"one": ["dont-know"], "many": ["prefer-not-to-say"], "number": [""], "number-missing": ["dont-know"]}
    assert read(PAGE, form, {}).values == {
        "one": {"missing": "dont_know"},
        "many": {"missing": "prefer_not_to_say"},
        "number": {"missing": "dont_know"},
        "text": {"missing": "no_answer"},
    }
    assert read(PAGE, form, {}).errors == ()


_FIELD = st.sampled_from(["one", "many", "number", "text", "number-missing", "text-missing", "one-missing", "zzz", ""])
_SENT = st.one_of(
    st.sampled_from(["a", "b", "x", "y", "none", "3", "dont-know", "prefer-not-to-say", ""]),
    st.text(max_size=30),
    st.text(st.characters(codec=None), max_size=12),
)


@settings(max_examples=100, deadline=None)
@given(form=st.dictionaries(_FIELD, st.lists(_SENT, max_size=3), max_size=6))
def test_any_form_is_read_without_an_exception(form: dict[str, list[str]]) -> None:
    for page in (PAGE, *load_bundled().pages):
        got = read(page, form, CHILD)
        for name, value in got.values.items():
            answer = page.answer(name)
            assert answer is not None
            assert _possible(answer, value)
            assert len(canonical(value)) <= longest_value(answer)
        for error in got.errors:
            assert error.message
            assert error.words(lambda text: text.upper())
