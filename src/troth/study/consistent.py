"""Whether the parts of a policy agree, and whether what it asks for can be kept by this version."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from troth.questionnaire.document import Path
    from troth.study.policy import Study

POSTAGE_DAYS: Final = {"first": 4, "second": 11, "economy": 14}
"""Calendar days that a letter can take at the latest, roughly: fieldwork computes it exactly, holidays included."""

_EXPECTED_PROMISES: Final = {
    "contact": "P05",
    "vouchers": "P26",
    "interviews": "P16",
    "microdata": "P12",
    "interview_material": "P19",
}


def consistent(study: Study) -> Iterator[tuple[Path, str, str]]:
    """(Path in `study.yaml`, what, mend) of everything that does not agree."""
    if study.languages[0] != "en":
        yield (
            ("languages",),
            "the first language is not English",
            "English is the key of all catalogues: write en first",
        )
    yield from _time(study)
    yield from _twice(study)
    for name, promise in _EXPECTED_PROMISES.items():
        rule = getattr(study.retention, name)
        if rule.promise != promise:
            yield ("retention", name, "promise"), f"this rule keeps {promise}", f"Write promise: {promise}"
    yield from _sample(study)
    names = {column.name for column in study.sample_columns if column.required}
    if missing := sorted({"name", "address_1", "postcode", "region"} - names):
        yield ("sample_columns",), f"the required column `{missing[0]}` is not declared", "A letter needs it"


def _sample(study: Study) -> Iterator[tuple[Path, str, str]]:
    for number, column in enumerate(study.sample_columns):
        path = ("sample_columns", number)
        if column.min_length > column.max_length:
            yield (*path, "min_length"), "longer than the longest", "Put the lengths in order"
        try:
            re.compile(column.pattern)
        except re.error:
            yield (*path, "pattern"), "not a regular expression", "Write one, for example [0-9]{3}"
    heads = [column.heads for column in study.sample_columns]
    if len(set(heads)) != len(heads):
        yield ("sample_columns",), "two columns have one header", "Give each its own"
    for number, ignored in enumerate(study.sample.ignored):
        if ignored in heads:
            yield (
                ("sample", "ignored", number),
                "this column is declared, and cannot be ignored",
                "Take one of the two out",
            )
    if study.sample.suppression == "required" and not any(c.name == "supplier_ref" for c in study.sample_columns):
        yield (
            ("sample", "suppression"),
            "suppression is required, and there is no column to match people by",
            "Declare the column supplier_ref in sample_columns (P03)",
        )


def _time(study: Study) -> Iterator[tuple[Path, str, str]]:
    opens, closes = study.collection.opens, study.collection.closes
    if closes <= opens:
        yield ("collection", "closes"), "the collection closes before it opens", "Put the dates in order"
    kinds = [wave.kind for wave in study.waves]
    if kinds.count("invitation") != 1 or kinds[0] != "invitation":
        yield ("waves",), "the waves do not start with one invitation", "Put the one invitation first"
    for number, wave in enumerate(study.waves):
        path = ("waves", number, "dispatch_on")
        if number and wave.dispatch_on <= study.waves[number - 1].dispatch_on:
            yield path, f"wave `{wave.id}` does not leave after the one before it", "Put the dates in order"
        if wave.dispatch_on >= closes:
            yield path, f"wave `{wave.id}` leaves when the collection has closed", "Send it earlier"
    last = max(
        wave.dispatch_on + timedelta(days=POSTAGE_DAYS[wave.postage]) for wave in study.waves
    )  # the latest letter, roughly
    earliest = last + timedelta(days=study.latest_slack_days + study.retention.contact.days)
    if study.retention.contact.latest < earliest:
        yield (
            ("retention", "contact", "latest"),
            "the latest date comes before the last letter can have come",
            f"Write {earliest.isoformat()} or later (P05)",
        )
    for name in ("vouchers", "interviews"):
        if getattr(study.retention, name).latest <= closes:
            yield ("retention", name, "latest"), "the latest date lies within the collection", "Choose a later one"


def _twice(study: Study) -> Iterator[tuple[Path, str, str]]:
    named = (
        ("waves", [wave.id for wave in study.waves]),
        ("sample_columns", [column.name for column in study.sample_columns]),
        ("languages", list(study.languages)),
    )
    for key, ids in named:
        if len(set(ids)) != len(ids):
            yield (key,), "an id stands here twice", "Give each its own"
    cells = [cell.id for cell in study.flush.cells]
    if len(set(cells)) != len(cells):
        yield ("flush", "cells"), "a cell stands here twice", "Give each its own id"
