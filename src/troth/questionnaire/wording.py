"""What words alone tell a linter: a question for an identity, a title that gives the topic away, a text that is hard to read.

Lists of words are a screen and no proof: a person reads the questionnaire as well.
"""

from __future__ import annotations

import re
from functools import cache
from typing import TYPE_CHECKING, Final

import pyphen

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_ASKS: Final = r"(what|which|tell us|enter|write|give|provide|type|add|confirm|state|when|where)\b.{0,60}\b"
_YOURS: Final = r"(your|full|first|last|family|her|his|their|the person.s)\b.{0,30}\b"
_IDENTITY: Final = {
    "name": rf"{_ASKS}{_YOURS}(sur)?names?\b|\b(full|first|last|family|maiden|sur)[ -]?names?\b|\bnames?\s*[:?]?\s*$",
    "address": rf"{_ASKS}address\b|\bhome address\b|\bstreet\b|\bhouse number\b|^\s*address\s*[:?]?\s*$",
    "email": r"\be-?mail\b",
    "phone number": r"\b(tele)?phone number\b|\bmobile( number)?\s*[:?]?\s*$|\b(tele)?phone\s*[:?]?\s*$",
    "postcode": r"\bpost ?codes?\b",
    "date of birth": r"\bdate of birth\b|\bbirth ?da(y|te)\b|\bwhen were you born\b|\bday were you born\b",
    "NHS number": r"\bnhs number\b",
    "national insurance number": r"\bnational insurance\b",
    "passport or licence number": r"\b(passport|driving licen[cs]e|bank account)( number)?\b",
    "social media": r"\b(user ?name|handle|instagram|snapchat|tiktok|facebook)\b",
    "school or employer by name": rf"{_ASKS}(name of (your|the) (school|employer|college|work))",
}
"""What asking for an identity looks like."""

_SENTENCE: Final = re.compile(r"[^.?!]+[.?!]*")
_ASKS_NOT: Final = re.compile(r"\s*(please )?(do not|don.t|never|avoid|leave out)\b", re.IGNORECASE)
_TELLING: Final = re.compile(
    r"\b(abus\w*|assault\w*|attack\w*|batter\w*|bull(y|ied|ying)|crim\w+|debt\w*|depress\w*|drink(ing)? problem|drugs?|"
    r"exploit\w*|harass\w*|hiv|miscarr\w*|neglect\w*|overdos\w*|rap(e|ed|es|ing)|self[- ]harm\w*|sex\w*|suicid\w*|"
    r"traffick\w*|victim\w*|violen\w*)\b",
    re.IGNORECASE,
)
_WORD: Final = re.compile(r"[A-Za-zÀ-ÿ’']+")  # noqa: RUF001 - the apostrophe of print
_STOP: Final = re.compile(r"[.?!:]+(?=\s|$)|\n+")

READING_AGE: Final = 11
"""Years: what texts for respondents are written for (STYLE: plain words)."""
_WORDS_AT_LEAST: Final = 30
"""Of shorter texts the measure says nothing."""


def identities(text: str) -> Iterator[str]:
    """What of somebody's identity the text seems to ask for; sentences that ask *not* to say something are passed over."""
    asking = " ".join(sentence for sentence in _SENTENCE.findall(text) if not _ASKS_NOT.match(sentence))
    for what, pattern in _IDENTITY.items():
        if re.search(pattern, asking, re.IGNORECASE):
            yield what


def telling(text: str) -> str:
    """The first word that tells somebody who looks over a shoulder what this is about; "" where there is none."""
    found = _TELLING.search(text)
    return found[0] if found else ""


def reading_age(texts: Iterable[str]) -> float | None:
    """The age in years at which pupils usually read such texts; None where they are too short to say.

    Flesch-Kincaid grade (Kincaid and others, 1975) plus five years. Syllables are counted by where a word may be hyphenated, which
    counts a few too few: the age is a lower bound, give or take half a year.
    """
    whole = ". ".join(text.strip().rstrip(".") for text in texts)
    words = _WORD.findall(whole)
    if len(words) < _WORDS_AT_LEAST:
        return None
    sentences = max(1, sum(bool(_WORD.search(part)) for part in _STOP.split(whole)))
    syllables = sum(len(_hyphens().positions(word.lower())) + 1 for word in words)
    return 0.39 * len(words) / sentences + 11.8 * syllables / len(words) - 15.59 + 5


@cache
def _hyphens() -> pyphen.Pyphen:
    return pyphen.Pyphen(lang="en_GB")
