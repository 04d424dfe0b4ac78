"""The claim process: two vaults to put into, two issuer public keys, two buckets' public halves."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from troth.claims.claim import Desk
from troth.kit.log import Log
from troth.sites.claim.app import ClaimSite, open_doors, routes
from troth.vaults.interviews import store as interviews
from troth.vaults.vouchers import store as vouchers
from troth.web.pages import Pages
from troth.web.site import site
from troth.wiring.chrome import chromes, words_of
from troth.wiring.kept import spending

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.applications import Starlette
    from starlette.types import ASGIApp

    from troth.protocol.claim import Purpose
    from troth.wiring.open import Opened


def claim_desks(work: Opened) -> dict[Purpose, Desk]:
    """A desk per purpose, each with its own vault, issuer key and bucket."""
    keys, kept = work.keys, work.pack.retention
    voucher, interview = vouchers.box(work.vault("vouchers")), interviews.box(work.vault("interviews"))
    return {
        "voucher": Desk(
            "voucher", work.pack.id, keys.issuer_public("voucher"), voucher, keys.sealing_ring("voucher"), kept.vouchers.latest,
            spending(work, "voucher"),
        ),
        "interview": Desk(
            "interview", work.pack.id, keys.issuer_public("interview"), interview, keys.sealing_ring("interview"), kept.interviews.latest,
            spending(work, "interview"),
        ),
    }  # fmt: skip


def claim_app(work: Opened) -> ASGIApp:
    """The claim site."""
    pages = Pages(chromes(work, "claim"), templates="troth.sites.claim", words=words_of("claim"))
    doors = ClaimSite(claim_desks(work), pages, work.pack)

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        work.close()

    log = Log("claim", work.clock)
    exit_origin = "https://" + pages.chrome("en").exit_url.split("/")[2]
    return site(
        pages,
        routes(doors),
        lifespan=lifespan,
        form_action_origins=(exit_origin,),
        https=work.settings.origins.claim.startswith("https://"),
        open_doors=open_doors(),
        failed=lambda name: log("failed", error=name),
    )
