"""Codes and letter references survive how people type, and no slip of one or two characters gets through."""

from __future__ import annotations

import itertools
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from troth.kit.errors import Invalid
from troth.protocol.code import (
    ALPHABET,
    Mistyped,
    checked,
    new_code,
    new_letter_reference,
    read_code,
    read_letter_reference,
    show_code,
    show_letter_reference,
)
from troth.protocol.names import Code

if TYPE_CHECKING:
    from collections.abc import Callable

codes = st.text(alphabet=ALPHABET, min_size=15, max_size=15).map(lambda body: Code(checked(body)))
LIKES: list[tuple[Callable[[], str], Callable[[str], str]]] = [
    (new_code, read_code),
    (new_letter_reference, read_letter_reference),
]


def test_the_alphabet_is_a_prime_number_of_characters_without_vowels_and_pairs_that_look_alike() -> None:
    assert len(set(ALPHABET)) == len(ALPHABET) == 23
    assert not set("AEIOUY01LSZQ8") & set(ALPHABET)


def test_a_new_code_has_sixteen_characters_and_reads_as_itself() -> None:
    drawn = {new_code() for _ in range(200)}
    assert len(drawn) == 200
    for code in drawn:
        assert len(code) == 16
        assert set(code) <= set(ALPHABET)
        assert read_code(code) == code


def test_every_character_is_drawn_in_every_place() -> None:
    drawn = [new_code() for _ in range(2000)]
    for place in range(16):
        assert {code[place] for code in drawn} == set(ALPHABET)


@given(codes)
@settings(max_examples=50)
def test_a_code_is_read_however_it_is_spaced_cased_or_widened(code: Code) -> None:
    shown = show_code(code)
    assert [len(group) for group in shown.split(" ")] == [4, 4, 4, 4]
    wide = "".join(chr(ord(c) + 0xFEE0) for c in code)
    for typed in (
        shown,
        shown.lower(),
        f"  {shown}\t\n",
        shown.replace(" ", "-"),
        shown.replace(" ", "\u2013"),
        shown.replace(" ", " \u2212 "),
        shown.replace(" ", "\u00a0\u00ad\u200b"),
        shown.replace(" ", "\ufe63\uff0d"),
        shown.replace(" ", "_"),
        wide,
    ):
        assert read_code(typed) == code


@pytest.mark.parametrize(("new", "read"), LIKES)
def test_every_single_wrong_character_is_mistyped(new: Callable[[], str], read: Callable[[str], str]) -> None:
    text = new()
    for place, other in itertools.product(range(len(text)), ALPHABET):
        if other != text[place]:
            with pytest.raises(Mistyped):
                read(text[:place] + other + text[place + 1 :])


@pytest.mark.parametrize(("new", "read"), LIKES)
def test_every_transposition_is_mistyped_adjacent_or_not(new: Callable[[], str], read: Callable[[str], str]) -> None:
    for _ in range(5):
        text = new()
        for i, j in itertools.combinations(range(len(text)), 2):
            if text[i] != text[j]:
                swapped = list(text)
                swapped[i], swapped[j] = swapped[j], swapped[i]
                with pytest.raises(Mistyped):
                    read("".join(swapped))


@given(st.text(alphabet=ALPHABET + "AEIOU018", min_size=4, max_size=250))
@settings(max_examples=100)
def test_what_is_mistyped_is_never_repeated(typed: str) -> None:
    body = "".join(c for c in typed if c in ALPHABET)[:15].ljust(15, "B")
    with pytest.raises(Mistyped) as caught:
        read_code(typed + body + "0")
    assert isinstance(caught.value, Invalid)
    assert typed not in str(caught.value)
    assert body not in str(caught.value)


@pytest.mark.parametrize("typed", ["", "BCDF", "B" * 17, "B" * 100_000, "BCDF BCDF BCDF BCD0", "ÀBCDFGHJKMNPRTVW"])
def test_other_lengths_and_characters_are_mistyped(typed: str) -> None:
    with pytest.raises(Mistyped) as caught:
        read_code(typed)
    assert caught.value.mend
    assert len(typed) < 2 or typed not in str(caught.value)


def test_a_letter_reference_looks_unlike_a_code() -> None:
    reference = new_letter_reference()
    assert len(reference) == 10
    shown = show_letter_reference(reference)
    assert shown == f"{reference[:5]}-{reference[5:]}"
    assert read_letter_reference(shown.lower()) == reference
    with pytest.raises(Mistyped):
        read_code(shown)
