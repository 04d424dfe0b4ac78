from __future__ import annotations

import pytest
from starlette.requests import Request
from starlette.responses import Response

from troth.kit.errors import Refused
from troth.protocol import cookie
from troth.web.cookie import SealedCookie, Sealer

SEALER: Sealer = cookie
COOKIE = SealedCookie(cookie.new_cookie_key(), SEALER)


def _back(header: str) -> Request:
    return Request({"type": "http", "headers": [(b"cookie", header.split(";", 1)[0].encode())]})


def _set(payload: bytes = b"session") -> str:
    response = Response()
    COOKIE.set(response, payload)
    return response.headers["set-cookie"]


def test_what_was_set_is_read_back_and_bound_to_this_host_and_visit() -> None:
    header = _set()
    assert header.startswith("__Host-troth=")
    parts = {part.strip().lower() for part in header.split(";")[1:]}
    assert parts == {"path=/", "secure", "httponly", "samesite=strict"}
    assert COOKIE.read(_back(header)) == b"session"


def test_another_key_another_name_or_a_changed_value_reads_as_no_cookie() -> None:
    header = _set()
    assert SealedCookie(cookie.new_cookie_key(), SEALER).read(_back(header)) is None
    other = SealedCookie(COOKIE.key, SEALER, name="__Host-other")
    assert other.read(_back(header.replace("troth", "other", 1))) is None
    value = header.split("=", 1)[1].split(";", 1)[0]
    changed = value[:100] + ("A" if value[100] != "A" else "B") + value[101:]
    assert COOKIE.read(_back(f"__Host-troth={changed}")) is None
    assert COOKIE.read(_back("other=1")) is None
    assert COOKIE.read(_back("__Host-troth=" + "A" * 5000)) is None
    assert COOKIE.read(_back("__Host-troth=\xff")) is None


def test_the_cookie_hides_what_it_carries_and_how_long_that_is() -> None:
    short, long = _set(b"s"), _set(b"session" * 20)
    assert len(short) == len(long)
    assert "session" not in long
    assert _set() != _set()


def test_clearing_forgets_at_once() -> None:
    response = Response()
    COOKIE.clear(response)
    assert "Max-Age=0" in response.headers["set-cookie"]


def test_a_payload_that_does_not_fit_is_an_error_here_and_not_in_the_browser() -> None:
    with pytest.raises(Refused):
        COOKIE.set(Response(), b"x" * 4000)


def test_the_key_is_not_in_the_repr() -> None:
    assert "key" not in repr(COOKIE)
