"""The public site's routes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, cast

from starlette.routing import Route

from troth.promises import REGISTRY

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request
    from starlette.responses import Response

    from troth.promises import Evidence
    from troth.study import StudyPack
    from troth.web.language import Language
    from troth.web.pages import Pages


@dataclass(frozen=True)
class PublicSite:
    """One public process."""

    pages: Pages
    pack: StudyPack
    evidence: Callable[[], tuple[str, tuple[Evidence, ...]] | None]
    """(day, evidence), verified; None when there is none yet, or its signature is wrong."""
    respond: str

    async def home(self, request: Request) -> Response:
        """Where to go."""
        return self._page(request, "home.html", "", respond=self.respond)

    async def notice(self, request: Request) -> Response:
        """The notice, in the study's own numbers (P01)."""
        language = _language(request)
        parts, title = self.pack.notice_parts(language), self.pack.notice_title(language)
        return self._page(request, "notice.html", "notice", parts=parts, heading=title)

    async def accessibility(self, request: Request) -> Response:
        """The accessibility statement."""
        return self._page(request, "accessibility.html", "accessibility")

    async def cookies(self, request: Request) -> Response:
        """None is set here; the survey's one is explained there."""
        return self._page(request, "web/cookies.html", "cookies")

    async def promises(self, request: Request) -> Response:
        """What each promise's checks said, with the day; what was not checked is never called kept."""
        found = self.evidence()
        by_id = {evidence.promise: evidence for evidence in found[1]} if found else {}
        rows = [(promise, by_id.get(promise.id)) for promise in REGISTRY.values()]
        return self._page(request, "promises.html", "promises", rows=rows, day=found[0] if found else "")

    def _page(self, request: Request, template: str, path: str, **context: Any) -> Response:
        language = _language(request)
        return self.pages.respond(language, template, path=f"/{language}/{path}", **{"pack": self.pack, **context})


def routes(site: PublicSite) -> list[Route]:
    """Every door of the site; all are to read."""
    where = "/{language:language}/"
    doors = {
        "": site.home, "notice": site.notice, "accessibility": site.accessibility, "cookies": site.cookies,
        "promises": site.promises,
    }  # fmt: skip
    return [Route(where + path, door, methods=["GET"]) for path, door in doors.items()]


def _language(request: Request) -> Language:
    return cast("Language", request.path_params["language"])
