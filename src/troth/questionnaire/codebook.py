"""What each variable of the opened records means, and one row of them for each response.

Variables: an answer's id; `id_1` … `id_max` where its page is repeated; `id__option` (0 or 1) for each option of a
`multiple` answer, after the round; `id__option__text` for the box beside an option. No id can look like one of these
(model.py), so variables never collide. Days and months are written as ISO 8601 does, durations in their smallest unit.
Missing values are the same four codes in every column; where a number may be as low as they are, that column's codes lie
below its least: -96 … -99, -996 … -999 and so on. Option ids start with a letter, and free text that could be read as a code
or as a formula gets an apostrophe in front.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from troth.kit.errors import Invalid
from troth.questionnaire.codec import BANDS, LONGEST_BAND, MOST_SITTINGS, UNKNOWN_BAND, How
from troth.questionnaire.layout import layout
from troth.questionnaire.model import RECORD, AnswerId, SectionId
from troth.questionnaire.values import (
    DONT_KNOW,
    NO_ANSWER,
    PREFER_NOT_TO_SAY,
    detail_key,
    is_missing,
    missing,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    from troth.questionnaire.codec import PageRecord
    from troth.questionnaire.layout import Layout, Place
    from troth.questionnaire.model import Answer, AnswerKind, Option, Page, Questionnaire
    from troth.questionnaire.values import Value

NOT_ASKED: Final = "not_asked"
MISSING_CODES: Final[Mapping[str, int]] = {NOT_ASKED: -6, NO_ANSWER: -7, DONT_KNOW: -8, PREFER_NOT_TO_SAY: -9}
MISSING_LABELS: Final[Mapping[str, str]] = {
    NOT_ASKED: "Not asked",
    NO_ANSWER: "Left empty",
    DONT_KNOW: "Don't know",
    PREFER_NOT_TO_SAY: "Prefer not to say",
}

ColumnType: TypeAlias = Literal["code", "integer", "decimal", "flag", "date", "month", "text"]
_TYPES: Final[Mapping[AnswerKind, ColumnType]] = {
    "single": "code",
    "multiple": "flag",
    "number": "integer",
    "year": "integer",
    "duration": "integer",
    "date": "date",
    "month": "month",
    "text": "text",
}
_FORMULA: Final = ("=", "+", "-", "@", "'")


@dataclass(frozen=True)
class Column:
    """One column of the typed CSV. `repeat` is 0 where the page is not repeated; `option` is "" but for flags and boxes."""

    variable: str
    type: ColumnType
    answer: AnswerId
    repeat: int
    option: str
    scale: int = 0
    """Missing codes are -6 … -9 less this: 0, or 90, 990 … where numbers may be as low."""

    def code(self, why: str) -> int:
        """The missing code of this column."""
        return MISSING_CODES[why] - self.scale


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
    """All columns, in the questionnaire's order; what is recorded of how it was answered comes last."""
    return (*(column for column, _, _ in _variables(layout(q))), *(column for column, _, _ in _how(q)))


def codebook(q: Questionnaire) -> tuple[CodebookRow, ...]:
    """A row for each column, in the same order."""
    flat = layout(q)
    return tuple(
        CodebookRow(
            variable=column.variable,
            label=_label(place, answer, column),
            kind=answer.kind,
            codes=_codes(answer) if column.type != "text" else (),
            missing_codes=tuple((str(column.code(why)), MISSING_LABELS[why]) for why in MISSING_CODES),
            section=flat.sections[place.section].id,
        )
        for column, place, answer in _variables(flat)
    ) + tuple(
        CodebookRow(
            column.variable, label, "number" if column.type == "integer" else "single", codes, _UNKNOWN, _NOWHERE
        )
        for column, label, codes in _how(q)
    )


def row(q: Questionnaire, records: Iterable[PageRecord | How | None]) -> dict[str, str | int]:
    """One response as variable → value, from its opened boxes; dummies (None) are passed over.

    Raises:
        Invalid: a box of another questionnaire or version, the same page twice, or a value that the page cannot have.

    """
    flat = layout(q)
    found: dict[tuple[str, int], Value] = {}
    how: How | None = None
    seen: set[tuple[str, int]] = set()
    for record in records:
        if record is None:
            continue
        if isinstance(record, How):
            if how is not None:
                raise Invalid("a record says twice how it was answered", mend=_MEND)
            how = record
            continue
        if (record.questionnaire, record.version) != (q.id, q.version):
            raise Invalid("a record was answered on another questionnaire or version", mend="Open it with that version")
        place = flat.place(record.page)
        most = place.block.repeat.max if place.block else 0
        if (record.page, record.repeat) in seen or not bool(most) <= record.repeat <= most:
            raise Invalid("a record holds a page twice, or a round that it does not have", mend=_MEND)
        seen.add((record.page, record.repeat))
        for name, value in record.values.items():
            if not _belongs(place.page, name, value):
                raise Invalid("a record holds a value that its page cannot have", mend=_MEND)
            found[name, record.repeat] = value
    answers = {column.variable: _cell(column, found) for column, _, _ in _variables(flat)}
    return answers | {column.variable: _said(column, how) for column, _, _ in _how(q)}


_MEND: Final = "Leave the record out, and find out how it came to be"


