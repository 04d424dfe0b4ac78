"""An age file opens for its recipients; anything else is a typed refusal that repeats no key."""

from __future__ import annotations

import pytest

from troth.kit.errors import CannotOpen, Invalid
from troth.protocol.age import age_recipient, new_age_identity, open_age, seal_age
from troth.protocol.names import AgeIdentity, AgeRecipient

IDENTITY, RECIPIENT = new_age_identity()
OTHER, OTHER_RECIPIENT = new_age_identity()


def test_every_recipient_opens_it() -> None:
    sealed = seal_age([RECIPIENT, OTHER_RECIPIENT], b"orders")
    assert sealed.startswith(b"age-encryption.org/v1\n")
    assert open_age(IDENTITY, sealed) == open_age(OTHER, sealed) == b"orders"


def test_an_identity_has_the_names_that_age_gives_it() -> None:
    assert IDENTITY.startswith("AGE-SECRET-KEY-1")
    assert RECIPIENT.startswith("age1")
    assert age_recipient(IDENTITY) == RECIPIENT


def test_a_damaged_file_does_not_open() -> None:
    sealed = seal_age([RECIPIENT], b"orders")
    for damaged in (b"", b"junk", sealed[:-1], sealed[:-1] + bytes([sealed[-1] ^ 1])):
        with pytest.raises(CannotOpen):
            open_age(IDENTITY, damaged)


def test_nobody_else_opens_it() -> None:
    with pytest.raises(CannotOpen):
        open_age(OTHER, seal_age([RECIPIENT], b"orders"))


def test_malformed_keys_are_refused_and_not_repeated() -> None:
    with pytest.raises(Invalid, match="recipient 2"):
        seal_age([RECIPIENT, AgeRecipient("age1junk")], b"x")
    with pytest.raises(Invalid):
        seal_age([], b"x")
    with pytest.raises(Invalid) as caught:
        open_age(AgeIdentity("AGE-SECRET-KEY-1NEARLY"), b"x")
    assert "NEARLY" not in str(caught.value)
