"""P05: a signed attestation is checked before it is entered: key, study, batch, day; a bare word is entered as weaker, and only if asked."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import pytest
from tests.support.house import House

from troth.assurance.check import examining
from troth.assurance.checks.contacts import letters_attested
from troth.fieldwork.printroom.destroy import FORMAT, attest
from troth.kit.errors import Invalid, KeyMissing, Refused
from troth.protocol.chain import new_signing
from troth.wiring.attesting import attest_copy, copies_outside
from troth.wiring.open import opened

if TYPE_CHECKING:
    from collections.abc import Callable

    from troth.protocol.names import SigningPrivate


def statement(house: House, signing: SigningPrivate | None = None, **changed: Any) -> bytes:
    """What `troth print destroy` writes, or nearly."""
    (copy,), day = copies_outside(house.home, house.clock)
    with opened(house.home, "printroom", house.clock) as work:
        said: dict[str, Any] = {
            "format": FORMAT, "study": work.pack.id, "batch": copy.of.split(" ", 1)[1], "day": day.isoformat(), **changed,
        }  # fmt: skip
        return attest(said, signing or work.keys.attest()).encode()


def enter(house: House, wrote: bytes | None, *, weaker: bool = False) -> None:
    (copy,), day = copies_outside(house.home, house.clock)
    attest_copy(house.home, copy.of, by="Print Room", destroyed=day, statement=wrote, weaker=weaker, clock=house.clock)


def strength(house: House) -> str:
    with examining(house.home, house.clock) as site:
        found = letters_attested(site)
        assert found is not None
        assert found.passed
        return found.strength


def test_a_signed_attestation_is_entered_with_its_digest_as_signed(house: House) -> None:
    wrote = statement(house)
    enter(house, wrote)
    (copy,), day = copies_outside(house.home, house.clock)
    assert (copy.destroyed, copy.signed, strength(house)) == (day, True, "full")
    with opened(house.home, "letters", house.clock) as work:
        (entry,) = work.ledger().entries("attestation")
    assert (entry.body["statement"], entry.body["strength"]) == (hashlib.sha256(wrote).hexdigest(), "signed")


@pytest.mark.parametrize(
    ("wrote", "says"),
    [
        (lambda house: statement(house, new_signing()[0]), "not signed by that key"),
        (lambda house: statement(house).replace(b'"batch": "', b'"batch": "0'), "not signed by that key"),
        (lambda house: statement(house, batch="0" * 32), "of another batch"),
        (lambda house: statement(house, day="2020-01-01"), "of another day"),
        (lambda house: statement(house, study="other"), "of another study"),
        (lambda _house: b"%PDF-1.7 a letter of the printer's \xff", "no attestation"),
        (lambda _house: None, "nothing here can be checked"),
    ],
)
def test_what_is_not_the_print_rooms_word_on_this_batch_and_day_is_refused(
    house: House, wrote: Callable[[House], bytes | None], says: str
) -> None:
    with opened(house.home, "printroom", house.clock) as work:
        work.keys.attest()
    with pytest.raises((Refused, Invalid), match=says):
        enter(house, wrote(house))
    assert copies_outside(house.home, house.clock)[0][0].destroyed is None


def test_a_bare_word_is_weaker_and_without_the_print_rooms_key_nothing_is_checked(house: House) -> None:
    wrote = attest({"format": FORMAT}, new_signing()[0]).encode()
    with pytest.raises(KeyMissing):
        enter(house, wrote)
    enter(house, wrote, weaker=True)
    assert (copies_outside(house.home, house.clock)[0][0].signed, strength(house)) == (False, "weaker")


def test_a_statement_that_says_that_something_is_left_is_refused_and_one_that_names_others_is_not_full(
    house: House,
) -> None:
    with pytest.raises(Refused, match="2 files of the batch are left"):
        enter(house, statement(house, left=2))
    enter(house, statement(house, others=["GOV.UK Notify"]))
    (copy,), _ = copies_outside(house.home, house.clock)
    assert (copy.signed, copy.owing, strength(house)) == (True, ("GOV.UK Notify",), "weaker")
