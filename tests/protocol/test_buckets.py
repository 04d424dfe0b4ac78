"""What lies in a bucket opens with its key alone; a record moves by its data key; without the key it is noise."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from troth.kit.errors import CannotOpen, Invalid
from troth.protocol.bucket import Locked, bucket_public, lock, new_bucket, rewrap, unlock
from troth.protocol.names import BucketPrivate, BucketPublic
from troth.protocol.seal import Place

DAY5, DAY5_PUBLIC = new_bucket()
HELD, HELD_PUBLIC = new_bucket()
PLACE = Place("contact", b"\1", "name")
ELSEWHERE = Place("contact", b"\2", "name")


@given(st.binary(max_size=200))
@settings(max_examples=40)
def test_what_is_locked_is_unlocked_in_its_place(plaintext: bytes) -> None:
    locked = lock(DAY5_PUBLIC, plaintext, PLACE)
    assert len(locked.wrapped) == 80
    assert len(locked.sealed) == len(plaintext) + 28
    assert unlock(DAY5, locked, PLACE) == plaintext


def test_another_bucket_or_another_place_unlocks_nothing() -> None:
    locked = lock(DAY5_PUBLIC, b"name", PLACE)
    with pytest.raises(CannotOpen):
        unlock(HELD, locked, PLACE)
    with pytest.raises(CannotOpen):
        unlock(DAY5, locked, ELSEWHERE)


def test_keys_and_bodies_of_two_records_are_not_interchangeable() -> None:
    one, two = lock(DAY5_PUBLIC, b"one", PLACE), lock(DAY5_PUBLIC, b"two", PLACE)
    with pytest.raises(CannotOpen):
        unlock(DAY5, Locked(one.wrapped, two.sealed), PLACE)


def test_each_record_has_a_data_key_of_its_own() -> None:
    one, two = lock(DAY5_PUBLIC, b"same", PLACE), lock(DAY5_PUBLIC, b"same", PLACE)
    assert one.wrapped != two.wrapped
    assert one.sealed != two.sealed


def test_a_rewrapped_record_opens_in_the_new_bucket_with_the_body_untouched() -> None:
    locked = lock(DAY5_PUBLIC, b"name", PLACE)
    wrapped = rewrap(DAY5, HELD_PUBLIC, locked.wrapped, PLACE)
    moved = Locked(wrapped, locked.sealed)
    assert unlock(HELD, moved, PLACE) == b"name"
    with pytest.raises(CannotOpen):
        unlock(DAY5, moved, PLACE)
    with pytest.raises(CannotOpen):
        unlock(HELD, moved, ELSEWHERE)


def test_a_record_cannot_be_rewrapped_into_another_place_or_without_the_key() -> None:
    locked = lock(DAY5_PUBLIC, b"name", PLACE)
    with pytest.raises(CannotOpen):
        rewrap(DAY5, HELD_PUBLIC, locked.wrapped, ELSEWHERE)
    with pytest.raises(CannotOpen):
        rewrap(HELD, HELD_PUBLIC, locked.wrapped, PLACE)


def test_with_any_bit_changed_it_does_not_unlock() -> None:
    locked = lock(DAY5_PUBLIC, b"name", PLACE)
    for bit in range(0, 8 * 80, 7):
        changed = bytearray(locked.wrapped)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(CannotOpen):
            unlock(DAY5, Locked(bytes(changed), locked.sealed), PLACE)
    for bit in range(8 * len(locked.sealed)):
        changed = bytearray(locked.sealed)
        changed[bit // 8] ^= 1 << bit % 8
        with pytest.raises(CannotOpen):
            unlock(DAY5, Locked(locked.wrapped, bytes(changed)), PLACE)


def test_malformed_keys_are_refused() -> None:
    assert bucket_public(DAY5) == DAY5_PUBLIC
    with pytest.raises(Invalid):
        lock(BucketPublic(b"short"), b"x", PLACE)
    with pytest.raises(Invalid):
        unlock(BucketPrivate(b"short"), lock(DAY5_PUBLIC, b"x", PLACE), PLACE)
