"""The questionnaire laid flat: every page's number, section and repeat block; what each rule looks at."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import wraps
from typing import TYPE_CHECKING, Final, TypeVar

from troth.kit.errors import Invalid
from troth.questionnaire.piping import piped

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from troth.questionnaire.expression import Rule
    from troth.questionnaire.model import Answer, Page, PageId, Questionnaire, Repeat, Section

T = TypeVar("T")
_KEPT: Final = 32


@dataclass(frozen=True)
class Block:
    """Neighbouring pages that make their rounds together: flat numbers `first` to `last`, both included."""

    first: int
    last: int
    repeat: Repeat
    answers: frozenset[str]


@dataclass(frozen=True)
class Place:
    """One page in the flat order. `needs`: earlier answers that showing or leaving it looks at, its own left out."""

    number: int
    page: Page
    section: int
    block: Block | None
    needs: frozenset[str]
    confirm: bool = False
    """Whether the answers are shown once more before they are saved."""


@dataclass(frozen=True)
class Layout:
    """All of it."""

    sections: tuple[Section, ...]
    places: tuple[Place, ...]
    numbers: Mapping[PageId, int]
    starts: tuple[int, ...]
    answers: Mapping[str, tuple[int, Answer]]
    later_needs: tuple[frozenset[str], ...]
    """By flat number, and one more for the end: the answers that this place and all after it need."""

    def place(self, page: PageId) -> Place:
        """The place of a page.

        Raises:
            Invalid: this questionnaire has no such page (a position from another version).

        """
        number = self.numbers.get(page)
        if number is None:
            raise Invalid("a position names a page that this questionnaire does not have", mend=_VERSION_MEND)
        return self.places[number]

    def end_of(self, section: int) -> int:
        """The flat number after the last page of the section."""
        return self.starts[section + 1]


_VERSION_MEND = "Serve the version that the collection started with"


def once_for_each(make: Callable[[Questionnaire], T]) -> Callable[[Questionnaire], T]:
    """`make`, remembered for the questionnaire that was handed in: by identity, because hash and equality of one go through all of it.

    The questionnaire is kept along, so its identity is not given to another.
    """
    kept: dict[int, tuple[Questionnaire, T]] = {}

    @wraps(make)
    def remembered(q: Questionnaire) -> T:
        found = kept.get(id(q))
        if found is not None:
            return found[1]
        made = make(q)
        if len(kept) >= _KEPT:
            kept.clear()
        kept[id(q)] = (q, made)
        return made

    return remembered


@once_for_each
def layout(q: Questionnaire) -> Layout:
    """The flat form of a questionnaire that `structure` accepts."""
    places: list[Place] = []
    starts: list[int] = []
    for number, section in enumerate(q.sections):
        starts.append(len(places))
        blocks = _blocks(section, len(places))
        for page in section.pages:
            block = blocks.get(len(places))
            places.append(Place(len(places), page, number, block, needs(page)))
    starts.append(len(places))
    places = [replace(place, confirm=_confirms(place, places)) for place in places]
    return Layout(
        sections=q.sections,
        places=tuple(places),
        numbers={place.page.id: place.number for place in places},
        starts=tuple(starts),
        answers={answer.id: (place.number, answer) for place in places for answer in place.page.answers},
        later_needs=_later_needs(places),
    )


def confirmed(q: Questionnaire) -> frozenset[PageId]:
    """The pages whose answers are shown once more before they are saved."""
    return frozenset(place.page.id for place in layout(q).places if place.confirm)


def _confirms(place: Place, places: list[Place]) -> bool:
    """Unless the page says: where a sensitive choice decides which pages or options come, a mis-tap is asked about first."""
    if place.page.confirm is not None:
        return place.page.confirm
    tapped = {answer.id for answer in place.page.answers if answer.choosing and answer.disclosure == "sensitive"}
    if any(route.when and route.when.names & tapped for route in place.page.routes):
        return True
    return any(tapped & later.needs for later in places[place.number + 1 :])


def needs(page: Page) -> frozenset[str]:
    """The ids of the answers on *other* pages that this page's rules and texts look at."""
    return names_used(page) - {answer.id for answer in page.answers}


def names_used(page: Page) -> frozenset[str]:
    """The ids of all answers that this page's rules and texts look at."""
    found: set[str] = set()
    for rule, _ in rules(page):
        found |= rule.names
    for text in texts_of(page):
        found |= {pipe.answer for pipe in piped(text)}
    if page.repeat:
        found.add(page.repeat.over)
    return frozenset(found)


def rules(page: Page) -> Iterator[tuple[Rule, str]]:
    """Every rule of the page with its place in the source."""
    if page.when:
        yield page.when, page.where
    for variant in page.variants:
        yield variant.when, variant.where
    for answer in page.answers:
        for option in answer.options:
            if option.when:
                yield option.when, option.where
    for route in page.routes:
        if route.when:
            yield route.when, route.where
    for check in page.checks:
        yield check.violated, check.where


def texts_of(page: Page) -> Iterator[str]:
    """Every English text of the page that a respondent can read."""
    yield page.title
    if page.guidance:
        yield page.guidance
    yield from page.body
    for variant in page.variants:
        yield from (text for text in (variant.title, variant.guidance) if text)
        yield from variant.body or ()
    for answer in page.answers:
        said = answer.messages
        for text in (
            answer.label, answer.hint, answer.prefix, answer.unit,
            said.required, said.invalid, said.range, said.length,
        ):  # fmt: skip
            if text:
                yield text
        for option in answer.options if answer.options_from is None else ():
            yield option.label
            if option.hint:
                yield option.hint
            if option.detail:
                yield option.detail.label
    for check in page.checks:
        yield check.message


def _blocks(section: Section, start: int) -> dict[int, Block]:
    found: dict[int, Block] = {}
    at = 0
    while at < len(section.pages):
        repeat = section.pages[at].repeat
        if repeat is None:
            at += 1
            continue
        last = at
        while last + 1 < len(section.pages) and same_repeat(section.pages[last + 1].repeat, repeat):
            last += 1
        answers = frozenset(answer.id for page in section.pages[at : last + 1] for answer in page.answers)
        block = Block(start + at, start + last, repeat, answers)
        found.update(dict.fromkeys(range(start + at, start + last + 1), block))
        at = last + 1
    return found


def same_repeat(one: Repeat | None, other: Repeat | None) -> bool:
    """Whether two neighbouring pages make their rounds together."""
    return one is not None and other is not None and (one.over, one.max) == (other.over, other.max)


def _later_needs(places: list[Place]) -> tuple[frozenset[str], ...]:
    found: list[frozenset[str]] = [frozenset()]
    for place in reversed(places):
        found.append(found[-1] | place.needs)
    found.reverse()
    # Within a repeat the pages before this one come again in the next round.
    for place in places:
        if place.block:
            found[place.number] = found[place.block.first]
    return tuple(found)
