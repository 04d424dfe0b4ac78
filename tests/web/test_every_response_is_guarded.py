"""Headers, bodies, other sites' forms and errors, over the whole gallery."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

import httpx
import pytest
from starlette.requests import Request
from tests.web.gallery import app

from troth.web.errors import ErrorPages
from troth.web.guard import Guard
from troth.web.headers import SecureHeaders, policy

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

FORM = {"content-type": "application/x-www-form-urlencoded"}
GALLERY = app()


def ask(method: str, path: str, base: str = "http://localhost", **kwargs: Any) -> httpx.Response:
    async def go() -> httpx.Response:
        transport = httpx.ASGITransport(app=GALLERY)
        async with httpx.AsyncClient(transport=transport, base_url=base) as client:
            return await client.request(method, path, **kwargs)

    return asyncio.run(go())


EVERYTHING = [
    ("GET", "/", 303), ("GET", "/en/components", 200), ("GET", "/cy/q/single", 200), ("POST", "/en/q/single", 200),
    ("POST", "/en/exit", 303), ("GET", "/nowhere", 404), ("GET", "/xx/components", 404), ("GET", "/en/exit", 405),
    ("GET", "/en/fail", 500), ("GET", "/cy/busy", 503), ("GET", "/static/none.css", 404), ("PUT", "/echo", 405),
]  # fmt: skip


@pytest.mark.parametrize(("method", "path", "status"), EVERYTHING)
def test_every_response_carries_the_headers_and_is_not_stored(method: str, path: str, status: int) -> None:
    response = ask(method, path)
    assert response.status_code == status
    headers = response.headers
    assert headers["cache-control"] == "no-store"
    assert headers["content-security-policy"] == policy(["https://www.example.org"])
    assert "unsafe" not in headers["content-security-policy"]
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cross-origin-opener-policy"] == "same-origin"
    assert "camera=()" in headers["permissions-policy"]
    assert not headers["server"]
    assert "set-cookie" not in headers
    assert "strict-transport-security" not in headers


def test_over_https_the_browser_is_told_to_stay_there() -> None:
    assert "strict-transport-security" in ask("GET", "/en/components", base="https://survey.example").headers


def test_only_static_files_are_kept_by_browsers_and_they_are_packed() -> None:
    from troth.web.static import asset

    response = ask("GET", asset("theme.css"))
    assert response.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert response.headers["content-encoding"] == "gzip"
    assert ".govuk-radios" in response.text
    plain = ask("GET", asset("theme.css"), headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.text == response.text


@pytest.mark.parametrize(
    "bad", ["", "example.org", "http://example.org", "https://a b", "https://x;script-src *", "https://x/path"]
)
def test_a_form_origin_that_would_widen_the_policy_is_refused(bad: str) -> None:
    with pytest.raises(ValueError, match="origin"):
        SecureHeaders(GALLERY, [bad])


@pytest.mark.parametrize(
    ("headers", "through"),
    [
        ({}, True),
        ({"sec-fetch-site": "same-origin"}, True),
        ({"sec-fetch-site": "none"}, True),
        ({"sec-fetch-site": "cross-site"}, False),
        ({"sec-fetch-site": "same-site"}, False),
        ({"sec-fetch-site": "cross-site", "origin": "http://localhost"}, False),
        ({"origin": "http://localhost"}, True),
        ({"origin": "null"}, True),
        ({"origin": "https://localhost"}, False),
        ({"origin": "http://evil.example"}, False),
    ],
)
def test_a_form_sent_from_another_site_is_refused(headers: dict[str, str], through: bool) -> None:
    response = ask("POST", "/echo", headers={**FORM, **headers}, content=b"a=1")
    assert (response.status_code == 200) is through
    if not through:
        assert response.status_code == 403
        assert "another website" in response.text


@pytest.mark.parametrize(
    ("headers", "content", "status"),
    [
        (FORM, b"a=" + b"x" * 70_000, 413),
        ({"content-type": "multipart/form-data; boundary=x"}, b"--x--", 415),
        ({"content-type": "application/json"}, b"{}", 415),
        ({"content-type": "text/plain"}, b"a=1", 415),
        ({}, b"a=1", 415),
        (FORM, b"a=%FFsecret", 400),
    ],
)
def test_strange_and_big_bodies_get_plain_words_that_repeat_nothing(
    headers: dict[str, str], content: bytes, status: int
) -> None:
    response = ask("POST", "/echo", headers=headers, content=content)
    assert response.status_code == status
    assert "Nothing that you have saved is lost." in response.text
    assert "secret" not in response.text
    assert "<h1" in response.text


def test_a_big_body_is_refused_before_it_is_read() -> None:
    """The exit form's handler reads no body: the announced length alone is enough."""
    assert ask("POST", "/en/exit", headers=FORM, content=b"x" * 70_000).status_code == 413


