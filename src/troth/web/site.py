"""A site's ASGI application: routes, looked up where they can be, inside the guard, the guard inside the security headers."""

from __future__ import annotations

from typing import TYPE_CHECKING

from starlette.applications import Starlette
from starlette.responses import RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from troth.web.errors import ErrorPages
from troth.web.guard import BODY_BYTES, Guard
from troth.web.headers import SecureHeaders
from troth.web.language import preferred
from troth.web.static import Static
from troth.web.table import Table

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from starlette.requests import Request
    from starlette.types import ASGIApp, Lifespan

    from troth.web.pages import Pages


def site(
    pages: Pages,
    routes: Sequence[BaseRoute],
    *,
    lifespan: Lifespan[Starlette] | None = None,
    form_action_origins: Sequence[str] = (),
    https: bool = False,
    body_bytes: int = BODY_BYTES,
    bodies: frozenset[bytes] = frozenset(),
    open_doors: frozenset[str] = frozenset(),
    failed: Callable[[str], None] = lambda _: None,
) -> ASGIApp:
    """What a server runs: static files, `/` in the reader's language, the routes, error pages, guard and headers."""
    errors = ErrorPages(pages)
    doors = [Mount("/static", Static()), Route("/", _beginning), *routes]
    inner = Starlette(
        routes=doors,
        exception_handlers=errors.handlers(),
        lifespan=lifespan,
    )
    inner.router.redirect_slashes = False
    table = Table(inner, doors, errors.handlers())
    guard = Guard(table, errors, body_bytes=body_bytes, bodies=bodies, open_doors=open_doors, failed=failed)
    return SecureHeaders(guard, form_action_origins, https=https)


async def _beginning(request: Request) -> Response:
    return RedirectResponse(f"/{preferred(request.headers.get('accept-language', ''))}/", status_code=303)
