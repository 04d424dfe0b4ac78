"""Entries of the ledger are chained by hash and signed: nobody changes, drops or reorders one unnoticed.

Why it is safe. `link` is SHA-256 over label, previous link and body in an injective framing: to change an entry and
keep the links after it, one would need a collision. The last link is all that must be kept elsewhere to prove the
whole. A chain alone can be rebuilt from the start by whoever may write it; so certificates are signed with Ed25519
(RFC 8032, deterministic: no nonce to get wrong) over a labelled frame, so that no signature made here means anything
elsewhere.

P05, P12, P26.
"""

from __future__ import annotations

import hashlib
from typing import Final

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from troth.kit.errors import Invalid
from troth.protocol.label import Label, framed
from troth.protocol.names import SigningPrivate, SigningPublic

LINK_LENGTH: Final = 32
GENESIS: Final = bytes(LINK_LENGTH)
"""What stands before the first entry."""


def link(previous: bytes, body: bytes) -> bytes:
    """The link (32 bytes) of an entry after `previous` (32 bytes; `GENESIS` for the first). Raises `Invalid`."""
    if len(previous) != LINK_LENGTH:
        raise Invalid("a link has 32 bytes")
    return hashlib.sha256(framed(Label.CHAIN_LINK, previous, body)).digest()


def new_signing() -> tuple[SigningPrivate, SigningPublic]:
    """A fresh Ed25519 key pair (32 bytes each)."""
    private = Ed25519PrivateKey.generate()
    return SigningPrivate(private.private_bytes_raw()), SigningPublic(private.public_key().public_bytes_raw())


def signing_public(private: SigningPrivate) -> SigningPublic:
    """The public half (32 bytes). Raises `Invalid`."""
    return SigningPublic(_private(private).public_key().public_bytes_raw())


def sign(private: SigningPrivate, message: bytes) -> bytes:
    """A signature of 64 bytes; always the same for the same key and message. Raises `Invalid` for a malformed key."""
    return _private(private).sign(framed(Label.CERTIFICATE, message))


def verify(public: SigningPublic, message: bytes, signature: bytes) -> bool:
    """Whether `signature` was made by `sign` over `message`. Raises `Invalid` for a malformed key."""
    try:
        key = Ed25519PublicKey.from_public_bytes(public)
    except ValueError:
        raise Invalid("a signing public key has 32 bytes") from None
    try:
        key.verify(signature, framed(Label.CERTIFICATE, message))
    except InvalidSignature:
        return False
    return True


def _private(private: SigningPrivate) -> Ed25519PrivateKey:
    try:
        return Ed25519PrivateKey.from_private_bytes(private)
    except ValueError:
        raise Invalid("a signing private key has 32 bytes") from None
