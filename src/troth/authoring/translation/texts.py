"""The texts of a questionnaire in one further language: each with the places where it stands and how far it is translated."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NewType

from troth.kit.errors import Invalid
from troth.questionnaire import messages
from troth.questionnaire.layout import texts_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from troth.questionnaire import Page, Questionnaire

Language = NewType("Language", str)
"""A language as BCP 47 says it: `cy`, `pt-BR`."""

_LANGUAGE: Final = re.compile(r"[a-z]{2,3}([-_][A-Za-z0-9]{2,8}){0,2}\Z", re.ASCII)
_HOLES: Final = re.compile(r"\{\{\s*([a-z0-9_]+)|(?<!\{)\{([a-z_]+)\}(?!\})")


class State(StrEnum):
    """How far one text is."""

    translated = "translated"
    needs_review = "needs-review"
    missing = "missing"


REST: Final = "questionnaire"
"""The place of a text of which no nearer one is known."""


@dataclass(frozen=True)
class Unit:
    """One English text. `places`: where it stands, in words; `target` is "" while it is missing."""

    source: str
    places: tuple[str, ...]
    target: str = ""
    state: State = State.missing


@dataclass(frozen=True)
class Coverage:
    """How many texts are how far."""

    translated: int
    needs_review: int
    missing: int

    def line(self, language: str) -> str:
        """One line for people."""
        whole = self.translated + self.needs_review + self.missing
        share = round(100 * self.translated / whole) if whole else 100
        return (
            f"{language}: {self.translated} of {whole} texts translated ({share}%), "
            f"{self.needs_review} need review, {self.missing} missing"
        )


@dataclass(frozen=True)
class Sheet:
    """All texts of one questionnaire in one language. `strange`: texts of a file that the questionnaire does not have."""

    questionnaire: str
    version: str
    language: Language
    units: tuple[Unit, ...]
    strange: tuple[str, ...] = ()

    @property
    def coverage(self) -> Coverage:
        """How far the language is."""
        count = {state: sum(unit.state == state for unit in self.units) for state in State}
        return Coverage(count[State.translated], count[State.needs_review], count[State.missing])


def language(text: str) -> Language:
    """The language that somebody named.

    Raises:
        Invalid: not the form of a language tag.

    """
    if not _LANGUAGE.match(text):
        raise Invalid("not a language", where="language", mend="Write a tag like cy, or pt-BR")
    return Language(text)


def sheet(q: Questionnaire, to: Language) -> Sheet:
    """Every text that a respondent can read, none translated yet, in the order that they meet them."""
    found: dict[str, list[str]] = {}

    def add(text: str, place: str) -> None:
        places = found.setdefault(text, [])
        if place not in places and not (place == REST and places):
            places.append(place)

    add(q.title, "questionnaire, title")
    for section in q.sections:
        add(section.title, f"section {section.id}, title")
        for page in section.pages:
            for text, place in _of_page(page):
                add(text, place)
    for text in messages.ALL:
        add(text, "every page, message")
    for _, text in q.texts():  # whatever else the engine says to respondents
        add(text, REST)
    return Sheet(q.id, q.version, to, tuple(Unit(text, tuple(places)) for text, places in found.items()))


def merged(empty: Sheet, known: Mapping[str, tuple[str, State]], lines: Mapping[str, str] | None = None) -> Sheet:
    """The sheet with what a file says of its texts. `lines`: source → place in the file, for messages.

    Raises:
        Invalid: a translation has other placeholders than its English, or is not a text of a questionnaire at all.

    """
    units = []
    for unit in empty.units:
        target, state = known.get(unit.source, ("", State.missing))
        if target and sorted(holes(target)) != sorted(holes(unit.source)):
            raise Invalid(
                "a translation has other placeholders than its English",
                where=(lines or {}).get(unit.source, "translation"),
                mend="Keep every {name} and {{ name }}",
            )
        units.append(replace(unit, target=target, state=state if target else State.missing))
    sources = {unit.source for unit in empty.units}
    return replace(
        empty, units=tuple(units), strange=tuple(source for source in known if source and source not in sources)
    )


def holes(text: str) -> list[str]:
    """The names in braces, for comparison."""
    return [first or second for first, second in _HOLES.findall(text)]


def _of_page(page: Page) -> Iterator[tuple[str, str]]:
    stem = f"page {page.id}"
    yield page.title, f"{stem}, title"
    if page.guidance:
        yield page.guidance, f"{stem}, guidance"
    for text in page.body:
        yield text, f"{stem}, paragraph"
    for variant in page.variants:
        for words in (variant.title, variant.guidance, *(variant.body or ())):
            if words:
                yield words, f"{stem}, other words by rule"
    for answer in page.answers:
        named = f"{stem}, answer {answer.id}"
        said = answer.messages
        for words, what in (
            (answer.label, "label"), (answer.hint, "hint"), (answer.prefix, "prefix"), (answer.unit, "unit"),
            (said.required, "message where empty"), (said.invalid, "message where not readable"),
            (said.range, "message where out of range"), (said.length, "message where too long"),
        ):  # fmt: skip
            if words:
                yield words, f"{named}, {what}"
        for option in answer.options if answer.options_from is None else ():
            yield option.label, f"{named}, option {option.id}"
            if option.hint:
                yield option.hint, f"{named}, hint of option {option.id}"
            if option.detail:
                yield option.detail.label, f"{named}, box beside option {option.id}"
    for check in page.checks:
        yield check.message, f"{stem}, message of a check"
    for text in texts_of(page):  # whatever else a page says
        yield text, REST
