"""The graph of a questionnaire's routes: from which page one can come to which, and by what, whatever the answers are."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from troth.questionnaire.layout import layout
from troth.questionnaire.model import END_OF_SECTION

if TYPE_CHECKING:
    from collections.abc import Iterator

    from troth.questionnaire import Questionnaire
    from troth.questionnaire.layout import Layout, Place

FINISH: Final = ""
"""Where the last page leads."""
ONWARD: Final = -1
"""No route was taken: the neighbour comes next."""


@dataclass(frozen=True, order=True)
class Edge:
    """One way on. `by`: the number of the route of `page` that leads there, or `ONWARD`; `again`: into the next round."""

    page: str
    by: int
    to: str
    again: bool = False


def edges(q: Questionnaire) -> tuple[Edge, ...]:
    """Every way on that the rules allow if each may be true or false; in the order of pages. A superset of what can happen."""
    flat = layout(q)
    return tuple(dict.fromkeys(edge for place in flat.places for edge in _from(flat, place)))


def _from(flat: Layout, place: Place) -> Iterator[Edge]:
    always = False
    for number, route in enumerate(place.page.routes):
        target = flat.end_of(place.section) if route.goto == END_OF_SECTION else flat.numbers[route.goto]
        yield from _into(flat, place, number, target)
        always = always or route.when is None
    if not always:
        yield from _into(flat, place, ONWARD, place.number + 1)


def _into(flat: Layout, place: Place, by: int, target: int) -> Iterator[Edge]:
    block = place.block
    for number in _shown_from(flat, target, place):
        again = block is not None and block.first <= number <= place.number
        yield Edge(place.page.id, by, flat.places[number].page.id if number < len(flat.places) else FINISH, again)


def _shown_from(flat: Layout, target: int, left: Place) -> Iterator[int]:
    """The pages that may be the first one shown at or after `target`; the number after the last for the finish."""
    waiting, seen = [target], set[int]()
    while waiting:
        number = waiting.pop()
        if number in seen:
            continue
        seen.add(number)
        before = left.block
        if before and number == before.last + 1 and before.repeat.max > 1:  # a round may follow
            waiting.append(before.first)
        if number >= len(flat.places):
            yield number
            continue
        yield number
        place = flat.places[number]
        if place.page.when:
            waiting.append(number + 1)
        if place.block and place.block != before:
            waiting.append(place.block.last + 1)  # no round at all
