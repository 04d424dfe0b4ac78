"""A person is found in the sample by name and postcode although neither is stored in the clear.

Why it is safe. The index is HMAC-SHA256 under the custodian's key, cut to 16 bytes: without the key nobody can test a
name. The key lies with the load and the custodian, who destroys it with the last contact. Names and postcodes are
easily guessed, so a plain hash would be no protection at all: everything rests on the key. Equal people give equal
values; that is its purpose, and why it is erased with the contacts. The two fields are framed, so no name can pose as part of a postcode.

Normalised: compatibility decomposition, accents dropped, case folded, then letters and digits only. So `O'Neill,
Siân` is found as `oneill sian`. Letters with no decomposition (ø, ł) stay themselves; word order matters.

P05, P32.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata
from typing import Final

from troth.kit.errors import Invalid
from troth.protocol.label import Label, framed
from troth.protocol.names import IndexKey

INDEX_LENGTH: Final = 16


def new_index_key() -> IndexKey:
    """A fresh index key of 32 bytes."""
    return IndexKey(secrets.token_bytes(32))


def index(key: IndexKey, name: str, postcode: str) -> bytes:
    """16 bytes that name and postcode give under this key, however they are spaced, cased or punctuated.

    Raises `Invalid` for a key of another length, or where nothing is left of the name or the postcode.
    """
    if len(key) != 32:  # noqa: PLR2004
        raise Invalid("an index key has 32 bytes")
    plain_name, plain_postcode = _plain(name), _plain(postcode)
    if not plain_name or not plain_postcode:
        raise Invalid("a name and a postcode are needed", mend="Fill in both")
    return hmac.digest(key, framed(Label.BLIND_INDEX, plain_name, plain_postcode), "sha256")[:INDEX_LENGTH]


def file_digest(key: IndexKey, data: bytes) -> str:
    """64 hex characters that name a sample file: the same file is known again, and nobody without the key can test one.

    Raises `Invalid` for a key of another length.
    """
    if len(key) != 32:  # noqa: PLR2004
        raise Invalid("an index key has 32 bytes")
    return digest_of(key, hashlib.sha256(data).digest())


def digest_of(key: IndexKey, sha256: bytes) -> str:
    """As `file_digest`, for a file whose SHA-256 was taken while it was read. Raises `Invalid` for another length of either."""
    if len(key) != 32 or len(sha256) != 32:  # noqa: PLR2004
        raise Invalid("an index key has 32 bytes, and so has a SHA-256")
    return hmac.digest(key, framed(Label.SAMPLE_FILE, sha256), "sha256").hex()


def supplier_index(key: IndexKey, reference: str) -> bytes:
    """16 bytes that the supplier's own reference of a person gives under this key, however it is spaced, cased or punctuated.

    A reference (an NHS number has ten digits) is as easily guessed as a name: everything rests on the key, and the index is
    erased with the contact. Raises `Invalid` for a key of another length, or where nothing is left of the reference.
    """
    plain = _plain(reference)
    if len(key) != 32 or not plain:  # noqa: PLR2004
        raise Invalid("an index key of 32 bytes and a reference are needed")
    return hmac.digest(key, framed(Label.SUPPLIER_REF, plain), "sha256")[:INDEX_LENGTH]


def row_digest(key: bytes, *fields: str) -> bytes:
    """16 bytes that name those fields while a file is checked.

    `key` is drawn for one check and ends with it: what is remembered of a file's rows says nothing without it.
    """
    return hmac.digest(key, framed(Label.SAMPLE_ROW, *(each.encode() for each in fields)), "sha256")[:INDEX_LENGTH]


def draw_place(seed: bytes, *fields: str) -> bytes:
    """32 bytes: where a row of a frame comes in a draw. Anybody who has the seed and the frame computes the same."""
    return hmac.digest(seed, framed(Label.SAMPLE_DRAW, *(each.encode() for each in fields)), "sha256")


def commitment(seed: bytes) -> str:
    """64 hex characters that fix a seed of 32 random bytes before it is shown: SHA-256, as anybody can compute it."""
    return hashlib.sha256(seed).hexdigest()


def _plain(text: str) -> bytes:
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(c for c in folded if c.isalnum()).encode()
