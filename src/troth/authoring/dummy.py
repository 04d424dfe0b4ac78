"""Dummy microdata: people who do not exist answer a questionnaire at random, so that tables can be built before fieldwork.

Seeded on purpose: the same seed gives the same file. Nothing in it was said by anybody, and its first column says so.
"""

from __future__ import annotations

import random  # noqa: TID251 - seeded synthetic people (STYLE: the one place for it)
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from troth.authoring.sayings import Sayings
from troth.authoring.told import form_of
from troth.questionnaire import Finish, How, PageRecord, advance, columns, first, read, row
from troth.questionnaire.codec import BANDS, MOST_SITTINGS
from troth.questionnaire.layout import layout
from troth.questionnaire.read import FIELD_DONT_KNOW, FIELD_PREFER_NOT, offered
from troth.questionnaire.values import detail_key

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from troth.authoring.told import Told
    from troth.questionnaire import Answer, Facts, Page, Position, Questionnaire, Value

SYNTHETIC: Final = "synthetic"
"""The first column: 1 in every row. No answer can be called so: see `columns_of`."""
_TRIES: Final = 20
_SAY_NOTHING: Final = 0.06
_SAY_MORE: Final = 0.5


def columns_of(q: Questionnaire) -> tuple[str, ...]:
    """The columns of the file: the mark, then those of the codebook."""
    mark = SYNTHETIC
    names = tuple(column.variable for column in columns(q))
    while mark in names:
        mark = "_" + mark  # no variable starts with an underscore
    return (mark, *names)


def people(q: Questionnaire, count: int, seed: int) -> Iterator[dict[str, str | int]]:
    """`count` rows as `troth.questionnaire.row` makes them of opened records, each with the mark."""
    rng = random.Random(seed)  # noqa: S311 - people who do not exist; nothing here is a secret
    sayings = Sayings(q)
    mark = columns_of(q)[0]
    for _ in range(count):
        yield {mark: 1, **row(q, _walk(q, rng, sayings))}


def _walk(q: Questionnaire, rng: random.Random, sayings: Sayings) -> list[PageRecord | How | None]:
    here: Position | Finish = first(q)
    facts: Facts = {}
    records: list[PageRecord | How | None] = []
    while not isinstance(here, Finish):
        page = layout(q).place(here.page).page
        values = _answered(page, here.repeat, facts, rng, sayings)
        records.append(PageRecord(q.id, q.version, here.page, here.repeat, values))
        onward = advance(q, here, values, facts)
        here, facts = onward.next, onward.facts
    kept = q.record
    records.append(
        How(
            rng.choice(("en", "en", "en", "cy")) if kept.language else "",
            rng.choice([name for name, _ in BANDS]) if kept.duration else "",
            min(MOST_SITTINGS, rng.choice((1, 1, 1, 2, 3))) if kept.sittings else 0,
        )
    )
    return records


def _answered(page: Page, repeat: int, facts: Facts, rng: random.Random, sayings: Sayings) -> Mapping[str, Value]:
    """Values that the page takes: drawn, and drawn again where its checks do not agree."""
    for _ in range(_TRIES):
        said: dict[str, Told] = {}
        for answer in page.answers:
            said[answer.id] = value = _said(answer, facts, rng)
            chosen = value if isinstance(value, list) else [value]
            boxes = [option for option in answer.options if option.detail and option.id in chosen]
            for option in boxes:
                if option.detail and (option.detail.required or rng.random() < _SAY_MORE):
                    said[detail_key(answer.id, option.id)] = "synthetic"
        got = read(page, form_of(page, repeat, _in_round(said, repeat)), facts)
        if not got.errors:
            return got.values
    for tried in sayings.on(page):
        got = read(page, form_of(page, repeat, _in_round(tried, repeat)), facts)
        if not got.errors:
            return got.values
    return {}  # a page that takes no answer at all: it is then as if it had not been asked


def _in_round(said: Mapping[str, Told], repeat: int) -> Mapping[str, Told]:
    return {name: [None] * (repeat - 1) + [value] for name, value in said.items()} if repeat else said


def _said(answer: Answer, facts: Facts, rng: random.Random) -> Told:
    ways_out = [FIELD_DONT_KNOW] * answer.dont_know + [FIELD_PREFER_NOT] * answer.prefer_not_to_say
    if ways_out and rng.random() < _SAY_NOTHING:
        return rng.choice(ways_out)
    if not answer.required and rng.random() < 2 * _SAY_NOTHING:
        return None
    options = offered(answer, facts)
    match answer.kind:
        case "single":
            return rng.choice(options).id if options else None
        case "multiple":
            alone = [option.id for option in options if option.exclusive]
            free = [option.id for option in options if not option.exclusive]
            if alone and (not free or rng.random() < _SAY_NOTHING):
                return [rng.choice(alone)]
            return list(rng.sample(free, rng.randint(1, min(3, len(free))))) if free else None
        case "number" | "year" | "duration":
            return _amount(answer, rng)
        case "date" | "month":
            return _moment(answer, rng)
        case "text":
            return "synthetic text"[: answer.max_length]


def _amount(answer: Answer, rng: random.Random) -> Told:
    """Small numbers more often than large ones, as counts are; years evenly."""
    least, most = Decimal(answer.minimum), Decimal(answer.maximum or 0)
    skew = 1 if answer.kind == "year" else 3
    number = least + (most - least) * Decimal(str(rng.random() ** skew))
    return f"{number:.{answer.decimals}f}" if answer.decimals else int(number)


def _moment(answer: Answer, rng: random.Random) -> Told:
    first, last = answer.earliest or "", answer.latest or ""
    if answer.kind == "date":
        days = date.fromisoformat(last).toordinal() - date.fromisoformat(first).toordinal()
        return date.fromordinal(date.fromisoformat(first).toordinal() + rng.randint(0, days)).isoformat()
    begin, end = (int(text[:4]) * 12 + int(text[5:7]) - 1 for text in (first, last))
    number = rng.randint(begin, end)
    return f"{number // 12:04}-{number % 12 + 1:02}"
