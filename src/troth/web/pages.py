"""Pages of a site: templates of the site and of this room over the component macros, one environment per language.

Whitespace is taken out of the *templates* when they are loaded, never out of what they produce: a value stands in the
page exactly as it was given, whichever way the page was made.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import jinja2
from starlette.responses import Response

from troth.web import language as languages
from troth.web.static import asset

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from troth.web.chrome import Chrome
    from troth.web.language import Language, Locale

HTML: Final = "text/html; charset=utf-8"


class _Tidied(jinja2.BaseLoader):
    """Template sources without the indentation at the start of their lines."""

    def __init__(self, inner: jinja2.BaseLoader) -> None:
        self._inner = inner

    def get_source(
        self, environment: jinja2.Environment, template: str
    ) -> tuple[str, str | None, Callable[[], bool] | None]:
        source, name, fresh = self._inner.get_source(environment, template)
        return "\n".join(line.lstrip() for line in source.splitlines()), name, fresh


def _unindented(text: str, *_: object) -> str:
    """The macros' `indent` filter, which would change a value that has more than one line."""
    return text


class Pages:
    """Renders a site's pages. `templates` is the package whose `templates/` folder holds them, for example
    `"troth.sites.respond"` (or a loader); they say `{% extends "web/layout.html" %}`.
    """  # noqa: D205 - one sentence

    def __init__(
        self,
        chrome: Mapping[Language, Chrome],
        *,
        templates: str | jinja2.BaseLoader | None = None,
        words: Path | None = None,
    ) -> None:
        """`words` is the folder of the site's own catalogues (`<language>/LC_MESSAGES/*.po`)."""
        self._chrome = dict(chrome)
        self._locales = {language: languages.locale(language, words) for language in chrome}
        self._environments = {language: _environment(locale, templates) for language, locale in self._locales.items()}

    def locale(self, language: Language) -> Locale:
        """The catalogue for that language, with the site's own words."""
        return self._locales[language]

    def chrome(self, language: Language) -> Chrome:
        """What stands around the pages of that language."""
        return self._chrome[language]

    def html(self, language: Language, template: str, *, path: str = "", **context: Any) -> str:
        """The page as text.

        `path` is where the page can be fetched with GET: the language switch leads to the same place. Context that
        the layout knows: `title` (default: the neutral service name), `errors` (list of `{"text", "href"}`, shown
        once, on top, and in the title), `exit_action` (path that ends the session; without one the way out is a plain
        link), `scripts` (names of static scripts that this page needs).
        """
        chrome = self._chrome[language]
        switch = [
            {"language": other, "name": languages.NAMES[other], "href": languages.swap(path, other)}
            for other in self._chrome
        ]
        return self._environments[language].get_template(template).render(
            chrome=chrome, language=language, switch=switch if path and len(switch) > 1 else [],
            locale=self._locales[language], **context,
        )  # fmt: skip

    def respond(
        self, language: Language, template: str, *, path: str = "", status: int = 200, **context: Any
    ) -> Response:
        """The page as a response."""
        return page(self.html(language, template, path=path, **context).encode(), status=status)


def page(body: bytes, *, status: int = 200) -> Response:
    """A finished page as a response."""
    return Finished(status, body, (b"content-type", HTML.encode()))


def see(path: str) -> Response:
    """See other: `path` is one of ours, and ASCII."""
    return Finished(303, b"", (b"location", path.encode("ascii")))


class Finished(Response):
    """A response whose headers are given as they are sent: Starlette's own encodes and sorts out what is known here."""

    def __init__(self, status: int, body: bytes, *headers: tuple[bytes, bytes]) -> None:
        self.status_code = status
        self.body = body
        self.background = None
        self.raw_headers = [(b"content-length", str(len(body)).encode()), *headers]


def _environment(locale: Locale, templates: str | jinja2.BaseLoader | None) -> jinja2.Environment:
    own = jinja2.PackageLoader("troth.web")
    loaders: list[jinja2.BaseLoader] = [
        jinja2.PrefixLoader({"web": own, "govuk_frontend_jinja": jinja2.PackageLoader("govuk_frontend_jinja")})
    ]
    if templates:
        loaders.append(jinja2.PackageLoader(templates) if isinstance(templates, str) else templates)
    environment = jinja2.Environment(
        loader=_Tidied(jinja2.ChoiceLoader(loaders)),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        # The macros ask for members of what was not given (`params.hint.text`).
        undefined=jinja2.ChainableUndefined,
        extensions=["jinja2.ext.i18n"],
        auto_reload=False,
    )
    # Added by the i18n extension at run time.
    environment.install_gettext_callables(  # type: ignore[attr-defined]
        locale.catalogue.gettext, locale.catalogue.ngettext, newstyle=True
    )
    environment.filters["indent"] = _unindented
    environment.globals["asset"] = asset
    return environment
