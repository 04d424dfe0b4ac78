"""Routes found by looking their path up: those whose only variable is the language. All others stay Starlette's.

The one list of routes is still the only place that says which doors there are; this is made of it, and holds a path only where Starlette
itself would take the same route first. What matching, middleware and wrappers cost for each request is seen by a profiler.
"""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any, Final

from starlette.requests import Request
from starlette.routing import BaseRoute, Match, Route

from troth.web.language import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable, Mapping, Sequence

    from starlette.responses import Response
    from starlette.types import ASGIApp, Receive, Scope, Send

    Endpoint = Callable[[Request], Awaitable[Response]]
    Handlers = Mapping[type[Exception], Callable[[Request, Exception], Awaitable[Response]]]

_VARIABLE: Final = "{language:language}"
_METHODS: Final = frozenset({"GET", "POST"})


class Table:
    """ASGI: a request whose method and path are in the table goes to its endpoint; any other to `inner`, which has the same routes."""

    def __init__(self, inner: ASGIApp, routes: Sequence[BaseRoute], handlers: Handlers) -> None:
        """`handlers` make the page for an exception of their class; one that has none is raised on, to the guard."""
        self._inner = inner
        self._handlers = {kind: handler for kind, handler in handlers.items() if kind is not Exception}
        self._doors: dict[tuple[str, str], tuple[Endpoint, dict[str, Any]]] = dict(_doors(routes))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers the request, or passes it on."""
        plain = scope["type"] == "http" and not scope.get("root_path")
        door = self._doors.get((scope["method"], scope["path"])) if plain else None
        if door is None:
            await self._inner(scope, receive, send)
            return
        endpoint, scope["path_params"] = door
        request = Request(scope, receive, send)
        try:
            response = await endpoint(request)
        except Exception as error:
            handler = next((self._handlers[kind] for kind in type(error).__mro__ if kind in self._handlers), None)
            if handler is None:
                raise
            response = await handler(request, error)
        await response(scope, receive, send)


def _doors(routes: Sequence[BaseRoute]) -> list[tuple[tuple[str, str], tuple[Endpoint, dict[str, Any]]]]:
    found: list[tuple[tuple[str, str], tuple[Endpoint, dict[str, Any]]]] = []
    for route in routes:
        if not isinstance(route, Route) or not inspect.iscoroutinefunction(route.endpoint):
            continue
        before, variable, after = route.path.partition(_VARIABLE)
        if not variable or "{" in before + after:
            continue
        for method in _METHODS & (route.methods or set()):
            for language in LANGUAGES:
                path = f"{before}{language}{after}"
                scope = {"type": "http", "method": method, "path": path, "root_path": ""}
                if next((each for each in routes if each.matches(scope)[0] is Match.FULL), None) is route:
                    found.append(((method, path), (route.endpoint, {"language": language})))
    return found
