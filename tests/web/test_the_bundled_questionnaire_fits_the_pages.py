"""Every page of the bundled study goes through the question page, and what the page's controls send is what `read` reads."""

from __future__ import annotations

from html.parser import HTMLParser
from typing import TYPE_CHECKING

import pytest
from tests.web.test_press_equals_the_macros import PAGES

from troth.questionnaire import messages
from troth.questionnaire.layout import layout
from troth.questionnaire.position import Position
from troth.questionnaire.read import read
from troth.questionnaire.view import view
from troth.study.load import bundled, load_pack
from troth.web.language import LANGUAGES, Language, locale
from troth.web.question import Actions, QuestionPages, answers_of

if TYPE_CHECKING:
    from troth.web.pageview import PageView

PACK = load_pack(bundled("sdcs"))
NUMBERS = [place.number for place in layout(PACK.questionnaire).places]
ACTIONS = Actions("/en/page", "/en/exit")


class _Controls(HTMLParser):
    """What a browser could send: (name, type, value), and every id."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.controls: list[tuple[str, str, str]] = []
        self.ids: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if "id" in given:
            self.ids.append(given["id"])
        if "name" in given and tag in {"input", "textarea", "button"}:
            self.controls.append((given["name"], given.get("type", tag), given.get("value", "")))


def _view(number: int, language: Language, *, marks: bool = False) -> PageView:
    place = layout(PACK.questionnaire).places[number]
    position = Position(place.page.id, 1 if place.block else 0, number)
    return view(PACK.questionnaire, position, {}, PACK.catalogue(language), marks=marks)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("number", NUMBERS)
def test_a_page_of_the_study_is_pressed_as_rendered_and_small(number: int, language: Language) -> None:
    questions, seen = QuestionPages(PAGES), _view(number, language)
    marked = _view(number, language, marks=True)
    fresh = questions.fresh(language, marked, ACTIONS, "token")
    assert fresh == questions.fresh(language, marked, ACTIONS, "token")
    assert fresh == questions.with_errors(language, seen, ACTIONS, "token", errors=(), form={})
    assert len(fresh) <= 20 * 1024
    page = _Controls(fresh.decode())
    assert len(page.ids) == len(set(page.ids))


@pytest.mark.parametrize("number", NUMBERS)
def test_each_control_of_a_page_is_understood_by_the_questionnaire(number: int) -> None:
    seen, page = _view(number, "en"), layout(PACK.questionnaire).places[number].page
    controls = _Controls(
        QuestionPages(PAGES).fresh("en", _view(number, "en", marks=True), ACTIONS, "token").decode()
    ).controls
    for answer in seen.answers:
        for name, kind, value in controls:
            if name in {answer.field, answer.missing_field} and kind in {"radio", "checkbox"}:
                errors = read(page, answers_of({"token": ["t"], "do": ["continue"], name: [value]}), {}).errors
                assert not [error for error in errors if error.answer in {answer.field, ""}], (name, value)


@pytest.mark.parametrize("number", NUMBERS)
def test_an_empty_page_is_answered_with_errors_in_welsh_that_lead_to_a_control(number: int) -> None:
    seen, page = _view(number, "cy"), layout(PACK.questionnaire).places[number].page
    errors = tuple((e.answer, e.words(locale("cy").translate)) for e in read(page, {}, {}).errors)
    html = QuestionPages(PAGES).with_errors("cy", seen, ACTIONS, "token", errors=errors, form={}).decode()
    ids = _Controls(html).ids
    for field, words in errors:
        assert words in html
        assert words not in messages.ALL
        assert field in ids


def test_the_engines_words_are_in_the_welsh_catalogue() -> None:
    welsh = locale("cy").translate
    assert [text for text in messages.ALL if welsh(text) == text] == []
