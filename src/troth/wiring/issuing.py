"""The issuer port's two adaptors: in this process (tests), and over HTTP to a process of its own (production)."""

from __future__ import annotations

import asyncio
import http.client
import ssl
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from troth.kit.errors import Busy
from troth.protocol.claim import SIGNATURE_LENGTH
from troth.sites.issuer import TOKEN_HEADER

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping

    from troth.protocol.blind import IssuerSigner
    from troth.vaults.responses.store import Purpose

    Post = Callable[[str, bytes, Mapping[str, str]], Awaitable[tuple[int, bytes]]]
    """Path, body and headers of a POST; the status and the body of its answer. Raises OSError, HTTPException."""

_SECONDS: Final = 10
_OK: Final = 200


@dataclass(frozen=True)
class IssuerHere:
    """Signs in this process."""

    signers: Mapping[Purpose, IssuerSigner]

    async def sign(self, purpose: Purpose, blinded: bytes) -> bytes:
        """The blind signature, 384 bytes. Raises Invalid."""
        return await asyncio.to_thread(self.signers[purpose].sign, blinded)


class IssuerElsewhere:
    """Asks the issuer process. Not reached, it is busy: the response is complete, and the page's button can be pressed again."""

    def __init__(self, address: str, token: str, post: Post | None = None) -> None:
        """`post` is the network unless a rehearsal, which has the issuer's app in its own process, gives another."""
        self._post = post or _network(address)
        self._headers = {TOKEN_HEADER: token}

    async def sign(self, purpose: Purpose, blinded: bytes) -> bytes:
        """The blind signature, 384 bytes. Raises Busy."""
        try:
            status, signature = await self._post(f"/sign/{purpose}", blinded, self._headers)
        except (OSError, http.client.HTTPException):
            status, signature = 0, b""
        if status != _OK or len(signature) != SIGNATURE_LENGTH:
            raise Busy("the tickets cannot be signed just now", mend="Nothing is lost; try again in a minute")
        return signature


def _network(address: str, seconds: float = _SECONDS) -> Post:
    """One connection a POST, in a thread: two a response, and a pool of them would hold memory for the whole collection.

    Nobody waits longer than `seconds`, also for a free thread: there are few, and an issuer that hangs holds them all.
    """
    at = urlsplit(address)
    secure = ssl.create_default_context() if at.scheme == "https" else None

    def once(path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        connection = (
            http.client.HTTPSConnection(at.netloc, timeout=seconds, context=secure)
            if secure
            else http.client.HTTPConnection(at.netloc, timeout=seconds)
        )
        try:
            connection.request("POST", path, body, dict(headers))
            answer = connection.getresponse()
            return answer.status, answer.read(SIGNATURE_LENGTH + 1)
        finally:
            connection.close()

    async def post(path: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, bytes]:
        async with asyncio.timeout(seconds):
            return await asyncio.to_thread(once, path, body, headers)

    return post
