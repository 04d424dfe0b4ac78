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
    How,
    PageRecord,
    Position,
    Trail,
    decode_common,
    decode_page,
    decode_state,
    dummy_page,
    encode_common,
    encode_how,
    encode_page,
    encode_state,
    first,
    next_common,
    plan,
)
from troth.questionnaire.model import PageId, Record
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
    assert encode_common(onward, Trail(2, 30)) == b'{"n":3,"p":"homes","r":0,"s":2}', "and no time"
    assert decode_common(encode_common(onward, Trail(2, 30))) == (onward, Trail(2, None))
    assert decode_common(encode_common(Finish(18), Trail())) == (Finish(18), Trail(1, None))
    with pytest.raises(Invalid):
        decode_common(encode_state(onward, {"age": "from_sixteen"}, Trail()))
    with pytest.raises(Invalid):
        decode_state(encode_common(onward, Trail()))


def test_how_it_was_answered_is_kept_in_bands_and_only_where_the_study_says_so() -> None:
    q = load_bundled()
    assert decode_page(encode_how(q, Trail(3, 25), "cy")) == How("", "twenty_to_forty", 3), "no language: not asked for"
    assert decode_page(encode_how(q, Trail(40, 700), "cy")) == How("", "sixty_or_more", 9), "many sittings are as many"
    assert decode_page(encode_how(q, Trail(2, None), "en")) == How("", "unknown", 2)
    asked = q.model_copy(update={"record": Record(language=True, duration=False, sittings=False)})
    assert decode_page(encode_how(asked, Trail(3, 25), "cy")) == How("cy", "", 0)
    silent = q.model_copy(update={"record": Record(duration=False, sittings=False)})
    assert plan(silent).total_slots == plan(q).total_slots - 1 == plan(asked).total_slots - 1


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-5, 5) | st.text("abpqrvdnfsml1", max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from("abpqrvdnfsml") | st.just("missing"), inner, max_size=6)
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
