"""A tiny site that shows every component, page type and error state: what the tests of this room look at."""

from __future__ import annotations

import itertools
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import jinja2
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.routing import Route

from troth.kit.errors import Busy
from troth.web.chrome import Chrome, Link
from troth.web.forms import one, read_form
from troth.web.pages import Pages, page
from troth.web.question import FIRST_MARK, Actions, QuestionPages, answers_of
from troth.web.site import site

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.types import ASGIApp


@dataclass(frozen=True)
class Option:
    value: str
    label: str
    hint: str = ""
    exclusive: bool = False
    detail_field: str = ""
    detail_label: str = ""
    detail_length: int = 100


@dataclass(frozen=True)
class Part:
    field: str
    label: str
    digits: int


MISSING = (
    Option("dont-know", "I don’t know", exclusive=True),
    Option("prefer-not-to-say", "I prefer not to say", exclusive=True),
)


@dataclass(frozen=True)
class Answer:
    field: str
    kind: str
    label: str = ""
    hint: str = ""
    options: tuple[Option, ...] = ()
    unit: str = ""
    missing: tuple[Option, ...] = MISSING
    appearance: str = "list"
    prefix: str = ""
    decimals: int = 0
    max_length: int = 500
    lines: str = "many"
    parts: tuple[Part, ...] = ()
    matrix: str = ""

    @property
    def missing_field(self) -> str:
        return self.field if self.kind in {"single", "multiple"} else f"{self.field}-missing"


@dataclass(frozen=True)
class View:
    title: str
    guidance: str = ""
    body: tuple[str, ...] = ()
    kind: str = "question"
    answers: tuple[Answer, ...] = ()
    variant: tuple[str, ...] = ()
    pipes: tuple[str, ...] = ()
    part: int = 0
    parts: int = 0

    @property
    def page(self) -> str:
        return self.title


def _options(*labels: str) -> tuple[Option, ...]:
    return tuple(Option(f"o{number}", label) for number, label in enumerate(labels))


