"""Rules written by program mean what they should: the text, the opposite, and what is left out."""

from __future__ import annotations

from fractions import Fraction
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from troth.authoring.rulewriting import all_of, any_of, assuming, none_of, written
from troth.questionnaire.evaluate import holds
from troth.questionnaire.expression import Both, Call, Compare, ListOf, Name, Not, Number, Rule, Text, parse

NUMBERS = st.one_of(st.integers(0, 4), st.sampled_from([Fraction(1, 2), Fraction(5, 4)])).map(Number)
NAMES = st.sampled_from(["x", "y"]).map(Name)
OPERATORS = st.sampled_from(["==", "!=", "<", "<=", ">", ">="])
TESTS = st.one_of(
    st.builds(Compare, OPERATORS, NAMES, st.one_of(NUMBERS, NAMES)),
    st.builds(lambda o, t: Compare(o, Name("s"), Text(t)), st.sampled_from(["==", "!="]), st.sampled_from("ab")),
    st.builds(lambda o, t: Compare(o, Text(t), Name("m")), st.sampled_from(["in", "not in"]), st.sampled_from("ab")),
    st.builds(lambda o: Compare(o, Name("s"), ListOf((Text("a"), Text("c")))), st.sampled_from(["in", "not in"])),
    st.builds(lambda n: Compare(">", Call("count", Name("m")), n), st.integers(0, 2).map(Number)),
    st.builds(lambda n: Call("answered", n), st.sampled_from(["x", "y", "s", "m"]).map(Name)),
)
TREES = st.recursive(
    TESTS, lambda t: st.one_of(st.builds(Not, t), st.builds(Both, st.sampled_from(["and", "or"]), t, t)), max_leaves=6
)
GONE = {"missing": "dont_know"}
FACTS = st.fixed_dictionaries(
    {},
    optional={
        "x": st.one_of(st.integers(0, 4), st.just(GONE)),
        "y": st.one_of(st.integers(0, 4), st.just(GONE)),
        "s": st.sampled_from(["a", "b", "c", GONE]),
        "m": st.sampled_from([["a"], ["b"], ["a", "b"], GONE]),
    },
)


def says(tree: Any, facts: Any) -> bool:
    return holds(Rule("", tree), facts)


@settings(max_examples=400)
@given(TREES, FACTS)
def test_the_text_of_a_tree_means_the_tree(tree: Any, facts: Any) -> None:
    text = written(tree)
    if len(text) <= 500:
        assert holds(parse(text), facts) == says(tree, facts)


@settings(max_examples=400)
@given(TREES, FACTS)
def test_the_opposite_is_true_exactly_where_the_test_is_false(tree: Any, facts: Any) -> None:
    assert says(none_of(tree), facts) is not says(tree, facts)


@settings(max_examples=400)
@given(TREES, FACTS)
def test_what_is_sure_is_left_out_and_nothing_changes(tree: Any, facts: Any) -> None:
    sure = {name for name, value in facts.items() if value != GONE}
    assert says(assuming(tree, frozenset(sure)), facts) == says(tree, facts)


@given(TREES, TREES, FACTS)
def test_joins_are_and_and_or(one: Any, other: Any, facts: Any) -> None:
    both, either = all_of(one, None, other, one), any_of(one, other, None)
    assert both is not None
    assert either is not None
    assert says(both, facts) == (says(one, facts) and says(other, facts))
    assert says(either, facts) == (says(one, facts) or says(other, facts))


def test_twice_not_is_as_short_as_before() -> None:
    for text in ("x > 3", "s == 'a'", "answered(x) and x <= y"):
        assert len(written(none_of(none_of(parse(text).tree)))) <= len(text)
