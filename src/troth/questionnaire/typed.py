"""What somebody typed into one answer's boxes becomes a value, or plain words about what is wrong. Never an exception."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from troth.questionnaire import messages
from troth.questionnaire.model import IN_THE_NEXT
from troth.questionnaire.values import NO_ANSWER, day_of, decimal, missing, month_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from troth.questionnaire.model import Answer, Bound
    from troth.questionnaire.values import Value

_DIGITS: Final = re.compile(r"[0-9]{1,10}\Z", re.ASCII)

_PLACES: Final = re.compile(r"-?[0-9]{1,10}(?:\.([0-9]{1,4}))?\Z", re.ASCII)
_YEAR: Final = re.compile(r"[0-9]{4}\Z", re.ASCII)

_CONTROL: Final = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff]")
_LONGEST: Final = 64


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


def read_typed(answer: Answer, texts: Sequence[str], *, ways_out: bool) -> Value | FieldError:
    """The value of an answer that is typed: `texts` are its boxes in their order, `ways_out` says whether it may be left."""
    if answer.kind == "text":
        return _text(answer, texts[0], ways_out=ways_out)
    texts = [text[:_LONGEST].strip() for text in texts]
    if not any(texts):
        if not answer.required:
            return missing(NO_ANSWER)
        give, only = _GIVE[answer.kind]
        return FieldError(answer.id, answer.messages.required or (give if ways_out else only))
    return _READERS[answer.kind](answer, texts)


def read_text(text: str, most: int, field: str) -> str | FieldError:
    """Free text of at most `most` characters, line breaks as one; "" where there is none."""
    too_long = FieldError(field, messages.TEXT_LENGTH, (("maximum", str(most)),))
    if len(text) > 4 * most + 64:  # a browser sends two characters for a new line
        return too_long
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    if _CONTROL.search(text):
        return FieldError(field, messages.TEXT_SIGNS)
    return too_long if len(text) > most else text


def bounds_in_words(answer: Answer) -> tuple[tuple[str, str], tuple[str, str]]:
    """The least and the most, as `{minimum}` and `{maximum}` of a message."""
    return ("minimum", in_words(answer, answer.minimum)), ("maximum", in_words(answer, answer.maximum or 0))


def in_words(answer: Answer, bound: Bound) -> str:
    """A number as the answer's message shows it."""
    return f"{answer.prefix or ''}{bound:f}" if isinstance(bound, Decimal) else f"{answer.prefix or ''}{bound}"


def _text(answer: Answer, text: str, *, ways_out: bool) -> Value | FieldError:
    found = read_text(text, answer.max_length, answer.id)
    if isinstance(found, FieldError):
        said = answer.messages.length if found.template == messages.TEXT_LENGTH else answer.messages.invalid
        return FieldError(answer.id, said or found.template, found.details)
    if answer.lines == "one":
        found = " ".join(found.split())
    if found:
        return found
    if not answer.required:
        return missing(NO_ANSWER)
    give = messages.GIVE_TEXT if ways_out else messages.GIVE_TEXT_ONLY
    return FieldError(answer.id, answer.messages.required or give)


def _number(answer: Answer, texts: Sequence[str]) -> Value | FieldError:
    # People write a space, a comma or the sign of the currency; none of them can be taken for a digit.
    text = texts[0].removeprefix(answer.prefix or "").removesuffix(answer.unit or "").strip()
    text = re.sub(r"(?<=[0-9])[ ,](?=[0-9]{3}(?![0-9]))", "", text)
    match = _PLACES.match(text)
    places = len(match[1] or "") if match else 0
    if match is None or places > answer.decimals:
        wrong = messages.NUMBER_DECIMALS if answer.decimals else messages.WHOLE_NUMBER
        return FieldError(answer.id, answer.messages.invalid or wrong, (("decimals", str(answer.decimals)),))
    number = Decimal(text)
    if not answer.minimum <= number <= (answer.maximum or 0):
        return FieldError(answer.id, answer.messages.range or messages.NUMBER_RANGE, bounds_in_words(answer))
    return decimal(number, answer.decimals) if answer.decimals else int(number)


