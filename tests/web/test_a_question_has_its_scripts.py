"""What a question needs is on the respond site's page too: the searched list, the box beside an option, beside the script that sends."""

from __future__ import annotations

import re

import pytest
from tests.web.gallery import CHROME, VIEWS

from troth.sites.respond.survey import AtPage
from troth.web.pages import Pages
from troth.web.question import QuestionPages
from troth.wiring.chrome import words_of

PAGES = Pages(CHROME, templates="troth.sites.respond", words=words_of("respond"))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("name", "own"),
    [("suggest", ["accessible-autocomplete", "suggest"]), ("detail", ["detail"]), ("single", [])],
)
def test_a_question_has_its_scripts(name: str, own: list[str]) -> None:
    actions = AtPage("/en/page", "/en/exit", idle=30)
    page = QuestionPages(PAGES, template="question.html").fresh("en", VIEWS[name], actions, "t").decode()  # type: ignore[arg-type]
    scripts = re.findall(r'<script type="module" src="/static/([a-z-]+)\.', page)
    assert scripts == ["bfcache", "exit", "form", "still", "send", *own]
