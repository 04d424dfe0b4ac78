"""ANSWERS.json: what somebody would say to a questionnaire, in the form's own terms, so that another system can be told the same.

`{"answer_id": value}`; on a repeated page `{"answer_id": [value of round 1, value of round 2, …]}`, with `null` for a round
that does not ask it. A value is

    single      "option_id"
    multiple    ["option_id", …]
    number      3, "3" or "12.5"; a year too
    text        "words"
    date        "2020-01-31"; a month "2020-01"
    duration    a whole number of its smallest unit, or {"years": 2, "months": 3}
    any kind    "dont-know" or "prefer-not-to-say" (of text {"missing": "dont_know"}); null leaves it empty

and every value that the engine itself makes: `{"missing": "dont_know"}`, `{"decimal": "12.5"}`, `{"date": "2020-01-31"}`. The
words in the box beside an option stand under `"answer_id.option_id"`. A value that no page could send is sent as it is, so that
the form's own message is shown.
"""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Final, TypeAlias

from troth.kit.errors import Invalid
from troth.questionnaire.model import IN_THE_NEXT
from troth.questionnaire.read import FIELD_DONT_KNOW, FIELD_PREFER_NOT, detail_field, missing_field, parts_of
from troth.questionnaire.values import DONT_KNOW, PREFER_NOT_TO_SAY, detail_key

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from troth.questionnaire import Answer, Page

Told: TypeAlias = "bool | int | float | str | Sequence[Told] | Mapping[str, Told] | None"

LARGEST: Final = 2_000_000
"""Characters of a file of answers at most."""
_REASONS: Final = {DONT_KNOW: FIELD_DONT_KNOW, PREFER_NOT_TO_SAY: FIELD_PREFER_NOT}
_MEND: Final = 'Write {"answer_id": value}; docs/questionnaire.md lists the values'


def read_told(text: str, name: str) -> dict[str, Told]:
    """The answers that a file tells.

    Raises:
        Invalid: too large, not JSON, nested too deeply, or not one object; with file, line and column.

    """
    if len(text) > LARGEST:
        raise Invalid(
            "the file of answers is too large", where=f"{name}:1:1", mend=f"Keep it below {LARGEST} characters"
        )
    try:
        found = json.loads(text)
    except json.JSONDecodeError as error:
        where = f"{name}:{error.lineno}:{error.colno}"
        raise Invalid("not readable as JSON", where=where, mend="Look at quotes and commas near that place") from None
    except (ValueError, RecursionError):
        raise Invalid("not readable as JSON", where=f"{name}:1:1", mend=_MEND) from None
    if not isinstance(found, dict):
        raise Invalid("a file of answers is one object", where=f"{name}:1:1", mend=_MEND)
    return found


def keys_of(answer: Answer) -> tuple[str, ...]:
    """The keys under which a file tells of the answer: its own, and those of the boxes beside its options."""
    return (str(answer.id), *(detail_key(answer.id, option.id) for option in answer.options if option.detail))


def form_of(page: Page, repeat: int, told: Mapping[str, Told]) -> dict[str, list[str]]:
    """The form that a browser would send for this page and round."""
    form: dict[str, list[str]] = {}
    for answer in page.answers:
        form.update(_fields(answer, _in_round(told.get(answer.id), repeat)))
        for option in answer.options:
            beside = _in_round(told.get(detail_key(answer.id, option.id)), repeat) if option.detail else None
            if beside is not None:
                form[detail_field(answer.id, option.id)] = [_written(beside)]
    return form


def _in_round(value: Told, repeat: int) -> Told:
    if not repeat:
        return value
    return value[repeat - 1] if isinstance(value, list) and repeat <= len(value) else None


def _fields(answer: Answer, value: Told) -> dict[str, list[str]]:
    match value:
        case None:
            return {}
        case {"missing": str(why)}:
            return {missing_field(answer): [_REASONS[why]]} if why in _REASONS else {}
        case {"decimal": str(inner)} | {"date": str(inner)} | {"month": str(inner)}:
            value = inner
        case str() if value in _REASONS.values() and answer.kind != "text":
            return {missing_field(answer): [value]}
    parts = parts_of(answer)
    if parts:
        return {f"{answer.id}-{part}": [text] for part, text in _parts(answer, value).items() if part in parts}
    if isinstance(value, list):
        return {answer.id: [_written(one) for one in value]}
    return {answer.id: [_written(value)]}


def _parts(answer: Answer, value: Told) -> dict[str, str]:
    """What is typed into each box of a date or a duration."""
    if isinstance(value, dict):
        return {part: _written(amount) for part, amount in value.items()}
    if answer.kind == "duration":
        return _in_units(answer, value)
    numbers = _written(value).split("-")
    return dict(zip(("year", "month", "day"), (number.lstrip("0") or "0" for number in numbers), strict=False))


def _in_units(answer: Answer, value: Told) -> dict[str, str]:
    """A whole number of the smallest unit, as it is typed into a box for each."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        return {answer.units[-1]: _written(value)}
    found: dict[str, str] = {}
    for unit, larger in zip(reversed(answer.units), [*reversed(answer.units[:-1]), None], strict=True):
        size = IN_THE_NEXT[larger] if larger else None
        found[unit] = str(value % size if size else value)
        value = value // size if size else 0
    return found


def _written(value: Told) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
