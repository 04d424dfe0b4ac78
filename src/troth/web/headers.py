"""Security headers on every response, whoever made it: pages, static files, redirects and errors alike."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from starlette.types import ASGIApp, Message, Receive, Scope, Send

_OFF: Final = (
    "accelerometer", "autoplay", "browsing-topics", "camera", "clipboard-read", "display-capture",
    "encrypted-media", "fullscreen", "gamepad", "geolocation", "gyroscope", "hid", "identity-credentials-get",
    "idle-detection", "local-fonts", "magnetometer", "microphone", "midi", "otp-credentials", "payment",
    "picture-in-picture", "publickey-credentials-create", "publickey-credentials-get", "screen-wake-lock", "serial",
    "storage-access", "usb", "xr-spatial-tracking",
)  # fmt: skip
_REPLACED: Final = frozenset({b"server", b"x-powered-by", b"content-security-policy", b"referrer-policy"})


def policy(form_action_origins: Sequence[str] = ()) -> str:
    """The content security policy: everything from ourselves or not at all; forms also to the given origins.

    Raises:
        ValueError: an origin that is not `https://host` (or `http://localhost…` for a demonstration).

    """
    for origin in form_action_origins:
        scheme, _, host = origin.partition("://")
        local = host.split(":")[0] in {"localhost", "127.0.0.1"}
        if not host or set(host) & set(" ;,/'\"") or not (scheme == "https" or (scheme == "http" and local)):
            raise ValueError("a form-action origin is https://host, without a path")
    return "; ".join(
        (
            "default-src 'none'",
            "style-src 'self'",
            "script-src 'self'",
            "img-src 'self'",
            "font-src 'none'",
            "connect-src 'self'",
            " ".join(("form-action 'self'", *form_action_origins)),
            "frame-ancestors 'none'",
            "base-uri 'none'",
        )
    )


class SecureHeaders:
    """ASGI, outermost: every response carries the headers below; `no-store` except where static files said otherwise.

    `form_action_origins` are other origins that a form may lead to, also through a redirect: the neutral site behind
    "Exit this page" (its server side is a redirect that answers a form). HSTS is set where the request came by https,
    or always with `https=True` for a server behind a proxy that ends TLS.
    """

    def __init__(self, app: ASGIApp, form_action_origins: Sequence[str] = (), *, https: bool = False) -> None:
        self._app = app
        self._https = https
        self._hsts = (b"strict-transport-security", b"max-age=63072000; includeSubDomains")
        self._headers = tuple(
            (name.encode(), value.encode())
            for name, value in {
                "content-security-policy": policy(form_action_origins),
                "referrer-policy": "no-referrer",
                "x-content-type-options": "nosniff",
                "x-frame-options": "DENY",
                "cross-origin-opener-policy": "same-origin",
                "cross-origin-embedder-policy": "require-corp",
                "cross-origin-resource-policy": "same-origin",
                "permissions-policy": ", ".join(f"{feature}=()" for feature in _OFF),
                "x-robots-tag": "noindex, nofollow",
                # Servers add their own name where none is set; an empty one says nothing.
                "server": "",
            }.items()
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on; only HTTP responses are changed."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        added = (*self._headers, self._hsts) if self._https or scope.get("scheme") == "https" else self._headers

        async def secured(message: Message) -> None:
            if message["type"] == "http.response.start":
                kept = [(name, value) for name, value in message.get("headers", ()) if name not in _REPLACED]
                if not any(name == b"cache-control" for name, _ in kept):
                    kept.append((b"cache-control", b"no-store"))
                message["headers"] = [*kept, *added]
            await send(message)

        await self._app(scope, receive, secured)
