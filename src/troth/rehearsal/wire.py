"""The wire of a rehearsal: requests to an ASGI app in this process, as a browser on that site would send them."""

from __future__ import annotations

import asyncio
import contextlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import unquote, urlencode, urlsplit

import httpx

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Mapping

    from starlette.types import ASGIApp, Message

    from troth.wiring.issuing import Post

Form = dict[str, list[str]]
_COOKIE: Final = "__Host-troth"


@dataclass(frozen=True)
class Site:
    """One site's app behind its origin."""

    app: ASGIApp
    origin: str

    async def ask(
        self, method: str, path: str, form: Mapping[str, Any] | None, headers: Mapping[str, str]
    ) -> httpx.Response:
        """What the app answers (ASGI specification 3.0, HTTP 2.3). By hand: a client for the network doubles the time of a request."""
        where, (path, _, query) = urlsplit(self.origin), path.partition("?")
        body = urlencode(form or {}, doseq=True).encode()
        sent = {"host": where.netloc, "accept": "text/html", **headers}
        if form is not None:
            sent |= {"content-type": "application/x-www-form-urlencoded", "content-length": str(len(body))}
        scope = {
            "type": "http", "asgi": {"version": "3.0", "spec_version": "2.3"}, "http_version": "1.1", "method": method,
            "scheme": where.scheme, "server": (where.hostname, where.port), "client": ("127.0.0.1", 123), "root_path": "",
            "path": unquote(path), "raw_path": path.encode(), "query_string": query.encode(),
            "headers": [(name.encode(), value.encode()) for name, value in sent.items()],
        }  # fmt: skip
        coming: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]
        told: list[Message] = []

        async def receive() -> Message:
            return coming.pop() if coming else await asyncio.Future()

        async def send(message: Message) -> None:
            told.append(message)

        await self.app(scope, receive, send)
        (start, *parts) = told
        content = b"".join(part.get("body", b"") for part in parts)
        return httpx.Response(start["status"], headers=start["headers"], content=content)


def posted(app: ASGIApp) -> Post:
    """A POST to that app without a network: what `wiring.issuing.IssuerElsewhere` asks with."""

    async def post(path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://inside") as client:
            answer = await client.post(path, content=body, headers=dict(headers))
        return answer.status_code, answer.content

    return post


@contextlib.asynccontextmanager
async def serving(app: ASGIApp, origin: str) -> AsyncIterator[Site]:
    """The app is started, answers under that origin, and is shut down at the end, as a server would."""
    async with _alive(app):
        yield Site(app, origin)


@dataclass
class Browser:
    """One browser at one site: sends forms from the site's own pages, keeps the one cookie, forgets it when closed."""

    site: Site
    cookie: str = field(default="", repr=False)

    async def get(self, path: str) -> httpx.Response:
        """The page; redirects are the caller's."""
        return await self._ask("GET", path, None)

    async def post(self, path: str, form: Mapping[str, Any]) -> httpx.Response:
        """The form is sent."""
        return await self._ask("POST", path, form)

    async def follow(self, answer: httpx.Response) -> httpx.Response:
        """Where a redirect within the site leads, or the answer itself."""
        for _ in range(4):
            where = answer.headers.get("location", "")
            if answer.status_code != httpx.codes.SEE_OTHER or not where.startswith("/"):
                break
            answer = await self.get(where)
        return answer

    def close(self) -> None:
        """The window is closed: the cookie was the session's and goes with it."""
        self.cookie = ""

    async def _ask(self, method: str, path: str, form: Mapping[str, Any] | None) -> httpx.Response:
        headers = {"sec-fetch-site": "same-origin", "origin": self.site.origin}
        if self.cookie:
            headers["cookie"] = f"{_COOKIE}={self.cookie}"
        answer = await self.site.ask(method, path, form, headers)
        for line in answer.headers.get_list("set-cookie"):
            name, _, value = line.split(";", 1)[0].partition("=")
            if name == _COOKIE:
                self.cookie = "" if value in {"", '""'} else value
        return answer


@contextlib.asynccontextmanager
async def _alive(app: ASGIApp) -> AsyncIterator[None]:
    """ASGI's lifespan: startup before, shutdown after (ASGI specification 3.0, lifespan 2.0)."""
    inbox: asyncio.Queue[Message] = asyncio.Queue()
    outbox: asyncio.Queue[Message] = asyncio.Queue()
    scope = {"type": "lifespan", "asgi": {"version": "3.0", "spec_version": "2.0"}}

    async def live() -> None:
        await app(scope, inbox.get, outbox.put)

    running = asyncio.create_task(live())

    async def told(event: str) -> None:
        await inbox.put({"type": event})
        answer = asyncio.create_task(outbox.get())
        await asyncio.wait({answer, running}, return_when=asyncio.FIRST_COMPLETED)
        if not answer.done():
            answer.cancel()

    await told("lifespan.startup")
    try:
        yield
    finally:
        await told("lifespan.shutdown")
        await running
