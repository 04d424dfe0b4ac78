"""The issuer process: two signing keys and a token; no vault."""

from __future__ import annotations

from typing import TYPE_CHECKING

from troth.protocol.blind import IssuerSigner
from troth.sites.issuer.app import app
from troth.wiring.keyring import PURPOSES

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from troth.wiring.open import Opened


def issuer_app(work: Opened) -> ASGIApp:
    """Signs for whoever has the token."""
    return app({p: IssuerSigner(work.keys.issuer_private(p)) for p in PURPOSES}, work.keys.issuer_token())
