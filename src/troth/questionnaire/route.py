"""Where a respondent is and where they go on: forward only (P09).

Each shown page, notes included, takes one slot: the `n` of its sealed step. A common section starts at a fixed slot, so
that the number at which somebody resumes says nothing of the pages that earlier answers opened to them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from troth.kit.errors import Invalid
from troth.questionnaire.evaluate import holds
from troth.questionnaire.layout import layout
from troth.questionnaire.model import END_OF_SECTION
from troth.questionnaire.plan import plan
from troth.questionnaire.position import Finish, Position

if TYPE_CHECKING:
    from troth.questionnaire.layout import Block, Layout, Place
    from troth.questionnaire.model import Questionnaire
    from troth.questionnaire.position import Next
    from troth.questionnaire.values import Facts


def first(q: Questionnaire) -> Position:
    """Where everybody starts: the first page, slot 0."""
    return Position(layout(q).places[0].page.id, 0, 0)


def after(q: Questionnaire, position: Position, facts: Facts) -> Next:
    """Where to go on from an answered page; always later in the order of pages and in slots.

    `facts` hold this page's own values too: `{**facts, **values}`, or what `keep` gave.

    Raises:
        Invalid: the position is not one of this questionnaire.

    """
    flat = layout(q)
    place = _checked(flat, position)
    target, repeat = _leave(flat, place, position.repeat, facts)
    found = _settle(flat, target, repeat, facts)
    if found is None:
        return Finish(plan(q).total_slots)
    shown, repeat = found
    fixed = plan(q).section_slot.get(flat.sections[shown.section].id)
    if shown.section != place.section and fixed is not None:
        return Position(shown.page.id, repeat, fixed)
    return Position(shown.page.id, repeat, position.slot + 1)


def next_common(q: Questionnaire, position: Position) -> Next:
    """Where somebody resumes who has the code but not the pause word: the start of the next common section.

    It depends on the section alone, never on an answer, so the letter in another's hands shows nothing (P09).

    Raises:
        Invalid: the position is not one of this questionnaire.

    """
    flat = layout(q)
    place = _checked(flat, position)
    for number in range(place.section + 1, len(flat.sections)):
        section = flat.sections[number]
        if section.common:
            return Position(section.pages[0].id, 0, plan(q).section_slot[section.id])
    return Finish(plan(q).total_slots)


def rounds(flat: Layout, block: Block, facts: Facts) -> int:
    """How many rounds the block makes: 0 where the count is missing, or is one exclusive option alone."""
    value = facts.get(block.repeat.over)
    if isinstance(value, list):
        _, counted = flat.answers[block.repeat.over]
        alone = {option.id for option in counted.options if option.exclusive}
        return min(sum(chosen not in alone for chosen in value), block.repeat.max)
    if isinstance(value, int):
        return max(0, min(value, block.repeat.max))
    return 0


def _checked(flat: Layout, position: Position) -> Place:
    place = flat.place(position.page)
    most = place.block.repeat.max if place.block else 0
    if not (bool(place.block) <= position.repeat <= most) or position.slot < 0:
        raise Invalid("a position names a round or slot that this page does not have", mend="Start the page again")
    return place


def _leave(flat: Layout, place: Place, repeat: int, facts: Facts) -> tuple[int, int]:
    """The flat number and round to try next: the first route that holds, else the neighbour."""
    for route in place.page.routes:
        if route.when is None or holds(route.when, facts):
            if route.goto == END_OF_SECTION:
                return flat.end_of(place.section), 0
            target = flat.numbers[route.goto]
            block = place.block
            inside = block is not None and block.first <= target <= block.last
            return target, repeat if inside else 0
    return place.number + 1, repeat


def _settle(flat: Layout, number: int, repeat: int, facts: Facts) -> tuple[Place, int] | None:
    """The first page at or after (`number`, round) that is to be shown, and its round; None at the end."""
    while number < len(flat.places) or (number == len(flat.places) and repeat):
        before = flat.places[number - 1].block if number else None
        if repeat and before and number == before.last + 1:  # one round is done
            if repeat < rounds(flat, before, facts):
                # Answers of the round that ended may still be in the facts. They decide nothing here: which page of a
                # round comes first depends on answers outside the repeat alone, as rules only look back.
                number, repeat = before.first, repeat + 1
            else:
                repeat = 0
            continue
        place = flat.places[number]
        if place.block and not repeat:
            if rounds(flat, place.block, facts) == 0:
                number = place.block.last + 1
                continue
            repeat = 1
        if place.page.when is None or holds(place.page.when, facts):
            return place, repeat
        number += 1
    return None
