"""Blind signatures are those of RFC 9474, and a faulty or foreign answer never becomes a signature."""

from __future__ import annotations

import secrets
from typing import Any

import gmpy2
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from troth.kit.errors import Invalid
from troth.protocol import blind as room
from troth.protocol.blind import IssuerSigner, SigningFault, blind, encode_pss, finalize, issuer_public, verify
from troth.protocol.names import IssuerPrivate, IssuerPublic

VARIANTS = [
    "RSABSSA-SHA384-PSS-Randomized",
    "RSABSSA-SHA384-PSSZERO-Randomized",
    "RSABSSA-SHA384-PSS-Deterministic",
    "RSABSSA-SHA384-PSSZERO-Deterministic",
]


@pytest.fixture(scope="module")
def rfc_key(vectors: Any) -> tuple[IssuerPrivate, IssuerPublic]:
    p, q, n, e, d = (int(vectors("rfc9474")["key"][name], 16) for name in "pqned")
    numbers = rsa.RSAPrivateNumbers(p, q, d, d % (p - 1), d % (q - 1), pow(q, -1, p), rsa.RSAPublicNumbers(e, n))
    private = IssuerPrivate(
        numbers.private_key().private_bytes(
            serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
        )
    )
    return private, issuer_public(private)


def test_the_vectors_of_the_rfc_are_all_there(vectors: Any) -> None:
    assert [vector["name"] for vector in vectors("rfc9474")["vectors"]] == VARIANTS


@pytest.mark.parametrize("variant", range(4), ids=VARIANTS)
def test_every_step_gives_the_bytes_of_the_rfc(variant: int, vectors: Any, rfc_key: Any) -> None:
    private, public = rfc_key
    vector = {k: v if k == "name" else bytes.fromhex(v) for k, v in vectors("rfc9474")["vectors"][variant].items()}
    n = int(vectors("rfc9474")["key"]["n"], 16)
    r = pow(int.from_bytes(vector["inv"], "big"), -1, n)
    prepared = vector["msg_prefix"] + vector["msg"]

    assert prepared == vector["prepared_msg"]
    assert encode_pss(prepared, n.bit_length() - 1, vector["salt"]) == vector["encoded_msg"]
    blinded, blinding = blind(public, prepared, r, vector["salt"])
    assert blinded == vector["blinded_msg"]
    assert blinding.inverse == int.from_bytes(vector["inv"], "big")
    signature = IssuerSigner(private).sign(blinded)
    assert signature == vector["blind_sig"]
    assert finalize(public, prepared, signature, blinding) == vector["sig"]
    assert verify(public, prepared, vector["sig"], salt_length=len(vector["salt"]))
    assert not verify(public, prepared + b"x", vector["sig"], salt_length=len(vector["salt"]))


def begun(public: IssuerPublic) -> tuple[bytes, bytes, room.Blinding]:
    prepared = secrets.token_bytes(32) + b"a message"
    blinded, blinding = blind(public, prepared, secrets.randbelow(2**3071), secrets.token_bytes(48))
    return prepared, blinded, blinding


def test_signing_twice_gives_the_same_bytes_although_the_base_is_masked_anew(issuer: Any) -> None:
    private, public = issuer
    _, blinded, _ = begun(public)
    signer = IssuerSigner(private)
    assert signer.sign(blinded) == signer.sign(blinded)


def test_a_fault_in_one_half_of_the_computation_is_withheld(issuer: Any) -> None:
    private, public = issuer
    _, blinded, _ = begun(public)
    signer = IssuerSigner(private)
    signer._dp = signer._dp + 2
    with pytest.raises(SigningFault):
        signer.sign(blinded)


def test_what_would_have_leaked_is_a_factor_of_the_modulus(issuer: Any) -> None:
    """The positive control: without the check, that faulty signature factors the key."""
    private, public = issuer
    _, blinded, _ = begun(public)
    signer = IssuerSigner(private)
    signer._dp = signer._dp + 2
    m = gmpy2.mpz(int.from_bytes(blinded, "big"))
    faulty = signer._exponentiate(m)
    assert gmpy2.gcd(gmpy2.powmod(faulty, signer._e, signer._n) - m, signer._n) == signer._q


def test_the_signer_refuses_other_lengths_and_numbers_not_below_the_modulus(issuer: Any) -> None:
    private, public = issuer
    signer = IssuerSigner(private)
    for wrong in (b"", bytes(383), bytes(385), room.modulus(public).to_bytes(384, "big"), b"\xff" * 384):
        with pytest.raises(Invalid):
            signer.sign(wrong)


def test_an_answer_for_another_blinded_message_is_refused(issuer: Any) -> None:
    private, public = issuer
    prepared, _, blinding = begun(public)
    _, other, _ = begun(public)
    with pytest.raises(Invalid):
        finalize(public, prepared, IssuerSigner(private).sign(other), blinding)
    for wrong in (b"", bytes(383), bytes(384), b"\xff" * 384, bytes(385)):
        with pytest.raises(Invalid):
            finalize(public, prepared, wrong, blinding)


def test_a_blinding_factor_outside_the_group_is_refused(issuer: Any) -> None:
    _, public = issuer
    n = room.modulus(public)
    for wrong in (0, n, -1, n + 1):
        with pytest.raises(Invalid):
            blind(public, b"m", wrong, bytes(48))


def test_the_signer_sees_different_values_for_one_message(issuer: Any) -> None:
    _, public = issuer
    first, _ = blind(public, b"m", 2**2000 + 1, bytes(48))
    second, _ = blind(public, b"m", 2**2000 + 3, bytes(48))
    assert first != second


def test_what_is_not_an_rsa_key_is_refused() -> None:
    curve = ec.generate_private_key(ec.SECP256R1())
    private = curve.private_bytes(
        serialization.Encoding.DER, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = curve.public_key().public_bytes(
        serialization.Encoding.DER, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    for wrong in (private, b"", b"junk"):
        with pytest.raises(Invalid):
            IssuerSigner(IssuerPrivate(wrong))
    for wrong in (public, b"", b"junk"):
        with pytest.raises(Invalid):
            verify(IssuerPublic(wrong), b"m", bytes(384))


def test_what_the_client_keeps_has_a_redacted_repr(issuer: Any) -> None:
    _, public = issuer
    _, _, blinding = begun(public)
    assert repr(blinding) == "Blinding(redacted)"
    assert str(blinding.inverse)[:12] not in f"{blinding!r} {blinding}"
