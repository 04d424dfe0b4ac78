"""Answers that rules can tell apart: for each answer, the few values at which a rule about it may change its mind."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal
from fractions import Fraction
from itertools import islice, product
from math import ceil, floor
from typing import TYPE_CHECKING, Final

from troth.questionnaire.expression import Call, Compare, Moment, Name, Number, walk
from troth.questionnaire.layout import layout, names_used, rules
from troth.questionnaire.read import FIELD_DONT_KNOW, FIELD_PREFER_NOT
from troth.questionnaire.values import Month, day_of, decimal, detail_key, missing, month_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from troth.authoring.told import Told
    from troth.questionnaire import Answer, Page, Questionnaire

MOST_TOGETHER: Final = 400
"""Combinations that are tried on one page at most."""


class Sayings:
    """What may be said on each page of one questionnaire, told apart as finely as its rules can."""

    def __init__(self, q: Questionnaire) -> None:
        self._numbers: dict[str, set[Fraction]] = {}
        self._moments: dict[str, set[date | Month]] = {}
        self._named: set[str] = set()
        for place in layout(q).places:
            self._named |= names_used(place.page)
            for rule, _ in rules(place.page):
                for part in walk(rule.tree):
                    if isinstance(part, Compare):
                        self._look(part)

    def _look(self, comparison: Compare) -> None:
        """What is written in a comparison is where its answers may make a difference, and so are the neighbours."""
        parts = list(walk(comparison))
        numbers = {Fraction(part.value) + by for part in parts if isinstance(part, Number) for by in (-1, 0, 1)}
        moments = {near for part in parts if isinstance(part, Moment) for near in _near(part.value)}
        for part in parts:
            name = part.id if isinstance(part, Name) else part.argument.id if isinstance(part, Call) else None
            if name:
                self._numbers.setdefault(name, set()).update(numbers)
                self._moments.setdefault(name, set()).update(moments)

    def of(self, answer: Answer) -> tuple[Told, ...]:
        """The values to try: an ordinary one first; one value alone where no rule looks at the answer."""
        found: list[Told] = list(self._substance(answer))
        if answer.id in self._named or not found:
            if answer.dont_know:
                found.append(missing("dont_know") if answer.kind == "text" else FIELD_DONT_KNOW)
            elif answer.prefer_not_to_say:
                found.append(missing("prefer_not_to_say") if answer.kind == "text" else FIELD_PREFER_NOT)
            elif not answer.required:
                found.append(None)
            return tuple(found)
        return tuple(found[:1])

    def _substance(self, answer: Answer) -> Iterator[Told]:
        match answer.kind:
            case "single":
                yield from (option.id for option in answer.options)
            case "multiple":
                yield from self._choices(answer)
            case "number" | "year" | "duration":
                yield from self._amounts(answer)
            case "date" | "month":
                yield from self._days(answer)
            case "text":
                yield "words"[: answer.max_length]

    def _amounts(self, answer: Answer) -> Iterator[Told]:
        least, most = Fraction(answer.minimum), Fraction(answer.maximum or 0)
        step = Fraction(1, 10**answer.decimals)
        wanted = {least, most}
        for number in self._numbers.get(answer.id, ()):
            on_the_grid = {floor(number / step) * step, ceil(number / step) * step}
            wanted |= {near for near in on_the_grid if least <= near <= most}
        for number in sorted(wanted):
            if answer.decimals:
                text = decimal(_exact(number), answer.decimals)["decimal"]
                yield text
            else:
                yield int(number)

    def _days(self, answer: Answer) -> Iterator[Told]:
        read = day_of if answer.kind == "date" else month_of
        first, last = read(answer.earliest or ""), read(answer.latest or "")
        if first is None or last is None:
            return
        wanted = {_iso(first), _iso(last)} | {_iso(one) for one in self._moments.get(answer.id, ())}
        whole_years = {int(number) for number in self._numbers.get(answer.id, ()) if number.denominator == 1}
        wanted |= {_iso(_in_year(first, year)) for year in whole_years if first.year < year <= last.year}
        if whole_years:  # a rule counts years or months: sample the span
            wanted |= {
                _iso(_in_year(first, year))
                for year in range(first.year, last.year, max(1, (last.year - first.year) // 12))
            }
        yield from (one for one in sorted(wanted) if _iso(first) <= one <= _iso(last) and len(one) == len(_iso(first)))

    def _choices(self, answer: Answer) -> Iterator[Told]:
        free = [option.id for option in answer.options if not option.exclusive]
        alone = [option.id for option in answer.options if option.exclusive]
        yield from ([option] for option in (*free, *alone))
        wanted = self._numbers.get(answer.id, ())
        sizes = {int(size) for size in wanted if 2 <= size < len(free)} | {len(free)}  # noqa: PLR2004
        yield from (free[:size] for size in sorted(sizes) if size > 1)
        yield from ([one for one in free if one != left] for left in free if len(free) > 2)  # noqa: PLR2004

    def on(self, page: Page) -> Iterator[Mapping[str, Told]]:
        """Answers to the page, the ordinary ones first: every combination, up to `MOST_TOGETHER`.

        Where there are more, each answer varies on its own, so that every value is still met.
        """
        each = [(str(answer.id), self.of(answer)) for answer in page.answers]
        boxes = [(answer, option.id) for answer in page.answers for option in answer.options if option.detail]
        for said in _combined(each):
            yield {
                **said,
                **{detail_key(answer.id, box): "words" for answer, box in boxes if _chosen(said[answer.id], box)},
            }


def _combined(each: list[tuple[str, tuple[Told, ...]]]) -> Iterator[dict[str, Told]]:
    count = 1
    for _, values in each:
        count *= len(values)
    if count > MOST_TOGETHER:
        ordinary = {name: values[0] for name, values in each}
        yield ordinary
        for name, values in each:
            yield from ({**ordinary, name: value} for value in values[1:])
    names = [name for name, _ in each]
    for chosen in islice(product(*(values for _, values in each)), MOST_TOGETHER):
        yield dict(zip(names, chosen, strict=True))


def _chosen(said: Told, option: str) -> bool:
    return option in said if isinstance(said, list) else said == option


def _near(moment: date | Month) -> Iterator[date | Month]:
    yield moment
    if isinstance(moment, Month):
        number = moment.year * 12 + moment.month - 1
        yield from (Month((number + by) // 12, (number + by) % 12 + 1) for by in (-1, 1))
    else:
        yield from (moment + timedelta(days=by) for by in (-1, 1) if date.min < moment < date.max)


def _iso(moment: date | Month) -> str:
    return moment.isoformat() if isinstance(moment, date) else f"{moment.year:04}-{moment.month:02}"


def _in_year(moment: date | Month, year: int) -> date | Month:
    return moment.replace(year=year, day=min(moment.day, 28)) if isinstance(moment, date) else Month(year, moment.month)


def _exact(number: Fraction) -> Decimal:
    return Decimal(number.numerator) / Decimal(number.denominator)
