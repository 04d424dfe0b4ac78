from __future__ import annotations

import contextlib
from urllib.parse import parse_qs, urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from troth.kit.errors import Invalid
from troth.web.forms import one, parse
from troth.web.question import answers_of

TEXT = st.text(alphabet=st.characters(exclude_categories=["Cs", "Cc"]), max_size=40)


@settings(max_examples=100, deadline=None)
@given(st.dictionaries(TEXT.filter(bool), st.lists(TEXT, min_size=1, max_size=3), max_size=8))
def test_what_a_browser_sends_is_what_is_read(form: dict[str, list[str]]) -> None:
    body = urlencode(form, doseq=True)
    assert parse(body.encode()) == form
    assert parse(body.encode()) == parse_qs(body, keep_blank_values=True)


@settings(max_examples=100, deadline=None)
@given(st.binary(max_size=200))
def test_any_bytes_give_a_form_or_a_plain_refusal(body: bytes) -> None:
    with contextlib.suppress(Invalid):
        form = parse(body)
        assert all("\r" not in value and "\x00" not in value for values in form.values() for value in values)


@pytest.mark.parametrize(
    "body",
    [
        b"a=1&" * 300,
        b"&" * 5000,
        b"n" * 101 + b"=1",
        b"a=%FF",
        b"a=%C0%80",
        b"a=%00",
        b"a=\xed\xa0\x80",
    ],
)
def test_too_many_too_long_and_not_text_are_refused(body: bytes) -> None:
    with pytest.raises(Invalid):
        parse(body)


def test_a_refusal_never_repeats_what_was_sent() -> None:
    for body in (b"secretname" * 20 + b"=1", b"a=secretname%FF", b"a=secretname%00"):
        with pytest.raises(Invalid) as refusal:
            parse(body)
        assert "secretname" not in str(refusal.value)


def test_what_the_page_itself_can_speak_of_reaches_it() -> None:
    """A tab from a word processor or ten pages pasted are for the field's own words, not for a page that nobody can mend (P08)."""
    assert parse(b"a=a%0Bb%1B&b=" + b"x" * 60_000) == {"a": ["a\x0bb\x1b"], "b": ["x" * 60_000]}


def test_line_breaks_are_one_character() -> None:
    assert parse(b"a=one%0D%0Atwo%0Dthree%0Afour+five%2Bsix") == {"a": ["one\ntwo\nthree\nfour five+six"]}


def test_a_field_that_should_come_once_and_comes_twice_is_refused() -> None:
    assert one({"code": ["x"]}, "code") == "x"
    assert one({}, "code") == ""
    with pytest.raises(Invalid):
        one({"code": ["x", "y"]}, "code")


def test_the_questionnaire_gets_its_own_fields_and_not_the_sites() -> None:
    form = {"token": ["t"], "do": ["continue"], "age": ["30"], "age-missing": ["dont-know"], "extra": ["1"]}
    assert answers_of(form) == {"age": ["30"], "age-missing": ["dont-know"], "extra": ["1"]}
