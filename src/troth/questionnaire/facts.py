"""What is remembered of earlier answers: exactly what later rules still need, and not a word more (P09)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from troth.questionnaire.layout import layout, names_used
from troth.questionnaire.position import Position
from troth.questionnaire.route import after, without

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
    known = {**facts, **values}
    onward = after(q, position, known)
    return Advance(onward, retain(q, position, onward, known))


def keep(q: Questionnaire, position: Position, values: Mapping[str, Value], facts: Facts) -> Facts:
    """The facts with this page's values, reduced to what leaving this page and all after it need.

    `after(q, position, keep(…))` is where to go on. `advance` also drops what only the leaving needed.
    """
    flat = layout(q)
    place = flat.place(position.page)
    number = place.block.first if place.block else place.number + 1
    wanted = flat.later_needs[number] | names_used(place.page)
    return {answer: value for answer, value in {**facts, **values}.items() if answer in wanted}


def retain(q: Questionnaire, before: Position, onward: Next, known: Facts) -> Facts:
    """Of what is known on leaving `before`, what showing and leaving `onward` and all after it need."""
    if not isinstance(onward, Position):
        return {}
    flat = layout(q)
    left = flat.place(before.page).block
    target = flat.place(onward.page)
    if left and (target.block != left or before.repeat != onward.repeat):
        known = without(known, left.answers)  # the next round starts with nothing of the last
    wanted = flat.later_needs[target.number]
    return {answer: value for answer, value in known.items() if answer in wanted}