def _variables(flat: Layout) -> Iterator[tuple[Column, Place, Answer]]:
    for place in flat.places:
        rounds = range(1, place.block.repeat.max + 1) if place.block else (0,)
        for answer in place.page.answers:
            for number in rounds:
                stem = f"{answer.id}_{number}" if number else str(answer.id)
                kind: ColumnType = "decimal" if answer.decimals else _TYPES[answer.kind]
                options: tuple[Option | None, ...] = answer.options if answer.kind == "multiple" else (None,)
                for option in options:
                    name = f"{stem}__{option.id}" if option else stem
                    chosen = option.id if option else ""
                    yield Column(name, kind, answer.id, number, chosen, _scale(answer)), place, answer
                for option in answer.options:
                    if option.detail:
                        yield Column(f"{stem}__{option.id}__text", "text", answer.id, number, option.id), place, answer


_NOWHERE: Final = SectionId("")
_UNKNOWN: Final = ((str(MISSING_CODES[NOT_ASKED]), "Not complete"),)


def _how(q: Questionnaire) -> Iterator[tuple[Column, str, tuple[tuple[str, str], ...]]]:
    """Column, label and codes of what the study records of how it was answered."""
    bands = (*(name for name, _ in BANDS), LONGEST_BAND, UNKNOWN_BAND)
    rows: tuple[tuple[bool, str, ColumnType, str, tuple[tuple[str, str], ...]], ...] = (
        (q.record.language, "language", "code", "Language at the end", ()),
        (q.record.duration, "duration", "code", "Minutes of all sittings", tuple((one, one.replace("_", " ")) for one in bands)),
        (q.record.sittings, "sittings", "integer", "Sittings", ((f"1..{MOST_SITTINGS}", f"{MOST_SITTINGS} means as many or more"),)),
    )  # fmt: skip
    for kept, name, kind, label, codes in rows:
        if kept:
            yield Column(f"{RECORD}__{name}", kind, AnswerId(RECORD), 0, name), label, codes


def _said(column: Column, how: How | None) -> str | int:
    """Of a partial response nothing is known of how it was answered."""
    if how is None:
        return MISSING_CODES[NOT_ASKED]
    said: dict[str, str | int] = {"language": how.language, "duration": how.band, "sittings": how.sittings}
    return said[column.option]


def _scale(answer: Answer) -> int:
    least, scale = answer.minimum if answer.kind == "number" else 0, 0
    while least <= -6 - scale:
        scale = scale * 10 + 90
    return scale


def _label(place: Place, answer: Answer, column: Column) -> str:
    label = answer.label or place.page.title
    option = next((option.label for option in answer.options if option.id == column.option), "")
    box = "in words" if column.variable.endswith("__text") else ""
    parts = [label, option, box, f"round {column.repeat}" if column.repeat else ""]
    return " | ".join(part for part in parts if part)


def _codes(answer: Answer) -> tuple[tuple[str, str], ...]:
    match answer.kind:
        case "single":
            return tuple((option.id, option.label) for option in answer.options)
        case "multiple":
            return (("0", "Not chosen"), ("1", "Chosen"))
        case "number" | "year":
            return ((f"{answer.minimum}..{answer.maximum}", answer.unit or answer.prefix or answer.kind),)
        case "duration":
            return ((f"{answer.minimum}..{answer.maximum}", answer.units[-1]),)
        case "date" | "month":
            return ((f"{answer.earliest}..{answer.latest}", "ISO 8601"),)
        case "text":
            return ()


def _belongs(page: Page, name: str, value: Value) -> bool:
    """Whether the page can have put that value under that name into its box."""
    stem, _, box = name.partition(".")
    answer = page.answer(stem)
    if answer is None:
        return False
    if not box:
        return _possible(answer, value)
    option = next((option for option in answer.options if option.id == box), None)
    beside = option.detail if option else None
    return beside is not None and isinstance(value, str) and 0 < len(value) <= beside.max_length


def _possible(answer: Answer, value: Value) -> bool:
    if is_missing(value):
        return True
    options = {option.id for option in answer.options}
    match answer.kind:
        case "single":
            return isinstance(value, str) and value in options
        case "multiple":
            return isinstance(value, list) and set(value) <= options
        case "number" | "year" | "duration":
            number: int | Decimal | None = value if isinstance(value, int) else None
            if answer.decimals:
                number = Decimal(value["decimal"]) if isinstance(value, dict) and "decimal" in value else None
            return number is not None and answer.minimum <= number <= (answer.maximum or 0)
        case "date" | "month":
            moment = value.get(answer.kind, "") if isinstance(value, dict) else ""
            return (answer.earliest or "") <= moment <= (answer.latest or "")
        case "text":
            return isinstance(value, str) and len(value) <= answer.max_length


def _cell(column: Column, found: Mapping[tuple[str, int], Value]) -> str | int:
    value = found.get((column.answer, column.repeat))
    if column.type == "text" and column.option and not is_missing(value):
        beside = found.get((detail_key(column.answer, column.option), column.repeat))
        chosen = column.option in value if isinstance(value, list) else value == column.option
        value = beside if beside is not None else missing(NO_ANSWER) if chosen else None
    if value is None:
        return column.code(NOT_ASKED)
    if isinstance(value, dict):
        ((tag, text),) = value.items()
        return column.code(text) if tag == "missing" else text
    if isinstance(value, list):
        return int(column.option in value)
    if column.type == "text" and isinstance(value, str) and value.startswith(_FORMULA):
        return "'" + value
    return value
