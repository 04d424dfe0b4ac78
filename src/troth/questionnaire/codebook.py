"""What each variable of the opened records means, and one row of them for each response.

Variables: an answer's id; `id_1` … `id_max` where its page is repeated; `id__option` (0 or 1) for each option of a
`multiple` answer, after the round. No id can look like one of these (model.py), so variables never collide.
Missing values are the same four codes in every column; option ids start with a letter and numbers are ≥ 0, and free
text that could be read as a code or as a formula gets an apostrophe in front.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from troth.kit.errors import Invalid
from troth.questionnaire.layout import layout
from troth.questionnaire.values import DONT_KNOW, NO_ANSWER, PREFER_NOT_TO_SAY

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from troth.questionnaire.codec import PageRecord
    from troth.questionnaire.layout import Layout, Place
    from troth.questionnaire.model import Answer, AnswerId, AnswerKind, Option, Questionnaire, SectionId
    from troth.questionnaire.values import Value

NOT_ASKED: Final = "not_asked"
MISSING_CODES: Final[Mapping[str, int]] = {NOT_ASKED: -6, NO_ANSWER: -7, DONT_KNOW: -8, PREFER_NOT_TO_SAY: -9}
MISSING_LABELS: Final[Mapping[str, str]] = {
    NOT_ASKED: "Not asked",
    NO_ANSWER: "Left empty",
    DONT_KNOW: "Don't know",
    PREFER_NOT_TO_SAY: "Prefer not to say",
}

ColumnType: TypeAlias = Literal["code", "integer", "flag", "text"]
_TYPES: Final[Mapping[AnswerKind, ColumnType]] = {
    "single": "code",
    "multiple": "flag",
    "number": "integer",
    "text": "text",
}
_FORMULA: Final = ("=", "+", "-", "@", "'")


@dataclass(frozen=True)
class Column:
    """One column of the typed CSV. `repeat` is 0 where the page is not repeated; `option` is "" but for flags."""

    variable: str
    type: ColumnType
    answer: AnswerId
    repeat: int
    option: str


@dataclass(frozen=True)
class CodebookRow:
    """What a variable means: pairs of code and label, for values and for missing values."""

    variable: str
    label: str
    kind: AnswerKind
    codes: tuple[tuple[str, str], ...]
    missing_codes: tuple[tuple[str, str], ...]
    section: SectionId


def columns(q: Questionnaire) -> tuple[Column, ...]:
    """All columns, in the questionnaire's order."""
    return tuple(column for column, _, _ in _variables(layout(q)))


def codebook(q: Questionnaire) -> tuple[CodebookRow, ...]:
    """A row for each column, in the same order."""
    flat = layout(q)
    return tuple(
        CodebookRow(
            variable=column.variable,
            label=_label(place, answer, column),
            kind=answer.kind,
            codes=_codes(answer),
            missing_codes=tuple((str(code), MISSING_LABELS[why]) for why, code in MISSING_CODES.items()),
            section=flat.sections[place.section].id,
        )
        for column, place, answer in _variables(flat)
    )


def row(q: Questionnaire, records: Iterable[PageRecord | None]) -> dict[str, str | int]:
    """One response as variable → value, from its opened boxes; dummies (None) are passed over.

    Raises:
        Invalid: a box of another questionnaire or version, the same page twice, or a value that the page cannot have.

    """
    flat = layout(q)
    found: dict[tuple[str, int], Value] = {}
    seen: set[tuple[str, int]] = set()
    for record in records:
        if record is None:
            continue
        if (record.questionnaire, record.version) != (q.id, q.version):
            raise Invalid("a record was answered on another questionnaire or version", mend="Open it with that version")
        place = flat.place(record.page)
        most = place.block.repeat.max if place.block else 0
        if (record.page, record.repeat) in seen or not bool(most) <= record.repeat <= most:
            raise Invalid("a record holds a page twice, or a round that it does not have", mend=_MEND)
        seen.add((record.page, record.repeat))
        for name, value in record.values.items():
            answer = place.page.answer(name)
            if answer is None or not _possible(answer, value):
                raise Invalid("a record holds a value that its page cannot have", mend=_MEND)
            found[name, record.repeat] = value
    return {column.variable: _cell(column, found.get((column.answer, column.repeat))) for column in columns(q)}


_MEND: Final = "Leave the record out, and find out how it came to be"


def _variables(flat: Layout) -> Iterator[tuple[Column, Place, Answer]]:
    for place in flat.places:
        rounds = range(1, place.block.repeat.max + 1) if place.block else (0,)
        for answer in place.page.answers:
            for number in rounds:
                stem = f"{answer.id}_{number}" if number else str(answer.id)
                options: tuple[Option | None, ...] = answer.options if answer.kind == "multiple" else (None,)
                for option in options:
                    name = f"{stem}__{option.id}" if option else stem
                    chosen = option.id if option else ""
                    yield Column(name, _TYPES[answer.kind], answer.id, number, chosen), place, answer


def _label(place: Place, answer: Answer, column: Column) -> str:
    label = answer.label or place.page.title
    option = next((option.label for option in answer.options if option.id == column.option), "")
    parts = [label, option, f"round {column.repeat}" if column.repeat else ""]
    return " | ".join(part for part in parts if part)


def _codes(answer: Answer) -> tuple[tuple[str, str], ...]:
    match answer.kind:
        case "single":
            return tuple((option.id, option.label) for option in answer.options)
        case "multiple":
            return (("0", "Not chosen"), ("1", "Chosen"))
        case "number":
            return ((f"{answer.minimum}..{answer.maximum}", answer.unit or "number"),)
        case "text":
            return ()


def _possible(answer: Answer, value: Value) -> bool:
    if isinstance(value, dict):
        return True
    options = {option.id for option in answer.options}
    match answer.kind:
        case "single":
            return isinstance(value, str) and value in options
        case "multiple":
            return isinstance(value, list) and set(value) <= options
        case "number":
            return isinstance(value, int) and answer.minimum <= value <= (answer.maximum or 0)
        case "text":
            return isinstance(value, str) and len(value) <= answer.max_length


def _cell(column: Column, value: Value | None) -> str | int:
    if value is None:
        return MISSING_CODES[NOT_ASKED]
    if isinstance(value, dict):
        return MISSING_CODES[value["missing"]]
    if isinstance(value, list):
        return int(column.option in value)
    if column.type == "text" and isinstance(value, str) and value.startswith(_FORMULA):
        return "'" + value
    return value
