"""Every way through the bundled study: not some, all, up to answers that no rule can tell apart."""

from __future__ import annotations

from itertools import product
from typing import TYPE_CHECKING

from tests.questionnaire.test_route import load_bundled

from troth.questionnaire import Answer, Finish, Position, Value, advance, first, plan, view
from troth.questionnaire.codec import canonical
from troth.questionnaire.evaluate import holds
from troth.questionnaire.layout import layout, rules, texts_of
from troth.questionnaire.piping import piped
from troth.questionnaire.read import offered

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from troth.questionnaire import Facts, Page

GONE: dict[str, str] = {"missing": "dont_know"}


def values_of(answer: Answer, facts: Facts) -> Iterator[Value]:
    yield dict(GONE)
    options = [option.id for option in offered(answer, facts)]
    match answer.kind:
        case "single":
            yield from options
        case "multiple":
            yield from ([option] for option in options)
            yield [option.id for option in offered(answer, facts) if not option.exclusive]
        case "number":
            yield from sorted({answer.minimum, 1, 2, 3, answer.maximum or 0})
        case "text":
            yield "words"


def answered_ways(page: Page, facts: Facts) -> Iterator[Mapping[str, Value]]:
    for chosen in product(*(values_of(answer, facts) for answer in page.answers)):
        values = {answer.id: value for answer, value in zip(page.answers, chosen, strict=True)}
        if not any(holds(check.violated, {**facts, **values}) for check in page.checks):
            yield values


def test_every_route_of_the_bundled_study_walks_to_the_finish() -> None:
    q = load_bundled()
    flat, numbers = layout(q), plan(q)
    longest = 0
    seen: set[bytes] = set()
    shown: set[str] = set()
    hidden: set[str] = set()
    waiting: list[tuple[Position, Facts, int]] = [(first(q), {}, 1)]
    while waiting:
        here, facts, steps = waiting.pop()
        state = canonical([here.page, here.repeat, here.slot, dict(facts), steps])
        if state in seen:
            continue
        seen.add(state)
        shown.add(here.page)
        seen_page = view(q, here, facts, str)
        page = flat.place(here.page).page
        assert "{{" not in repr(seen_page)
        for answer, given in zip(page.answers, seen_page.answers, strict=True):
            hidden |= {option.id for option in answer.options} - {option.value for option in given.options}
        for values in answered_ways(page, facts):
            onward = advance(q, here, values, facts)
            assert onward.next.slot > here.slot
            if isinstance(onward.next, Finish):
                assert onward.next.slot == numbers.total_slots
                longest = max(longest, steps)
            else:
                waiting.append((onward.next, onward.facts, steps + 1))
    assert shown == {page.id for page in q.pages}, "every page is somebody's"
    assert longest + 1 == numbers.total_slots, (
        "the slots fit the longest route exactly, and one says how it was answered"
    )
    assert {"school", "care_worker", "grown_up"} <= hidden, "option rules hide what does not fit"


def test_the_bundled_study_uses_every_kind_of_rule() -> None:
    q = load_bundled()
    flat = layout(q)
    kinds: set[str] = set()
    for page in q.pages:
        own = {answer.id for answer in page.answers}
        kinds |= {"visibility"} if page.when else set()
        kinds |= {"route"} if page.routes else set()
        kinds |= {"repeat"} if page.repeat else set()
        kinds |= {"option"} if any(option.when for answer in page.answers for option in answer.options) else set()
        kinds |= {"piping"} if any(piped(text) for text in texts_of(page)) else set()
        for check in page.checks:
            kinds.add("check across the page" if check.violated.names <= own else "check with kept facts")
        assert all(rule.source for rule, _ in rules(page))
    assert kinds == {
        "visibility", "route", "repeat", "option", "piping", "check across the page", "check with kept facts",
    }  # fmt: skip
    assert sum(section.common for section in q.sections) == 3
    assert 12 <= len(flat.places) <= 16


def test_every_question_can_be_left_with_do_not_know_or_prefer_not_to_say() -> None:
    answers = [answer for page in load_bundled().pages for answer in page.answers]
    assert answers
    assert all(answer.dont_know and answer.prefer_not_to_say for answer in answers)
