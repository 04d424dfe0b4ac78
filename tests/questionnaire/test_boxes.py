"""What is sealed can be read back, and nothing else can be mistaken for it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.questionnaire.test_route import load_bundled

from troth.kit.errors import Invalid
from troth.questionnaire import (
    Finish,
    PageRecord,
    Position,
    decode_common,
    decode_page,
    decode_state,
    dummy_page,
    encode_common,
    encode_page,
    encode_state,
    first,
    next_common,
    plan,
)
from troth.questionnaire.model import PageId
from troth.questionnaire.plan import PADDING_ROOM


def test_a_page_box_says_what_was_answered_where() -> None:
    box = encode_page(load_bundled(), Position(PageId("age"), 0, 2), {"age": "from_sixteen"})
    assert box == b'{"a":{"age":"from_sixteen"},"p":"age","q":"sdcs","r":0,"v":"1"}'
    assert decode_page(box) == PageRecord("sdcs", "1", PageId("age"), 0, {"age": "from_sixteen"})
    assert decode_page(dummy_page()) is None


def test_the_longest_free_text_fits_the_box() -> None:
    q = load_bundled()
    box = encode_page(q, Position(PageId("ideas"), 0, 16), {"ideas": "😀" * 180})
    assert len(box) + PADDING_ROOM <= plan(q).box_size == 1024


def test_common_progress_carries_a_position_and_no_fact() -> None:
    q = load_bundled()
    onward = next_common(q, first(q))
    assert encode_common(onward) == b'{"n":3,"p":"homes","r":0}'
    assert decode_common(encode_common(onward)) == onward
    assert decode_common(encode_common(Finish(18))) == Finish(18)
    with pytest.raises(Invalid):
        decode_common(encode_state(onward, {"age": "from_sixteen"}))
    with pytest.raises(Invalid):
        decode_state(encode_common(onward))


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text("apqrvdnf1", max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from("apqrvdnf") | st.just("missing"), inner, max_size=6)
    ),
    max_leaves=8,
)


@settings(max_examples=100, deadline=None)
@given(st.one_of(st.binary(max_size=40), _JSON.map(lambda data: json.dumps(data).encode()), st.just(b"[" * 9999)))
def test_any_other_bytes_are_refused_in_words(data: bytes) -> None:
    for decode in (decode_page, decode_state, decode_common):
        try:
            decode(data)  # type: ignore[operator]
        except Invalid as error:
            assert error.mend
