"""A session is known by its hash; a form carries a token that only its session and step could have.

Why it is safe. The session id (16 random bytes) is in the sealed cookie only; the database keeps a labelled SHA-256,
from which 128 bits do not come back. A form's token is HMAC-SHA256 under the session id over the step number, cut to
72 bits: somebody who sees a page's source (or a saved copy of it) learns neither the session nor how many pages were
answered, and somebody elsewhere cannot forge a form. Comparisons take the same time wherever the difference is.

P07, P09.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from typing import Final

from troth.protocol.label import Label, framed
from troth.protocol.names import SessionHash, SessionId

TOKEN_LENGTH: Final = 12
"""Characters in a form's token."""


def new_session() -> SessionId:
    """A fresh session id of 16 bytes."""
    return SessionId(secrets.token_bytes(16))


def session_hash(session: SessionId) -> SessionHash:
    """32 bytes to keep with the handle."""
    return SessionHash(hashlib.sha256(framed(Label.SESSION, session)).digest())


def form_token(session: SessionId, n: int) -> str:
    """12 characters of base64url for step `n` (0 to 2^32-1) of this session."""
    mac = hmac.digest(session, framed(Label.FORM_TOKEN, n.to_bytes(4, "big")), "sha256")
    return base64.urlsafe_b64encode(mac[:9]).decode()


def answer_token(session: SessionId, n: int, page: bytes) -> str:
    """12 characters that say: this session was shown these very answers to step `n` (0 to 2^32-1) a moment before.

    HMAC under the session id: a page's source that holds it tells nothing of the answers to somebody who cannot see them there.
    """
    mac = hmac.digest(session, framed(Label.ANSWER_TOKEN, n.to_bytes(4, "big"), page), "sha256")
    return base64.urlsafe_b64encode(mac[:9]).decode()


def same(a: str | bytes, b: str | bytes) -> bool:
    """Whether the two are equal, in a time that does not tell where they differ."""
    return hmac.compare_digest(_raw(a), _raw(b))


def _raw(value: str | bytes) -> bytes:
    return value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value
