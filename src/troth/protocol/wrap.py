"""A 32-byte content key is wrapped for one X25519 public key, bound to what it is for.

Why it is safe. HPKE (RFC 9180) base mode, X25519, HKDF-SHA256, AES-256-GCM, single shot: a fresh encapsulation each
time, so no nonce can repeat. `info` is the caller's framed label and place; a wrapped key put beside another body or
into another row does not open. Shared by `protocol.parcel` and `protocol.bucket`, which argue the rest.
"""

from __future__ import annotations

import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey
from cryptography.hazmat.primitives.hpke import AEAD, KDF, KEM, Suite

from troth.kit.errors import CannotOpen
from troth.protocol.boxes import x25519_private, x25519_public

_SUITE: Final = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
CONTENT_KEY_LENGTH: Final = 32
WRAPPED_LENGTH: Final = 32 + CONTENT_KEY_LENGTH + 16


def new_key_pair() -> tuple[bytes, bytes]:
    """A fresh X25519 key pair, private then public, 32 bytes each."""
    private = X25519PrivateKey.generate()
    return private.private_bytes_raw(), private.public_key().public_bytes_raw()


def public_of(private: bytes) -> bytes:
    """The public half (32 bytes) of an X25519 private key. Raises `Invalid` for another length."""
    return x25519_private(private).public_key().public_bytes_raw()


def new_content_key() -> bytes:
    """A fresh content key of 32 bytes: one per body."""
    return secrets.token_bytes(CONTENT_KEY_LENGTH)


def wrap(public: bytes, content_key: bytes, info: bytes) -> bytes:
    """The content key for the holder of `public`'s private half: 80 bytes. Raises `Invalid` for a malformed key."""
    return _SUITE.encrypt(content_key, x25519_public(public), info)


def unwrap(private: bytes, wrapped: bytes, info: bytes) -> bytes:
    """The content key. Raises `CannotOpen`: not for this key, not for this `info`, or changed."""
    try:
        return _SUITE.decrypt(wrapped, x25519_private(private), info)
    except (InvalidTag, ValueError):
        raise CannotOpen("a wrapped key did not open") from None
