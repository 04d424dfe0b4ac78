"""What a renderer needs to show a page in the respondent's language: texts filled in, hidden options left out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import gcd
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from troth.questionnaire import messages
from troth.questionnaire.evaluate import holds
from troth.questionnaire.layout import layout, once_for_each, texts_of
from troth.questionnaire.model import ROUND
from troth.questionnaire.piping import fill
from troth.questionnaire.read import (
    FIELD_DONT_KNOW,
    FIELD_PREFER_NOT,
    detail_field,
    missing_field,
    offered,
    parts_of,
)

if TYPE_CHECKING:
    from troth.questionnaire.layout import Layout
    from troth.questionnaire.model import (
        Answer,
        AnswerKind,
        Appearance,
        Bound,
        Option,
        Page,
        PageId,
        Questionnaire,
        Section,
    )
    from troth.questionnaire.position import Position
    from troth.questionnaire.values import Facts

Translate: TypeAlias = Callable[[str], str]


@dataclass(frozen=True)
class OptionView:
    """One thing to choose: the form's `value`, its words, whether it is chosen alone."""

    value: str
    label: str
    hint: str
    exclusive: bool
    detail_field: str = ""
    detail_label: str = ""
    detail_length: int = 0
    """The box beside the option: its field, its words and its most characters; "" and 0 where there is none."""


@dataclass(frozen=True)
class PartView:
    """One box of a date or a duration: its field, its words, and how many digits it is made for."""

    field: str
    label: str
    digits: int


@dataclass(frozen=True)
class AnswerView:
    """One thing that the page asks. `missing` holds don't know and prefer not to say, to be sent in `missing_field`.

    Where `missing_field` is `field` they belong into the same group of radios or checkboxes, after a divider.
    """

    field: str
    kind: AnswerKind
    label: str
    hint: str
    options: tuple[OptionView, ...]
    missing: tuple[OptionView, ...]
    missing_field: str
    required: bool
    minimum: Bound
    maximum: Bound
    unit: str
    max_length: int
    appearance: Appearance = "list"
    prefix: str = ""
    decimals: int = 0
    lines: Literal["one", "many"] = "many"
    parts: tuple[PartView, ...] = ()
    matrix: str = ""
    """Neighbours of the same grid have the same one; "" where there is none."""


@dataclass(frozen=True)
class PageView:
    """One page. Texts are plain: whoever renders them escapes them. "" where there is none.

    `variant` tells apart the forms of one page that option rules make (the shown options of each answer); `pipes` has the words of
    earlier answers, or the round, that stand in it, in order.
    """

    page: str
    kind: Literal["question", "note"]
    title: str
    guidance: str
    body: tuple[str, ...]
    answers: tuple[AnswerView, ...]
    section: str
    section_title: str
    sensitive: bool
    repeat: int
    variant: tuple[tuple[str, ...], ...]
    pipes: tuple[str, ...]
    confirm: bool = False
    """The answers are shown once more before they are saved."""
    part: int = 0
    parts: int = 0
    """The number of the section, and of all: 0 where the study shows no progress. Neither depends on an answer."""


DRAWS: Final = 120
"""Orders in which options that are shuffled may stand: few enough to be pressed, many enough to even out."""


FIRST_MARK: Final = 0xF0000
"""Marks are single characters from here on, of a plane that no text uses."""


def view(
    q: Questionnaire, position: Position, facts: Facts, translate: Translate, draw: int = 0, *, marks: bool = False
) -> PageView:
    """The page as this respondent is to see it; `draw` chooses one of `DRAWS` orders of shuffled options.

    With `marks`, a single character stands where an earlier answer's words or a round belong, and `pipes` has the words: so a
    page can be made ready once without knowing anybody's answer.

    Whoever calls it draws once a session and page, so that a page keeps its order when it is shown again. The order is kept
    nowhere.

    Raises:
        Invalid: the position is not one of this questionnaire.

    """
    flat = layout(q)
    place = flat.place(position.page)
    page, section = place.page, flat.sections[place.section]
    pipes: list[str] = []

    def said(answer: str, otherwise: str) -> str:
        pipes.append(_answer_words(flat, answer, position.repeat, facts, translate) or otherwise)
        return chr(FIRST_MARK + len(pipes) - 1) if marks else pipes[-1]

    def words(text: str | None) -> str:
        return fill(translate(text), said) if text else ""

    answers = tuple(_answer(answer, facts, words, draw) for answer in page.answers)
    which = next((number for number, variant in enumerate(page.variants) if holds(variant.when, facts)), None)
    other = page.variants[which] if which is not None else None
    shows = q.progress == "sections"
    return PageView(
        page=page.id,
        kind=page.kind,
        title=words((other and other.title) or page.title),
        guidance=words((other and other.guidance) or page.guidance),
        body=tuple(words(text) for text in ((other and other.body) or page.body)),
        answers=answers,
        section=section.id,
        section_title=words(section.title),
        sensitive=section.sensitive,
        repeat=position.repeat,
        variant=(
            *(tuple(option.value for option in answer.options) for answer in answers),
            *(() if which is None else ((str(which),),)),
        ),
        pipes=tuple(pipes),
        confirm=place.confirm,
        part=place.section + 1 if shows else 0,
        parts=len(flat.sections) if shows else 0,
    )