VIEWS = {
    "single": View("Did you like where you lived when you were 10?", answers=(
        Answer("liked", "single", hint="Think of the place where you spent most nights.",
               options=(*_options("Yes, mostly", "Sometimes"), Option("no", "No", hint="Or hardly ever"))),
    )),
    "multiple": View("Who could you talk to?", guidance="Choose all that you remember.", answers=(
        Answer("talk", "multiple", label="People you could talk to",
               options=(*_options("A parent or carer", "A brother or sister", "A teacher", "A friend"),
                        Option("none", "Nobody", exclusive=True))),
    )),
    "number": View("How old are you?", answers=(Answer("age", "number", unit="years", hint="In whole years."),)),
    "text": View("Is there anything you would like to add?", answers=(
        Answer("more", "text", hint="Please leave out names, addresses and anything else that says who somebody is."),
    )),
    "several": View("About school", guidance="Two short questions.", answers=(
        Answer("moves", "number", label="How many schools did you go to?", unit="schools"),
        Answer("felt", "single", label="Did you feel safe at school?", options=_options("Always", "Sometimes", "Never")),
    )),
    "dropdown": View("Which month do you like best?", part=2, parts=5, answers=(
        Answer("best", "single", options=_options("January", "May", "December"), appearance="dropdown"),
    )),
    "suggest": View("Which country were you born in?", answers=(
        Answer("born", "single", options=_options("British Indian Ocean Territory", "Chad", "France", "India", "Wales"), appearance="suggest"),
    )),
    "detail": View("How did you hear of us?", answers=(
        Answer("heard", "single", options=(
            *_options("A letter"), Option("other", "Another way", detail_field="heard-other-detail", detail_label="Which way?"),
        )),
    )),
    "details": View("What helped?", answers=(
        Answer("helped", "multiple", hint="Choose all that fit.", options=(
            *_options("A friend"), Option("other", "Something else", detail_field="helped-other-detail", detail_label="What?"),
        )),
    )),
    "date": View("When did you move in?", answers=(
        Answer("moved", "date", hint="For example, 27 3 2021.", parts=(
            Part("moved-day", "day", 2), Part("moved-month", "month", 2), Part("moved-year", "year", 4),
        )),
    )),
    "duration": View("How long did you live there?", answers=(
        Answer("lived", "duration", parts=(Part("lived-years", "years", 2), Part("lived-months", "months", 2))),
    )),
    "year": View("In which year did you start school?", answers=(Answer("started", "year"),)),
    "money": View("How much is your rent?", answers=(
        Answer("rent", "number", prefix="£", unit="a week", decimals=2),
    )),
    "line": View("What is one word for it?", answers=(Answer("word", "text", lines="one", max_length=30),)),
    "matrix": View("How often did you feel like this?", guidance="Think of the last month.", answers=tuple(
        Answer(f"felt_{row}", "single", label=label, options=_options("Always", "Sometimes", "Never"), matrix="felt")
        for row, label in (("calm", "Calm"), ("tired", "Tired"), ("glad", "Glad"))
    )),
    "piped": View(f"You said {chr(FIRST_MARK)} brothers. Did you get on?", pipes=("3",), answers=(
        Answer("got_on", "single", options=_options("Yes", "No")),
    )),
    "note": View("The next questions", kind="note", body=(
        "They are about things that may have happened to you.", "You can leave out any of them.",
    )),
}  # fmt: skip
SURE = {"details", "money"}
"""Views whose answers are shown once more before they are taken."""
TEMPLATES = {
    "components.html": """
{% extends "web/layout.html" %}
{% from "govuk_frontend_jinja/components/details/macro.html" import govukDetails %}
{% from "govuk_frontend_jinja/components/inset-text/macro.html" import govukInsetText %}
{% from "govuk_frontend_jinja/components/notification-banner/macro.html" import govukNotificationBanner %}
{% from "govuk_frontend_jinja/components/panel/macro.html" import govukPanel %}
{% from "govuk_frontend_jinja/components/select/macro.html" import govukSelect %}
{% from "govuk_frontend_jinja/components/summary-list/macro.html" import govukSummaryList %}
{% from "govuk_frontend_jinja/components/table/macro.html" import govukTable %}
{% from "govuk_frontend_jinja/components/warning-text/macro.html" import govukWarningText %}
{% block content %}
{{ govukPanel({"titleText": "Thank you", "text": "That was the last page."}) }}
{{ govukNotificationBanner({"text": "We have saved your answers.", "titleText": "Note"}) }}
<h2 class="govuk-heading-m">Parts</h2>
{{ govukInsetText({"text": "You can pause on any page."}) }}
{{ govukWarningText({"text": "Once you delete, nothing can bring it back.", "iconFallbackText": "Warning"}) }}
{{ govukDetails({"summaryText": "Why do we ask?", "text": "To know how many people it happened to."}) }}
{{ govukSelect({"id": "s", "name": "s", "label": {"text": "Language of the letter"},
   "items": [{"value": "en", "text": "English"}, {"value": "cy", "text": "Cymraeg"}]}) }}
{{ govukSummaryList({"rows": [{"key": {"text": "Open until"}, "value": {"text": "31 March"}}]}) }}
<div class="troth-table" tabindex="0" role="region" aria-label="Promises">
{{ govukTable({"caption": "Promises", "head": [{"text": "Promise"}, {"text": "State"}],
   "rows": [[{"text": "P05"}, {"text": "kept"}], [{"text": "P26"}, {"text": "partial"}]], "firstCellIsHeader": true}) }}
</div>
<p class="govuk-body">Your words: <strong class="troth-code">{{ words }}</strong></p>
{% endblock %}
""",
    "code.html": """
{% extends "web/layout.html" %}
{% from "govuk_frontend_jinja/components/button/macro.html" import govukButton %}
{% from "govuk_frontend_jinja/components/input/macro.html" import govukInput %}
{% block content %}
<form method="post" action="/{{ language }}/code" autocomplete="off" novalidate>
{{ govukInput({"id": "code", "name": "code", "label": {"text": _("Enter your access code"), "isPageHeading": true,
   "classes": "govuk-label--l"}, "classes": "govuk-input--width-20 troth-code", "autocomplete": "off", "autocapitalize":
   "characters", "spellcheck": false, "attributes": {"data-troth-fragment": "code"}}) }}
{{ govukButton({"text": _("Start")}) }}
</form>
{% endblock %}
""",
}


