"""The fixed numbers of a questionnaire: slots and box sizes, so that neither a count nor a length tells an answer."""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING, Final

from troth.kit.errors import Invalid
from troth.questionnaire.codec import canonical, longest_page, longest_value
from troth.questionnaire.layout import layout, names_used, once_for_each
from troth.questionnaire.model import END_OF_SECTION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from troth.questionnaire.layout import Layout
    from troth.questionnaire.model import Questionnaire, SectionId

SIZES: Final = (256, 512, 1024, 4096, 16384)
"""The few sizes that a box can have, in bytes of padded plaintext."""
PADDING_ROOM: Final = 8
"""Bytes of a box that the padding may take for itself."""


@dataclass(frozen=True)
class Plan:
    """Slots are 0 … `total_slots` - 1, the last one for how it was answered where that is recorded.

    Sizes are bytes of plaintext, `PADDING_ROOM` included.
    """

    total_slots: int
    section_slot: Mapping[SectionId, int]
    """The fixed first slot of each common section."""
    box_size: int
    facts_size: int
    common: tuple[SectionId, ...]


def records(q: Questionnaire) -> bool:
    """Whether anything is sealed of how it was answered: then the last slot is no page's."""
    return q.record.language or q.record.duration or q.record.sittings


@once_for_each
def plan(q: Questionnaire) -> Plan:
    """The plan of a questionnaire that `structure` accepts.

    Raises:
        Invalid: a page's answers, or the facts, would not fit the largest box.

    """
    flat = layout(q)
    common = tuple(number for number, section in enumerate(q.sections) if section.common or number == 0)
    slots: dict[SectionId, int] = {}
    at = 0
    for here, following in zip(common, (*common[1:], len(q.sections)), strict=True):
        slots[q.sections[here].id] = at
        at += sum(_longest_route(flat, section) for section in range(here, following))
    longest = max(longest_page(q, place.page) for place in flat.places)
    return Plan(
        total_slots=at + records(q),
        section_slot=MappingProxyType(slots),
        box_size=_fit(longest, q, "the answers of a page"),
        facts_size=_fit(_longest_state(flat), q, "what later rules need"),
        common=tuple(slots),
    )


def _fit(length: int, q: Questionnaire, what: str) -> int:
    for size in SIZES:
        if length + PADDING_ROOM <= size:
            return size
    raise Invalid(
        f"{what} would not fit {SIZES[-1]} bytes", where=q.where, mend="Allow shorter texts, or ask less at once"
    )


def _longest_route(flat: Layout, section: int) -> int:
    """Pages that anybody can be shown in the section at most: every `when` may hold, every route may be taken or not.

    A repeat counts all of its pages at its `max`: rounds may differ, so no route inside it is sure to save a slot.
    """
    start, end = flat.starts[section], flat.end_of(section)
    longest = {end: 0}
    for place in reversed(flat.places[start:end]):
        if place.block and place.number > place.block.first:
            inner = place.block
            # Only a route from the block itself leads into its middle; its slots are counted at its first page.
            longest[place.number] = longest.get(inner.last + 1, 0)
            continue
        numbers = range(place.number, place.block.last + 1) if place.block else (place.number,)
        leads: set[int] = set()
        for number in numbers:
            leads |= _leads(flat, number, end)
        following = place.block.last + 1 if place.block else place.number + 1
        outside = {lead for lead in leads if lead >= following}
        if place.block:  # a hidden page's routes are not looked at, so the rounds may run to their end
            outside.add(following)
        taken = len(numbers) * (place.block.repeat.max if place.block else 1)
        skipped = longest[following]  # a hidden page's routes are not looked at
        longest[place.number] = max(taken + max(longest[lead] for lead in outside), skipped)
    return longest[start]


def _leads(flat: Layout, number: int, end: int) -> set[int]:
    """The flat numbers where leaving that page can lead."""
    found: set[int] = set()
    for route in flat.places[number].page.routes:
        found.add(end if route.goto == END_OF_SECTION else flat.numbers[route.goto])
        if route.when is None:
            return found
    return found | {number + 1}


def _longest_state(flat: Layout) -> int:
    """Bytes of the largest exact progress: the position, and every fact that can be kept with it."""
    most = 0
    longest = max((place.page.id for place in flat.places), key=len)
    for place in flat.places:
        number = place.block.first if place.block else place.number + 1
        # `keep` after this page is the wider of the two ways to keep facts; before the page they are a part of these.
        kept = flat.later_needs[number] | names_used(place.page) | flat.later_needs[place.number]
        facts = sum(len(canonical(answer)) + 2 + longest_value(flat.answers[answer][1]) for answer in kept)
        most = max(most, facts + len(canonical({"f": {}, "m": 9999, "n": 9999, "p": longest, "r": 20, "s": 99})))
    return most
