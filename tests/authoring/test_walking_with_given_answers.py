"""A walk tells the pages, the words and the messages that somebody with these answers meets."""

from __future__ import annotations

import json

import pytest
from tests.authoring.samples import PACK, bundled, wide

from troth.authoring.scripts import scripts
from troth.authoring.told import read_told
from troth.authoring.walk import as_json, walk
from troth.kit.errors import Invalid
from troth.study.catalogue import read_catalogue

TOLD = {
    "adults": "family",
    "age": "from_sixteen",
    "homes": 2,
    "places": ["family_home", "boarding"],
    "schools": "2",
    "school_moves": 1,
    "school_safety": ["always", "dont-know"],
    "home_safety": {"missing": "prefer_not_to_say"},
    "trusted": ["friend"],
    "go_on": "leave_out",
    "today": "mostly",
}


def test_the_pages_come_in_order_each_round_on_its_own_and_what_is_skipped_is_not_among_them() -> None:
    walked = walk(bundled(), {**TOLD, "ways": ["words"], "nonsense": 1})
    shown = [(page.page, page.round) for page in walked.pages]
    assert walked.finished
    assert [one for one in shown if one[1]] == [("school_safety", 1), ("school_safety", 2)]
    assert ("unsafe", 0) not in shown
    assert walked.unused == ("nonsense", "ways"), "what no page on the way asked for"
    assert next(page for page in walked.pages if page.round == 2).title == "How safe did you feel at school number 2?"
    assert (
        next(page for page in walked.pages if page.page == "home_safety").title
        == "How safe did you feel with your family?"
    )


def test_answers_that_are_not_right_show_the_forms_messages_and_the_walk_stops_there() -> None:
    walked = walk(bundled(), {**TOLD, "homes": 41, "places": ["nowhere"]})
    assert not walked.finished
    assert walked.pages[-1].page == "homes"
    assert walked.pages[-1].messages == ("Enter a number from 1 to 40", "Choose from the answers on this page")


def test_a_check_shows_its_message() -> None:
    walked = walk(bundled(), {**TOLD, "homes": 1})
    assert walked.pages[-1].messages == (
        "You chose more kinds of home than homes. Check both, or choose “I don’t know” for one of them.",
    )


def test_the_words_come_in_the_language_asked_for() -> None:
    welsh = read_catalogue((PACK / "cy.po").read_text(), "cy", "cy.po")
    assert walk(bundled(), TOLD, welsh).pages[0].title == "Croeso i’r arolwg am ddiogelwch yn ystod plentyndod"


def test_every_kind_of_value_is_sent_as_a_browser_would() -> None:
    told = {
        "began": "2021-02-03", "pay": 101.25, "long": {"years": 2, "months": 1}, "moved": "2020-05", "grad": 2001,
        "wants": ["a"], "wants.a": "this one", "feel_home": "bad", "feel_school": "good", "land": "fr",
    }  # fmt: skip
    walked = walk(wide(), told)
    assert walked.finished, walked.pages[-1]
    values = {name: value for page in walked.pages for name, value in page.answers.items()}
    assert values == {
        "began": {"date": "2021-02-03"}, "pay": {"decimal": "101.25"}, "long": 25, "moved": {"month": "2020-05"}, "grad": 2001,
        "wants": ["a"], "wants.a": "this one", "feel_home": "bad", "feel_school": "good", "land": "fr",
    }  # fmt: skip
    assert walk(wide(), {**told, "long": 25}).pages == walked.pages, "a duration may be told in its smallest unit"
    assert next(page for page in walked.pages if page.page == "rich").title == "Young rich"


def test_values_that_the_engine_made_can_be_told_again() -> None:
    q = wide()
    for script in scripts(q).scripts:
        first = walk(q, script.told)
        again = walk(q, {name: value for page in first.pages for name, value in page.answers.items()})
        assert again.pages == first.pages


def test_the_json_has_the_form_that_the_docs_promise() -> None:
    found = json.loads(json.dumps(as_json(walk(bundled(), TOLD))))
    assert set(found) == {"pages", "finished", "unused"}
    assert set(found["pages"][0]) == {"page", "round", "section", "title", "texts", "answers", "messages"}


@pytest.mark.parametrize("text", ["[1]", "{", '{"a": ' + "[" * 100_000, "nul", "\ud800"])
def test_a_file_of_answers_that_is_none_is_refused_with_its_place(text: str) -> None:
    with pytest.raises(Invalid) as refused:
        read_told(text, "answers.json")
    assert refused.value.where.startswith("answers.json:")
