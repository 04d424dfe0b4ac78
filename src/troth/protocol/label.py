"""Every use of a key or a hash has a label of its own, and no two framed values can be mistaken for each other.

Why it is safe. One secret may feed several derivations only if their inputs can never agree. All labels of the room
stand in one enumeration that `enum.unique` checks when the module is imported: two equal labels stop the program from
starting (a habit taken from SecureDrop). `framed` puts a four-byte length before each field, so it is injective: from
the bytes one can read back exactly one list of fields, and `("ab", "c")` never equals `("a", "bc")`.
"""

from __future__ import annotations

import enum
from typing import Final


@enum.unique
class Label(bytes, enum.Enum):
    """The label table; `docs/protocol.md` shows the same list, and a test compares them."""

    HANDLE = b"troth/1 root handle"
    STATE_KEY = b"troth/1 root state key"
    TAG = b"troth/1 root tag"
    PLACE = b"troth/1 place"
    PROGRESS_WORD_SALT = b"troth/1 progress word salt"
    PROGRESS_COMMON_KEY = b"troth/1 progress common key"
    PROGRESS_EXACT = b"troth/1 progress exact"
    PROGRESS_COMMON = b"troth/1 progress common"
    ANALYSIS_BOX = b"troth/1 box analysis"
    STRIP_BOX = b"troth/1 box strip"
    PARCEL_WRAP = b"troth/1 parcel wrap"
    PARCEL_BODY = b"troth/1 parcel body"
    BUCKET_WRAP = b"troth/1 bucket wrap"
    BUCKET_BODY = b"troth/1 bucket body"
    TICKET = b"troth/1 ticket message"
    TICKET_EXTRACT = b"troth/1 ticket extract"
    TICKET_NONCE = b"troth/1 ticket nonce"
    TICKET_PSS_SALT = b"troth/1 ticket pss salt"
    TICKET_BLIND = b"troth/1 ticket blinding factor"
    TICKET_SPENT = b"troth/1 ticket spent"
    TICKET_BLINDED = b"troth/1 ticket blinded"
    SHARE_DIGEST = b"troth/1 share digest"
    SHARE_CHECKSUM = b"troth/1 share checksum"
    CHAIN_LINK = b"troth/1 chain link"
    CERTIFICATE = b"troth/1 certificate"
    BLIND_INDEX = b"troth/1 blind index"
    SAMPLE_FILE = b"troth/1 sample file"
    SUPPLIER_REF = b"troth/1 supplier reference"
    SAMPLE_ROW = b"troth/1 sample row"
    SAMPLE_DRAW = b"troth/1 sample draw"
    HOLD = b"troth/1 hold"
    COOKIE = b"troth/1 cookie"
    SESSION = b"troth/1 session hash"
    FORM_TOKEN = b"troth/1 form token"
    ANSWER_TOKEN = b"troth/1 answer token"


def framed(label: Label, *fields: bytes) -> bytes:
    """The label and the fields, each after its length in four bytes, big-endian: an injective encoding."""
    if len(fields) == 1:  # by far the most
        return _FIRST[label] + len(fields[0]).to_bytes(4, "big") + fields[0]
    return _FIRST[label] + b"".join([len(part).to_bytes(4, "big") + part for part in fields])


_FIRST: Final = {label: len(label.value).to_bytes(4, "big") + label.value for label in Label}
"""Each label as it stands framed."""
