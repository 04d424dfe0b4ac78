"""The language of rules: what it means, what missing means, and that bad text is only ever refused."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from troth.kit.errors import Invalid
from troth.questionnaire.evaluate import holds
from troth.questionnaire.expression import DEEPEST, LONGEST, parse

if TYPE_CHECKING:
    from troth.questionnaire import Value

FACTS: dict[str, Value] = {
    "colour": "red",
    "places": ["home", "school"],
    "age": 17,
    "unsaid": {"missing": "prefer_not_to_say"},
    "unknown": {"missing": "dont_know"},
}


@pytest.mark.parametrize(
    ("rule", "truth"),
    [
        ("colour == 'red'", True),
        ("colour != 'red'", False),
        ("colour in ['red', 'blue']", True),
        ("colour not in ['red', 'blue']", False),
        ("'home' in places", True),
        ("'work' in places", False),
        ("'work' not in places", True),
        ("count(places) == 2", True),
        ("count(places) > age", False),
        ("age >= 17 and age < 18", True),
        ("age - 1 > 16", False),
        ("age + 2 * 3 == 23", True),
        ("(age + 2) * 3 == 57", True),
        ("-age < 0", True),
        ("age - 10 - 5 == 2", True),
        ("not colour == 'red' or age == 17", True),
        ("colour == 'blue' and age == 1 or age == 17", True),
        ("colour == 'blue' and (age == 1 or age == 17)", False),
        ("answered(colour) and not answered(unsaid)", True),
        ("not (unsaid == 'x')", True),
    ],
)
def test_a_rule_means_what_it_says(rule: str, truth: bool) -> None:
    assert holds(parse(rule), FACTS) is truth


MISSING = st.sampled_from(["unsaid", "unknown", "never_asked"])


@settings(max_examples=100, deadline=None)
@given(
    name=MISSING,
    sign=st.sampled_from(["==", "!=", "<", "<=", ">", ">="]),
    other=st.sampled_from(["1", "'red'", "colour", "age", "count(places)", "unsaid"]),
    turned=st.booleans(),
    around=st.sampled_from(["{}", "({} + 1)", "2 * {}", "-{}"]),
)
def test_a_comparison_with_a_missing_answer_is_false(
    name: str, sign: str, other: str, turned: bool, around: str
) -> None:
    side = around.format(name)
    assert holds(parse(f"{other} {sign} {side}" if turned else f"{side} {sign} {other}"), FACTS) is False


@given(name=MISSING, word=st.sampled_from(["in", "not in"]))
def test_membership_with_a_missing_answer_is_false(name: str, word: str) -> None:
    assert holds(parse(f"{name} {word} ['red']"), FACTS) is False
    assert holds(parse(f"'red' {word} {name}"), FACTS) is False
    assert holds(parse(f"count({name}) == 0"), FACTS) is False
    assert holds(parse(f"answered({name})"), FACTS) is False


_WORDS = [
    "and", "or", "not", "in", "answered", "count", "(", ")", "[", "]", ",", "==", "!=", "<", "<=", ">", "+", "-", "*",
    "'red'", "'", "colour", "places", "age", "unsaid", "7", "99999999999", " ", "\n", "\x00", "é", "__class__", "=",
]  # fmt: skip


@settings(max_examples=100, deadline=None)
@given(st.one_of(st.text(max_size=60), st.lists(st.sampled_from(_WORDS), max_size=20).map(" ".join)))
def test_any_text_is_a_rule_that_can_be_asked_or_is_refused_in_words(text: str) -> None:
    try:
        rule = parse(text)
    except Invalid as error:
        assert error.where.startswith("character ")
        assert error.mend
        return
    assert holds(rule, FACTS) in (True, False)
    assert holds(rule, {}) in (True, False)


@pytest.mark.parametrize("opening", ["(", "not ", "-", "age + ", "age * ", "age == 1 and ", "age == 1 or "])
def test_a_rule_nested_too_deep_is_refused(opening: str) -> None:
    deep = opening * (DEEPEST + 2)
    with pytest.raises(Invalid):
        parse(deep + "age")
    with pytest.raises(Invalid, match="at most"):
        parse(" " * (LONGEST + 1))


@pytest.mark.parametrize(
    "text", ["", "age ==", "age == == 1", "(age == 1", "colour == red'", "1 2", "count(1)", "['a'", "a = 1"]
)
def test_half_a_rule_is_refused(text: str) -> None:
    with pytest.raises(Invalid):
        parse(text)
