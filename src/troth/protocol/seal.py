"""A sealed value opens only under its key and in its place: the table, row and column that it was sealed for.

Why it is safe. AES-256-GCM-SIV (RFC 8452) with a random 96-bit nonce. The usual worry about random nonces, a
repetition after 2^32 messages, costs nothing here but the knowledge that two equal plaintexts stood in the same
place: that is what the SIV construction is for. The place is associated data in the injective framing of
`protocol.label`, so a value moved to another row, column, table or study does not open (a habit taken from Janus).
`pad` makes lengths say nothing: ISO/IEC 7816-4, one byte 0x80 and zeros up to a fixed size, under the seal.

The key must be uniform: random, or from HKDF; never a password.

P04, P05, P09.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCMSIV

from troth.kit.errors import CannotOpen, Refused
from troth.protocol.label import Label, framed

NONCE_LENGTH: Final = 12
TAG_LENGTH: Final = 16
SEAL_OVERHEAD: Final = NONCE_LENGTH + TAG_LENGTH
_MARK: Final = b"\x80"


@dataclass(frozen=True, slots=True)
class Place:
    """Where a sealed value belongs. `row` is the row's own id; `study` may be empty where a vault holds one study."""

    table: str
    row: bytes
    column: str
    study: str = ""

    def encode(self) -> bytes:
        """The place as associated data: different places never give equal bytes."""
        return framed(Label.PLACE, self.study.encode(), self.table.encode(), self.row, self.column.encode())


def seal(key32: bytes, plaintext: bytes, place: Place) -> bytes:
    """`plaintext` sealed for `place`: nonce (12 bytes), ciphertext, tag (16 bytes); 28 bytes longer than it was."""
    return seal_for(key32, plaintext, place.encode())


def open_sealed(key32: bytes, sealed: bytes, place: Place) -> bytes:
    """The plaintext of `sealed`. Raises `CannotOpen` for a wrong key, a wrong place, or any change."""
    return open_for(key32, sealed, place.encode())


def seal_for(key32: bytes, plaintext: bytes, associated: bytes) -> bytes:
    """As `seal`, for callers in this room that frame their own associated data."""
    nonce = secrets.token_bytes(NONCE_LENGTH)
    return nonce + AESGCMSIV(_key(key32)).encrypt(nonce, plaintext, associated)


def open_for(key32: bytes, sealed: bytes, associated: bytes) -> bytes:
    """As `open_sealed`, for callers in this room that frame their own associated data."""
    if len(sealed) < SEAL_OVERHEAD:
        raise CannotOpen("a sealed value did not open")
    try:
        return AESGCMSIV(_key(key32)).decrypt(sealed[:NONCE_LENGTH], sealed[NONCE_LENGTH:], associated)
    except (InvalidTag, ValueError):
        raise CannotOpen("a sealed value did not open") from None


def pad(plaintext: bytes, size: int) -> bytes:
    """`plaintext` made exactly `size` bytes long; at most `size - 1` fit. Raises `Refused` if it does not."""
    if len(plaintext) >= size:
        raise Refused("a value is too long for the fixed size it is sealed in", mend="Shorten it or raise the size")
    return plaintext + _MARK + bytes(size - len(plaintext) - 1)


def unpad(padded: bytes) -> bytes:
    """What `pad` was given. Raises `CannotOpen` where the padding is not that of `pad`."""
    body = padded.rstrip(b"\0")
    if not body.endswith(_MARK):
        raise CannotOpen("a sealed value opened to something that was never sealed here")
    return body[:-1]


def _key(key32: bytes) -> bytes:
    # AES-128 keys would be taken by the library without a word.
    if len(key32) != 32:  # noqa: PLR2004
        raise CannotOpen("a sealing key has 32 bytes")
    return key32
