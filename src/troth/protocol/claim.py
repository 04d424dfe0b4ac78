"""A ticket proves that some response was completed, for one purpose, and not which.

Why it is safe. Everything a ticket needs (its nonce, the PSS salt, the blinding factor) is derived from a 16-byte
claim secret made where the respondent is. HKDF-SHA256 with separate labels, and with purpose, study and the hash of
the issuer's key in every derivation, makes the values independent of each other and of those of the other ticket; to
who does not know the secret they look uniform, so `protocol.blind`'s argument holds as far as HKDF does. The blinding
factor reduces 400 derived bytes modulo a 384-byte n: its bias is below 2^-128. Because nothing else is random, the
same secret always gives the same blinded value: a lost ticket is recovered by asking again, and the issuer, which
keeps `blinded_hash`, signs only an identical value again, so one response never yields two tickets.

The signed message names purpose and study, so a voucher ticket buys no interview. The 32-byte nonce is the random
prefix of RFC 9474's randomised variant. A ticket is spent by a hash of its nonce, not of its signature: another
signature over the same nonce is the same ticket.

What it does not promise: where the *server* derives (no JavaScript), its memory held the secret for a moment, and a
malicious server could have kept it. Who knows the secret can recognise the ticket: it is shown to be kept private.

The secret is shown as 32 characters of the code alphabet, in two lines of 16 with a check each; the two lines have
different check sums, so lines that changed places are noticed too.

P15, P23.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
import secrets
from dataclasses import dataclass
from typing import Final, Literal

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from troth.kit.errors import Invalid
from troth.protocol.blind import Blinding, blind, finalize, modulus, verify
from troth.protocol.code import ALPHABET, CODE_LENGTH, Mistyped, checked, passes, typed_characters
from troth.protocol.label import Label, framed
from troth.protocol.names import ClaimSecret, IssuerPublic

Purpose = Literal["voucher", "interview"]

SECRET_LENGTH: Final = 16
NONCE_LENGTH: Final = 32
SIGNATURE_LENGTH: Final = 384
BLINDED_LENGTH: Final = 384
_PREFIXES: Final[dict[Purpose, int]] = {"voucher": 0x11, "interview": 0x12}  # high half: version 1
_PURPOSES: Final[dict[int, Purpose]] = {prefix: purpose for purpose, prefix in _PREFIXES.items()}
_DIGITS: Final = 2 * (CODE_LENGTH - 1)
_TICKET_TEXT: Final = re.compile(r"[A-Za-z0-9_-]{556}")


@dataclass(frozen=True, slots=True, repr=False)
class Begun:
    """A ticket that waits for its signature. `blinded` (384 bytes) is what the issuer sees; the rest stays here."""

    blinded: bytes
    purpose: Purpose
    nonce: bytes
    prepared: bytes
    blinding: Blinding
    issuer_public: IssuerPublic

    def __repr__(self) -> str:
        return f"Begun({self.purpose}, redacted)"


@dataclass(frozen=True, slots=True, repr=False)
class Ticket:
    """A finished ticket: purpose, nonce (32 bytes), signature (384 bytes)."""

    purpose: Purpose
    nonce: bytes
    signature: bytes

    def __repr__(self) -> str:
        return f"Ticket({self.purpose}, redacted)"

    def show(self) -> str:
        """The ticket as 556 characters of base64url; `read_ticket` reads it."""
        return base64.urlsafe_b64encode(bytes([_PREFIXES[self.purpose]]) + self.nonce + self.signature).decode()


def new_claim_secret() -> ClaimSecret:
    """A fresh claim secret of 16 bytes."""
    return ClaimSecret(secrets.token_bytes(SECRET_LENGTH))


def show_claim_secret(secret: ClaimSecret) -> str:
    """The secret as 32 characters in 8 groups of 4; each half of 16 ends in a check character."""
    if len(secret) != SECRET_LENGTH:
        raise Invalid("a claim secret has 16 bytes")
    number = int.from_bytes(secret, "big")
    digits = ""
    for _ in range(_DIGITS):
        number, value = divmod(number, len(ALPHABET))
        digits = ALPHABET[value] + digits
    text = checked(digits[: _DIGITS // 2]) + checked(digits[_DIGITS // 2 :], 1)
    return " ".join(text[i : i + 4] for i in range(0, len(text), 4))


def read_claim_secret(typed: str) -> ClaimSecret:
    """The secret that was typed, whatever its case and spacing. Raises `Mistyped`, saying which half, never what."""
    text = typed_characters(typed)
    if len(text) != 2 * CODE_LENGTH:
        raise Mistyped("it has 32 characters, and a different number was typed", mend="Check for a missing one")
    first, second = text[:CODE_LENGTH], text[CODE_LENGTH:]
    for half, remainder, name in ((first, 0, "first"), (second, 1, "second")):
        if not passes(half, remainder):
            raise Mistyped(f"a character is wrong in the {name} four groups", mend="Check each against what you kept")
    number = 0
    for character in first[:-1] + second[:-1]:
        number = number * len(ALPHABET) + ALPHABET.index(character)
    if number >= 1 << (8 * SECRET_LENGTH):  # 30 digits hold a little more than 16 bytes
        raise Mistyped("this was never shown as a claim secret", mend="Check each character against what you kept")
    return ClaimSecret(number.to_bytes(SECRET_LENGTH, "big"))


def begin_ticket(secret: ClaimSecret, purpose: Purpose, study: str, issuer_public: IssuerPublic) -> Begun:
    """The blinded value for the issuer, always the same for the same four arguments; 0.15 ms. Raises `Invalid`."""
    if len(secret) != SECRET_LENGTH:
        raise Invalid("a claim secret has 16 bytes")
    fields = (purpose.encode(), study.encode(), hashlib.sha256(issuer_public).digest())
    nonce = _from_secret(secret, Label.TICKET_NONCE, NONCE_LENGTH, *fields)
    salt = _from_secret(secret, Label.TICKET_PSS_SALT, 48, *fields)
    n = modulus(issuer_public)
    if (n.bit_length() + 7) // 8 != BLINDED_LENGTH:
        raise Invalid("an issuer's key has 3072 bits")
    prepared = nonce + _message(purpose, study)
    for attempt in range(256):  # the first always serves, unless it met a factor of n
        wide = _from_secret(secret, Label.TICKET_BLIND, BLINDED_LENGTH + 16, *fields, bytes([attempt]))
        try:
            blinded, blinding = blind(issuer_public, prepared, int.from_bytes(wide, "big") % n, salt)
        except Invalid:
            continue
        return Begun(blinded, purpose, nonce, prepared, blinding, issuer_public)
    raise Invalid("the issuer's key is not one that tickets can be made for")


def finish_ticket(begun: Begun, blind_signature: bytes) -> Ticket:
    """The finished ticket, its signature verified. Raises `Invalid` where the issuer's answer is wrong."""
    signature = finalize(begun.issuer_public, begun.prepared, blind_signature, begun.blinding)
    return Ticket(begun.purpose, begun.nonce, signature)


