"""A ledger's entries cannot be changed, dropped or reordered, and its certificates are signed for that alone."""

from __future__ import annotations

import hashlib

import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from troth.kit.errors import Invalid
from troth.protocol.chain import GENESIS, link, new_signing, sign, signing_public, verify
from troth.protocol.label import Label, framed
from troth.protocol.names import SigningPrivate, SigningPublic

PRIVATE, PUBLIC = new_signing()


def chain(*bodies: bytes) -> bytes:
    last = GENESIS
    for body in bodies:
        last = link(last, body)
    return last


def test_a_link_is_sha_256_over_the_labelled_frame() -> None:
    assert link(GENESIS, b"a") == hashlib.sha256(framed(Label.CHAIN_LINK, bytes(32), b"a")).digest()


def test_any_change_moves_the_last_link() -> None:
    whole = chain(b"a", b"b", b"c")
    assert whole == chain(b"a", b"b", b"c")
    for other in (
        chain(b"a", b"b"),
        chain(b"b", b"a", b"c"),
        chain(b"a", b"bc"),
        chain(b"a", b"B", b"c"),
        chain(b"b", b"c"),
    ):
        assert other != whole


def test_a_link_of_another_length_is_refused() -> None:
    for wrong in (b"", bytes(31), bytes(33)):
        with pytest.raises(Invalid):
            link(wrong, b"a")


def test_a_signature_verifies_for_its_message_and_key_alone() -> None:
    signature = sign(PRIVATE, b"certificate")
    assert len(signature) == 64
    assert signature == sign(PRIVATE, b"certificate")
    assert verify(PUBLIC, b"certificate", signature)
    assert not verify(PUBLIC, b"certificates", signature)
    assert not verify(new_signing()[1], b"certificate", signature)
    for bit in range(0, 512, 5):
        changed = bytearray(signature)
        changed[bit // 8] ^= 1 << bit % 8
        assert not verify(PUBLIC, b"certificate", bytes(changed))
    assert not verify(PUBLIC, b"certificate", b"")


def test_a_bare_signature_of_the_same_key_is_no_certificate_and_the_reverse() -> None:
    bare = Ed25519PrivateKey.from_private_bytes(PRIVATE).sign(b"certificate")
    assert not verify(PUBLIC, b"certificate", bare)
    with pytest.raises(InvalidSignature):
        Ed25519PublicKey.from_public_bytes(PUBLIC).verify(sign(PRIVATE, b"certificate"), b"certificate")


def test_malformed_keys_are_refused() -> None:
    assert signing_public(PRIVATE) == PUBLIC
    with pytest.raises(Invalid):
        sign(SigningPrivate(b"short"), b"m")
    with pytest.raises(Invalid):
        verify(SigningPublic(b"short"), b"m", bytes(64))
