"""Plain, calm pages for what goes wrong. They never repeat what was sent, and say that nothing saved is lost."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING, Final

from starlette.exceptions import HTTPException
from starlette.responses import Response

from troth.kit.errors import Busy, Invalid, Refused, StorageFailed
from troth.web import language as languages
from troth.web.pages import HTML

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from starlette.requests import Request

    from troth.web.language import Language
    from troth.web.pages import Pages


def _(text: str) -> str:
    """Marks a text for the catalogues; it is translated when the page is made."""
    return text


# Status → heading and paragraphs.
_WORDS: Final[dict[int, tuple[str, ...]]] = {
    400: (_("Sorry, we could not read that"), _("Go back and try again."), _("Nothing that you have saved is lost.")),
    403: (
        _("Sorry, this page cannot be used from there"),
        _("The request came from another website, so we did not act on it."),
        _("Nothing that you have saved is lost."),
    ),
    404: (
        _("Page not found"),
        _("If you typed the web address, check it is correct."),
        _("Nothing that you have saved is lost."),
    ),
    405: (
        _("This page cannot be used that way"),
        _("Go back and try again."),
        _("Nothing that you have saved is lost."),
    ),
    408: (
        _("That took too long to reach us"),
        _("Your connection may be slow. Go back and try again."),
        _("Nothing that you have saved is lost."),
    ),
    409: (
        _("Sorry, something went wrong"),
        _("Wait a minute, then go back and try again."),
        _("Nothing that you have saved is lost."),
    ),
    413: (
        _("That was too long"),
        _("Go back and write a shorter answer."),
        _("Nothing that you have saved is lost."),
    ),
    415: (_("Sorry, we could not read that"), _("Go back and try again."), _("Nothing that you have saved is lost.")),
    500: (
        _("Sorry, something went wrong"),
        _("Wait a minute, then go back and try again."),
        _("Nothing that you have saved is lost."),
    ),
    503: (
        _("Sorry, the service is busy"),
        _("Wait a minute, then go back and try again."),
        _("Nothing that you have saved is lost."),
    ),
}
_OF: Final[dict[type[Exception], int]] = {Invalid: 400, Refused: 409, Busy: 503, StorageFailed: 503}


class ErrorPages:
    """The error pages of one site, made once for each language and status."""

    def __init__(self, pages: Pages) -> None:
        self._pages = pages
        self._made: dict[tuple[Language, int], bytes] = {}

    def response(self, status: int, path: str = "") -> Response:
        """The page for that status (400's or 500's words for one without its own) in the language of the path."""
        known = status if status in _WORDS else 400 if status < HTTPStatus.INTERNAL_SERVER_ERROR else 500
        language = languages.of_path(path) or "en"
        body = self._made.get((language, known))
        if body is None:
            translate = self._pages.locale(language).translate
            heading, *paragraphs = (translate(text) for text in _WORDS[known])
            body = self._pages.html(language, "web/message.html", heading=heading, paragraphs=paragraphs).encode()
            self._made[language, known] = body
        headers = {"content-type": HTML}
        if status == HTTPStatus.SERVICE_UNAVAILABLE:
            headers["retry-after"] = "10"
        return Response(body, status_code=status, headers=headers)

    def handlers(self) -> dict[type[Exception], Callable[[Request, Exception], Awaitable[Response]]]:
        """For Starlette's `exception_handlers`. It raises an unknown exception again; the guard keeps it quiet."""
        return {HTTPException: self._http} | dict.fromkeys((*_OF, Exception), self._typed)

    async def _http(self, request: Request, error: Exception) -> Response:
        status = error.status_code if isinstance(error, HTTPException) else 500
        response = self.response(status, request.url.path)
        if isinstance(error, HTTPException) and error.headers and "Allow" in error.headers:
            response.headers["allow"] = error.headers["Allow"]
        return response

    async def _typed(self, request: Request, error: Exception) -> Response:
        status = next((status for kind, status in _OF.items() if isinstance(error, kind)), 500)
        return self.response(status, request.url.path)
