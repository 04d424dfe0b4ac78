"""The letter opens the common progress; only the pause word, or the cookie, opens the exact one (P09)."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from troth.kit.errors import CannotOpen, Invalid, Refused
from troth.protocol.names import Code, ExactKey, Handle, Pepper, StateKey
from troth.protocol.progress import new_exact_key, open_common, open_exact, seal_common, seal_exact, word_key
from troth.protocol.root import Cost, derive

FAST = Cost(log2_n=4)
DERIVED = derive(Code("BCDFGHJKMNPRTVW2"), Pepper(bytes(32)), "sdcs", FAST)
OTHER = derive(Code("BCDFGHJKMNPRTVX2"), Pepper(bytes(32)), "sdcs", FAST)


def test_both_levels_open_with_their_own_keys() -> None:
    exact_key = word_key(DERIVED.state_key, "green kettle", FAST)
    exact = seal_exact(exact_key, b"page 7", 256, DERIVED.handle, 7)
    common = seal_common(DERIVED.state_key, b"section 2", 64, DERIVED.handle, 7)
    assert open_exact(exact_key, exact, DERIVED.handle, 7) == b"page 7"
    assert open_common(DERIVED.state_key, common, DERIVED.handle, 7) == b"section 2"


def test_the_letter_alone_never_opens_the_exact_progress() -> None:
    """With the code one has the state key and anything expanded from it; none of these is the exact key."""
    for exact_key in (new_exact_key(), word_key(DERIVED.state_key, "green kettle", FAST)):
        sealed = seal_exact(exact_key, b"page 7", 64, DERIVED.handle, 7)
        for guess in (DERIVED.state_key, word_key(DERIVED.state_key, "kettle", FAST), new_exact_key()):
            with pytest.raises(CannotOpen):
                open_exact(ExactKey(guess), sealed, DERIVED.handle, 7)
        with pytest.raises(CannotOpen):
            open_common(DERIVED.state_key, sealed, DERIVED.handle, 7)
        with pytest.raises(CannotOpen):  # nor does the exact key pose as the common one
            open_common(StateKey(exact_key), sealed, DERIVED.handle, 7)


def test_the_same_word_of_another_person_is_another_key() -> None:
    assert word_key(DERIVED.state_key, "word", FAST) != word_key(OTHER.state_key, "word", FAST)


def test_the_word_costs_what_the_study_says() -> None:
    assert word_key(DERIVED.state_key, "word", FAST) != word_key(DERIVED.state_key, "word", Cost(log2_n=5))


@pytest.mark.parametrize(
    "typed",
    [
        "Siân o'r Bala",
        " siân O'R  bala ",
        "SIÂN O'R BALA",
        "Sia\u0302n o'r Bala",
        "\uff33iân\u00a0o'r\tBala",
    ],
)
def test_a_word_is_the_same_however_a_phone_spells_it(typed: str) -> None:
    assert word_key(DERIVED.state_key, typed, FAST) == word_key(DERIVED.state_key, "siân o'r bala", FAST)


@given(st.text(max_size=30))
@settings(max_examples=60, deadline=None)
def test_normalising_twice_changes_nothing(word: str) -> None:
    try:
        key = word_key(DERIVED.state_key, word, FAST)
    except Invalid:
        return
    assert word_key(DERIVED.state_key, f" {word} ", FAST) == key


@pytest.mark.parametrize("word", ["", "   ", "\t\n", "x" * 201])
def test_an_empty_or_endless_word_is_refused(word: str) -> None:
    with pytest.raises(Invalid):
        word_key(DERIVED.state_key, word, FAST)


def test_an_old_progress_is_not_a_new_one_nor_anybody_elses() -> None:
    key = new_exact_key()
    exact = seal_exact(key, b"page 7", 64, DERIVED.handle, 7)
    common = seal_common(DERIVED.state_key, b"s", 64, DERIVED.handle, 7)
    for handle, n in ((DERIVED.handle, 8), (OTHER.handle, 7), (Handle(bytes(16)), 7)):
        with pytest.raises(CannotOpen):
            open_exact(key, exact, handle, n)
        with pytest.raises(CannotOpen):
            open_common(DERIVED.state_key, common, handle, n)


@given(st.binary(max_size=63))
@settings(max_examples=40)
def test_length_tells_neither_page_nor_word(data: bytes) -> None:
    assert len(seal_exact(new_exact_key(), data, 64, DERIVED.handle, 1)) == 92
    assert len(seal_exact(word_key(DERIVED.state_key, "w", FAST), data, 64, DERIVED.handle, 1)) == 92
    assert len(seal_common(DERIVED.state_key, data, 64, DERIVED.handle, 1)) == 92


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(Refused):
        seal_exact(new_exact_key(), bytes(64), 64, DERIVED.handle, 1)
    with pytest.raises(Refused):
        seal_common(DERIVED.state_key, bytes(64), 64, DERIVED.handle, 1)
