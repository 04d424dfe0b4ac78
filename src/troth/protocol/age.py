"""Files for people outside the system are sealed in the age format, which they can open with tools of their own.

Why it is safe. The format and its argument are age's (age-encryption.org/v1: X25519, HKDF-SHA256, ChaCha20-Poly1305
in chunks, a MAC over the header); the code is the Rust implementation through `pyrage`. Nothing here chooses
anything: age has no options. age authenticates no sender: a file that opens was made by somebody who knows the
recipient.

P25; key files of `keys`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pyrage
from pyrage import x25519

from troth.kit.errors import CannotOpen, Invalid
from troth.protocol.names import AgeIdentity, AgeRecipient

if TYPE_CHECKING:
    from collections.abc import Sequence

_BECH32: Final = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"


def new_age_identity() -> tuple[AgeIdentity, AgeRecipient]:
    """A fresh identity (`AGE-SECRET-KEY-1…`, secret) and its recipient (`age1…`, public)."""
    identity = x25519.Identity.generate()
    return AgeIdentity(str(identity)), AgeRecipient(str(identity.to_public()))


def age_recipient(identity: AgeIdentity) -> AgeRecipient:
    """The recipient of an identity. Raises `Invalid`, without repeating it."""
    return AgeRecipient(str(_identity(identity).to_public()))


def age_public(recipient: AgeRecipient) -> bytes:
    """The X25519 public key (32 bytes) that a recipient stands for: two recipients may be told apart from other kinds of key by it.

    Bech32 (BIP 173) without its checksum verified: `seal_age` refuses a mistyped recipient. Raises `Invalid` for another form.
    """
    head, _, data = recipient.lower().rpartition("1")
    try:
        bits = [_BECH32.index(character) for character in data[:-6]]
    except ValueError:
        bits = []
    number = int("".join(f"{value:05b}" for value in bits) or "0", 2)
    spare = len(bits) * 5 - 256
    if head != "age" or not 0 <= spare < 5:  # noqa: PLR2004 - what is left over of five-bit groups
        raise Invalid("an age recipient is malformed")
    return (number >> spare).to_bytes(32, "big")


def seal_age(recipients: Sequence[AgeRecipient], data: bytes) -> bytes:
    """`data` as an age file (binary) for all recipients. Raises `Invalid` for none or a malformed one."""
    if not recipients:
        raise Invalid("an age file has at least one recipient")
    parsed = []
    for place, recipient in enumerate(recipients, start=1):
        try:
            parsed.append(x25519.Recipient.from_str(recipient))
        except pyrage.RecipientError:
            raise Invalid("an age recipient is malformed", where=f"recipient {place}") from None
    return bytes(pyrage.encrypt(data, parsed))


def open_age(identity: AgeIdentity, data: bytes) -> bytes:
    """What was sealed. Raises `CannotOpen` (another identity, changed, no age file), `Invalid` for the identity."""
    parsed = _identity(identity)
    try:
        return bytes(pyrage.decrypt(data, [parsed]))
    except pyrage.DecryptError:
        raise CannotOpen("an age file did not open") from None


def _identity(identity: AgeIdentity) -> x25519.Identity:
    try:
        return x25519.Identity.from_str(identity)
    except pyrage.IdentityError:
        raise Invalid("an age identity is malformed") from None
