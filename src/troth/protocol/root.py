"""A code, a pepper and a study give one handle, one state key and one tag, and none of them gives another back.

Why it is safe. A code has 67.8 bits: too few against somebody who holds the database, so it is stretched with scrypt
(RFC 7914; 2^14, r 8, p 1: 16 MiB and about 35 ms a try) and salted with `HMAC-SHA256(pepper, study)`. Without the
32-byte pepper nobody can test a guess at all, and once the pepper is destroyed (sever) even the list of all codes
derives nothing. The salt differs per study, so one table never serves two studies. `root` never leaves this file;
HKDF-Expand (RFC 5869) with separate labels makes the three outputs independent: who sees the handle (the database) or
the tag (a sealed step) learns nothing of the state key.

What it does not promise: while the pepper lives, its holder can test the codes of a list it has.

P04, P06, P07.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

from troth.kit.errors import Invalid
from troth.protocol.label import Label, framed
from troth.protocol.names import Code, Handle, Pepper, StateKey, Tag

_LEAST_LOG2_N: Final = 4  # tests and rehearsals go this low; a study's own rule sets its floor
_MOST_LOG2_N: Final = 20  # 1 GiB at r = 8: beyond it a typing slip in a study pack stops the site


@dataclass(frozen=True, slots=True)
class Cost:
    """The scrypt cost of a study: `2**log2_n` rounds, block size `r`, parallelism `p`. Raises `Invalid` if absurd."""

    log2_n: int = 14
    r: int = 8
    p: int = 1

    def __post_init__(self) -> None:
        if not (_LEAST_LOG2_N <= self.log2_n <= _MOST_LOG2_N and 1 <= self.r <= 32 and 1 <= self.p <= 16):  # noqa: PLR2004
            raise Invalid("the scrypt cost is out of range", mend="Use log2_n 14, r 8, p 1 unless you measured others")


@dataclass(frozen=True, slots=True, repr=False)
class Derived:
    """What one code derives: handle (16 bytes), state key (32 bytes), tag (16 bytes)."""

    handle: Handle
    state_key: StateKey
    tag: Tag

    def __repr__(self) -> str:
        return "Derived(redacted)"


def new_pepper() -> Pepper:
    """A fresh pepper of 32 bytes."""
    return Pepper(secrets.token_bytes(32))


def derive(code: Code, pepper: Pepper, study: str, cost: Cost) -> Derived:
    """Handle, state key and tag of a code in a study: always the same for the same four arguments.

    `code` is canonical (`code.read_code`). Takes about 35 ms at the default cost; scrypt releases the interpreter's
    lock, so a bounded pool of threads runs several at once. Raises `Invalid` where the pepper is not 32 bytes.
    """
    if len(pepper) != 32:  # noqa: PLR2004
        raise Invalid("a pepper has 32 bytes")
    salt = hmac.digest(pepper, study.encode(), "sha256")
    root = stretch(code.encode(), salt, cost)
    return Derived(
        Handle(expand(root, Label.HANDLE, 16)),
        StateKey(expand(root, Label.STATE_KEY, 32)),
        Tag(expand(root, Label.TAG, 16)),
    )


def stretch(secret: bytes, salt: bytes, cost: Cost) -> bytes:
    """32 bytes that cost one scrypt (RFC 7914) to try a guess of `secret`.

    `hashlib.scrypt` lets go of the interpreter's lock while it works: measured on two busy cores, another thread waited
    0.1 ms at the 99th percentile during scrypts of 66 ms (2.6 ms with `cryptography`'s Scrypt, of 108 ms), so a log-in takes
    a core for its time and never the loop that saves answers.
    """
    n = 1 << cost.log2_n
    # OpenSSL refuses by its own default above 32 MiB; this is what these parameters need, and a little.
    memory = 128 * cost.r * (n + cost.p + 2) + (1 << 20)
    return hashlib.scrypt(secret, salt=salt, n=n, r=cost.r, p=cost.p, maxmem=memory, dklen=32)


def expand(key: bytes, label: Label, length: int, *fields: bytes) -> bytes:
    """HKDF-Expand (RFC 5869 §2.3, SHA-256) of a uniform key for one label and its fields."""
    return HKDFExpand(hashes.SHA256(), length, framed(label, *fields)).derive(key)
