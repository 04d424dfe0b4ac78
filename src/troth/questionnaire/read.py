"""A form, as anybody may have sent it, becomes values or plain words about what is wrong. Never an exception.

Fields: an answer's own id; for `number` and `text` also `<id>-missing`. "Don't know" and "prefer not to say" are the
values `dont-know` and `prefer-not-to-say` (no option id has a hyphen) of the id itself for `single` and `multiple`, of
`<id>-missing` for the others. The site takes its own fields away before it hands the form in.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from troth.questionnaire import messages
from troth.questionnaire.evaluate import holds
from troth.questionnaire.values import DONT_KNOW, NO_ANSWER, PREFER_NOT_TO_SAY, missing

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from troth.questionnaire.model import Answer, AnswerId, Option, Page
    from troth.questionnaire.values import Facts, Value

FIELD_DONT_KNOW: Final = "dont-know"
FIELD_PREFER_NOT: Final = "prefer-not-to-say"
MISSING_SUFFIX: Final = "-missing"

_WHOLE: Final = re.compile(r"[0-9]{1,10}\Z", re.ASCII)
_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")


@dataclass(frozen=True)
class FieldError:
    """What is wrong with one answer; `answer` is "" where the whole form is. What was sent is never quoted."""

    answer: str
    template: str
    details: tuple[tuple[str, str], ...] = ()

    @property
    def message(self) -> str:
        """The English words."""
        return self.words(str)

    def words(self, translate: Callable[[str], str]) -> str:
        """The words in the language of `translate`; details that are texts of the study are translated too."""
        text = translate(self.template)
        for name, value in self.details:
            text = text.replace("{" + name + "}", translate(value))
        return text


@dataclass(frozen=True)
class Read:
    """The values of the answers that are right, and the errors. Only with no errors is the page answered."""

    values: Mapping[str, Value]
    errors: tuple[FieldError, ...]


def read(page: Page, form: Mapping[str, Sequence[str]], facts: Facts) -> Read:
    """The page's answers as the form gives them, checked against each other and against kept facts. Never raises."""
    values: dict[str, Value] = {}
    errors: list[FieldError] = []
    fields = {answer.id for answer in page.answers} | {_missing_field(answer) for answer in page.answers}
    if any(field not in fields for field in form):
        errors.append(FieldError("", messages.NOT_READABLE))
    for answer in page.answers:
        given = _read_answer(answer, form, facts)
        if isinstance(given, FieldError):
            errors.append(given)
        else:
            values[answer.id] = given
    if not errors:
        errors.extend(_failed_checks(page, {**facts, **values}))
    return Read(values, tuple(errors))


def offered(answer: Answer, facts: Facts) -> tuple[Option, ...]:
    """The options that these facts let the page show."""
    return tuple(option for option in answer.options if option.when is None or holds(option.when, facts))


def missing_field(answer: Answer) -> str:
    """The field in which "don't know" and "prefer not to say" of this answer arrive."""
    return answer.id if answer.kind in ("single", "multiple") else _missing_field(answer)


def _missing_field(answer: Answer) -> AnswerId | str:
    return answer.id + MISSING_SUFFIX if answer.kind in ("number", "text") else answer.id


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
    said = tuple(value for value in form.get(_missing_field(answer), ()) if value != "")
    if len(sent) > 1 or len(said) > 1:
        return FieldError(answer.id, messages.NOT_READABLE)
    text = sent[0] if sent else ""
    if said:
        reason = _reasons(answer).get(said[0])
        if reason is None:
            return FieldError(answer.id, messages.NOT_READABLE)
        if text.strip():
            return FieldError(answer.id, messages.EITHER, (("option", _LABELS[reason]),))
        return missing(reason)
    return _read_number(answer, text) if answer.kind == "number" else _read_text(answer, text)


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
    chosen = {value for value in sent if value != ""}
    if not chosen:
        return FieldError(answer.id, messages.CHOOSE_ONE) if answer.required else missing(NO_ANSWER)
    if len(sent) > 1:
        return FieldError(answer.id, messages.ONE_ONLY)
    (value,) = chosen
    if reason := _reasons(answer).get(value):
        return missing(reason)
    if value not in {option.id for option in offered(answer, facts)}:
        return FieldError(answer.id, messages.NOT_OFFERED)
    return value


def _read_multiple(answer: Answer, sent: tuple[str, ...], facts: Facts) -> Value | FieldError:
    chosen = {value for value in sent if value != ""}
    if not chosen:
        return FieldError(answer.id, messages.CHOOSE_ANY) if answer.required else missing(NO_ANSWER)
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


def _read_number(answer: Answer, text: str) -> Value | FieldError:
    text = text[:64].strip()
    if not text:
        if not answer.required:
            return missing(NO_ANSWER)
        return FieldError(answer.id, messages.GIVE_NUMBER if _reasons(answer) else messages.GIVE_NUMBER_ONLY)
    if not _WHOLE.match(text):
        return FieldError(answer.id, messages.WHOLE_NUMBER)
    number, maximum = int(text), answer.maximum or 0
    if not answer.minimum <= number <= maximum:
        bounds = (("minimum", str(answer.minimum)), ("maximum", str(maximum)))
        return FieldError(answer.id, messages.NUMBER_RANGE, bounds)
    return number


def _read_text(answer: Answer, text: str) -> Value | FieldError:
    too_long = FieldError(answer.id, messages.TEXT_LENGTH, (("maximum", str(answer.max_length)),))
    if len(text) > 4 * answer.max_length + 64:  # a browser sends two characters for a new line
        return too_long
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if not text:
        if not answer.required:
            return missing(NO_ANSWER)
        return FieldError(answer.id, messages.GIVE_TEXT if _reasons(answer) else messages.GIVE_TEXT_ONLY)
    if _CONTROL.search(text):
        return FieldError(answer.id, messages.TEXT_SIGNS)
    if len(text) > answer.max_length:
        return too_long
    return text
