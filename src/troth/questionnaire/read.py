"""A form, as anybody may have sent it, becomes values or plain words about what is wrong. Never an exception.

Fields: an answer's own id; a date has `<id>-day`, `<id>-month`, `<id>-year`, a month the last two, a duration one for each
unit (`<id>-years`); the box beside an option is `<id>-<option>-detail`. "Don't know" and "prefer not to say" are the values
`dont-know` and `prefer-not-to-say` (no option id has a hyphen) of the id itself for `single` and `multiple`, of
`<id>-missing` for all others. The site takes its own fields away before it hands the form in.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Final

from troth.questionnaire import messages
from troth.questionnaire.evaluate import holds
from troth.questionnaire.typed import FieldError, read_text, read_typed
from troth.questionnaire.values import DONT_KNOW, NO_ANSWER, PREFER_NOT_TO_SAY, detail_key, missing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from troth.questionnaire.model import Answer, Option, Page
    from troth.questionnaire.values import Facts, Value

FIELD_DONT_KNOW: Final = "dont-know"
FIELD_PREFER_NOT: Final = "prefer-not-to-say"
MISSING_SUFFIX: Final = "-missing"


@dataclass(frozen=True)
class Read:
    """The values of the answers that are right, and the errors. Only with no errors is the page answered."""

    values: Mapping[str, Value]
    errors: tuple[FieldError, ...]


def read(page: Page, form: Mapping[str, Sequence[str]], facts: Facts) -> Read:
    """The page's answers as the form gives them, checked against each other and against kept facts. Never raises."""
    values: dict[str, Value] = {}
    errors: list[FieldError] = []
    known = {field for answer in page.answers for field in fields_of(answer)}
    if any(field not in known for field in form):
        errors.append(FieldError("", messages.NOT_READABLE))
    for answer in page.answers:
        given = _read_answer(answer, form, facts)
        if isinstance(given, FieldError):
            errors.append(given)
            continue
        values[answer.id] = given
        if answer.choosing:
            _read_details(answer, form, given, values, errors)
    if not errors:
        errors.extend(_failed_checks(page, {**facts, **values}))
    return Read(values, tuple(errors))


@lru_cache(maxsize=4096)
def _fields(kind: str, answer: str, parts: tuple[str, ...], boxes: tuple[str, ...]) -> tuple[str, ...]:
    missing_too = () if kind in ("single", "multiple") else (answer + MISSING_SUFFIX,)
    own = tuple(f"{answer}-{part}" for part in parts) or (answer,)
    return (*own, *missing_too, *(detail_field(answer, box) for box in boxes))


def fields_of(answer: Answer) -> tuple[str, ...]:
    """Every field of a form that belongs to the answer."""
    boxes = tuple(option.id for option in answer.options if option.detail)
    return _fields(answer.kind, answer.id, parts_of(answer), boxes)


def parts_of(answer: Answer) -> tuple[str, ...]:
    """The boxes that the answer is typed into, each a field `<id>-<part>`; none where it has one field of its own id."""
    match answer.kind:
        case "date":
            return ("day", "month", "year")
        case "month":
            return ("month", "year")
        case "duration":
            return answer.units
        case _:
            return ()


def detail_field(answer: str, option: str) -> str:
    """The field of the box beside an option."""
    return f"{answer}-{option}-detail"


def offered(answer: Answer, facts: Facts) -> tuple[Option, ...]:
    """The options that these facts let the page show."""
    return tuple(option for option in answer.options if option.when is None or holds(option.when, facts))


def missing_field(answer: Answer) -> str:
    """The field in which "don't know" and "prefer not to say" of this answer arrive."""
    return answer.id if answer.choosing else answer.id + MISSING_SUFFIX


def _failed_checks(page: Page, facts: Facts) -> list[FieldError]:
    own = [answer.id for answer in page.answers]
    found: list[FieldError] = []
    for check in page.checks:
        if holds(check.violated, facts):
            named = [answer for answer in own if answer in check.violated.names]
            found.append(FieldError(named[0] if named else "", check.message))
    return found


