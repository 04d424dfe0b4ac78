"""A parcel opens for each of its named recipients, and for nobody else.

Why it is safe. The body is sealed once under a fresh content key (`protocol.seal`, padded to a fixed size); the key
is wrapped for every recipient (`protocol.wrap`). The body's associated data is the place *and* a hash of all the
wrapped keys, so taking a recipient off, adding one, or grafting the body under other wrapped keys leaves nothing that
opens. No key id stands in the clear: recipients are found by trying, and a stolen parcel names nobody. Nobody is
authenticated as the sender: whoever has the public keys can make a parcel, and one recipient could make one that
looks the same to another. A manifest with hashes is what says which parcels a wave holds.

Layout: version (1 byte), number of recipients (1 byte), 80 bytes each, sealed body (`size + 28` bytes).

P04, P05, P06.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

from troth.kit.errors import CannotOpen, Invalid
from troth.protocol.label import Label, framed
from troth.protocol.names import RecipientPrivate, RecipientPublic
from troth.protocol.seal import Place, open_for, pad, seal_for, unpad
from troth.protocol.wrap import WRAPPED_LENGTH, new_content_key, new_key_pair, public_of, unwrap, wrap

if TYPE_CHECKING:
    from collections.abc import Sequence

_VERSION: Final = 1
_MOST_RECIPIENTS: Final = 16


def new_recipient() -> tuple[RecipientPrivate, RecipientPublic]:
    """A fresh key pair (32 bytes each) for a print room or a custodian."""
    private, public = new_key_pair()
    return RecipientPrivate(private), RecipientPublic(public)


def recipient_public(private: RecipientPrivate) -> RecipientPublic:
    """The public half (32 bytes) of a recipient's key. Raises `Invalid` for another length."""
    return RecipientPublic(public_of(private))


def parcel_length(recipients: int, size: int) -> int:
    """The length in bytes of every parcel with so many recipients and this padded size."""
    return 2 + recipients * WRAPPED_LENGTH + size + 28


def seal_parcel(recipients: Sequence[RecipientPublic], plaintext: bytes, size: int, place: Place) -> bytes:
    """A parcel for 1 to 16 different recipients, of `parcel_length(len(recipients), size)` bytes.

    Raises `Invalid` for no, too many or repeated recipients or a malformed key; `Refused` if it does not fit in `size`.
    """
    if not 1 <= len(recipients) <= _MOST_RECIPIENTS or len(set(recipients)) != len(recipients):
        raise Invalid(f"a parcel has 1 to {_MOST_RECIPIENTS} different recipients")
    content_key = new_content_key()
    info = framed(Label.PARCEL_WRAP, place.encode())
    wrapped = b"".join(wrap(public, content_key, info) for public in recipients)
    head = bytes([_VERSION, len(recipients)]) + wrapped
    return head + seal_for(content_key, pad(plaintext, size), _body_data(place, head))


def open_parcel(private: RecipientPrivate, parcel: bytes, place: Place) -> bytes:
    """What was sealed. Raises `CannotOpen`: not a recipient, wrong place, or changed."""
    head_length = 2 + (parcel[1] if len(parcel) > 1 else 0) * WRAPPED_LENGTH
    if len(parcel) < head_length or parcel[:1] != bytes([_VERSION]):
        raise CannotOpen("a parcel did not open")
    head, body = parcel[:head_length], parcel[head_length:]
    content_key = _content_key(private, head[2:], framed(Label.PARCEL_WRAP, place.encode()))
    return unpad(open_for(content_key, body, _body_data(place, head)))


def _content_key(private: RecipientPrivate, wrapped: bytes, info: bytes) -> bytes:
    for start in range(0, len(wrapped), WRAPPED_LENGTH):
        try:
            return unwrap(private, wrapped[start : start + WRAPPED_LENGTH], info)
        except CannotOpen:
            continue
    raise CannotOpen("a parcel did not open")


def _body_data(place: Place, head: bytes) -> bytes:
    return framed(Label.PARCEL_BODY, place.encode(), hashlib.sha256(head).digest())
