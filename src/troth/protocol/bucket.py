"""What lies in a bucket can be read until the bucket's key dies, and never after, wherever copies of it lie.

Why it is safe. A bucket is an X25519 key pair whose private half has a date of death. Each record has a fresh data
key; its body is sealed under that (`protocol.seal`), and the data key is wrapped for the bucket (`protocol.wrap`).
Writers need only the public half. When the private half is destroyed, rows in backups, write-ahead logs and free
pages are noise (P05, P12, P26), as long as no copy of it is kept: that is for `keys` to see to. Body and wrapped key
are both bound to the place. `rewrap` moves a record to another bucket by its data key alone: the body is not touched,
and who does it need not see it. Who once read a data key could keep it: rewrapping shortens the life of what is
*stored*, not of what was read.

P05, P12, P14, P16, P26.
"""

from __future__ import annotations

from dataclasses import dataclass

from troth.protocol.label import Label, framed
from troth.protocol.names import BucketPrivate, BucketPublic
from troth.protocol.seal import Place, open_for, seal_for
from troth.protocol.wrap import new_content_key, new_key_pair, public_of, unwrap, wrap


@dataclass(frozen=True, slots=True)
class Locked:
    """A record in a bucket: its wrapped data key (80 bytes), its sealed body (28 bytes more than the plaintext)."""

    wrapped: bytes
    sealed: bytes


def new_bucket() -> tuple[BucketPrivate, BucketPublic]:
    """A fresh bucket (32 bytes each half)."""
    private, public = new_key_pair()
    return BucketPrivate(private), BucketPublic(public)


def bucket_public(private: BucketPrivate) -> BucketPublic:
    """The public half (32 bytes) of a bucket. Raises `Invalid` for another length."""
    return BucketPublic(public_of(private))


def lock(public: BucketPublic, plaintext: bytes, place: Place) -> Locked:
    """`plaintext` in the bucket, for `place`. The length shows: `seal.pad` first where it tells something."""
    data_key = new_content_key()
    return Locked(wrap(public, data_key, _wrap_info(place)), seal_for(data_key, plaintext, _body_data(place)))


def unlock(private: BucketPrivate, locked: Locked, place: Place) -> bytes:
    """What was locked. Raises `CannotOpen`: wrong bucket, wrong place, or changed."""
    return open_for(unwrap(private, locked.wrapped, _wrap_info(place)), locked.sealed, _body_data(place))


def new_data_key(public: BucketPublic, place: Place) -> tuple[bytes, bytes]:
    """A fresh data key (32 bytes) and its wrapped form (80 bytes), for a record with several bodies (`seal.seal` each)."""
    data_key = new_content_key()
    return data_key, wrap(public, data_key, _wrap_info(place))


def open_data_key(private: BucketPrivate, wrapped: bytes, place: Place) -> bytes:
    """The data key (32 bytes) of `new_data_key`. Raises `CannotOpen`: wrong bucket, wrong place, or changed."""
    return unwrap(private, wrapped, _wrap_info(place))


def rewrap(private: BucketPrivate, new_public: BucketPublic, wrapped: bytes, place: Place) -> bytes:
    """The data key (80 bytes wrapped) in another bucket, at the same place. Raises `CannotOpen`."""
    return wrap(new_public, unwrap(private, wrapped, _wrap_info(place)), _wrap_info(place))


def _wrap_info(place: Place) -> bytes:
    return framed(Label.BUCKET_WRAP, place.encode())


def _body_data(place: Place) -> bytes:
    return framed(Label.BUCKET_BODY, place.encode())
