"""The browser's half of a ticket gives the same bytes as ours, and stays small and alone."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from troth.protocol.blind import IssuerSigner
from troth.protocol.claim import (
    Purpose,
    begin_ticket,
    finish_ticket,
    new_claim_secret,
    read_claim_secret,
    read_ticket,
    show_claim_secret,
    verify_ticket,
)
from troth.protocol.names import ClaimSecret

SOURCE = Path(__file__).parents[2] / "assets" / "js" / "ticket.js"


@pytest.mark.npm
def test_secrets_are_shown_alike(peer: Any) -> None:
    cases = [ClaimSecret(bytes(16)), ClaimSecret(b"\xff" * 16), *(new_claim_secret() for _ in range(100))]
    shown = peer("showSecrets", secrets=[secret.hex() for secret in cases])
    assert shown == [show_claim_secret(secret) for secret in cases]


@pytest.mark.npm
def test_a_secret_of_the_browser_is_fresh_and_has_16_bytes(peer: Any) -> None:
    first, second = peer("newSecret"), peer("newSecret")
    assert first != second
    assert len(bytes.fromhex(first)) == 16


@pytest.mark.npm
@pytest.mark.parametrize("purpose", ["voucher", "interview"])
@pytest.mark.parametrize("study", ["sdcs", "astudiaeth-gyfrinachol-ŵ-ŷ"])
def test_the_browser_and_we_begin_with_the_same_bytes(purpose: Purpose, study: str, issuer: Any, peer: Any) -> None:
    _, public = issuer
    cases = [ClaimSecret(bytes(16)), *(new_claim_secret() for _ in range(5))]
    theirs = peer("ticketBegin", secrets=[s.hex() for s in cases], purpose=purpose, study=study, spki=public)
    assert theirs == [begin_ticket(secret, purpose, study, public).blinded.hex() for secret in cases]


@pytest.mark.npm
def test_a_ticket_of_the_browser_is_the_ticket_we_would_make(issuer: Any, peer: Any) -> None:
    private, public = issuer
    secret = new_claim_secret()
    begun = begin_ticket(secret, "interview", "sdcs", public)
    signed = IssuerSigner(private).sign(begun.blinded)
    text = peer("ticketFinish", secret=secret, purpose="interview", study="sdcs", spki=public, signature=signed)
    assert text == finish_ticket(begun, signed).show()
    assert verify_ticket(read_ticket(text), "sdcs", public)


@pytest.mark.npm
def test_the_browser_refuses_an_answer_that_is_no_signature(issuer: Any, peer: Any) -> None:
    _, public = issuer
    secret = new_claim_secret()
    for wrong in (bytes(384), b"\x01" * 384, b"\x01"):
        answer = peer("ticketFinish", secret=secret, purpose="voucher", study="sdcs", spki=public, signature=wrong)
        assert answer == {"error": "not a signature of what was sent"}


@pytest.mark.npm
def test_the_secret_of_the_browser_is_one_that_we_read(peer: Any) -> None:
    secret = bytes.fromhex(peer("newSecret"))
    (shown,) = peer("showSecrets", secrets=[secret.hex()])
    assert read_claim_secret(shown) == secret


def test_the_module_sends_nothing_stores_nothing_and_imports_nothing() -> None:
    source = SOURCE.read_text()
    assert len(source) < 6000
    for word in (
        "fetch(",
        "XMLHttpRequest",
        "localStorage",
        "sessionStorage",
        "document",
        "import ",
        "eval",
        "Math.random",
    ):
        assert word not in source, word
    assert re.findall(r"^export (?:async )?(?:function|const) (\w+)", source, re.MULTILINE) == [
        "newSecret",
        "showSecret",
        "beginTicket",
        "finishTicket",
        "showTicket",
    ]
