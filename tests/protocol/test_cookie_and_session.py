"""The cookie says nothing and cannot be altered; a form belongs to one session and step and shows neither."""

from __future__ import annotations

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from troth.kit.errors import CannotOpen, Refused
from troth.protocol.cookie import COOKIE_LENGTH, new_cookie_key, open_cookie, seal_cookie
from troth.protocol.session import form_token, new_session, same, session_hash

KEY = new_cookie_key()


@given(st.binary(max_size=385))
@settings(max_examples=50)
def test_every_cookie_is_equally_long_and_opens_again(payload: bytes) -> None:
    value = seal_cookie(KEY, "__Host-s", payload)
    assert len(value) == COOKIE_LENGTH == 552
    assert re.fullmatch(r"[A-Za-z0-9_-]+", value)
    assert open_cookie(KEY, "__Host-s", value) == payload


def test_a_payload_that_does_not_fit_is_refused() -> None:
    with pytest.raises(Refused):
        seal_cookie(KEY, "__Host-s", bytes(386))


def test_another_key_or_name_opens_nothing() -> None:
    value = seal_cookie(KEY, "__Host-s", b"x")
    with pytest.raises(CannotOpen):
        open_cookie(new_cookie_key(), "__Host-s", value)
    with pytest.raises(CannotOpen):
        open_cookie(KEY, "__Host-t", value)


def test_any_changed_character_opens_nothing() -> None:
    value = seal_cookie(KEY, "__Host-s", b"x")
    for at in range(0, 552, 11):
        other = "A" if value[at] != "A" else "B"
        with pytest.raises(CannotOpen):
            open_cookie(KEY, "__Host-s", value[:at] + other + value[at + 1 :])


@given(st.text(max_size=600))
@settings(max_examples=40)
def test_junk_opens_nothing_and_makes_no_other_error(value: str) -> None:
    with pytest.raises(CannotOpen):
        open_cookie(KEY, "__Host-s", value)


def test_a_session_is_known_by_its_hash() -> None:
    session = new_session()
    assert len(session) == 16
    assert len(session_hash(session)) == 32
    assert session_hash(session) == session_hash(session) != session_hash(new_session())


def test_a_form_token_is_of_one_session_and_step() -> None:
    session = new_session()
    tokens = [form_token(session, n) for n in range(500)]
    assert len(set(tokens)) == 500
    assert all(re.fullmatch(r"[A-Za-z0-9_-]{12}", token) for token in tokens)
    assert form_token(session, 7) == tokens[7]
    assert form_token(new_session(), 7) != tokens[7]


def test_comparison_takes_text_and_bytes_and_any_unicode() -> None:
    assert same("abc", "abc")
    assert same(b"abc", b"abc")
    assert not same("abc", "abd")
    assert not same("abc", "abcd")
    assert not same("ŵ", "w")
    assert not same("\ud800", "x")
