"""The one cookie of a site: sealed, `__Host-`, gone with the browser's session."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

from troth.kit.errors import CannotOpen

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from troth.protocol.names import CookieKey

_BYTES: Final = 4000


class Sealer(Protocol):
    """What `troth.protocol.cookie` does: text in a cookie from bytes, and back."""

    def seal_cookie(self, key: CookieKey, name: str, payload: bytes, /) -> str:
        """A cookie value that only this key under this name opens."""
        ...

    def open_cookie(self, key: CookieKey, name: str, value: str, /) -> bytes:
        """The payload. Raises `CannotOpen`."""
        ...


@dataclass(frozen=True)
class SealedCookie:
    """Sets, reads and clears the cookie. Strictly necessary: it holds the session of one visit, and lives no longer.

    `SameSite=Strict`: another site's link or form arrives without it. No `Max-Age`: the browser forgets it on closing.
    """

    key: CookieKey = field(repr=False)
    sealer: Sealer = field(repr=False)
    name: str = "__Host-troth"

    def set(self, response: Response, payload: bytes) -> None:
        """The response replaces the cookie with this payload.

        Raises:
            ValueError: the sealed cookie is over 4,000 characters, which browsers drop without a word.

        """
        value = self.sealer.seal_cookie(self.key, self.name, payload)
        if len(value) > _BYTES:
            raise ValueError("the cookie is too long for browsers")
        told = f"{self.name}={value}; HttpOnly; Path=/; SameSite=strict; Secure"
        response.raw_headers.append((b"set-cookie", told.encode("ascii")))

    def read(self, request: Request) -> bytes | None:
        """The payload; None where there is no cookie or it does not open (old key, tampered): which is not said."""
        begins, value = f"{self.name}=".encode(), b""
        for name, header in request.scope["headers"]:
            if name == b"cookie":
                for each in header.split(b";"):
                    if (one := each.strip()).startswith(begins):
                        value = one[len(begins) :]
        if not value or len(value) > _BYTES:
            return None
        try:
            return self.sealer.open_cookie(self.key, self.name, value.decode("latin-1"))
        except CannotOpen:
            return None

    def clear(self, response: Response) -> None:
        """The response makes the browser forget the cookie at once."""
        response.delete_cookie(self.name, path="/", secure=True, httponly=True, samesite="strict")
