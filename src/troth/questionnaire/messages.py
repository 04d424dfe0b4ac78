"""The engine's own words to respondents: plain, calm, and keys of the catalogues like every other text."""

from __future__ import annotations

from typing import Final

DONT_KNOW: Final = "I don’t know"  # noqa: RUF001 - the apostrophe of print
PREFER_NOT_TO_SAY: Final = "I prefer not to say"

CHOOSE_ONE: Final = "Choose one of the answers"
CHOOSE_ANY: Final = "Choose at least one of the answers"
ONE_ONLY: Final = "Choose only one of the answers"
EXCLUSIVE: Final = "Choose “{option}” on its own, or take it away"
NOT_OFFERED: Final = "Choose from the answers on this page"
GIVE_NUMBER: Final = "Enter a number, or choose one of the answers below it"
GIVE_NUMBER_ONLY: Final = "Enter a number"
WHOLE_NUMBER: Final = "Enter a whole number in digits, like 3"
NUMBER_RANGE: Final = "Enter a number from {minimum} to {maximum}"
GIVE_TEXT: Final = "Write an answer, or choose one of the answers below it"
GIVE_TEXT_ONLY: Final = "Write an answer"
TEXT_LENGTH: Final = "Write {maximum} characters or fewer"
TEXT_SIGNS: Final = "Write with ordinary letters, numbers and signs"
EITHER: Final = "Give an answer or choose “{option}”, not both"
NOT_READABLE: Final = "This page was not sent as we expected. Answer it again"

ALL: Final = (
    DONT_KNOW, PREFER_NOT_TO_SAY, CHOOSE_ONE, CHOOSE_ANY, ONE_ONLY, EXCLUSIVE, NOT_OFFERED, GIVE_NUMBER,
    GIVE_NUMBER_ONLY, WHOLE_NUMBER, NUMBER_RANGE, GIVE_TEXT, GIVE_TEXT_ONLY, TEXT_LENGTH, TEXT_SIGNS, EITHER,
    NOT_READABLE,
)  # fmt: skip
