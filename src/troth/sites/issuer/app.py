"""The issuer's one door: POST /sign/voucher or /sign/interview, 384 bytes in, 384 bytes out, for whoever has the token."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import Response
from starlette.routing import Route

from troth.kit.errors import Invalid
from troth.protocol.claim import BLINDED_LENGTH
from troth.protocol.session import same
from troth.sites.issuer import TOKEN_HEADER

if TYPE_CHECKING:
    from collections.abc import Mapping

    from starlette.requests import Request

    from troth.protocol.blind import IssuerSigner


def app(signers: Mapping[str, IssuerSigner], token: str) -> Starlette:
    """An ASGI app that signs (about 3 ms a ticket, in a thread) and keeps no count, no log and no state."""

    async def sign(request: Request) -> Response:
        if not same(request.headers.get(TOKEN_HEADER, ""), token):
            return Response(status_code=403)
        signer = signers.get(request.path_params["purpose"])
        body = bytearray()
        async for part in request.stream():
            body += part
            if len(body) > BLINDED_LENGTH:
                return Response(status_code=413)
        if signer is None or len(body) != BLINDED_LENGTH:
            return Response(status_code=400)
        try:
            signature = await asyncio.to_thread(signer.sign, bytes(body))
        except Invalid:
            return Response(status_code=400)
        return Response(signature, media_type="application/octet-stream", headers={"cache-control": "no-store"})

    return Starlette(routes=[Route("/sign/{purpose}", sign, methods=["POST"])])
