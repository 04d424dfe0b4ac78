"""The small dialect of YAML: words stay words, nothing grows, and bad text is only ever refused."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from troth.kit.errors import Invalid
from troth.questionnaire import load
from troth.questionnaire.document import LARGEST, read_document


def test_words_that_yaml_would_change_stay_words() -> None:
    text = "{a: yes, b: no, c: on, d: 2027-01-04, e: 012, f: 12:30, g: true, h: 7, i: '7', j: ~, k: 1e3}"
    assert read_document(text, "f").data == {
        "a": "yes", "b": "no", "c": "on", "d": "2027-01-04", "e": "012", "f": "12:30", "g": True, "h": 7, "i": "7", "j": None, "k": "1e3",
    }  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "",
        "a: &x [1]\nb: *x",
        "&x [*x]",
        "a: 1\na: 2",
        "? [a]\n: 1",
        "[" * 50 + "]" * 50,
        "[" * 20_000,
        "\x00",
        "a: {",
        "x" * (LARGEST + 1),
    ],
)
def test_what_is_not_of_the_dialect_is_refused(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_document(text, "f.yaml")
    assert refused.value.where.startswith("f.yaml:")


_BITS = [
    "id: ",
    "sections:",
    "\n",
    "  ",
    "- ",
    "pages:",
    "{",
    "}",
    "[",
    "]",
    "&a ",
    "*a",
    "!!python/object:os.system ",
    "'",
    '"',
    ":",
    "#",
    "|",
    "é",
    "\t",
]


@settings(max_examples=100, deadline=None)
@given(st.one_of(st.text(max_size=80), st.lists(st.sampled_from(_BITS), max_size=25).map("".join)))
def test_any_text_is_a_questionnaire_or_is_refused_in_words(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        load(text, "f.yaml")
    assert refused.value.where.startswith("f.yaml:")
    assert refused.value.mend
