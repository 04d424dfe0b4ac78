"""Forward only, common sections at fixed slots, and kept facts that suffice (P07, P09)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.questionnaire.strategies import answer_page, page_of, questionnaires, repeating

from troth.kit.errors import Invalid
from troth.questionnaire import (
    Finish,
    Position,
    Questionnaire,
    Trail,
    Value,
    advance,
    after,
    alike,
    columns,
    decode_page,
    decode_state,
    dummy_page,
    encode_page,
    encode_state,
    first,
    keep,
    next_common,
    plan,
    row,
    view,
)
from troth.questionnaire.codebook import NOT_ASKED, Column
from troth.questionnaire.layout import layout, texts_of
from troth.questionnaire.plan import PADDING_ROOM
from troth.study import bundled, load_pack

if TYPE_CHECKING:
    from collections.abc import Mapping

SMALL = settings(max_examples=100, deadline=None, suppress_health_check=list(HealthCheck))


class Everything:
    """Remembers every answer of every round: what the engine must agree with although it keeps almost nothing."""

    def __init__(self, q: Questionnaire) -> None:
        self._flat = layout(q)
        self.told: dict[tuple[str, int], Value] = {}

    def tell(self, position: Position, values: Mapping[str, Value]) -> None:
        # What stands in a box beside an option is nothing that a rule could ask for.
        self.told.update({(name, position.repeat): value for name, value in values.items() if "." not in name})

    def known_at(self, position: Position) -> dict[str, Value]:
        here = self._flat.place(position.page).block
        found = {}
        for (answer, repeat), value in self.told.items():
            asked = self._flat.places[self._flat.answers[answer][0]].block
            if asked is None or (asked == here and repeat == position.repeat):
                found[answer] = value
        return found


def is_box(column: Column) -> bool:
    """A column of the words beside an option, or of how it was answered: not asked of everybody who was asked the question."""
    return column.variable.endswith("__text") or column.variable.startswith("record__")


def walk_and_check(draw: st.DrawFn, q: Questionnaire) -> None:
    numbers, everything, facts, boxes = plan(q), Everything(q), {}, []
    slow: Mapping[str, Value] = {}
    flat = layout(q)
    starts = {section.pages[0].id: numbers.section_slot[section.id] for section in q.sections if section.common}
    entered = set()
    here: Position | Finish = first(q)
    before = (-1, -1, -1)
    while isinstance(here, Position):
        place = flat.place(here.page)
        block = place.block
        order = (block.first if block else place.number, here.repeat, place.number)
        assert order > before, "the order of pages only ever grows"
        before = order
        assert 0 <= here.slot < numbers.total_slots
        if here.page in starts:
            assert here.slot == starts[here.page]
            entered.add(here.page)
        if facts and block:
            own = {answer for answer in facts if flat.places[flat.answers[answer][0]].block == block}
            assert own <= everything.known_at(here).keys(), "no round knows what the last one said"
        page = page_of(q, here)
        known = everything.known_at(here)
        assert view(q, here, facts, str) == view(q, here, known, str), "the kept facts show the page as all facts would"
        if here.page in alike(q):
            assert view(q, here, facts, str, 17, marks=True) == view(q, here, {}, str), "everybody sees the page alike"
        assert len(encode_state(here, facts, Trail(99, 9999))) + PADDING_ROOM <= numbers.facts_size
        assert decode_state(encode_state(here, facts, Trail(2, 7))) == (here, facts, Trail(2, 7))
        values = answer_page(draw, page, facts)
        box = encode_page(q, here, values)
        assert len(box) + PADDING_ROOM <= numbers.box_size
        boxes.append(box)
        everything.tell(here, values)
        onward = advance(q, here, values, facts)
        kept = keep(q, here, values, facts)
        assert len(encode_state(onward.next, kept, Trail(99, 9999))) + PADDING_ROOM <= numbers.facts_size
        assert onward.next == after(q, here, kept) == after(q, here, everything.known_at(here))
        assert onward.next.slot > here.slot
        slow = keep(q, here, values, slow)  # the other way to keep facts: wider, and just as right
        assert onward.next == after(q, here, slow)
        here, facts = onward.next, onward.facts
        if isinstance(here, Position):
            assert view(q, here, slow, str) == view(q, here, facts, str)
    assert here == Finish(numbers.total_slots)
    assert facts == {}, "at the finish nothing is kept"
    assert entered == set(starts), "every common section is entered, at its start"
    opened = [decode_page(box) for box in [*boxes, dummy_page()]]
    table = row(q, opened)
    asked = {
        (column.variable, (column.answer, column.repeat) in everything.told)
        for column in columns(q)
        if not is_box(column)
    }
    boxed = {column.variable for column in columns(q) if is_box(column)}
    codes = {column.variable: column.code(NOT_ASKED) for column in columns(q)}
    assert asked == {(name, value != codes[name]) for name, value in table.items() if name not in boxed}


@SMALL
@given(st.data())
def test_any_answers_to_any_questionnaire_lead_forward_to_the_finish(data: st.DataObject) -> None:
    walk_and_check(data.draw, data.draw(questionnaires()))  # type: ignore[arg-type]


@SMALL
@given(st.data())
def test_any_answers_to_rounds_lead_forward_and_no_round_knows_the_last(data: st.DataObject) -> None:
    walk_and_check(data.draw, data.draw(repeating()))  # type: ignore[arg-type]


@SMALL
@given(st.data())
def test_any_answers_to_the_bundled_study_lead_forward_to_the_finish(data: st.DataObject) -> None:
    walk_and_check(data.draw, load_bundled())  # type: ignore[arg-type]


_PACKS = {}


def load_bundled() -> Questionnaire:
    if "sdcs" not in _PACKS:
        _PACKS["sdcs"] = load_pack(bundled("sdcs")).questionnaire
    return _PACKS["sdcs"]


@SMALL
@given(questionnaires())
def test_resuming_without_the_word_depends_on_the_section_alone(q: Questionnaire) -> None:
    """From every page, round and slot of a section, the same start of the next common section (P09)."""
    numbers, flat = plan(q), layout(q)
    for place in flat.places:
        rounds = range(1, place.block.repeat.max + 1) if place.block else (0,)
        found = {next_common(q, Position(place.page.id, n, slot)) for n in rounds for slot in (0, 7)}
        assert len(found) == 1
        (onward,) = found
        if isinstance(onward, Finish):
            assert onward.slot == numbers.total_slots
            assert not any(section.common for section in q.sections[place.section + 1 :])
        else:
            target = flat.place(onward.page)
            assert target.section > place.section
            assert onward.slot == numbers.section_slot[q.sections[target.section].id]
            assert not any(section.common for section in q.sections[place.section + 1 : target.section])


@SMALL
@given(st.data())
def test_a_common_section_is_the_same_whatever_was_answered_before_it(data: st.DataObject) -> None:
    q = data.draw(questionnaires())
    flat = layout(q)
    for number, section in enumerate(q.sections):
        if not section.common:
            continue
        own = {answer.id for page in section.pages for answer in page.answers}
        outside: dict[str, Value] = {}
        for name, (at, _) in flat.answers.items():
            if name not in own:
                outside[name] = answer_page(data.draw, flat.places[at].page, {})[name]  # type: ignore[arg-type]
        start = Position(section.pages[0].id, 0, 0)
        bare: Mapping[str, Value] = {}
        rich: Mapping[str, Value] = outside
        here: Position | Finish = start
        there: Position | Finish = start
        while isinstance(here, Position) and flat.place(here.page).section == number:
            assert here == there
            assert view(q, here, bare, str) == view(q, here, rich, str)
            values = answer_page(data.draw, page_of(q, here), bare)  # type: ignore[arg-type]
            one, other = advance(q, here, values, bare), advance(q, here, values, rich)
            here, bare, there, rich = one.next, one.facts, other.next, other.facts
            rich = {**outside, **rich}


def test_a_position_of_another_version_is_refused_in_words() -> None:
    q = load_bundled()
    for position in (Position("nowhere", 0, 0), Position("welcome", 1, 0), Position("school_safety", 0, 5)):  # type: ignore[arg-type]
        with pytest.raises(Invalid):
            after(q, position, {})


@pytest.mark.parametrize("wide", [True, False])
def test_what_one_round_said_decides_nothing_in_the_next(wide: bool) -> None:
    """Page `two` is asked in the first round only; `three` looks at it and must not be shown in the second."""
    single = {"kind": "single", "disclosure": "none", "options": [{"id": "a", "label": "A"}, {"id": "b", "label": "B"}]}
    rounds = {"repeat": {"over": "often", "max": 2}}
    count = {"id": "often", "kind": "number", "maximum": 2, "disclosure": "none"}
    pages = [
        {"id": "often", "title": "T", "answers": [count]},
        {"id": "one", "title": "T", "answers": [{"id": "one", **single}], **rounds},
        {"id": "two", "title": "T", "when": "one == 'b'", "answers": [{"id": "two", **single}], **rounds},
        {"id": "three", "title": "T", "when": "two == 'a'", "answers": [{"id": "three", **single}], **rounds},
    ]
    sections = [{"id": "s", "title": "S", "common": True, "pages": pages}]
    q = Questionnaire.model_validate({"id": "r", "version": "1", "title": "R", "sections": sections})
    told: dict[tuple[str, int], Value] = {
        ("often", 0): 2,
        ("one", 1): "b",
        ("two", 1): "a",
        ("three", 1): "a",
        ("one", 2): "a",
    }
    here: Position | Finish = first(q)
    facts: Mapping[str, Value] = {}
    met = []
    while isinstance(here, Position):
        met.append((str(here.page), here.repeat))
        values = {str(here.page): told[here.page, here.repeat]}
        if wide:
            facts = keep(q, here, values, facts)
            here = after(q, here, facts)
        else:
            onward = advance(q, here, values, facts)
            here, facts = onward.next, onward.facts
    assert met == list(told)


def test_most_pages_of_the_bundled_study_are_alike_for_everybody_and_those_with_rules_or_words_of_others_are_not() -> (
    None
):
    q = load_bundled()
    flat = layout(q)
    ruled = {
        place.page.id
        for place in flat.places
        if place.page.variants or any(option.when for answer in place.page.answers for option in answer.options)
    }
    worded = {place.page.id for place in flat.places if any("{{" in text for text in texts_of(place.page))}
    assert ruled | worded
    assert alike(q) == {place.page.id for place in flat.places} - ruled - worded
    assert len(alike(q)) > len(flat.places) / 2
