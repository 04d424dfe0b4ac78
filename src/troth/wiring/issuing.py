"""The issuer port's two adaptors: in this process (rehearsals, tests), and over HTTP to a process of its own (production)."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx

from troth.kit.errors import Busy
from troth.protocol.claim import SIGNATURE_LENGTH
from troth.sites.issuer.app import TOKEN_HEADER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from troth.protocol.blind import IssuerSigner
    from troth.vaults.responses.store import Purpose


@dataclass(frozen=True)
class IssuerHere:
    """Signs in this process."""

    signers: Mapping[Purpose, IssuerSigner]

    async def sign(self, purpose: Purpose, blinded: bytes) -> bytes:
        """The blind signature, 384 bytes. Raises Invalid."""
        return await asyncio.to_thread(self.signers[purpose].sign, blinded)


class IssuerElsewhere:
    """Asks the issuer process. Not reached, it is busy: the response is complete, and the page's button can be pressed again."""

    def __init__(self, address: str, token: str, transport: httpx.AsyncBaseTransport | None = None) -> None:
        """`transport` is the network unless a rehearsal, which has the issuer's app in its own process, gives another."""
        headers = {TOKEN_HEADER: token}
        self._client = httpx.AsyncClient(
            base_url=address, headers=headers, timeout=10, trust_env=False, transport=transport
        )

    async def sign(self, purpose: Purpose, blinded: bytes) -> bytes:
        """The blind signature, 384 bytes. Raises Busy."""
        try:
            answer = await self._client.post(f"/sign/{purpose}", content=blinded)
        except httpx.HTTPError:
            answer = None
        if answer is None or answer.status_code != httpx.codes.OK or len(answer.content) != SIGNATURE_LENGTH:
            raise Busy("the tickets cannot be signed just now", mend="Nothing is lost; try again in a minute")
        return answer.content

    async def close(self) -> None:
        """Its connections are closed."""
        await self._client.aclose()
