"""The public process: the study pack and the signed evidence file; no vault, no key but the ledger's public half."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from troth.kit.errors import CannotOpen
from troth.kit.log import Log
from troth.sites.public.app import PublicSite, routes
from troth.web.pages import Pages
from troth.web.site import site
from troth.wiring.chrome import chromes, words_of
from troth.wiring.evidence import read_evidence

if TYPE_CHECKING:
    from starlette.types import ASGIApp

    from troth.promises import Evidence
    from troth.wiring.open import Opened


def public_app(work: Opened) -> ASGIApp:
    """The public site."""
    settings = work.settings

    def evidence() -> tuple[str, tuple[Evidence, ...]] | None:
        if settings.evidence is None:
            return None
        with contextlib.suppress(CannotOpen):
            return read_evidence(settings.evidence, work.keys.ledger_public(), work.pack.id)
        return None

    pages = Pages(chromes(work, "public"), templates="troth.sites.public", words=words_of("public"))
    log = Log("public", work.clock)
    exit_origin = "https://" + pages.chrome("en").exit_url.split("/")[2]
    return site(
        pages,
        routes(PublicSite(pages, work.pack, evidence, settings.origins.respond)),
        form_action_origins=(exit_origin,),
        https=settings.origins.public.startswith("https://"),
        failed=lambda name: log("failed", error=name),
    )
