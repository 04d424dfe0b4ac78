"""A data key for several bodies opens only with its bucket, in its place; a sample file is known again only under the key."""

from __future__ import annotations

import pytest

from troth.kit.errors import CannotOpen, Invalid
from troth.protocol.blind_index import file_digest, index, new_index_key
from troth.protocol.bucket import new_bucket, new_data_key, open_data_key, rewrap
from troth.protocol.names import IndexKey
from troth.protocol.seal import Place

HERE = Place("person", b"MAIR", "code")
THERE = Place("person", b"GETHIN", "code")


def test_a_data_key_opens_with_its_bucket_in_its_place_alone() -> None:
    private, public = new_bucket()
    key, wrapped = new_data_key(public, HERE)
    assert (len(key), len(wrapped)) == (32, 80)
    assert open_data_key(private, wrapped, HERE) == key
    assert new_data_key(public, HERE)[0] != key
    for other, place in ((private, THERE), (new_bucket()[0], HERE)):
        with pytest.raises(CannotOpen):
            open_data_key(other, wrapped, place)


def test_a_data_key_moves_to_another_bucket_and_leaves_the_old_one() -> None:
    private, public = new_bucket()
    younger, younger_public = new_bucket()
    key, wrapped = new_data_key(public, HERE)
    moved = rewrap(private, younger_public, wrapped, HERE)
    assert open_data_key(younger, moved, HERE) == key
    with pytest.raises(CannotOpen):
        open_data_key(private, moved, HERE)


def test_a_file_is_known_again_under_the_same_key_alone() -> None:
    key = new_index_key()
    assert file_digest(key, b"name\r\nMair\r\n") == file_digest(key, b"name\r\nMair\r\n")
    assert len(file_digest(key, b"")) == 64
    assert file_digest(key, b"a") != file_digest(key, b"b")
    assert file_digest(key, b"a") != file_digest(new_index_key(), b"a")
    assert not file_digest(key, b"a").startswith(index(key, "a", "a").hex())
    with pytest.raises(Invalid):
        file_digest(IndexKey(b"short"), b"a")
