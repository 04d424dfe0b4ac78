"""The preview of a questionnaire that somebody is writing: the real pages, on this machine only, with no vault behind them.

It composes the pages of `web` with a questionnaire, so it is wired here and not in `authoring`, which knows no site. One person
looks at it; what is answered lies in this process's memory and goes with it. It is refused on any address that another machine
could reach, and answers only to names of this machine, so that no web page elsewhere can look through the reader's browser.
"""

from __future__ import annotations

import hashlib
import ipaddress
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

from starlette.responses import JSONResponse, RedirectResponse, Response
from starlette.routing import Route

from troth.authoring.check import Checked, check
from troth.authoring.diagram import diagram
from troth.kit.errors import Invalid, Refused
from troth.kit.log import silence_libraries
from troth.questionnaire import Finding, Finish, Position, advance, first, read, view
from troth.questionnaire.codec import canonical
from troth.questionnaire.layout import layout
from troth.study.catalogue import read_catalogue
from troth.web.chrome import Chrome
from troth.web.forms import one, read_form
from troth.web.language import LANGUAGES
from troth.web.pages import Pages
from troth.web.pages import page as as_page
from troth.web.question import SURE, Actions, QuestionPages, answers_of
from troth.web.site import site
from troth.wiring.listening import listen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from starlette.requests import Request
    from starlette.types import ASGIApp, Receive, Scope, Send

    from troth.questionnaire import Facts, Questionnaire, Translate, Value
    from troth.questionnaire.position import Next
    from troth.web.language import Language

_ENVIRONMENT: Final = "TROTH_PREVIEW"
_TOKEN: Final = "preview"  # noqa: S105 - the token guards sessions, and there is none here
_SCRIPT: Final = """\
const here = document.querySelector("[data-changed]");
const seen = here ? here.dataset.changed : "";
setInterval(async () => {
  try {
    const now = await (await fetch("/changed", {cache: "no-store"})).json();
    if (now.changed !== seen) location.reload();
  } catch (error) { /* the preview has stopped; it may come back */ }
}, 1000);
"""
"""Looks every second whether the file has changed, and shows the page again when it has."""


def serve_preview(file: Path, host: str, port: int, *, ready: Callable[[str], None] = lambda _text: None) -> None:
    """The preview answers on that address of this machine until the process is told to stop.

    Raises:
        Refused: another machine could reach the address. Invalid: the file is not there.

    """
    address = loopback(host)
    if not file.is_file():
        raise Invalid("the file cannot be read", where=f"{file.name}:1:1", mend="Check its name, and that it is there")
    os.environ[_ENVIRONMENT] = str(file.resolve())
    shown = f"[{address}]" if ":" in address else address
    ready(f"http://{shown}:{port}/ shows {file.name}; answers are kept nowhere. Ctrl-C stops it.")
    listen(app, address, port, workers=1)


def loopback(host: str) -> str:
    """The address, if only this machine can reach it.

    Raises:
        Refused: another machine could.

    """
    named = "127.0.0.1" if host == "localhost" else host
    try:
        if ipaddress.ip_address(named).is_loopback:
            return named
    except ValueError:
        pass
    raise Refused(
        "the preview is for this machine alone", where="preview --host", mend="Leave --host out, or say 127.0.0.1"
    )


def app() -> ASGIApp:
    """What the worker runs."""
    silence_libraries()
    return preview_app(Path(os.environ[_ENVIRONMENT]))


def preview_app(file: Path) -> ASGIApp:
    """The preview of that file."""
    return _OnThisMachine(_Preview(file))


@dataclass(frozen=True)
class PreviewChrome(Chrome):
    """What stands around a page of the preview: where one can jump to, and which state of the file it shows."""

    jumps: tuple[tuple[str, str], ...] = ()
    changed: str = ""


class _OnThisMachine:
    """ASGI: only requests that name this machine; a name elsewhere that leads here (DNS rebinding) is turned away."""

    def __init__(self, inner: _Preview) -> None:
        self._inner = inner

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Passes the request on to the site of the file's present state."""
        if scope["type"] == "http" and not _names_this_machine(dict(scope["headers"]).get(b"host", b"")):
            await Response(status_code=403)(scope, receive, send)
            return
        await self._inner.site()(scope, receive, send)


def _names_this_machine(host: bytes) -> bool:
    name = host.decode("latin-1").strip().rsplit(":", 1)[0] if not host.endswith(b"]") else host.decode("latin-1")
    try:
        return name == "localhost" or ipaddress.ip_address(name.strip("[]")).is_loopback
    except ValueError:
        return False


