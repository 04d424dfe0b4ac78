from __future__ import annotations

import base64
import hashlib
import hmac
from typing import TYPE_CHECKING

import pytest
from starlette.requests import Request
from starlette.responses import Response

from troth.kit.errors import CannotOpen
from troth.protocol.names import CookieKey
from troth.web.cookie import SealedCookie

if TYPE_CHECKING:
    from troth.web.cookie import Sealer


class _Tagging:
    """Authenticates, as the real one does; what it hides is that one's business."""

    def _tag(self, key: CookieKey, name: str, payload: bytes) -> bytes:
        return hmac.digest(key, name.encode() + payload, hashlib.sha256)

    def seal_cookie(self, key: CookieKey, name: str, payload: bytes, /) -> str:
        return base64.urlsafe_b64encode(self._tag(key, name, payload) + payload).decode().rstrip("=")

    def open_cookie(self, key: CookieKey, name: str, value: str, /) -> bytes:
        raw = base64.urlsafe_b64decode(value + "=" * (-len(value) % 4))
        if not hmac.compare_digest(raw[:32], self._tag(key, name, raw[32:])):
            raise CannotOpen("the cookie did not open")
        return raw[32:]


SEALER: Sealer = _Tagging()
COOKIE = SealedCookie(CookieKey(b"k" * 32), SEALER)


def _back(header: str) -> Request:
    return Request({"type": "http", "headers": [(b"cookie", header.split(";", 1)[0].encode())]})


def test_what_was_set_is_read_back_and_bound_to_this_host_and_visit() -> None:
    response = Response()
    COOKIE.set(response, b"session")
    header = response.headers["set-cookie"]
    assert header.startswith("__Host-troth=")
    parts = {part.strip().lower() for part in header.split(";")[1:]}
    assert parts == {"path=/", "secure", "httponly", "samesite=strict"}
    assert COOKIE.read(_back(header)) == b"session"


def test_another_key_or_a_changed_value_reads_as_no_cookie() -> None:
    response = Response()
    COOKIE.set(response, b"session")
    header = response.headers["set-cookie"]
    assert SealedCookie(CookieKey(b"x" * 32), SEALER).read(_back(header)) is None
    assert COOKIE.read(_back(header.replace("=", "=AAAA", 1))) is None
    assert COOKIE.read(_back("other=1")) is None
    assert COOKIE.read(_back("__Host-troth=" + "A" * 5000)) is None


def test_clearing_forgets_at_once() -> None:
    response = Response()
    COOKIE.clear(response)
    assert "Max-Age=0" in response.headers["set-cookie"]


def test_a_cookie_that_browsers_would_drop_is_an_error_here() -> None:
    with pytest.raises(ValueError, match="too long"):
        COOKIE.set(Response(), b"x" * 4000)


def test_the_key_is_not_in_the_repr() -> None:
    assert "kkkk" not in repr(COOKIE)
