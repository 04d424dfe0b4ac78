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
NUMBER_DECIMALS: Final = "Enter a number in digits, with at most {decimals} digits after the point, like 3 or 3.5"
GIVE_DATE: Final = "Enter a date, or choose one of the answers below it"
GIVE_DATE_ONLY: Final = "Enter a date"
REAL_DATE: Final = "Enter a real date in digits, like 27 3 2021"
REAL_MONTH: Final = "Enter a month and a year in digits, like 3 2021"
DATE_RANGE: Final = "Enter a date from {minimum} to {maximum}"
GIVE_YEAR: Final = "Enter a year in 4 digits, like 2021"
GIVE_DURATION: Final = "Say how long, or choose one of the answers below it"
GIVE_DURATION_ONLY: Final = "Say how long"
DURATION_WHOLE: Final = "Enter whole numbers in digits, like 3"
DURATION_SHORT: Final = "Enter {minimum} {unit} or more"
DURATION_LONG: Final = "Enter {maximum} {unit} or less"
DURATION_PART: Final = "Enter less than {most} in the box for {unit}"
DETAIL: Final = "Write a few words beside “{option}”"
DETAIL_ALONE: Final = "Choose “{option}” if you write something beside it, or take the words away"
GIVE_TEXT: Final = "Write an answer, or choose one of the answers below it"
GIVE_TEXT_ONLY: Final = "Write an answer"
TEXT_LENGTH: Final = "Write {maximum} characters or fewer"
TEXT_SIGNS: Final = "Write with ordinary letters, numbers and signs"
EITHER: Final = "Give an answer or choose “{option}”, not both"
NOT_READABLE: Final = "This page was not sent as we expected. Answer it again"

UNIT_WORDS: Final = {
    "years": "years", "months": "months", "weeks": "weeks", "days": "days", "hours": "hours", "minutes": "minutes",
    "day": "day", "month": "month", "year": "year",
}  # fmt: skip
"""What stands over the boxes of a date or a duration."""

ALL: Final = (
    DONT_KNOW, PREFER_NOT_TO_SAY, CHOOSE_ONE, CHOOSE_ANY, ONE_ONLY, EXCLUSIVE, NOT_OFFERED, GIVE_NUMBER,
    GIVE_NUMBER_ONLY, WHOLE_NUMBER, NUMBER_RANGE, NUMBER_DECIMALS, GIVE_DATE, GIVE_DATE_ONLY, REAL_DATE, REAL_MONTH,
    DATE_RANGE, GIVE_YEAR, GIVE_DURATION, GIVE_DURATION_ONLY, DURATION_WHOLE, DURATION_SHORT, DURATION_LONG, DURATION_PART,
    DETAIL, DETAIL_ALONE, GIVE_TEXT, GIVE_TEXT_ONLY, TEXT_LENGTH, TEXT_SIGNS, EITHER,
    NOT_READABLE, *UNIT_WORDS,
)  # fmt: skip
