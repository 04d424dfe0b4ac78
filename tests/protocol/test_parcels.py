"""A parcel opens for each of its recipients and nobody else, whole or not at all."""

from __future__ import annotations

import secrets

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from troth.kit.errors import CannotOpen, Invalid, Refused
from troth.protocol.names import RecipientPrivate, RecipientPublic
from troth.protocol.parcel import new_recipient, open_parcel, parcel_length, recipient_public, seal_parcel
from troth.protocol.seal import Place
from troth.protocol.wrap import WRAPPED_LENGTH

PRINT_ROOM, PRINT_ROOM_PUBLIC = new_recipient()
CUSTODIAN, CUSTODIAN_PUBLIC = new_recipient()
STRANGER, STRANGER_PUBLIC = new_recipient()
PLACE = Place("letter", b"BCDFG", "contact")


@given(st.binary(max_size=199))
@settings(max_examples=40)
def test_every_recipient_opens_it_and_length_tells_nothing(plaintext: bytes) -> None:
    parcel = seal_parcel([PRINT_ROOM_PUBLIC, CUSTODIAN_PUBLIC], plaintext, 200, PLACE)
    assert len(parcel) == parcel_length(2, 200) == 390
    assert open_parcel(PRINT_ROOM, parcel, PLACE) == plaintext
    assert open_parcel(CUSTODIAN, parcel, PLACE) == plaintext


def test_nobody_else_opens_it_nor_anybody_in_another_place() -> None:
    parcel = seal_parcel([PRINT_ROOM_PUBLIC], b"name", 64, PLACE)
    for private in (CUSTODIAN, STRANGER):
        with pytest.raises(CannotOpen):
            open_parcel(private, parcel, PLACE)
    with pytest.raises(CannotOpen):
        open_parcel(PRINT_ROOM, parcel, Place("letter", b"BCDFG", "code"))


def test_with_any_part_changed_it_opens_for_nobody() -> None:
    parcel = seal_parcel([PRINT_ROOM_PUBLIC, CUSTODIAN_PUBLIC], b"name", 64, PLACE)
    for bit in [*range(16), *(16 + secrets.randbelow(8 * len(parcel) - 16) for _ in range(80))]:
        changed = bytearray(parcel)
        changed[bit // 8] ^= 1 << bit % 8
        for private in (PRINT_ROOM, CUSTODIAN):
            with pytest.raises(CannotOpen):
                open_parcel(private, bytes(changed), PLACE)
    for length in (0, 1, 2, 81, 82, 162, len(parcel) - 1):
        with pytest.raises(CannotOpen):
            open_parcel(PRINT_ROOM, parcel[:length], PLACE)


def test_a_recipient_cannot_be_taken_off_or_moved_to_another_body() -> None:
    parcel = seal_parcel([PRINT_ROOM_PUBLIC, CUSTODIAN_PUBLIC], b"name", 64, PLACE)
    other = seal_parcel([PRINT_ROOM_PUBLIC, CUSTODIAN_PUBLIC], b"other", 64, PLACE)
    head = 2 + WRAPPED_LENGTH
    without = bytes([1, 1]) + parcel[2:head] + parcel[head + WRAPPED_LENGTH :]
    grafted = parcel[: head + WRAPPED_LENGTH] + other[head + WRAPPED_LENGTH :]
    reordered = parcel[:2] + parcel[head : head + WRAPPED_LENGTH] + parcel[2:head] + parcel[head + WRAPPED_LENGTH :]
    for altered in (without, grafted, reordered):
        with pytest.raises(CannotOpen):
            open_parcel(PRINT_ROOM, altered, PLACE)


def test_no_recipient_is_named_in_it() -> None:
    parcel = seal_parcel([PRINT_ROOM_PUBLIC, CUSTODIAN_PUBLIC], b"name", 64, PLACE)
    assert PRINT_ROOM_PUBLIC not in parcel
    assert CUSTODIAN_PUBLIC not in parcel


def test_impossible_recipients_are_refused() -> None:
    many = [new_recipient()[1] for _ in range(17)]
    for recipients in ([], [PRINT_ROOM_PUBLIC] * 2, many, [RecipientPublic(b"short")]):
        with pytest.raises(Invalid):
            seal_parcel(recipients, b"name", 64, PLACE)
    assert open_parcel(STRANGER, seal_parcel([*many[:15], STRANGER_PUBLIC], b"n", 64, PLACE), PLACE) == b"n"


def test_what_does_not_fit_is_refused() -> None:
    with pytest.raises(Refused):
        seal_parcel([PRINT_ROOM_PUBLIC], bytes(64), 64, PLACE)


def test_the_public_half_follows_from_the_private() -> None:
    assert recipient_public(PRINT_ROOM) == PRINT_ROOM_PUBLIC
    with pytest.raises(Invalid):
        recipient_public(RecipientPrivate(b"short"))
