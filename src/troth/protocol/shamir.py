"""A 32-byte secret is split among people so that any two of three give it back and one alone knows nothing.

Why it is safe. Shamir's scheme over GF(256) (the field of AES), byte by byte: with threshold t, the t-1 upper
coefficients are uniform from `secrets`, so any t-1 shares are uniform and independent of the secret, whatever one can
compute. Behind the secret an 8-byte digest of it is split along, so a join of shares that were altered, even with
their checksums put right, is noticed, and a single share still tells nothing (a digest in the clear would let a
holder test guesses). Each share carries set id, threshold, index and a checksum against slips of the pen. Nobody who
is given a share needs a computer to keep it: it is 88 characters of base32 in groups of 4.

What it does not promise: the arithmetic is not constant time; it runs offline, in a ceremony. A holder who lies can
spoil a join (it is noticed), not steer it to a secret of their choice that passes the digest unless they know the
set.

DESIGN §3 "Open"; P09, P10.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from troth.kit.errors import CannotOpen, Invalid, Refused
from troth.protocol.label import Label, framed

if TYPE_CHECKING:
    from collections.abc import Sequence

SECRET_LENGTH: Final = 32
_DIGEST_LENGTH: Final = 8
_SET_LENGTH: Final = 8
_CHECKSUM_LENGTH: Final = 4
_VERSION: Final = 1
_MOST_SHARES: Final = 255
_RAW_LENGTH: Final = 3 + _SET_LENGTH + SECRET_LENGTH + _DIGEST_LENGTH + _CHECKSUM_LENGTH  # 55 bytes: 88 characters


class DamagedShare(Invalid):
    """A share was copied with a mistake, or is no share at all."""


@dataclass(frozen=True, slots=True, repr=False)
class Share:
    """One share: its index (1…), the threshold, the id of its set (8 bytes, not secret) and its value (40 bytes)."""

    index: int
    threshold: int
    set_id: bytes
    value: bytes

    def __repr__(self) -> str:
        return f"Share(index={self.index}, threshold={self.threshold}, set={self.set_id.hex()}, redacted)"

    def show(self) -> str:
        """The share as 88 characters of base32 in groups of 4."""
        raw = bytes([_VERSION, self.threshold, self.index]) + self.set_id + self.value
        text = base64.b32encode(raw + _checksum(raw)).decode()
        return " ".join(text[i : i + 4] for i in range(0, len(text), 4))


def split(secret: bytes, threshold: int = 2, shares: int = 3) -> list[Share]:
    """As many shares of a 32-byte secret, any `threshold` of which `join`. Raises `Invalid` for impossible numbers."""
    if len(secret) != SECRET_LENGTH:
        raise Invalid("only a secret of 32 bytes is split")
    if not 2 <= threshold <= shares <= _MOST_SHARES:  # noqa: PLR2004 - a threshold of 1 would be copies
        raise Invalid("a threshold is at least 2 and at most the number of shares, and that at most 255")
    set_id = secrets.token_bytes(_SET_LENGTH)
    whole = secret + _digest(set_id, secret)
    polynomials = [bytes([constant]) + secrets.token_bytes(threshold - 1) for constant in whole]
    return [
        Share(index, threshold, set_id, bytes(_evaluate(polynomial, index) for polynomial in polynomials))
        for index in range(1, shares + 1)
    ]


def join(shares: Sequence[Share]) -> bytes:
    """The secret of 32 bytes.

    Raises `Refused` for too few or repeated shares or shares of different sets; `CannotOpen` if one was altered.
    """
    if not shares:
        raise Refused("there are no shares to join")
    first = shares[0]
    if any((share.set_id, share.threshold) != (first.set_id, first.threshold) for share in shares):
        raise Refused("the shares are of different sets", mend="Bring shares that were made together")
    if len({share.index for share in shares}) != len(shares):
        raise Refused("one share is there twice", mend="Bring a different one")
    if len(shares) < first.threshold:
        raise Refused(f"{first.threshold} shares are needed", mend="Bring more shares of the same set")
    whole = bytes(
        _interpolate_at_zero([(share.index, share.value[i]) for share in shares])
        for i in range(SECRET_LENGTH + _DIGEST_LENGTH)
    )
    secret = whole[:SECRET_LENGTH]
    if not hmac.compare_digest(whole[SECRET_LENGTH:], _digest(first.set_id, secret)):
        raise CannotOpen("the shares do not give a secret: at least one was altered")
    return secret


def read_share(text: str) -> Share:
    """The share that `Share.show` gave, whatever its case and spacing. Raises `DamagedShare`, without repeating it."""
    plain = "".join(text.split()).replace("-", "").upper()
    try:
        raw = base64.b32decode(plain)
    except (binascii.Error, ValueError):
        raw = b""
    body, checksum = raw[:-_CHECKSUM_LENGTH], raw[-_CHECKSUM_LENGTH:]
    if len(raw) != _RAW_LENGTH or not hmac.compare_digest(checksum, _checksum(body)):
        raise DamagedShare("a share is damaged or incomplete", mend="Compare each group with the original")
    version, threshold, index = body[:3]
    if version != _VERSION or index == 0 or threshold < 2:  # noqa: PLR2004
        raise DamagedShare("this is not a share of this version")
    return Share(index, threshold, body[3 : 3 + _SET_LENGTH], body[3 + _SET_LENGTH :])


def multiply(a: int, b: int) -> int:
    """The product in GF(256) modulo x^8 + x^4 + x^3 + x + 1 (FIPS 197 §4.2)."""
    product = 0
    for _ in range(8):
        product ^= a * (b & 1)
        a = (a << 1) ^ (0x11B * (a >> 7))
        b >>= 1
    return product


def _inverse(a: int) -> int:
    power, result = a, 1
    for _ in range(7):  # a^254 = a^-1: the product of a^2, a^4, …, a^128
        power = multiply(power, power)
        result = multiply(result, power)
    return result


def _evaluate(polynomial: bytes, x: int) -> int:
    value = 0
    for coefficient in reversed(polynomial):
        value = multiply(value, x) ^ coefficient
    return value


def _interpolate_at_zero(points: Sequence[tuple[int, int]]) -> int:
    total = 0
    for i, (x, y) in enumerate(points):
        weight = 1
        for j, (other, _) in enumerate(points):
            if i != j:  # at zero, and with subtraction being exclusive or
                weight = multiply(weight, multiply(other, _inverse(other ^ x)))
        total ^= multiply(y, weight)
    return total


def _digest(set_id: bytes, secret: bytes) -> bytes:
    return hashlib.sha256(framed(Label.SHARE_DIGEST, set_id, secret)).digest()[:_DIGEST_LENGTH]


def _checksum(raw: bytes) -> bytes:
    return hashlib.sha256(framed(Label.SHARE_CHECKSUM, raw)).digest()[:_CHECKSUM_LENGTH]
