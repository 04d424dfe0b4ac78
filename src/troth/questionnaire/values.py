"""What an answer's value is, everywhere in this room: plain JSON, so that what is sealed is what is computed with."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final, TypeAlias

if TYPE_CHECKING:
    from decimal import Decimal

Value: TypeAlias = str | int | list[str] | dict[str, str]
"""An option id or free text; a whole number, year, or duration in its smallest unit; option ids in the questionnaire's
order; or a dict with one key: `{"missing": why}`, `{"decimal": "12.5"}`, `{"date": "2020-01-31"}`, `{"month": "2020-01"}`."""

Facts: TypeAlias = Mapping[str, Value]
"""Answer id → value: what rules may look at. Inside a repeat, an answer's id means this round's answer.

What stands in the box beside an option is the value of `answer.option`, which no rule can name.
"""

DONT_KNOW: Final = "dont_know"
PREFER_NOT_TO_SAY: Final = "prefer_not_to_say"
NO_ANSWER: Final = "no_answer"
REASONS: Final = (DONT_KNOW, PREFER_NOT_TO_SAY, NO_ANSWER)
"""Why a value is missing: said so, said so, or left empty where that is allowed."""

DECIMAL_FORM: Final = re.compile(r"-?(0|[1-9][0-9]{0,9})\.[0-9]{1,4}\Z", re.ASCII)
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}\Z", re.ASCII)
_MONTH: Final = re.compile(r"[0-9]{4}-(0[1-9]|1[0-2])\Z", re.ASCII)


@dataclass(frozen=True, order=True)
class Month:
    """A month of a year."""

    year: int
    month: int


def missing(why: str) -> dict[str, str]:
    """The value of an answer that was asked and has no substance."""
    return {"missing": why}


def is_missing(value: Value | None) -> bool:
    """Whether there is nothing to compute with: not asked, don't know, prefer not to say, left empty."""
    return value is None or (isinstance(value, dict) and "missing" in value)


def decimal(number: Decimal, decimals: int) -> dict[str, str]:
    """The value of a number with that many decimal places, 1 to 4; there is one text for each number."""
    text = f"{number:.{decimals}f}"
    return {"decimal": text.lstrip("-") if not number else text}


def day_of(text: str) -> date | None:
    """The day that `2020-01-31` names; None where there is none."""
    try:
        return date.fromisoformat(text) if _DATE.match(text) else None
    except ValueError:
        return None


def month_of(text: str) -> Month | None:
    """The month that `2020-01` names; None where there is none."""
    return Month(int(text[:4]), int(text[5:])) if _MONTH.match(text) else None


def detail_key(answer: str, option: str) -> str:
    """The key of what stands in the box beside an option. No id has a full stop, so it is nobody else's."""
    return f"{answer}.{option}"