CHROME = {
    language: Chrome(
        service=service, phone="0800 000 0000", email="survey@example.org", exit_url="https://www.example.org/",
        links=(Link(help_, "/{language}/components"), Link(notice, "/{language}/q/note")), demonstration=True,
    )
    for language, service, help_, notice in (
        ("en", "Survey", "Help", "Privacy notice"), ("cy", "Arolwg", "Cymorth", "Hysbysiad preifatrwydd"),
    )
}  # fmt: skip


class Gallery:
    """The handlers. `visits` numbers the tokens, so that a test can tell a page from the same page asked for again."""

    def __init__(self) -> None:
        self.pages = Pages(CHROME, templates=jinja2.DictLoader(TEMPLATES))  # type: ignore[arg-type]
        self.questions = QuestionPages(self.pages)
        self.visits = itertools.count()

    async def components(self, request: Request) -> Response:
        language = request.path_params["language"]
        return self.pages.respond(language, "components.html", path=request.url.path, words="wyf.ŵŷ <b>")

    async def code(self, request: Request) -> Response:
        language = request.path_params["language"]
        errors = []
        if request.method == "POST":
            if one(await read_form(request), "code"):
                return RedirectResponse(f"/{language}/q/single", status_code=303)
            errors = [{"text": self.pages.locale(language).translate("Enter your access code"), "href": "#code"}]
        return self.pages.respond(language, "code.html", path=request.url.path, errors=errors, scripts=["fragment.js"])

    async def question(self, request: Request) -> Response:
        language, name = request.path_params["language"], request.path_params["name"]
        view = VIEWS[name]
        actions = Actions(path=f"/{language}/q/{name}", exit=f"/{language}/exit")
        token = f"visit{next(self.visits)}"
        if request.method == "GET":
            return page(self.questions.fresh(language, view, actions, token))
        view = replace(view, title=view.title.replace(chr(FIRST_MARK), "".join(view.pipes)))
        form = await read_form(request)
        given = {field for field, values in answers_of(form).items() if any(values)}
        words = self.pages.locale(language).translate("Enter an answer")
        errors = tuple(
            (answer.field, words) for answer in view.answers if not given & {answer.field, answer.missing_field}
        )
        if name in SURE and not one(form, "sure"):
            return page(self.questions.asking(language, view, actions, token, sure="these", form=form))
        if errors:
            return page(self.questions.with_errors(language, view, actions, token, errors=errors, form=form))
        return RedirectResponse(f"/{language}/components", status_code=303)


async def leave(_: Request) -> Response:
    return RedirectResponse("https://www.example.org/", status_code=303)


async def fail(_: Request) -> Response:
    raise RuntimeError("an answer that must not be shown")


async def busy(_: Request) -> Response:
    raise Busy("too many codes at once")


async def echo(request: Request) -> Response:
    return PlainTextResponse(repr(await read_form(request)))


def app() -> ASGIApp:
    """What granian runs."""
    gallery = Gallery()
    routes = [
        Route("/{language:language}/components", gallery.components),
        Route("/{language:language}/code", gallery.code, methods=["GET", "POST"]),
        Route("/{language:language}/q/{name}", gallery.question, methods=["GET", "POST"]),
        Route("/{language:language}/exit", leave, methods=["POST"]),
        Route("/{language:language}/fail", fail, methods=["GET", "POST"]),
        Route("/{language:language}/busy", busy),
        Route("/echo", echo, methods=["POST"]),
    ]
    return site(gallery.pages, routes, form_action_origins=["https://www.example.org"])
