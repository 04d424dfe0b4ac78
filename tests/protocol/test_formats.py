"""What was sealed, derived or shown once stays readable: the formats are frozen, and a change is a new version."""

from __future__ import annotations

from typing import Any

import pytest

from troth.protocol.blind_index import index
from troth.protocol.boxes import AnalysisOpener, StripOpener
from troth.protocol.bucket import Locked, unlock
from troth.protocol.chain import GENESIS, link, sign, verify
from troth.protocol.claim import (
    begin_ticket,
    blinded_hash,
    finish_ticket,
    read_claim_secret,
    read_ticket,
    show_claim_secret,
    spent_key,
    verify_ticket,
)
from troth.protocol.cookie import open_cookie
from troth.protocol.names import (
    AnalysisSeed,
    BucketPrivate,
    ClaimSecret,
    Code,
    CookieKey,
    IndexKey,
    IssuerPublic,
    Pepper,
    RecipientPrivate,
    SessionId,
    SigningPrivate,
    SigningPublic,
    StripPrivate,
)
from troth.protocol.parcel import open_parcel
from troth.protocol.progress import open_common, open_exact, word_key
from troth.protocol.root import Cost, derive
from troth.protocol.seal import Place, open_sealed
from troth.protocol.session import form_token, session_hash
from troth.protocol.shamir import join, read_share

KEY = bytes(range(32))
PLACE = Place("contact", b"\1\2", "name", "sdcs")
COST = Cost(log2_n=4)
DERIVED = derive(Code("BCDFGHJKMNPRTVW2"), Pepper(KEY), "sdcs", COST)


@pytest.fixture(scope="module")
def frozen(vectors: Any) -> dict[str, Any]:
    read: dict[str, Any] = vectors("formats")
    return read


def raw(frozen: dict[str, Any], name: str) -> bytes:
    return bytes.fromhex(frozen[name])


def test_derived_values_are_those_of_the_first_version(frozen: dict[str, Any]) -> None:
    assert DERIVED.handle == raw(frozen, "handle")
    assert DERIVED.state_key == raw(frozen, "state_key")
    assert DERIVED.tag == raw(frozen, "tag")
    assert word_key(DERIVED.state_key, "green kettle", COST) == raw(frozen, "word_key")
    assert PLACE.encode() == raw(frozen, "place")
    assert link(GENESIS, b"answer") == raw(frozen, "link")
    assert index(IndexKey(KEY), "Siân O'Neill", "CF10 1AA") == raw(frozen, "index")
    assert session_hash(SessionId(bytes(16))) == raw(frozen, "session_hash")
    assert form_token(SessionId(bytes(16)), 7) == frozen["form_token"]


def test_sealed_values_of_the_first_version_still_open(frozen: dict[str, Any]) -> None:
    exact_key = word_key(DERIVED.state_key, "green kettle", COST)
    opened = [
        open_sealed(KEY, raw(frozen, "sealed"), PLACE),
        open_exact(exact_key, raw(frozen, "exact"), DERIVED.handle, 7),
        open_common(DERIVED.state_key, raw(frozen, "common"), DERIVED.handle, 7),
        AnalysisOpener(AnalysisSeed(KEY)).open(raw(frozen, "box"), b"page 1"),
        StripOpener(StripPrivate(raw(frozen, "strip_private"))).open(raw(frozen, "strip"), b"step 1"),
        open_parcel(RecipientPrivate(raw(frozen, "recipient_private")), raw(frozen, "parcel"), PLACE),
        unlock(
            BucketPrivate(raw(frozen, "bucket_private")),
            Locked(raw(frozen, "wrapped"), raw(frozen, "locked")),
            PLACE,
        ),
        open_cookie(CookieKey(KEY), "__Host-s", frozen["cookie"]),
    ]
    assert opened == [b"answer"] * 8


def test_a_ticket_of_the_first_version_is_still_made_and_read(frozen: dict[str, Any]) -> None:
    secret, public = ClaimSecret(bytes(range(16))), IssuerPublic(raw(frozen, "issuer_public"))
    assert show_claim_secret(secret) == frozen["claim_secret_shown"]
    assert read_claim_secret(frozen["claim_secret_shown"]) == secret
    begun = begin_ticket(secret, "voucher", "sdcs", public)
    assert begun.blinded == raw(frozen, "blinded")
    assert blinded_hash(begun.blinded) == raw(frozen, "blinded_hash")
    ticket = finish_ticket(begun, raw(frozen, "blind_signature"))
    assert ticket.show() == frozen["ticket"]
    assert ticket == read_ticket(frozen["ticket"])
    assert verify_ticket(ticket, "sdcs", public)
    assert spent_key(ticket) == raw(frozen, "spent_key")


def test_shares_and_signatures_of_the_first_version_are_still_read(frozen: dict[str, Any]) -> None:
    shares = [read_share(text) for text in frozen["shares"]]
    assert join(shares[:2]) == join(shares[1:]) == KEY
    assert sign(SigningPrivate(raw(frozen, "signing_private")), b"answer") == raw(frozen, "signature")
    assert verify(SigningPublic(raw(frozen, "signing_public")), b"answer", raw(frozen, "signature"))
