"""An eQ questionnaire becomes ours as far as forward-only allows; all else is named with its path."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.authoring.samples import eq, interstitial, question, radio

from troth.authoring.eq import import_eq
from troth.authoring.report import FORWARD_ONLY
from troth.authoring.walk import walk
from troth.kit.errors import Invalid
from troth.questionnaire import Questionnaire, load


def made(*blocks: dict[str, Any], **more: Any) -> tuple[Any, Questionnaire]:
    found = import_eq(eq(*blocks, **more), "schema.json")
    return found, load(found.text, "imported.yaml")


def lost(found: Any) -> str:
    return "\n".join(f"{one.where}: {one.what}" for one in found.report.lost)


def source(name: str) -> dict[str, str]:
    return {"source": "answers", "identifier": name}


def shown(q: Questionnaire, told: dict[str, object]) -> list[str]:
    walked = walk(q, told)  # type: ignore[arg-type]
    assert walked.finished, walked.pages[-1]
    return [page.page for page in walked.pages]


OLD = {
    "routing_rules": [
        {"goto": {"block": "far", "when": [{"id": "a", "condition": "equals", "value": "No"}]}},
        {"goto": {"block": "near"}},
    ]
}
NEW = {"routing_rules": [{"block": "far", "when": {"==": [source("a"), "No"]}}, {"block": "near"}]}
GROUP = {
    "routing_rules": [{"goto": {"block": "far", "when": [{"id": "a", "condition": "not equals", "value": "Yes"}]}}]
}


def test_a_blocks_own_words_are_carried_and_a_sections_are_told() -> None:
    words = "Only count what happened before you were 16."
    found, q = made(question("q", radio("a", "Yes", "No"), description=words))
    assert not lost(found)
    assert q.pages[0].body == ("Only count what happened before you were 16.",)
    schema = json.loads(eq(question("q", radio("a", "Yes", "No")), description="Whose it is"))
    schema["sections"][0]["description"] = "Words of a section"
    assert lost(import_eq(json.dumps(schema).encode(), "schema.json")).endswith(
        "sections[0].description: `description`"
    )


@pytest.mark.parametrize("routes", [OLD, NEW, GROUP], ids=["old", "new", "not equals"])
def test_routes_of_both_forms_lead_where_they_led(routes: dict[str, object]) -> None:
    found, q = made(question("q", radio("a", "Yes", "No"), **routes), interstitial("near"), interstitial("far"))
    assert not lost(found)
    assert shown(q, {"a": "yes"}) == ["q", "near", "far"]
    assert shown(q, {"a": "no"}) == ["q", "far"]


@pytest.mark.parametrize(
    "skip",
    [
        [{"when": [{"id": "a", "condition": "equals any", "values": ["No", "Never"]}]}],
        [{"when": [{"id": "a", "condition": "set"}, {"id": "a", "condition": "not equals", "value": "Yes"}]}],
        {"when": {"in": [source("a"), ["No", "Never"]]}},
        {"when": {"or": [{"==": [source("a"), "No"]}, {"==": ["Never", source("a")]}]}},
        {"when": {"and": [{"!=": [source("a"), None]}, {"not": [{"==": [source("a"), "Yes"]}]}]}},
    ],
)
def test_conditions_for_skipping_of_both_forms_skip_the_same(skip: object) -> None:
    found, q = made(
        question("q", radio("a", "Yes", "No", "Never")), interstitial("n", skip_conditions=skip), interstitial("z")
    )
    assert not lost(found)
    assert shown(q, {"a": "yes"}) == ["q", "n", "z"]
    assert shown(q, {"a": "no"}) == shown(q, {"a": "never"}) == ["q", "z"]
    assert shown(q, {"a": "dont-know"}) == ["q", "n", "z"], "who said nothing is not skipped past anything"


def test_answers_of_every_kind_come_in() -> None:
    found, q = made(
        question("c", {"id": "cur", "type": "Currency", "currency": "GBP", "decimal_places": 2, "mandatory": True, "label": "Pay", "minimum": {"value": 0, "exclusive": True}, "maximum": {"value": 10}}),
        question("p", {"id": "per", "type": "Percentage", "mandatory": False, "label": "Share"}),
        question("u", {"id": "uni", "type": "Unit", "unit": "length-metre", "mandatory": False, "label": "Length", "maximum": {"value": 5}}),
        question("du", {"id": "dur", "type": "Duration", "units": ["years", "months"], "mandatory": False, "label": "Time"}),
        question("d", {"id": "dat", "type": "Date", "mandatory": False, "label": "Day", "minimum": {"value": "2020-02-01", "offset_by": {"days": -1}}}),
        question("m", {"id": "mon", "type": "MonthYearDate", "mandatory": False, "label": "Month", "maximum": {"value": "2020-02"}}),
        question("y", {"id": "yea", "type": "YearDate", "mandatory": False, "label": "Year"}),
        question("t", {"id": "tex", "type": "TextArea", "max_length": 99, "mandatory": False, "label": "Words"}),
        question("dd", {**radio("dro", "A", "B"), "type": "Dropdown"}),
        question("ch", {**radio("che", "A", "B"), "type": "Checkbox", "options": [{"label": "A", "value": "A", "description": "The first"}, {"label": "B", "value": "B", "detail_answer": {"id": "x", "type": "TextField", "label": "Which?", "mandatory": True}}]}),
    )  # fmt: skip
    assert not lost(found)
    answers = {answer.id: answer for page in q.pages for answer in page.answers}
    assert (answers["cur"].prefix, float(answers["cur"].minimum), answers["cur"].maximum) == ("£", 0.01, 10)
    assert (answers["per"].unit, answers["uni"].unit, answers["uni"].maximum) == ("%", "metre", 5)
    assert answers["dur"].units == ("years", "months")
    assert (answers["dat"].earliest, answers["mon"].latest, answers["tex"].max_length) == ("2020-01-31", "2020-02", 99)
    assert (answers["dro"].appearance, answers["che"].options[0].hint) == ("dropdown", "The first")
    beside = answers["che"].options[1].detail
    assert beside is not None
    assert beside.required


def test_what_leads_back_or_shows_answers_again_is_named_against_forward_only() -> None:
    found, _ = made(
        question("q", radio("a", "Yes", "No"), title={"text": "Hello {name}", "placeholders": [{"placeholder": "name", "value": source("n")}]}),
        {"id": "calc", "type": "CalculatedSummary", "calculation": {"operation": {}}},
        {"id": "sum", "type": "Summary"},
        question("back", radio("b", "Yes", "No"), routing_rules=[{"block": "q", "when": {"==": [source("b"), "No"]}}, {"section": "End"}]),
        questionnaire_flow={"type": "Hub", "options": {}},
    )  # fmt: skip
    text = lost(found)
    assert text.count(FORWARD_ONLY) == 5
    for piece in ("text", "`CalculatedSummary`", "`Summary`", "leads back to `q`", "sections in any order"):
        assert piece in text, piece


def test_lists_of_people_are_named_and_left_out() -> None:
    found, q = made(
        {"id": "people", "type": "ListCollector", "for_list": "people", "question": {}},
        {"id": "rel", "type": "RelationshipCollector", "for_list": "people"},
        interstitial(
            "n", skip_conditions={"when": {">": [{"count": [{"source": "list", "identifier": "people"}]}, 0]}}
        ),
    )
    assert [page.id for page in q.pages] == ["n"]
    text = lost(found)
    assert text.count("there are no lists of people here") == 2
    assert "It is shown" in text


def test_a_route_that_is_not_carried_takes_the_route_for_everybody_else_with_it() -> None:
    rules = [{"block": "a_page", "when": {"==": [{"source": "metadata", "identifier": "x"}, "y"]}}, {"block": "z"}]
    found, q = made(question("q", radio("a", "Yes"), routing_rules=rules), interstitial("a_page"), interstitial("z"))
    assert shown(q, {"a": "yes"}) == ["q", "a_page", "z"], "nobody is led past a page that somebody should have seen"
    assert "nobody is led past a page" in lost(found)


def test_forms_of_a_question_become_words_by_rule_or_pages_by_rule() -> None:
    first = question("q", radio("a", "Yes", "No"))
    same = {"id": "v", "type": "Question", "question_variants": [
        {"question": {"id": "v-q", "type": "General", "title": "For you?", "answers": [radio("b", "Yes")]}, "when": {"==": [source("a"), "Yes"]}},
        {"question": {"id": "v-q", "type": "General", "title": "For them?", "answers": [radio("b", "Yes")]}, "when": {"!=": [source("a"), "Yes"]}},
    ]}  # fmt: skip
    found, q = made(first, same)
    assert not lost(found)
    assert [page.title for page in walk(q, {"a": "yes", "b": "yes"}).pages] == ["A question?", "For you?"]
    assert [page.title for page in walk(q, {"a": "no", "b": "yes"}).pages] == ["A question?", "For them?"]
    same["question_variants"][1]["question"]["answers"] = [radio("b", "Never", "Once")]  # type: ignore[index]
    _, q = made(first, same, interstitial("n", skip_conditions={"when": {"!=": [source("b"), None]}}))
    assert shown(q, {"a": "yes", "b": "yes"}) == ["q", "v"]
    assert shown(q, {"a": "no", "b_a": "once"}) == ["q", "v_a"]
    assert shown(q, {"a": "no", "b_a": "dont-know"}) == ["q", "v_a", "n"]


def test_answers_that_exclude_each_other_do() -> None:
    both = [{**radio("m", "A", "B"), "type": "Checkbox"}, {**radio("e", "None of these"), "type": "Checkbox"}]
    found, q = made(question("q", *both, inner={"type": "MutuallyExclusive", "mandatory": True}))
    assert not lost(found)
    assert [(option.id, option.exclusive) for option in q.pages[0].answers[0].options] == [
        ("a", False),
        ("b", False),
        ("none_of_these", True),
    ]
    typed = [
        {"id": "n", "type": "Number", "mandatory": False, "label": "How many"},
        {**radio("e", "None"), "type": "Checkbox", "label": "Or"},
    ]
    _, q = made(question("q", *typed, inner={"type": "MutuallyExclusive", "mandatory": False}))
    assert walk(q, {"n": 3, "e": ["none"]}).pages[0].messages == ("Give one of these answers, not both",)
    assert walk(q, {"n": 3}).finished


def test_sums_and_ranges_of_dates_are_checked() -> None:
    numbers = [{"id": name, "type": "Number", "mandatory": True, "label": name} for name in ("x", "y")]
    sums = {
        "type": "Calculated",
        "calculations": [
            {"calculation_type": "sum", "value": 10, "answers_to_calculate": ["x", "y"], "conditions": ["equals"]}
        ],
    }
    dates = [{"id": name, "type": "Date", "mandatory": True, "label": name} for name in ("from", "to")]
    found, q = made(
        question("q", *numbers, inner=sums),
        question("r", *dates, inner={"type": "DateRange", "period_limits": {"minimum": {"days": 10}}}),
    )
    assert not lost(found)
    told = {"x": 4, "y": 6, "from": "2020-01-01", "to": "2020-01-12"}
    assert walk(q, told).finished
    assert walk(q, {**told, "y": 7}).pages[-1].messages == ("These numbers do not add up. Check them",)
    assert walk(q, {**told, "to": "2020-01-02"}).pages[-1].messages == (
        "There are at least 10 days between the two dates",
    )
    assert (
        walk(q, {**told, "to": "2019-12-01"}).pages[-1].messages[0]
        == "The second date comes after the first. Check both"
    )


def test_guidance_and_definitions_are_paragraphs_and_tags_are_told() -> None:
    inner = {
        "description": ["First <em>words</em>"], "guidance": {"contents": [{"title": "Include"}, {"list": ["one", "two"]}]},
        "definition": {"title": "A word", "contents": [{"description": "means this"}]},
    }  # fmt: skip
    found, q = made(question("q", radio("a", "Yes"), inner=inner))
    assert q.pages[0].guidance == "First words"
    assert q.pages[0].body == ("Include", "• one", "• two", "A word", "means this")
    assert lost(found).count("formatting") == 1


def test_every_key_that_nobody_reads_is_in_the_report() -> None:
    found, _ = made(
        question(
            "q", radio("a", "Yes", strange_answer=1), strange_block={"deep": [1]}, inner={"strange_question": True}
        ),
        strange_root="x",
    )
    text = lost(found)
    for key in ("strange_answer", "strange_block", "strange_question", "strange_root"):
        assert f"`{key}`" in text, key


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"[]",
        b"{}",
        b'{"sections": 1}',
        b"\xff\xfe",
        b'{"sections": ' + b"[" * 200 + b"]" * 200 + b"}",
        b'{"sections": []}',
    ],
)
def test_what_is_no_questionnaire_gets_a_message(data: bytes) -> None:
    with pytest.raises(Invalid) as refused:
        import_eq(data, "schema.json")
    assert refused.value.where.startswith("schema.json:")


def test_a_questionnaire_of_which_nothing_can_be_asked_says_why() -> None:
    with pytest.raises(Invalid) as refused:
        import_eq(eq({"id": "s", "type": "Summary"}), "schema.json")
    assert FORWARD_ONLY in refused.value.what
    assert json.loads(eq())["title"] == "A schema"
