"""The table of paths answers exactly what Starlette answers with the same routes, and takes nothing that is another route's."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import httpx
import pytest
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Mount, Route
from tests.web.gallery import Gallery

from troth.kit.errors import Busy, Invalid, Refused
from troth.web.errors import ErrorPages
from troth.web.table import Table

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp

ERRORS = ErrorPages(Gallery().pages)
RAISED = {"busy": Busy, "invalid": Invalid, "refused": Refused}


async def said(request: Request) -> Response:
    return PlainTextResponse(f"{request.method} {request.path_params} {request.query_params} {await request.body()!r}")


async def other(request: Request) -> Response:
    return PlainTextResponse(f"other {request.path_params}")


async def wrong(request: Request) -> Response:
    kind = request.query_params["kind"]
    if kind in RAISED:
        raise RAISED[kind]("a word")
    raise HTTPException(int(kind))


ROUTES = [
    Mount("/static", PlainTextResponse("static")),
    Route("/", other),
    Route("/{language:language}/page", said, methods=["GET"]),
    Route("/{language:language}/page", other, methods=["POST"]),
    Route("/{language:language}/", said),
    Route("/{language:language}/wrong", wrong),
    Route("/{language:language}/of/{what}", other),
    Route("/en/{shadow}", other),
    Route("/{language:language}/shadowed", said),
    Route("/{language:language}/posted", said, methods=["POST"]),
]
INNER = Starlette(routes=ROUTES, exception_handlers=ERRORS.handlers())
INNER.router.redirect_slashes = False
TABLE = Table(INNER, ROUTES, ERRORS.handlers())
ASKED = [
    (method, path)
    for method in ("GET", "POST", "HEAD", "PUT")
    for path in (
        "/", "/en/page", "/cy/page?a=1", "/en/", "/cy", "/xx/page", "/en/page/", "/en/of/it", "/cy/shadowed", "/en/shadowed",
        "/en/posted", "/en/%70age", "/static/x", "/nowhere", *(f"/en/wrong?kind={kind}" for kind in (*RAISED, 408, 404)),
    )
]  # fmt: skip


def answer(app: ASGIApp, method: str, path: str, root: str = "") -> tuple[int, bytes, list[tuple[str, str]]]:
    async def go() -> httpx.Response:
        transport = httpx.ASGITransport(app=app, root_path=root)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await client.request(method, path, content=b"a=1" if method == "POST" else None)

    found = asyncio.run(go())
    return found.status_code, found.content, sorted(found.headers.items())


@pytest.mark.parametrize(("method", "path"), ASKED)
def test_a_request_is_answered_as_starlette_answers_it(method: str, path: str) -> None:
    assert answer(TABLE, method, path) == answer(INNER, method, path)


def test_what_is_looked_up_is_what_no_other_route_takes_first() -> None:
    assert set(TABLE._doors) == {
        *((method, f"/{language}/{path}") for language in ("en", "cy") for method, path in (
            ("GET", "page"), ("POST", "page"), ("GET", ""), ("GET", "wrong"), ("POST", "posted"),
        )),
        ("GET", "/cy/shadowed"),
    }  # fmt: skip


def test_under_a_prefix_everything_is_starlette_s() -> None:
    assert answer(TABLE, "GET", "/under/en/page", root="/under") == answer(
        INNER, "GET", "/under/en/page", root="/under"
    )


def test_what_nobody_expected_is_raised_on_to_the_guard() -> None:
    with pytest.raises(KeyError):
        answer(TABLE, "GET", "/en/wrong")
