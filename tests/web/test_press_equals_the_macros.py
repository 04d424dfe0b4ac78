"""A pressed page is, byte for byte, what the component macros render for the same values."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

import jinja2
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.web.gallery import VIEWS, Answer, Option, View

from troth.web.chrome import Chrome
from troth.web.pages import Pages
from troth.web.press import Press, Pressed
from troth.web.question import FIRST_MARK, Actions, QuestionPages

if TYPE_CHECKING:
    from troth.web.language import Language

CHROME = Chrome("Survey", "0800 000 0000", "survey@example.org", "https://www.example.org/")
EVERYWHERE = """
{% extends "web/layout.html" %}
{% from "govuk_frontend_jinja/components/radios/macro.html" import govukRadios %}
{% from "govuk_frontend_jinja/components/input/macro.html" import govukInput %}
{% from "govuk_frontend_jinja/components/textarea/macro.html" import govukTextarea %}
{% from "govuk_frontend_jinja/components/panel/macro.html" import govukPanel %}
{% block content %}
<input type="hidden" name="token" value="{{ token }}">
{{ govukPanel({"titleText": word, "text": token}) }}
{{ govukRadios({"name": "r", "hint": {"text": "You said " ~ word}, "fieldset": {"legend": {"text": word,
   "isPageHeading": true}}, "items": [{"value": word, "text": word, "hint": {"text": token}}]}) }}
{{ govukInput({"id": "i", "name": "i", "label": {"text": word}, "attributes": {"data-word": word}}) }}
{{ govukTextarea({"id": "t", "name": "t", "label": {"text": "Text"}, "value": word}) }}
{% endblock %}
"""
PAGES = Pages(
    {"en": CHROME, "cy": CHROME},
    templates=jinja2.DictLoader(
        {
            "everywhere.html": EVERYWHERE,
            "lower.html": "{{ word | lower }}",
            "long.html": "{{ word | truncate(10) }}",
            "part.html": "{{ word }} {{ word[5:9] }}",
            "trim.html": "<p>{{ word }}</p>",
        }
    ),
)
NASTY = st.one_of(
    st.text(max_size=60),
    st.text(alphabet="<>&\"'` \n\t\\{}%", max_size=40),
    st.sampled_from(
        ["Troth0Slot0End", "{{ token }}", "</textarea><script>", "&amp;&#39;", " \n x\u2028y\x85 ", "\x00", "ŵŷ"]
    ),
)


@settings(max_examples=60, deadline=None)
@given(word=NASTY, token=NASTY)
def test_whatever_the_values_the_pressed_page_is_the_rendered_one(word: str, token: str) -> None:
    def render(values: object) -> str:
        return PAGES.html("en", "everywhere.html", **values)  # type: ignore[arg-type]

    pressed = PRESS.page("everywhere", ("word", "token"), render)
    assert pressed.fill({"word": word, "token": token}) == render({"word": word, "token": token}).encode()


PRESS = Press()


@settings(max_examples=60, deadline=None)
@given(
    title=st.text(min_size=1, max_size=30),
    labels=st.lists(NASTY.filter(bool), min_size=1, max_size=3),
    kind=st.sampled_from(["single", "multiple", "number", "text"]),
    token=NASTY,
    language=st.sampled_from(["en", "cy"]),
)
def test_a_fresh_question_is_the_rendered_one_without_errors(
    title: str, labels: list[str], kind: str, token: str, language: str
) -> None:
    options = tuple(Option(f"o{n}", label, hint=label) for n, label in enumerate(labels))
    view = View(title, answers=(Answer("a", kind, hint=labels[0], options=options, unit=labels[0]),))
    questions, actions = QuestionPages(PAGES), Actions("/en/page", "/en/exit")
    fresh = questions.fresh(language, view, actions, token)  # type: ignore[arg-type]
    rendered = questions.with_errors(language, view, actions, token, errors=(), form={})  # type: ignore[arg-type]
    assert fresh == rendered


@pytest.mark.parametrize("template", ["lower.html", "long.html", "part.html"])
def test_a_page_that_changes_a_value_is_not_pressed(template: str) -> None:
    with pytest.raises(ValueError, match="slot"):
        Pressed(lambda values: PAGES.html("en", template, **values), ("word",))


def test_a_slot_that_the_page_lacks_is_an_error() -> None:
    with pytest.raises(ValueError, match="not in the page: other"):
        Pressed(lambda values: PAGES.html("en", "trim.html", word=values["word"]), ("word", "other"))


def test_a_value_is_escaped_once_and_never_run() -> None:
    body = QuestionPages(PAGES).fresh("en", VIEWS["text"], Actions("/p", "/e"), '"><script>&lt;')
    assert b'value="&#34;&gt;&lt;script&gt;&amp;lt;"' in body


def test_a_fresh_page_is_never_pre_filled_even_after_an_error_page() -> None:
    """P09: what one person typed is in the answer to their own POST and in no page made later."""
    questions, actions = QuestionPages(PAGES), Actions("/en/page", "/en/exit")
    before = questions.fresh("en", VIEWS["text"], actions, "t")
    wrong = questions.with_errors(
        "en", VIEWS["text"], actions, "t", errors=(("more", "Too long"),), form={"more": ["mine"]}
    )
    assert b"mine" in wrong
    assert questions.fresh("en", VIEWS["text"], actions, "t") == before
    assert b"mine" not in before
    for view in VIEWS.values():
        assert b"checked" not in questions.fresh("en", view, actions, "t")


def test_the_press_keeps_a_bounded_number_of_pages() -> None:
    press = Press(pages=3)
    made: list[int] = []

    def page(number: int) -> bytes:
        def render(values: object) -> str:
            made.append(number)
            return f"page {number}"

        return press.page(number, (), render).fill({})

    for number in (1, 2, 3, 1, 4, 1):
        assert page(number) == f"page {number}".encode()
    assert made.count(1) == 2  # pressed once (two renders), kept because it was used
    page(2)
    assert made.count(2) == 4  # had to go when 4 came


def test_an_earlier_answers_words_are_kept_in_no_pressed_page() -> None:
    """P09: a page that shows an earlier answer has a place for it, as it has for the token; what goes there is kept nowhere."""
    questions, actions = QuestionPages(PAGES), Actions("/en/page", "/en/exit")
    mine = questions.fresh("en", VIEWS["piped"], actions, "t")
    theirs = questions.fresh("en", replace(VIEWS["piped"], pipes=("<1>",)), actions, "t")
    assert b"3 brothers" in mine
    assert b"3 brothers" not in theirs
    assert b"You said &lt;1&gt; brothers" in theirs
    (kept,) = questions._press._kept.values()
    assert b"brothers" in b"".join(kept._segments)
    assert b"3 brothers" not in b"".join(kept._segments)
    assert not any(mark in b"".join(kept._segments) for mark in (b"&lt;1", chr(FIRST_MARK).encode()))


def test_pages_that_differ_in_their_options_are_pressed_apart() -> None:
    questions, actions = QuestionPages(PAGES), Actions("/en/page", "/en/exit")
    one = replace(
        VIEWS["single"], variant=("o0",), answers=(Answer("liked", "single", options=(Option("o0", "Yes"),)),)
    )
    assert questions.fresh("en", one, actions, "t") != questions.fresh("en", VIEWS["single"], actions, "t")


def test_errors_of_one_field_are_all_in_the_summary_and_the_first_is_at_the_field() -> None:
    questions, actions = QuestionPages(PAGES), Actions("/en/page", "/en/exit")
    errors = (("age", "First"), ("age", "Second"), ("", "Whole page"))
    text = questions.with_errors("en", VIEWS["number"], actions, "t", errors=errors, form={"age": ["<x>"]}).decode()
    assert text.count('href="#age"') == 3
    assert 'value="&lt;x&gt;"' in text
    field = text[text.index('id="age-error"') :]
    assert "First" in field
    assert "Second" not in field


@pytest.mark.parametrize(("language", "words"), [("en", "Up to %s characters."), ("cy", "Hyd at %s nod.")])
@pytest.mark.parametrize(
    ("name", "field", "most"), [("line", "word", 30), ("text", "more", 500), ("detail", "heard-other-detail", 100)]
)
def test_how_long_a_text_may_be_describes_its_field(
    name: str, field: str, most: int, language: Language, words: str
) -> None:
    actions = Actions("/en/page", "/en/exit")
    page = QuestionPages(PAGES).fresh(language, VIEWS[name], actions, "t").decode()
    assert re.search(rf'<(input|textarea)[^>]* id="{field}"[^>]* aria-describedby="{field}-hint"', page)
    hint = re.search(rf'id="{field}-hint"[^>]*>\s*([^<]*?)\s*<', page)
    assert hint
    assert hint[1] == " ".join(filter(None, [VIEWS[name].answers[0].hint if field == "more" else "", words % most]))
