"""Ours and Cloudflare's blind signatures understand each other, whichever side each plays."""

from __future__ import annotations

import secrets
from typing import Any

import pytest

from troth.protocol.blind import IssuerSigner, blind, finalize, verify

pytestmark = pytest.mark.npm


def test_the_peer_blinds_we_sign_the_peer_finalises_we_verify(issuer: Any, peer: Any) -> None:
    private, public = issuer
    begun = peer("rsaBlind", spki=public, message=b"from the peer")
    blind_signature = IssuerSigner(private).sign(bytes.fromhex(begun["blinded"]))
    signature = peer(
        "rsaFinalize",
        spki=public,
        prepared=begun["prepared"],
        signature=blind_signature,
        inverse=begun["inverse"],
    )
    prepared = bytes.fromhex(begun["prepared"])
    assert prepared[32:] == b"from the peer"
    assert verify(public, prepared, bytes.fromhex(signature))
    assert not verify(public, prepared + b"!", bytes.fromhex(signature))


def test_we_blind_the_peer_signs_we_finalise_the_peer_verifies(issuer: Any, peer: Any) -> None:
    private, public = issuer
    prepared = secrets.token_bytes(32) + b"from us"
    blinded, blinding = blind(public, prepared, secrets.randbelow(2**3071), secrets.token_bytes(48))
    blind_signature = bytes.fromhex(peer("rsaSign", pkcs8=private, blinded=blinded))
    assert blind_signature == IssuerSigner(private).sign(blinded)
    signature = finalize(public, prepared, blind_signature, blinding)
    assert peer("rsaVerify", spki=public, prepared=prepared, signature=signature) is True
    assert peer("rsaVerify", spki=public, prepared=prepared + b"!", signature=signature) is False
