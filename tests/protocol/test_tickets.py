"""A ticket proves a completed response for one purpose in one study, once, and is recovered from its secret."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from troth.kit.errors import Invalid
from troth.protocol.blind import IssuerSigner, issuer_public, new_issuer, verify
from troth.protocol.claim import (
    Ticket,
    begin_ticket,
    blinded_hash,
    finish_ticket,
    new_claim_secret,
    read_claim_secret,
    read_ticket,
    show_claim_secret,
    spent_key,
    verify_ticket,
)
from troth.protocol.code import ALPHABET, Mistyped, checked
from troth.protocol.names import ClaimSecret, IssuerPublic


@pytest.fixture(scope="module")
def ticket(issuer: Any) -> Ticket:
    private, public = issuer
    begun = begin_ticket(new_claim_secret(), "voucher", "sdcs", public)
    return finish_ticket(begun, IssuerSigner(private).sign(begun.blinded))


def test_a_finished_ticket_is_good_for_its_purpose_and_study_only(ticket: Ticket, issuer: Any) -> None:
    _, public = issuer
    assert verify_ticket(ticket, "sdcs", public)
    assert not verify_ticket(ticket, "another", public)
    assert not verify_ticket(Ticket("interview", ticket.nonce, ticket.signature), "sdcs", public)
    assert not verify_ticket(Ticket("voucher", bytes(32), ticket.signature), "sdcs", public)
    assert not verify_ticket(ticket, "sdcs", issuer_public(new_issuer()))


def test_the_same_secret_gives_the_same_blinded_value_so_a_lost_ticket_is_recovered(issuer: Any) -> None:
    private, public = issuer
    secret = new_claim_secret()
    first, again = (begin_ticket(secret, "voucher", "sdcs", public) for _ in range(2))
    assert first.blinded == again.blinded
    assert blinded_hash(first.blinded) == blinded_hash(again.blinded)
    signed = IssuerSigner(private).sign(first.blinded)
    assert finish_ticket(first, signed) == finish_ticket(again, signed)


def test_nothing_is_shared_between_secrets_purposes_studies_or_issuers(issuer: Any) -> None:
    _, public = issuer
    other_public = issuer_public(new_issuer())
    secret = new_claim_secret()
    begun = [
        begin_ticket(secret, "voucher", "sdcs", public),
        begin_ticket(secret, "interview", "sdcs", public),
        begin_ticket(secret, "voucher", "other", public),
        begin_ticket(secret, "voucher", "sdcs", other_public),
        begin_ticket(new_claim_secret(), "voucher", "sdcs", public),
    ]
    assert len({each.blinded for each in begun}) == len(begun)
    assert len({each.nonce for each in begun}) == len(begun)
    assert len({each.blinding.inverse for each in begun}) == len(begun)


def test_what_the_issuer_sees_holds_no_part_of_the_ticket(issuer: Any) -> None:
    private, public = issuer
    begun = begin_ticket(new_claim_secret(), "voucher", "sdcs", public)
    finished = finish_ticket(begun, IssuerSigner(private).sign(begun.blinded))
    assert len(begun.blinded) == 384
    for start in range(0, 384, 8):
        part = begun.blinded[start : start + 8]
        assert part not in finished.nonce + finished.signature


def test_the_blinded_value_fits_any_other_ticket_just_as_well(issuer: Any) -> None:
    """Perfect blindness: for any signed ticket there is a factor that explains any blinded value."""
    private, public = issuer
    signer = IssuerSigner(private)
    n = int(signer._n)
    seen = begin_ticket(new_claim_secret(), "voucher", "sdcs", public)
    stranger = begin_ticket(new_claim_secret(), "voucher", "sdcs", public)
    strange = finish_ticket(stranger, signer.sign(stranger.blinded))
    # r = blind signature of the seen value / signature of the stranger: then m_stranger * r^e = seen.
    r = int.from_bytes(signer.sign(seen.blinded), "big") * pow(int.from_bytes(strange.signature, "big"), -1, n) % n
    m = pow(int.from_bytes(strange.signature, "big"), 65537, n)
    assert m * pow(r, 65537, n) % n == int.from_bytes(seen.blinded, "big")


def test_an_answer_that_is_no_signature_finishes_nothing(issuer: Any) -> None:
    private, public = issuer
    begun = begin_ticket(new_claim_secret(), "voucher", "sdcs", public)
    signed = bytearray(IssuerSigner(private).sign(begun.blinded))
    signed[200] ^= 1
    with pytest.raises(Invalid):
        finish_ticket(begun, bytes(signed))


def test_a_ticket_travels_as_text(ticket: Ticket) -> None:
    text = ticket.show()
    assert len(text) == 556
    assert read_ticket(text) == ticket
    wrapped = "\n".join(text[i : i + 64] for i in range(0, 556, 64))
    assert read_ticket(f"  {wrapped} \r\n") == ticket


@given(st.text(max_size=700) | st.text(alphabet="AEIMQ-_z09", min_size=556, max_size=556))
@settings(max_examples=60, deadline=None)
@example("")
@example("A" * 556)
@example("E" * 555 + "=")
def test_junk_is_no_ticket_and_makes_no_other_error(text: str) -> None:
    try:
        read = read_ticket(text)
    except Invalid as refused:
        assert str(refused).startswith("this is not a ticket")
    else:
        assert read.purpose in ("voucher", "interview")


def test_a_ticket_of_an_unknown_version_is_refused(ticket: Ticket) -> None:
    raw = base64.urlsafe_b64decode(ticket.show())
    with pytest.raises(Invalid):
        read_ticket(base64.urlsafe_b64encode(b"\x21" + raw[1:]).decode())


def test_a_ticket_is_spent_by_its_nonce_whatever_its_signature(ticket: Ticket) -> None:
    assert len(spent_key(ticket)) == 32
    assert spent_key(ticket) == spent_key(Ticket("voucher", ticket.nonce, bytes(384)))
    assert spent_key(ticket) != spent_key(Ticket("interview", ticket.nonce, ticket.signature))
    assert spent_key(ticket) != spent_key(Ticket("voucher", bytes(32), ticket.signature))


def test_reprs_give_nothing_away(ticket: Ticket, issuer: Any) -> None:
    begun = begin_ticket(new_claim_secret(), "voucher", "sdcs", issuer[1])
    assert repr(ticket) == str(ticket) == "Ticket(voucher, redacted)"
    assert repr(begun) == "Begun(voucher, redacted)"


def test_secrets_and_keys_of_other_sizes_are_refused(issuer: Any) -> None:
    with pytest.raises(Invalid):
        begin_ticket(ClaimSecret(b"short"), "voucher", "sdcs", issuer[1])
    with pytest.raises(Invalid):
        show_claim_secret(ClaimSecret(bytes(17)))
    with pytest.raises(Invalid, match="3072"):
        begin_ticket(new_claim_secret(), "voucher", "sdcs", issuer_public(new_issuer(2048)))
    with pytest.raises(Invalid):
        begin_ticket(new_claim_secret(), "voucher", "sdcs", IssuerPublic(b"junk"))


@given(st.binary(min_size=16, max_size=16))
@example(bytes(16))
@example(b"\xff" * 16)
@settings(max_examples=60)
def test_a_claim_secret_is_read_as_it_was_shown(raw: bytes) -> None:
    shown = show_claim_secret(ClaimSecret(raw))
    assert [len(group) for group in shown.split(" ")] == [4] * 8
    assert read_claim_secret(shown) == raw
    assert read_claim_secret(shown.lower().replace(" ", "\u2011")) == raw


@given(st.binary(min_size=16, max_size=16), st.integers(0, 31), st.sampled_from(ALPHABET))
@settings(max_examples=80)
def test_every_wrong_character_of_a_claim_secret_is_noticed(raw: bytes, at: int, other: str) -> None:
    text = show_claim_secret(ClaimSecret(raw)).replace(" ", "")
    if text[at] != other:
        with pytest.raises(Mistyped):
            read_claim_secret(text[:at] + other + text[at + 1 :])


@given(st.binary(min_size=16, max_size=16), st.integers(0, 31), st.integers(0, 31))
@settings(max_examples=80)
def test_characters_or_halves_that_changed_places_are_noticed(raw: bytes, i: int, j: int) -> None:
    text = show_claim_secret(ClaimSecret(raw)).replace(" ", "")
    with pytest.raises(Mistyped):
        read_claim_secret(text[16:] + text[:16])
    swapped = list(text)
    swapped[i], swapped[j] = swapped[j], swapped[i]
    if text[i] != text[j]:
        with pytest.raises(Mistyped):
            read_claim_secret("".join(swapped))


def test_a_well_checked_text_beyond_16_bytes_is_no_secret() -> None:
    top = ALPHABET[-1]
    with pytest.raises(Mistyped):
        read_claim_secret(checked(top * 15) + checked(top * 15, 1))


def test_a_signature_made_for_something_else_is_no_ticket(issuer: Any, ticket: Ticket) -> None:
    assert not verify(issuer[1], b"another message", ticket.signature)
