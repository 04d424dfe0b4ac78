"""Everything that a code or a letter reference can be turned into without a secret: spellings, and digests of spellings."""

from __future__ import annotations

import base64
import hashlib
from typing import TYPE_CHECKING, Final

from troth.assurance.attacks.needles import Needle
from troth.protocol.code import show_letter_reference
from troth.protocol.names import LetterRef

if TYPE_CHECKING:
    from collections.abc import Iterator

REFERENCE: Final = "a letter reference"
"""How the kind of everything ends that is made of a letter's reference."""
_HASHES: Final = ("sha256", "sha1", "md5", "blake2b", "blake2s", "sha512", "sha3_256")
_KEPT: Final = 16
"""Bytes of a digest that are sought: a handle, a tag or a truncated digest has no more."""
_PART: Final = 12


def code_needles(code: str, study: str, whose: str) -> dict[bytes, Needle]:
    """Byte string -> what it is, for one code: as typed in any way, most of it, and its digests raw, in hex and in base64."""
    found: dict[bytes, Needle] = {}
    for each in _spelled(code):
        found[each.encode()] = Needle("a code", whose)
        for name, digest in _digests(each.encode()):
            found |= dict.fromkeys(_forms(digest), Needle(f"{name} of a code", whose))
    for data in (study + code, code + study):
        for name, digest in _digests(data.encode()):
            found |= dict.fromkeys(_forms(digest), Needle(f"{name} of a code and the study", whose))
    found[code[:_PART].encode()] = found[code[-_PART:].encode()] = Needle("three quarters of a code", whose)
    return found


def ref_needles(ref: str, whose: str) -> dict[bytes, Needle]:
    """The same for a letter reference."""
    found: dict[bytes, Needle] = {}
    for each in (ref, ref.lower(), show_letter_reference(LetterRef(ref))):
        found[each.encode()] = Needle(REFERENCE, whose)
        for name, digest in _digests(each.encode()):
            found |= dict.fromkeys(_forms(digest), Needle(f"{name} of {REFERENCE}", whose))
    return found


def _spelled(code: str) -> tuple[str, ...]:
    groups = [code[start : start + 4] for start in range(0, len(code), 4)]
    return (code, " ".join(groups), "-".join(groups), code.lower(), " ".join(groups).lower())


def _digests(data: bytes) -> Iterator[tuple[str, bytes]]:
    for name in _HASHES:
        yield name, hashlib.new(name, data, usedforsecurity=False).digest()
    yield "blake2b-128", hashlib.blake2b(data, digest_size=16).digest()


def _forms(digest: bytes) -> Iterator[bytes]:
    kept = digest[:_KEPT]
    yield kept
    yield kept.hex().encode()
    whole = kept[: len(kept) // 3 * 3]  # so that what follows changes no character
    yield base64.b64encode(whole)
    yield base64.urlsafe_b64encode(whole)
