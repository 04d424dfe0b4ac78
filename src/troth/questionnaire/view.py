"""What a renderer needs to show a page in the respondent's language: texts filled in, hidden options left out."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, TypeAlias

from troth.questionnaire import messages
from troth.questionnaire.layout import layout
from troth.questionnaire.model import ROUND
from troth.questionnaire.piping import fill
from troth.questionnaire.read import FIELD_DONT_KNOW, FIELD_PREFER_NOT, missing_field, offered

if TYPE_CHECKING:
    from troth.questionnaire.layout import Layout
    from troth.questionnaire.model import Answer, AnswerKind, Questionnaire
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
    minimum: int
    maximum: int
    unit: str
    max_length: int


@dataclass(frozen=True)
class PageView:
    """One page. Texts are plain: whoever renders them escapes them. "" where there is none.

    `variant` tells apart the forms of one page that option rules make (the shown options of each answer); `piped` says
    whether an earlier answer's words or a round stand in it, so that it must not be compiled beforehand.
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
    piped: bool


def view(q: Questionnaire, position: Position, facts: Facts, translate: Translate) -> PageView:
    """The page as this respondent is to see it.

    Raises:
        Invalid: the position is not one of this questionnaire.

    """
    flat = layout(q)
    place = flat.place(position.page)
    page, section = place.page, flat.sections[place.section]
    piped = False

    def words(text: str | None) -> str:
        nonlocal piped
        if not text:
            return ""
        piped = piped or "{{" in text
        return fill(translate(text), lambda answer: _answer_words(flat, answer, position.repeat, facts, translate))

    answers = tuple(_answer(answer, facts, words) for answer in page.answers)
    return PageView(
        page=page.id,
        kind=page.kind,
        title=words(page.title),
        guidance=words(page.guidance),
        body=tuple(words(text) for text in page.body),
        answers=answers,
        section=section.id,
        section_title=words(section.title),
        sensitive=section.sensitive,
        repeat=position.repeat,
        variant=tuple(tuple(option.value for option in answer.options) for answer in answers),
        piped=piped,
    )


def _answer(answer: Answer, facts: Facts, words: Callable[[str | None], str]) -> AnswerView:
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
            OptionView(option.id, words(option.label), words(option.hint), option.exclusive)
            for option in offered(answer, facts)
        ),
        missing=tuple(gone),
        missing_field=missing_field(answer),
        required=answer.required,
        minimum=answer.minimum,
        maximum=answer.maximum or 0,
        unit=words(answer.unit),
        max_length=answer.max_length,
    )


def _answer_words(flat: Layout, answer: str, repeat: int, facts: Facts, translate: Translate) -> str | None:
    """The words of an earlier answer, None where it is missing. Free text is never piped."""
    if answer == ROUND:
        return str(repeat)
    value = facts.get(answer)
    if isinstance(value, int):
        return str(value)
    found = next((one for known, (_, one) in flat.answers.items() if known == answer), None)
    if found is None or value is None or isinstance(value, dict) or found.kind == "text":
        return None
    chosen = [value] if isinstance(value, str) else value
    return ", ".join(translate(option.label) for option in found.options if option.id in chosen) or None
