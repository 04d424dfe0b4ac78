"""A code derives the same three values always, different ones for every pepper and study, and none from another."""

from __future__ import annotations

import hashlib
import hmac

import pytest

from troth.kit.errors import Invalid
from troth.protocol.label import Label, framed
from troth.protocol.names import Code, Pepper
from troth.protocol.root import Cost, Derived, derive, expand, new_pepper, stretch

FAST = Cost(log2_n=4)
CODE = Code("BCDFGHJKMNPRTVW2")
PEPPER = Pepper(bytes(range(32)))


def test_scrypt_is_that_of_rfc_7914() -> None:
    assert stretch(b"password", b"NaCl", Cost(10, 8, 16)).hex() == (
        "fdbabe1c9d3472007856e7190d01e9fe7c6ad7cbc8237830e77376634b373162"
    )
    assert stretch(b"pleaseletmein", b"SodiumChloride", Cost()).hex() == (
        "7023bdcb3afd7348461c06cd81fd38ebfda8fbba904f8e3ea9b543f6545da1f2"
    )


def test_expansion_is_that_of_rfc_5869_written_out_by_hand() -> None:
    key = bytes(range(32))
    info = framed(Label.HANDLE, b"field")
    first = hmac.digest(key, info + b"\1", "sha256")
    second = hmac.digest(key, first + info + b"\2", "sha256")
    assert expand(key, Label.HANDLE, 48, b"field") == (first + second)[:48]


def test_a_derivation_is_what_the_design_says_written_out_by_hand() -> None:
    salt = hmac.digest(PEPPER, b"sdcs", "sha256")
    root = hashlib.scrypt(CODE.encode(), salt=salt, n=16, r=8, p=1, dklen=32)
    assert derive(CODE, PEPPER, "sdcs", FAST) == Derived(
        expand(root, Label.HANDLE, 16),  # type: ignore[arg-type]
        expand(root, Label.STATE_KEY, 32),  # type: ignore[arg-type]
        expand(root, Label.TAG, 16),  # type: ignore[arg-type]
    )


def test_the_same_arguments_give_the_same_and_any_other_gives_all_others() -> None:
    base = derive(CODE, PEPPER, "sdcs", FAST)
    assert derive(CODE, PEPPER, "sdcs", FAST) == base
    others = [
        derive(Code("BCDFGHJKMNPRTVX2"), PEPPER, "sdcs", FAST),
        derive(CODE, new_pepper(), "sdcs", FAST),
        derive(CODE, PEPPER, "sdc", FAST),
        derive(CODE, PEPPER, "sdcs", Cost(log2_n=5)),
    ]
    everything = [base, *others]
    assert len({each.handle for each in everything}) == len(everything)
    assert len({each.state_key for each in everything}) == len(everything)
    assert len({each.tag for each in everything}) == len(everything)


def test_handle_state_key_and_tag_share_no_bytes() -> None:
    derived = derive(CODE, PEPPER, "sdcs", FAST)
    assert [len(derived.handle), len(derived.state_key), len(derived.tag)] == [16, 32, 16]
    assert derived.handle != derived.tag
    assert derived.handle != derived.state_key[:16]
    assert derived.tag != derived.state_key[:16]


def test_a_derivation_has_a_redacted_repr() -> None:
    derived = derive(CODE, PEPPER, "sdcs", FAST)
    assert f"{derived!r}" == f"{derived}" == "Derived(redacted)"


@pytest.mark.parametrize("wrong", [(3, 8, 1), (21, 8, 1), (14, 0, 1), (14, 33, 1), (14, 8, 0), (14, 8, 17)])
def test_an_absurd_cost_is_refused(wrong: tuple[int, int, int]) -> None:
    with pytest.raises(Invalid):
        Cost(*wrong)


def test_a_pepper_of_another_length_is_refused() -> None:
    with pytest.raises(Invalid):
        derive(CODE, Pepper(b"short"), "sdcs", FAST)
