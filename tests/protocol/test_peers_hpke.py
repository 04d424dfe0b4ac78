"""Boxes are HPKE as others understand it: each layer opens in an independent implementation, and theirs in ours."""

from __future__ import annotations

from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from pyhpke import AEADId, CipherSuite, KDFId, KEMId, KEMKey

from troth.protocol.boxes import (
    AnalysisOpener,
    AnalysisSealer,
    StripOpener,
    StripSealer,
    analysis_public,
    new_analysis_seed,
    new_strip,
)
from troth.protocol.bucket import lock, new_bucket
from troth.protocol.label import Label, framed
from troth.protocol.names import AnalysisSeed
from troth.protocol.seal import Place, open_for, pad, unpad

X25519_SUITE = CipherSuite.new(KEMId.DHKEM_X25519_HKDF_SHA256, KDFId.HKDF_SHA256, AEADId.AES256_GCM)


def test_the_seed_expands_to_the_published_key_pair(vectors: Any) -> None:
    published = vectors("hpke-pq")["vectors"]
    assert published
    for vector in published:
        seed = AnalysisSeed(bytes.fromhex(vector["skRm"]))
        assert analysis_public(seed).hex() == vector["pkRm"]


def test_the_strip_layer_opens_in_pyhpke() -> None:
    private, public = new_strip()
    outer = StripSealer(public).seal(b"inner", b"context")
    key = KEMKey.from_pyca_cryptography_key(X25519PrivateKey.from_private_bytes(private))
    context = X25519_SUITE.create_recipient_context(outer[:32], key, framed(Label.STRIP_BOX, b"context"))
    assert context.open(outer[32:]) == b"inner"


def test_a_layer_of_pyhpke_opens_in_ours() -> None:
    private, public = new_strip()
    key = KEMKey.from_pyca_cryptography_key(X25519PublicKey.from_public_bytes(public))
    enc, context = X25519_SUITE.create_sender_context(key, framed(Label.STRIP_BOX, b"context"))
    assert StripOpener(private).open(enc + context.seal(b"inner"), b"context") == b"inner"


def test_a_wrapped_key_of_a_bucket_opens_in_pyhpke() -> None:
    private, public = new_bucket()
    place = Place("contact", b"\1", "letter")
    locked = lock(public, b"body", place)
    key = KEMKey.from_pyca_cryptography_key(X25519PrivateKey.from_private_bytes(private))
    info = framed(Label.BUCKET_WRAP, place.encode())
    data_key = X25519_SUITE.create_recipient_context(locked.wrapped[:32], key, info).open(locked.wrapped[32:])
    assert open_for(data_key, locked.sealed, framed(Label.BUCKET_BODY, place.encode())) == b"body"


@pytest.mark.npm
def test_an_analysis_box_opens_in_hpke_js(peer: Any) -> None:
    seed = new_analysis_seed()
    box = AnalysisSealer(analysis_public(seed)).seal(b"answers", 64, b"context")
    opened = peer("hybridOpen", seed=seed, box=box, info=framed(Label.ANALYSIS_BOX, b"context"))
    assert unpad(bytes.fromhex(opened)) == b"answers"


@pytest.mark.npm
def test_a_box_of_hpke_js_opens_in_ours(peer: Any) -> None:
    seed = new_analysis_seed()
    box = peer(
        "hybridSeal",
        publicKey=analysis_public(seed),
        plaintext=pad(b"answers", 64),
        info=framed(Label.ANALYSIS_BOX, b"context"),
    )
    assert AnalysisOpener(seed).open(bytes.fromhex(box), b"context") == b"answers"