def read_ticket(text: str) -> Ticket:
    """The ticket that `Ticket.show` gave; white space of a line-wrapped paste is ignored. Raises `Invalid`."""
    plain = "".join(text.split())
    if not _TICKET_TEXT.fullmatch(plain):
        raise Invalid("this is not a ticket", mend="Copy the whole ticket again")
    try:
        raw = base64.b64decode(plain, altchars=b"-_", validate=True)
    except binascii.Error:  # pragma: no cover - the pattern leaves nothing that fails
        raise Invalid("this is not a ticket") from None
    purpose = _PURPOSES.get(raw[0])
    if purpose is None:
        raise Invalid("this is not a ticket of this version", mend="Copy the whole ticket again")
    return Ticket(purpose, raw[1 : 1 + NONCE_LENGTH], raw[1 + NONCE_LENGTH :])


def verify_ticket(ticket: Ticket, study: str, issuer_public: IssuerPublic) -> bool:
    """Whether the issuer signed this ticket for its purpose and this study. Whether it is spent, the vault knows."""
    return verify(issuer_public, ticket.nonce + _message(ticket.purpose, study), ticket.signature)


def spent_key(ticket: Ticket) -> bytes:
    """32 bytes that name the ticket in the table of spent ones, and nothing else."""
    return hashlib.sha256(framed(Label.TICKET_SPENT, ticket.purpose.encode(), ticket.nonce)).digest()


def blinded_hash(blinded: bytes) -> bytes:
    """32 bytes that the issuer keeps with the handle: only an identical blinded value is signed again."""
    return hashlib.sha256(framed(Label.TICKET_BLINDED, blinded)).digest()


def _message(purpose: Purpose, study: str) -> bytes:
    return framed(Label.TICKET, purpose.encode(), study.encode())


def _from_secret(secret: ClaimSecret, label: Label, length: int, *fields: bytes) -> bytes:
    # Extract and expand (RFC 5869), as WebCrypto offers them together and only together.
    return HKDF(hashes.SHA256(), length, Label.TICKET_EXTRACT.value, framed(label, *fields)).derive(secret)
