"""What an answer's value is, everywhere in this room: plain JSON, so that what is sealed is what is computed with."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final, TypeAlias

Value: TypeAlias = str | int | list[str] | dict[str, str]
"""An option id or free text; a whole number; option ids in the questionnaire's order; or `{"missing": why}`."""

Facts: TypeAlias = Mapping[str, Value]
"""Answer id → value: what rules may look at. Inside a repeat, an answer's id means this round's answer."""

DONT_KNOW: Final = "dont_know"
PREFER_NOT_TO_SAY: Final = "prefer_not_to_say"
NO_ANSWER: Final = "no_answer"
REASONS: Final = (DONT_KNOW, PREFER_NOT_TO_SAY, NO_ANSWER)
"""Why a value is missing: said so, said so, or left empty where that is allowed."""


def missing(why: str) -> dict[str, str]:
    """The value of an answer that was asked and has no substance."""
    return {"missing": why}


def is_missing(value: Value | None) -> bool:
    """Whether there is nothing to compute with: not asked, don't know, prefer not to say, left empty."""
    return value is None or isinstance(value, dict)