@dataclass
class _Walker:
    """Where the one reader is, and what they said on the way; in memory only."""

    at: Next
    facts: Facts = field(default_factory=dict)
    said: dict[tuple[str, int], Mapping[str, Value]] = field(default_factory=dict)


@dataclass(frozen=True)
class _State:
    """The file as it was last read."""

    stamp: str
    checked: Checked
    catalogues: Mapping[str, Translate]
    trouble: tuple[Finding, ...]


class _Preview:
    """The site of a file: made again whenever the file, or a catalogue beside it, has changed."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self._state: _State | None = None
        self._site: ASGIApp | None = None
        self._walker: _Walker | None = None

    def site(self) -> ASGIApp:
        """The site of the file's present state."""
        stamp = self._stamp()
        if self._site is None or self._state is None or self._state.stamp != stamp:
            self._state = self._read(stamp)
            self._walker = self._kept_place(self._state.checked.questionnaire)
            self._site = self._made(self._state)
        return self._site

    def _kept_place(self, q: Questionnaire | None) -> _Walker | None:
        """Where the reader was, if the changed file has that place; else the beginning."""
        if q is None:
            return None
        before = self._walker
        if before is not None and isinstance(before.at, Position) and before.at.page in layout(q).numbers:
            most = layout(q).place(before.at.page).block
            if before.at.repeat <= (most.repeat.max if most else 0) and bool(before.at.repeat) == bool(most):
                return before
        return _Walker(first(q))

    def _stamp(self) -> str:
        digest = hashlib.sha256()
        for path in (self._file, *sorted(self._file.parent.glob("*.po"))):
            try:
                seen = path.stat()
            except OSError:
                digest.update(b"gone")
                continue
            digest.update(f"{path.name} {seen.st_mtime_ns} {seen.st_size};".encode())
        return digest.hexdigest()[:16]

    def _read(self, stamp: str) -> _State:
        catalogues: dict[str, Translate] = {}
        trouble: list[Finding] = []
        try:
            text = self._file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError):
            text = ""
        for language in LANGUAGES:
            path = self._file.parent / f"{language}.po"
            if language == "en" or not path.is_file():
                continue
            try:
                catalogues[language] = read_catalogue(path.read_text(encoding="utf-8"), language, path.name)
            except (Invalid, OSError, UnicodeDecodeError) as error:
                where = error.where if isinstance(error, Invalid) else f"{path.name}:1:1"
                trouble.append(_finding(where, str(error)))
        return _State(stamp, check(text, self._file.name), catalogues, tuple(trouble))

    def _made(self, state: _State) -> ASGIApp:
        q = state.checked.questionnaire
        jumps = (
            tuple((page.id, f"{section.title}: {page.id}") for section in q.sections for page in section.pages)
            if q
            else ()
        )
        chrome: dict[Language, Chrome] = {
            language: PreviewChrome(
                service="Preview",
                phone="000 0000 0000",
                email="study@example.org",
                exit_url="",
                home=f"/{language}/",
                jumps=jumps,
                changed=state.stamp,
            )
            for language in LANGUAGES
            if language == "en" or language in state.catalogues
        }
        pages = Pages(chrome, templates="troth.wiring")
        desk = _Desk(self, state, pages, QuestionPages(pages, template="preview.html"))
        return site(pages, desk.routes())

    @property
    def walker(self) -> _Walker:
        """The reader. There is one wherever the file loads."""
        assert self._walker is not None
        return self._walker

    def start(self, q: Questionnaire, at: Position | None = None) -> None:
        """The reader stands at the beginning, or at that page, with nothing said."""
        self._walker = _Walker(at or first(q))


