"""A person is found however name and postcode are written, and only with the custodian's key."""

from __future__ import annotations

import pytest

from troth.kit.errors import Invalid
from troth.protocol.blind_index import index, new_index_key
from troth.protocol.names import IndexKey

KEY = IndexKey(bytes(range(32)))


@pytest.mark.parametrize(
    ("name", "postcode"),
    [
        ("Siân O'Neill-Rees", "CF10 1AA"),
        ("SIAN ONEILL REES", "cf101aa"),
        ("  sia\u0302n  o\u2019neill\u2010rees ", "CF10\u00a01AA"),
        ("\uff33ian O.Neill, Rees", "C F 1 0 1 A A"),
    ],
)
def test_spelling_does_not_matter(name: str, postcode: str) -> None:
    found = index(KEY, name, postcode)
    assert len(found) == 16
    assert found == index(KEY, "sian oneill rees", "CF10 1AA")


def test_other_people_and_other_keys_give_other_values() -> None:
    values = {
        index(KEY, "Sian Rees", "CF10 1AA"),
        index(KEY, "Sian Rees", "CF10 1AB"),
        index(KEY, "Sion Rees", "CF10 1AA"),
        index(KEY, "Sian ReesC", "F10 1AA"),
        index(new_index_key(), "Sian Rees", "CF10 1AA"),
    }
    assert len(values) == 5


@pytest.mark.parametrize(("name", "postcode"), [("", "CF10 1AA"), ("Sian", ""), (" - ", "CF10 1AA"), ("Sian", "...")])
def test_nothing_is_not_a_person(name: str, postcode: str) -> None:
    with pytest.raises(Invalid):
        index(KEY, name, postcode)


def test_a_key_of_another_length_is_refused() -> None:
    with pytest.raises(Invalid):
        index(IndexKey(b"short"), "Sian", "CF10 1AA")
