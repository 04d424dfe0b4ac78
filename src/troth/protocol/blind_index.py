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
    return hmac.digest(key, framed(Label.SAMPLE_FILE, hashlib.sha256(data).digest()), "sha256").hex()


def _plain(text: str) -> bytes:
    folded = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(c for c in folded if c.isalnum()).encode()
