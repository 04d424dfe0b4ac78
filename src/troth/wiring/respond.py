"""The respond process: the responses vault, the public keys, the pepper and the cookie key; nothing else."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING

from troth.fieldwork.respondents import Issuer, Respondents, StretchPool
from troth.kit.log import Log
from troth.protocol import cookie as cookie_sealer
from troth.protocol.root import Cost
from troth.questionnaire import plan
from troth.sites.respond.app import routes
from troth.sites.respond.desk import Desk
from troth.sites.respond.parts import parts
from troth.storage.writer import Writer
from troth.vaults.responses.store import apply
from troth.web.cookie import SealedCookie
from troth.web.pages import Pages
from troth.web.question import QuestionPages
from troth.web.site import site
from troth.wiring.chrome import chromes, words_of
from troth.wiring.issuing import IssuerElsewhere
from troth.wiring.kept import ending

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from starlette.applications import Starlette
    from starlette.types import ASGIApp

    from troth.wiring.open import Opened


def respondents(work: Opened, issuer: Issuer, *, stretchers: int = 1, pace: float = 0) -> Respondents:
    """Admit, answer and complete for this role."""
    keys, pack = work.keys, work.pack
    database = work.vault("responses")
    return Respondents(
        study=pack.id,
        questionnaire=pack.questionnaire,
        plan=plan(pack.questionnaire),
        database=database,
        writer=Writer(database, apply, pace=pace, committed=ending(work)),
        pepper=keys.pepper(),
        cost=Cost(log2_n=pack.code_cost_log2_n),
        analysis=keys.analysis_public(),
        issuer=issuer,
        pool=StretchPool(workers=stretchers),
        targeted=pack.reminders == "targeted",
    )


def respond_app(work: Opened, issuer: Issuer | None = None, *, pace: float = 0) -> ASGIApp:
    """The respond site. `issuer` is another process unless one is given; `pace` is the writer's."""
    settings, keys = work.settings, work.keys
    asked = issuer or IssuerElsewhere(settings.origins.issuer, keys.issuer_token())
    room = respondents(work, asked, pace=pace)
    pages = Pages(chromes(work, "respond"), templates="troth.sites.respond", words=words_of("respond"))
    https = settings.origins.respond.startswith("https://")
    desk = Desk(
        room=room,
        pack=work.pack,
        pages=pages,
        questions=QuestionPages(pages, template="question.html"),
        cookie=SealedCookie(keys.cookie(), cookie_sealer),
        clock=work.clock,
        publics={"voucher": keys.issuer_public("voucher"), "interview": keys.issuer_public("interview")},
        claim_origin=settings.origins.claim,
        parts=parts(work.pack.questionnaire),
    )

    @contextlib.asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        room.writer.close()
        room.pool.close()
        work.close()

    log = Log("respond", work.clock)
    exit_origin = "https://" + pages.chrome("en").exit_url.split("/")[2]
    return site(
        pages,
        routes(desk),
        lifespan=lifespan,
        form_action_origins=(settings.origins.claim, exit_origin),
        https=https,
        failed=lambda name: log("failed", error=name),
    )