def test_a_body_without_a_length_is_counted_as_it_comes() -> None:
    async def endless() -> Any:
        for _ in range(100):
            yield b"a=" + b"x" * 1000 + b"&"

    assert ask("POST", "/echo", headers=FORM, content=endless()).status_code == 413


def test_a_body_that_never_ends_is_given_up() -> None:
    sent: list[Any] = []

    async def dribble() -> Any:
        await asyncio.sleep(30)

    async def keep(message: Any) -> None:
        sent.append(message)

    async def reader(scope: Any, receive: Callable[[], Awaitable[Any]], send: Any) -> None:
        await receive()

    from tests.web.test_press_equals_the_macros import PAGES

    scope = {"type": "http", "method": "POST", "path": "/en/", "scheme": "http",
             "headers": [(b"content-type", b"application/x-www-form-urlencoded"), (b"content-length", b"3")]}  # fmt: skip
    asyncio.run(Guard(reader, ErrorPages(PAGES), seconds=0.05)(scope, dribble, keep))
    assert sent[0]["status"] == 408


def test_a_body_that_drips_in_is_given_up_at_one_deadline_for_the_whole() -> None:
    sent: list[Any] = []
    pieces = 0

    async def drip() -> Any:
        nonlocal pieces
        pieces += 1
        await asyncio.sleep(0.06)
        return {"type": "http.request", "body": b"a", "more_body": pieces < 30}

    async def keep(message: Any) -> None:
        sent.append(message)

    async def reader(scope: Any, receive: Callable[[], Awaitable[Any]], send: Any) -> None:
        while (await receive())["more_body"]:
            pass

    from tests.web.test_press_equals_the_macros import PAGES

    scope = {"type": "http", "method": "POST", "path": "/en/", "scheme": "http",
             "headers": [(b"content-type", b"application/x-www-form-urlencoded"), (b"content-length", b"30")]}  # fmt: skip
    asyncio.run(Guard(reader, ErrorPages(PAGES), seconds=0.3)(scope, drip, keep))
    assert sent[0]["status"] == 408
    assert pieces < 10


def test_an_uncaught_exception_becomes_a_calm_page_and_only_its_name_is_told() -> None:
    told: list[str] = []

    async def broken(scope: Any, receive: Any, send: Any) -> None:
        raise LookupError("what somebody answered")

    async def go() -> httpx.Response:
        from tests.web.test_press_equals_the_macros import PAGES

        guarded = Guard(broken, ErrorPages(PAGES), failed=told.append)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app=guarded), base_url="http://x") as client:
            return await client.get("/cy/page")

    response = asyncio.run(go())
    assert response.status_code == 500
    assert "what somebody answered" not in response.text
    assert "aeth rhywbeth o’i le" in response.text
    assert told == ["LookupError"]


def test_the_site_itself_never_lets_an_exception_through() -> None:
    response = ask("GET", "/en/fail")
    assert "must not be shown" not in response.text
    assert "Sorry, something went wrong" in response.text


def test_busy_says_when_to_come_back_and_in_the_language_of_the_path() -> None:
    response = ask("GET", "/cy/busy")
    assert response.headers["retry-after"] == "10"
    assert 'lang="cy"' in response.text


def test_the_beginning_is_in_the_language_that_the_browser_asks_for() -> None:
    assert ask("GET", "/", headers={"accept-language": "cy, en;q=0.5"}).headers["location"] == "/cy/"
    assert ask("GET", "/", headers={"accept-language": "en-GB,cy;q=0.9"}).headers["location"] == "/en/"
    assert ask("GET", "/", headers={"accept-language": "fr;q=x,,;;"}).headers["location"] == "/en/"


def test_a_refusal_of_ours_does_not_say_that_the_request_came_from_another_website() -> None:
    from tests.web.test_press_equals_the_macros import PAGES

    from troth.kit.errors import Refused

    handler = ErrorPages(PAGES).handlers()[Refused]
    request = Request({"type": "http", "method": "POST", "path": "/en/", "headers": [], "query_string": b""})
    response = asyncio.run(handler(request, Refused("not just now")))  # type: ignore[arg-type]
    assert response.status_code == 409
    assert b"another website" not in response.body
    assert b"Wait a minute" in bytes(response.body)
