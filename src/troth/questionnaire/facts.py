"""What is remembered of earlier answers: exactly what later rules still need, and not a word more (P09)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from troth.questionnaire.layout import layout, names_used
from troth.questionnaire.position import Position
from troth.questionnaire.route import after

if TYPE_CHECKING:
    from collections.abc import Mapping

    from troth.questionnaire.model import Questionnaire
    from troth.questionnaire.position import Next
    from troth.questionnaire.values import Facts, Value


@dataclass(frozen=True)
class Advance:
    """Where to go on, and the facts to seal with that position."""

    next: Next
    facts: Facts


def advance(q: Questionnaire, position: Position, values: Mapping[str, Value], facts: Facts) -> Advance:
    """The next position, and the facts reduced to what it and all after it need: `after` and `keep` in one.

    Raises:
        Invalid: the position is not one of this questionnaire.

    """
    known = _known(q, position, values, facts)
    onward = after(q, position, known)
    return Advance(onward, retain(q, position, onward, known))


def keep(q: Questionnaire, position: Position, values: Mapping[str, Value], facts: Facts) -> Facts:
    """The facts with this page's values, reduced to what leaving this page and all after it need.

    `after(q, position, keep(…))` is where to go on. `advance` also drops what only the leaving needed, and the answers
    of a round that has ended: prefer it where both are wanted.
    """
    flat = layout(q)
    place = flat.place(position.page)
    number = place.block.first if place.block else place.number + 1
    wanted = flat.later_needs[number] | names_used(place.page)
    return {answer: value for answer, value in _known(q, position, values, facts).items() if answer in wanted}


def retain(q: Questionnaire, before: Position, onward: Next, known: Facts) -> Facts:
    """Of what is known on leaving `before`, what showing and leaving `onward` and all after it need."""
    if not isinstance(onward, Position):
        return {}
    flat = layout(q)
    left = flat.place(before.page).block
    target = flat.place(onward.page)
    if left and (target.block != left or before.repeat != onward.repeat):
        known = _without(known, left.answers)  # the next round starts with nothing of the last
    wanted = flat.later_needs[target.number]
    return {answer: value for answer, value in known.items() if answer in wanted}


def _known(q: Questionnaire, position: Position, values: Mapping[str, Value], facts: Facts) -> dict[str, Value]:
    """All facts on leaving a page. In a repeat, what the facts hold of this and later pages is of the round before."""
    flat = layout(q)
    place = flat.place(position.page)
    if place.block:
        ahead = flat.places[place.number : place.block.last + 1]
        facts = _without(facts, frozenset(answer.id for one in ahead for answer in one.page.answers))
    return {**facts, **values}


def _without(facts: Facts, answers: frozenset[str]) -> Facts:
    return {answer: value for answer, value in facts.items() if answer not in answers}