def _read_answer(answer: Answer, form: Mapping[str, Sequence[str]], facts: Facts) -> Value | FieldError:
    sent = tuple(form.get(answer.id, ()))
    if not all(isinstance(value, str) for value in sent):
        return FieldError(answer.id, messages.NOT_READABLE)
    if answer.kind == "single":
        return _read_single(answer, sent, facts)
    if answer.kind == "multiple":
        return _read_multiple(answer, sent, facts)
    said = tuple(value for value in form.get(missing_field(answer), ()) if value != "")
    typed = [tuple(form.get(f"{answer.id}-{part}", ())) for part in parts_of(answer)] or [sent]
    if len(said) > 1 or any(len(one) > 1 or not all(isinstance(text, str) for text in one) for one in typed):
        return FieldError(answer.id, messages.NOT_READABLE)
    texts = [one[0] if one else "" for one in typed]
    if said:
        reason = _reasons(answer).get(said[0])
        if reason is None:
            return FieldError(answer.id, messages.NOT_READABLE)
        if any(text.strip() for text in texts):
            return FieldError(answer.id, messages.EITHER, (("option", _LABELS[reason]),))
        return missing(reason)
    return read_typed(answer, texts, ways_out=bool(_reasons(answer)))


def _read_details(
    answer: Answer,
    form: Mapping[str, Sequence[str]],
    given: Value,
    values: dict[str, Value],
    errors: list[FieldError],
) -> None:
    """What stands in the boxes beside options: read where the option is chosen, refused where it is not."""
    chosen = (given,) if isinstance(given, str) else given if isinstance(given, list) else ()
    for option in answer.options:
        if option.detail is None:
            continue
        field = detail_field(answer.id, option.id)
        sent = form.get(field, ())
        if len(sent) > 1 or not all(isinstance(text, str) for text in sent):
            errors.append(FieldError(field, messages.NOT_READABLE))
            continue
        text = read_text(sent[0] if sent else "", option.detail.max_length, field)
        if isinstance(text, FieldError):
            errors.append(text)
        elif text and option.id not in chosen:
            errors.append(FieldError(field, messages.DETAIL_ALONE, (("option", option.label),)))
        elif text:
            values[detail_key(answer.id, option.id)] = text
        elif option.detail.required and option.id in chosen:
            errors.append(FieldError(field, messages.DETAIL, (("option", option.label),)))


_LABELS: Final[Mapping[str, str]] = {
    DONT_KNOW: messages.DONT_KNOW,
    PREFER_NOT_TO_SAY: messages.PREFER_NOT_TO_SAY,
}


def _reasons(answer: Answer) -> dict[str, str]:
    found: dict[str, str] = {}
    if answer.dont_know:
        found[FIELD_DONT_KNOW] = DONT_KNOW
    if answer.prefer_not_to_say:
        found[FIELD_PREFER_NOT] = PREFER_NOT_TO_SAY
    return found


def _read_single(answer: Answer, sent: tuple[str, ...], facts: Facts) -> Value | FieldError:
    chosen = [value for value in sent if value != ""]  # a dropdown at rest sends ""
    if not chosen:
        if not answer.required:
            return missing(NO_ANSWER)
        return FieldError(answer.id, answer.messages.required or messages.CHOOSE_ONE)
    if len(chosen) > 1:
        return FieldError(answer.id, messages.ONE_ONLY)
    value = chosen[0]
    if reason := _reasons(answer).get(value):
        return missing(reason)
    if value not in {option.id for option in offered(answer, facts)}:
        return FieldError(answer.id, messages.NOT_OFFERED)
    return value


def _read_multiple(answer: Answer, sent: tuple[str, ...], facts: Facts) -> Value | FieldError:
    chosen = {value for value in sent if value != ""}
    if not chosen:
        return (
            FieldError(answer.id, answer.messages.required or messages.CHOOSE_ANY)
            if answer.required
            else missing(NO_ANSWER)
        )
    reasons = _reasons(answer)
    options = offered(answer, facts)
    if not chosen <= reasons.keys() | {option.id for option in options}:
        return FieldError(answer.id, messages.NOT_OFFERED)
    alone = {option.id: option.label for option in options if option.exclusive}
    alone.update({field: _LABELS[reason] for field, reason in reasons.items()})
    if len(chosen) > 1 and (clash := [label for value, label in alone.items() if value in chosen]):
        return FieldError(answer.id, messages.EXCLUSIVE, (("option", clash[0]),))
    for field, reason in reasons.items():
        if field in chosen:
            return missing(reason)
    return [option.id for option in options if option.id in chosen]