@once_for_each
def alike(q: Questionnaire) -> frozenset[PageId]:
    """The pages that everybody sees alike: nothing in them is chosen, put in order or filled in for the one who looks.

    Of one of these `view` says the same for all facts and draws; only the round is told.
    """
    return frozenset(place.page.id for place in layout(q).places if _is_alike(place.page, q.sections[place.section]))


def _is_alike(page: Page, section: Section) -> bool:
    if page.variants or any("{{" in text for text in (section.title, *texts_of(page))):
        return False
    return all(
        answer.order == "written" and not any(option.when for option in answer.options) for answer in page.answers
    )


def _answer(answer: Answer, facts: Facts, words: Callable[[str | None], str], draw: int) -> AnswerView:
    gone = []
    if answer.dont_know:
        gone.append(OptionView(FIELD_DONT_KNOW, words(messages.DONT_KNOW), "", exclusive=True))
    if answer.prefer_not_to_say:
        gone.append(OptionView(FIELD_PREFER_NOT, words(messages.PREFER_NOT_TO_SAY), "", exclusive=True))
    return AnswerView(
        field=answer.id,
        kind=answer.kind,
        label=words(answer.label),
        hint=words(answer.hint),
        options=tuple(
            OptionView(
                option.id,
                words(option.label),
                words(option.hint),
                option.exclusive,
                detail_field(answer.id, option.id) if option.detail else "",
                words(option.detail.label) if option.detail else "",
                option.detail.max_length if option.detail else 0,
            )
            for option in _in_order(answer, offered(answer, facts), draw)
        ),
        missing=tuple(gone),
        missing_field=missing_field(answer),
        required=answer.required,
        minimum=answer.minimum,
        maximum=answer.maximum or 0,
        unit=words(answer.unit),
        max_length=answer.max_length,
        appearance=answer.appearance,
        prefix=words(answer.prefix),
        decimals=answer.decimals,
        lines=answer.lines,
        parts=tuple(
            PartView(f"{answer.id}-{part}", words(messages.UNIT_WORDS[part]), 4 if part == "year" else 2)
            for part in parts_of(answer)
        ),
        matrix=answer.matrix or "",
    )


def _in_order(answer: Answer, options: tuple[Option, ...], draw: int) -> tuple[Option, ...]:
    """As written; or shuffled, options that are chosen alone staying last. The same `draw` gives the same order.

    Place i goes to option a·i + b, a without a common divisor with the number of options: over all draws each option stands
    as often at each place (exactly so where their number divides `DRAWS`, as 2 to 6, 8, 10 and 12 do).
    """
    if answer.order == "written":
        return options
    free = [option for option in options if not option.exclusive]
    if free:
        steps = [step for step in range(1, len(free) + 1) if gcd(step, len(free)) == 1]
        rest, start = divmod(draw % DRAWS, len(free))
        step = steps[rest % len(steps)]
        free = [free[(step * place + start) % len(free)] for place in range(len(free))]
    return (*free, *(option for option in options if option.exclusive))


def _answer_words(flat: Layout, answer: str, repeat: int, facts: Facts, translate: Translate) -> str | None:
    """The words of an earlier answer, None where it is missing. Free text is never piped."""
    if answer == ROUND:
        return str(repeat)
    value = facts.get(answer)
    match value:
        case int():
            return str(value)
        case {"decimal": number}:
            return number
        case {"date": moment} | {"month": moment}:
            return " ".join(str(int(part)) for part in reversed(moment.split("-")))
    found = next((one for known, (_, one) in flat.answers.items() if known == answer), None)
    if found is None or value is None or isinstance(value, dict) or found.kind == "text":
        return None
    chosen = [value] if isinstance(value, str) else value
    return ", ".join(translate(option.label) for option in found.options if option.id in chosen) or None