class _Desk:
    """The routes."""

    def __init__(self, preview: _Preview, state: _State, pages: Pages, questions: QuestionPages) -> None:
        self._preview = preview
        self._state = state
        self._pages = pages
        self._questions = questions

    def routes(self) -> list[Route]:
        """Every door of the preview."""
        return [
            Route("/{language:language}/", self.begin, methods=["GET"]),
            Route("/{language:language}/page", self.show, methods=["GET"]),
            Route("/{language:language}/page", self.save, methods=["POST"]),
            Route("/{language:language}/jump", self.jump, methods=["POST"]),
            Route("/{language:language}/check", self.findings, methods=["GET"]),
            Route("/{language:language}/route", self.route, methods=["GET"]),
            Route("/route.svg", self.drawing, methods=["GET"]),
            Route("/changed", self.changed, methods=["GET"]),
            Route("/preview.js", self.script, methods=["GET"]),
        ]

    async def begin(self, request: Request) -> Response:
        """To the page where the reader is."""
        return _go(_language(request), "page")

    async def changed(self, _request: Request) -> Response:
        """Which state of the file this is."""
        return JSONResponse({"changed": self._state.stamp})

    async def script(self, _request: Request) -> Response:
        """What shows the page again when the file changes."""
        return Response(_SCRIPT, media_type="text/javascript")

    async def drawing(self, _request: Request) -> Response:
        """The route, drawn."""
        q = self._state.checked.questionnaire
        return Response(diagram(q) if q else "", media_type="image/svg+xml", status_code=200 if q else 404)

    async def route(self, request: Request) -> Response:
        """The page with the drawing."""
        return self._page(_language(request), "route", "preview_route.html")

    async def findings(self, request: Request) -> Response:
        """What the linter says."""
        found = (*self._state.trouble, *self._state.checked.findings)
        return self._page(_language(request), "check", "preview_check.html", findings=found)

    async def show(self, request: Request) -> Response:
        """The page where the reader is; or what is wrong with the file; or the end, with what each page would seal."""
        language = _language(request)
        q = self._state.checked.questionnaire
        if q is None:
            return self._page(
                language, "page", "preview_check.html", findings=self._state.checked.findings, broken=True
            )
        at = self._preview.walker.at
        if isinstance(at, Finish):
            said = [(page, repeat, dict(values)) for (page, repeat), values in self._preview.walker.said.items()]
            return self._page(language, "page", "preview_end.html", said=said)
        shown = view(q, at, self._preview.walker.facts, self._words(language), marks=True)
        return as_page(self._questions.fresh(language, shown, _actions(language), _TOKEN))

    async def save(self, request: Request) -> Response:
        """The page came back: on, or shown again with what to mend."""
        language, q = _language(request), self._state.checked.questionnaire
        form = await read_form(request)
        if q is None or isinstance(self._preview.walker.at, Finish):
            return _go(language, "page")
        walker = self._preview.walker
        assert isinstance(walker.at, Position)
        page = layout(q).place(walker.at.page).page
        got = read(page, answers_of(form), walker.facts)
        if got.errors:
            words = self._words(language)
            shown = view(q, walker.at, walker.facts, words)
            errors = tuple((error.answer, error.words(words)) for error in got.errors)
            body = self._questions.with_errors(language, shown, _actions(language), _TOKEN, errors=errors, form=form)
            return as_page(body)
        sure = hashlib.sha256(canonical(dict(got.values))).hexdigest()[:16]
        if layout(q).place(walker.at.page).confirm and one(form, SURE) != sure:
            shown = view(q, walker.at, walker.facts, self._words(language))
            return as_page(self._questions.asking(language, shown, _actions(language), _TOKEN, sure=sure, form=form))
        walker.said[walker.at.page, walker.at.repeat] = got.values
        onward = advance(q, walker.at, got.values, walker.facts)
        walker.at, walker.facts = onward.next, onward.facts
        return _go(language, "page")

    async def jump(self, request: Request) -> Response:
        """The reader stands at the page that they chose, with nothing said before it; or at the beginning."""
        language, q = _language(request), self._state.checked.questionnaire
        wanted = one(await read_form(request), "to")
        if q is not None:
            place = next((place for place in layout(q).places if place.page.id == wanted), None)
            self._preview.start(q, Position(place.page.id, 1 if place.block else 0, 0) if place else None)
        return _go(language, "page")

    def _page(self, language: Language, path: str, template: str, **context: Any) -> Response:
        return self._pages.respond(language, template, path=f"/{language}/{path}", **context)

    def _words(self, language: Language) -> Translate:
        study = self._state.catalogues.get(language, str)
        interface = self._pages.locale(language).translate

        def translate(text: str) -> str:
            found = study(text)
            return interface(text) if found == text and text else found

        return translate


def _finding(where: str, what: str) -> Finding:
    return Finding("catalogue", where, what, "Mend the catalogue")


def _language(request: Request) -> Language:
    return cast("Language", request.path_params["language"])


def _go(language: Language, to: str) -> Response:
    return RedirectResponse(f"/{language}/{to}", status_code=303)


def _actions(language: Language) -> Actions:
    return Actions(path=f"/{language}/page", exit="", pause=False, delete=False)
