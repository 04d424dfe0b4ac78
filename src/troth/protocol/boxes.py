"""Answers go into boxes that no online machine can open: an inner box for analysis, an outer layer that flush strips.

Why it is safe. Both are HPKE (RFC 9180, base mode, single shot): each box has a fresh encapsulation, so its AEAD key
is used once and the nonce is never in question. The *analysis* box uses the hybrid KEM MLKEM768-X25519 (X-Wing, KEM
0x647a), HKDF-SHA256, AES-256-GCM: it stays shut while either ML-KEM-768 or X25519 holds, which matters for answers
that somebody may keep for decades. Its key pair is a function of a 32-byte seed, so that what is split among people
(`protocol.shamir`) is 32 bytes; the expansion is X-Wing's own (SHAKE256 to 96 bytes). The *strip* layer is X25519
alone: its key lives for days, and it hides which ciphertext became which record, not an answer. HPKE's `info` carries
a label and the caller's context, so a box opens only where it belongs. Plaintexts are padded to a fixed size, so a
box's length does not tell an answer. Base mode authenticates nobody: whoever has the public key can make boxes. Who
may write a row is for the session and the database to say.

Measured (one core, 512 bytes): analysis seal 80 µs, open 65 µs; strip seal 60 µs, open 40 µs. Keys are parsed once,
when the sealer is made; an ML-KEM public key costs tens of µs to expand.

P08, P09, P10.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.mlkem import MLKEM768PrivateKey, MLKEM768PublicKey
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.hpke import (
    AEAD,
    KDF,
    KEM,
    MLKEM768X25519PrivateKey,
    MLKEM768X25519PublicKey,
    Suite,
)

from troth.kit.errors import CannotOpen, Invalid
from troth.protocol.label import Label, framed
from troth.protocol.names import AnalysisPublic, AnalysisSeed, StripPrivate, StripPublic
from troth.protocol.seal import pad, unpad

_ANALYSIS: Final = Suite(KEM.MLKEM768_X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
_STRIP: Final = Suite(KEM.X25519, KDF.HKDF_SHA256, AEAD.AES_256_GCM)
ANALYSIS_OVERHEAD: Final = 1120 + 16
STRIP_OVERHEAD: Final = 32 + 16
_MLKEM_PUBLIC: Final = 1184
_MLKEM_SEED: Final = 64
_X25519: Final = 32
_SEED: Final = 32


def new_analysis_seed() -> AnalysisSeed:
    """A fresh seed of 32 bytes: the whole analysis key pair."""
    return AnalysisSeed(secrets.token_bytes(_SEED))


def analysis_public(seed: AnalysisSeed) -> AnalysisPublic:
    """The public key of a seed: 1216 bytes, ML-KEM-768 then X25519. Raises `Invalid` for a seed of another length."""
    mlkem, x25519 = _expand(seed)
    return AnalysisPublic(mlkem.public_key().public_bytes_raw() + x25519.public_key().public_bytes_raw())


class AnalysisSealer:
    """Seals boxes to the analysis key; holds no secret. Raises `Invalid` for a malformed public key."""

    def __init__(self, public: AnalysisPublic) -> None:
        if len(public) != _MLKEM_PUBLIC + _X25519:
            raise Invalid("an analysis public key has 1216 bytes")
        try:
            self._key = MLKEM768X25519PublicKey(
                MLKEM768PublicKey.from_public_bytes(public[:_MLKEM_PUBLIC]),
                X25519PublicKey.from_public_bytes(public[_MLKEM_PUBLIC:]),
            )
        except ValueError:
            raise Invalid("an analysis public key is malformed") from None

    def seal(self, plaintext: bytes, size: int, context: bytes) -> bytes:
        """A box of exactly `size + 1136` bytes. Raises `Refused` if the plaintext does not fit in `size - 1`."""
        return _ANALYSIS.encrypt(pad(plaintext, size), self._key, framed(Label.ANALYSIS_BOX, context))


class AnalysisOpener:
    """Opens analysis boxes: made only in the opening ceremony, offline."""

    def __init__(self, seed: AnalysisSeed) -> None:
        self._key = MLKEM768X25519PrivateKey(*_expand(seed))

    def open(self, box: bytes, context: bytes) -> bytes:
        """What `AnalysisSealer.seal` was given. Raises `CannotOpen`: wrong key, wrong context, or changed."""
        try:
            return unpad(_ANALYSIS.decrypt(box, self._key, framed(Label.ANALYSIS_BOX, context)))
        except (InvalidTag, ValueError):
            raise CannotOpen("an analysis box did not open") from None


def new_strip() -> tuple[StripPrivate, StripPublic]:
    """A fresh strip key pair (32 bytes each); the private half is only for the flush process."""
    private = X25519PrivateKey.generate()
    return StripPrivate(private.private_bytes_raw()), StripPublic(private.public_key().public_bytes_raw())


class StripSealer:
    """Puts the outer layer on a box; holds no secret. Raises `Invalid` for a malformed public key."""

    def __init__(self, public: StripPublic) -> None:
        self._key = x25519_public(public)

    def seal(self, inner: bytes, context: bytes) -> bytes:
        """The inner box with its outer layer: 48 bytes longer; boxes of one size stay of one size."""
        return _STRIP.encrypt(inner, self._key, framed(Label.STRIP_BOX, context))


class StripOpener:
    """Takes the outer layer off."""

    def __init__(self, private: StripPrivate) -> None:
        self._key = x25519_private(private)

    def open(self, outer: bytes, context: bytes) -> bytes:
        """The inner box. Raises `CannotOpen`: wrong key, wrong context, or changed."""
        try:
            return _STRIP.decrypt(outer, self._key, framed(Label.STRIP_BOX, context))
        except (InvalidTag, ValueError):
            raise CannotOpen("a strip layer did not open") from None


def x25519_public(public: bytes) -> X25519PublicKey:
    """A parsed X25519 public key. Raises `Invalid` unless it has 32 bytes."""
    if len(public) != _X25519:
        raise Invalid("an X25519 public key has 32 bytes")
    return X25519PublicKey.from_public_bytes(public)


def x25519_private(private: bytes) -> X25519PrivateKey:
    """A parsed X25519 private key. Raises `Invalid` unless it has 32 bytes."""
    if len(private) != _X25519:
        raise Invalid("an X25519 private key has 32 bytes")
    return X25519PrivateKey.from_private_bytes(private)


def _expand(seed: AnalysisSeed) -> tuple[MLKEM768PrivateKey, X25519PrivateKey]:
    # draft-connolly-cfrg-xwing-kem §5.2, expandDecapsulationKey: any X-Wing implementation derives the same pair.
    if len(seed) != _SEED:
        raise Invalid("an analysis seed has 32 bytes")
    wide = hashlib.shake_256(seed).digest(_MLKEM_SEED + _X25519)
    return (
        MLKEM768PrivateKey.from_seed_bytes(wide[:_MLKEM_SEED]),
        X25519PrivateKey.from_private_bytes(wide[_MLKEM_SEED:]),
    )
