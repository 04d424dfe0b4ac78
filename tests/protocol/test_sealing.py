"""A sealed value opens under its key in its place, and in no other way."""

from __future__ import annotations

import secrets

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from troth.kit.errors import CannotOpen, Refused
from troth.protocol.seal import Place, open_for, open_sealed, pad, seal, unpad

KEY = bytes(range(32))
PLACE = Place("contact", b"\0\1", "name", "sdcs")
places = st.builds(Place, st.text(max_size=6), st.binary(max_size=6), st.text(max_size=6), st.text(max_size=6))


def test_the_cipher_is_that_of_rfc_8452() -> None:
    """Appendix C.2, AES-256: the second vector (8 bytes of plaintext)."""
    key = bytes.fromhex("01" + "00" * 31)
    nonce = bytes.fromhex("03" + "00" * 11)
    sealed = bytes.fromhex("c2ef328e5c71c83b843122130f7364b761e0b97427e3df28")
    assert open_for(key, nonce + sealed, b"").hex() == "0100000000000000"


@given(st.binary(max_size=100), places)
@settings(max_examples=60)
def test_what_is_sealed_opens_in_its_place(plaintext: bytes, place: Place) -> None:
    sealed = seal(KEY, plaintext, place)
    assert len(sealed) == len(plaintext) + 28
    assert open_sealed(KEY, sealed, place) == plaintext


@given(places, places)
@settings(max_examples=100)
def test_in_another_place_it_does_not_open(here: Place, there: Place) -> None:
    assert (here.encode() == there.encode()) == (here == there)
    if here != there:
        with pytest.raises(CannotOpen):
            open_sealed(KEY, seal(KEY, b"x", here), there)


@pytest.mark.parametrize(
    "other",
    [
        Place("contacts", b"\0\1", "name", "sdcs"),
        Place("contact", b"\0\2", "name", "sdcs"),
        Place("contact", b"\0\1", "names", "sdcs"),
        Place("contact", b"\0\1", "name", ""),
        Place("contactn", b"\0\1", "ame", "sdcs"),
    ],
)
def test_table_row_column_and_study_all_count(other: Place) -> None:
    with pytest.raises(CannotOpen):
        open_sealed(KEY, seal(KEY, b"x", PLACE), other)


def test_under_another_key_it_does_not_open() -> None:
    with pytest.raises(CannotOpen):
        open_sealed(secrets.token_bytes(32), seal(KEY, b"x", PLACE), PLACE)


def test_with_any_bit_changed_it_does_not_open() -> None:
    sealed = seal(KEY, b"xyz", PLACE)
    for bit in range(8 * len(sealed)):
        changed = bytearray(sealed)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(CannotOpen):
            open_sealed(KEY, bytes(changed), PLACE)


@pytest.mark.parametrize("length", [0, 1, 12, 27, 28])
def test_a_truncated_value_does_not_open(length: int) -> None:
    with pytest.raises(CannotOpen):
        open_sealed(KEY, seal(KEY, b"xyz", PLACE)[:length], PLACE)


@pytest.mark.parametrize("length", [0, 16, 24, 31, 33])
def test_a_key_of_another_length_neither_seals_nor_opens(length: int) -> None:
    with pytest.raises(CannotOpen):
        seal(bytes(length), b"x", PLACE)
    with pytest.raises(CannotOpen):
        open_sealed(bytes(length), seal(KEY, b"x", PLACE), PLACE)


def test_equal_values_are_sealed_differently_each_time() -> None:
    assert len({seal(KEY, b"x", PLACE) for _ in range(50)}) == 50


@given(st.binary(max_size=63))
@settings(max_examples=100)
def test_padding_makes_every_length_the_same_and_comes_off(plaintext: bytes) -> None:
    assert len(pad(plaintext, 64)) == 64
    assert unpad(pad(plaintext, 64)) == plaintext


def test_what_ends_like_padding_comes_back_whole() -> None:
    for plaintext in (b"", b"\x80", b"\x80\0\0", b"\0\0", b"a\x80\x80\0"):
        assert unpad(pad(plaintext, 16)) == plaintext


def test_what_is_too_long_is_refused_not_cut() -> None:
    for length in (64, 65, 1000):
        with pytest.raises(Refused):
            pad(bytes(length), 64)


@pytest.mark.parametrize("padded", [b"", b"\0\0", b"abc", b"abc\0"])
def test_what_was_never_padded_is_not_unpadded(padded: bytes) -> None:
    with pytest.raises(CannotOpen):
        unpad(padded)