def _year(answer: Answer, texts: Sequence[str]) -> Value | FieldError:
    if not _YEAR.match(texts[0]):
        return FieldError(answer.id, answer.messages.invalid or messages.GIVE_YEAR)
    year = int(texts[0])
    if not answer.minimum <= year <= (answer.maximum or 0):
        return FieldError(answer.id, answer.messages.range or messages.NUMBER_RANGE, bounds_in_words(answer))
    return year


def _date(answer: Answer, texts: Sequence[str]) -> Value | FieldError:
    *smaller, year = texts
    wrong = FieldError(
        answer.id, answer.messages.invalid or (messages.REAL_DATE if answer.kind == "date" else messages.REAL_MONTH)
    )
    if not _YEAR.match(year) or not all(_DIGITS.match(text) and len(text) <= 2 for text in smaller):  # noqa: PLR2004
        return wrong
    text = "-".join([year, *(f"{int(part):02}" for part in reversed(smaller))])
    if (day_of(text) if answer.kind == "date" else month_of(text)) is None:
        return wrong
    earliest, latest = answer.earliest or "", answer.latest or ""
    if not earliest <= text <= latest:
        said = (("minimum", _day_in_words(earliest)), ("maximum", _day_in_words(latest)))
        return FieldError(answer.id, answer.messages.range or messages.DATE_RANGE, said)
    return {answer.kind: text}


def _day_in_words(text: str) -> str:
    """As people type it, in no language's words: `31 1 2020`, `1 2020`."""
    return " ".join(str(int(part)) for part in reversed(text.split("-")))


def _duration(answer: Answer, texts: Sequence[str]) -> Value | FieldError:
    total = 0
    for number, (unit, text) in enumerate(zip(answer.units, texts, strict=True)):
        if text and not _DIGITS.match(text):
            return FieldError(answer.id, answer.messages.invalid or messages.DURATION_WHOLE)
        amount = int(text or 0)
        size = IN_THE_NEXT[answer.units[number - 1]] if number else None
        if size and amount >= size:
            said = (("most", str(size)), ("unit", messages.UNIT_WORDS[unit]))
            return FieldError(answer.id, answer.messages.invalid or messages.DURATION_PART, said)
        total = total * (size or 1) + amount
    if total < answer.minimum:
        return FieldError(answer.id, answer.messages.range or messages.DURATION_SHORT, _bound(answer, "minimum"))
    if total > (answer.maximum or 0):
        return FieldError(answer.id, answer.messages.range or messages.DURATION_LONG, _bound(answer, "maximum"))
    return total


def _bound(answer: Answer, name: str) -> tuple[tuple[str, str], ...]:
    """A bound in the largest unit that it fills: 24 months are 2 years."""
    total, at = int(getattr(answer, name) or 0), len(answer.units) - 1
    while at and total % IN_THE_NEXT[answer.units[at - 1]] == 0 and total:
        at -= 1
        total //= IN_THE_NEXT[answer.units[at]]
    return ((name, str(total)), ("unit", messages.UNIT_WORDS[answer.units[at]]))


_READERS: Final[dict[str, Callable[[Answer, Sequence[str]], Value | FieldError]]] = {
    "number": _number,
    "year": _year,
    "date": _date,
    "month": _date,
    "duration": _duration,
}
_GIVE: Final[dict[str, tuple[str, str]]] = {
    "number": (messages.GIVE_NUMBER, messages.GIVE_NUMBER_ONLY),
    "year": (messages.GIVE_YEAR, messages.GIVE_YEAR),
    "date": (messages.GIVE_DATE, messages.GIVE_DATE_ONLY),
    "month": (messages.GIVE_DATE, messages.GIVE_DATE_ONLY),
    "duration": (messages.GIVE_DURATION, messages.GIVE_DURATION_ONLY),
}
