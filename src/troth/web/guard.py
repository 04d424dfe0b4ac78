"""What is refused before a site sees it: big, slow or strange bodies, and forms sent from other sites.

Also the last hand: an exception that nobody caught becomes a calm page, and its text, which might quote an answer, goes
nowhere; only the name of its class is told.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from starlette.exceptions import HTTPException

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

    from troth.web.errors import ErrorPages

FORM: Final = b"application/x-www-form-urlencoded"
BODY_BYTES: Final = 64 * 1024
BODY_SECONDS: Final = 15.0
_READ: Final = frozenset({"GET", "HEAD", "OPTIONS"})


class Guard:
    """ASGI: only small url-encoded forms of our own pages reach the site, within `seconds`; the rest gets a plain page.

    `failed` is told the class name of an uncaught exception. `bodies` names further content types that this site reads
    itself (the ticket issuer's JSON), each still within `body_bytes`. `open_doors` are paths that another site's form may
    POST to, because such a POST changes nothing.
    """

    def __init__(
        self,
        app: ASGIApp,
        errors: ErrorPages,
        *,
        body_bytes: int = BODY_BYTES,
        seconds: float = BODY_SECONDS,
        bodies: frozenset[bytes] = frozenset(),
        open_doors: frozenset[str] = frozenset(),
        failed: Callable[[str], None] = lambda _: None,
    ) -> None:
        self._app = app
        self._errors = errors
        self._body_bytes = body_bytes
        self._seconds = seconds
        self._bodies = bodies | {FORM}
        self._open_doors = open_doors
        self._failed = failed

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on, or answers it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refused = None if scope["method"] in _READ else self._refusal(scope)
        if refused:
            await self._errors.response(refused, scope["path"])(scope, receive, send)
            return
        begun = False

        async def watched(message: Message) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            await self._app(scope, self._bounded(receive), watched)
        except Exception as error:  # noqa: BLE001 - the last hand
            status = error.status_code if isinstance(error, HTTPException) else 500
            if status == 500:  # noqa: PLR2004
                self._failed(type(error).__name__)
            if not begun:
                await self._errors.response(status, scope["path"])(scope, receive, send)

    def _refusal(self, scope: Scope) -> int | None:
        headers: Mapping[bytes, bytes] = dict(scope["headers"])
        if scope["path"] not in self._open_doors and not from_our_own_page(headers, scope.get("scheme", "http")):
            return 403
        length = headers.get(b"content-length", b"")
        if length and (not length.isdigit() or int(length[:20]) > self._body_bytes):
            return 413
        kind = headers.get(b"content-type", b"").split(b";", 1)[0].strip().lower()
        if kind not in self._bodies and (kind or length.strip(b"0") or b"transfer-encoding" in headers):
            return 415
        return None

    def _bounded(self, receive: Receive) -> Receive:
        read = 0
        ended = False
        deadline: float | None = None

        async def bounded() -> Message:
            nonlocal read, ended, deadline
            if ended:
                # After the body only a disconnect comes, and it may take its time.
                return await receive()
            if deadline is None:  # one for the whole body: a limit a piece lets a body drip in for hours
                deadline = asyncio.get_running_loop().time() + self._seconds
            try:
                async with asyncio.timeout_at(deadline):
                    message = await receive()
            except TimeoutError:
                raise HTTPException(408) from None
            read += len(message.get("body", b""))
            if read > self._body_bytes:
                raise HTTPException(413)
            ended = not message.get("more_body", False)
            return message

        return bounded


def from_our_own_page(headers: Mapping[bytes, bytes], scheme: str) -> bool:
    """True unless the request says that another site caused it.

    Browsers since 2020 (Safari since 2023) send `Sec-Fetch-Site` to https and localhost, and no page can forge it: it
    decides where present; `none` means typed or reloaded by the person. Older browsers send `Origin`; because our
    pages send no referrer they may send the word `null`, which another site can also bring about. That is let
    through, and is safe for every session: the cookie is `SameSite=Strict`, so such a request arrives without one.
    """
    site = headers.get(b"sec-fetch-site")
    if site is not None:
        return site in {b"same-origin", b"none"}
    origin = headers.get(b"origin")
    return origin in {None, b"null", scheme.encode() + b"://" + headers.get(b"host", b"")}
