"""What a questionnaire does to a promise, said before anybody is asked. Errors refuse a study; warnings do not."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

from troth.questionnaire.expression import Call, Compare, Not, walk
from troth.questionnaire.finding import Finding
from troth.questionnaire.layout import Layout, Place, layout, names_used, rules, texts_of
from troth.questionnaire.model import END_OF_SECTION
from troth.questionnaire.piping import piped
from troth.questionnaire.structure import structure

if TYPE_CHECKING:
    from collections.abc import Iterator

    from troth.questionnaire.expression import Expr
    from troth.questionnaire.model import Answer, Page, Questionnaire

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
"""What asking for an identity looks like: a list of words, so a screen and no proof. A person reads it as well."""

_SENTENCE: Final = re.compile(r"[^.?!]+[.?!]*")
_ASKS_NOT: Final = re.compile(r"\s*(please )?(do not|don.t|never|avoid|leave out)\b", re.IGNORECASE)


def lint(q: Questionnaire) -> list[Finding]:
    """All findings, structure first; one without errors asks for no identity and tells no answer (P02, P09)."""
    found = structure(q)
    if found:
        return found
    flat = layout(q)
    reached = _reached(flat)
    for place in flat.places:
        if place.number not in reached:
            what = f"nobody ever reaches page `{place.page.id}`"
            found.append(Finding("unreachable", place.page.where, what, "Mend the routes before it, or remove it"))
        found.extend(_classes(place.page))
        found.extend(_identity(place.page))
        found.extend(_piping(flat, place))
        found.extend(_missing(flat, place))
    found.extend(_common(q, flat))
    return found


def truly_common(q: Questionnaire, section: int) -> bool:
    """Whether nothing in the section looks at an answer outside it, and its first page is always shown."""
    pages = q.sections[section].pages
    own = {answer.id for page in pages for answer in page.answers}
    start = pages[0]
    return start.when is None and start.repeat is None and all(names_used(page) <= own for page in pages)


def _common(q: Questionnaire, flat: Layout) -> Iterator[Finding]:
    for number, section in enumerate(q.sections):
        if section.common and not truly_common(q, number):
            own = {answer.id for page in section.pages for answer in page.answers}
            outside = sorted({name for page in section.pages for name in names_used(page)} - own)
            where = next((page.where for page in section.pages if names_used(page) & set(outside)), section.where)
            what = f"section `{section.id}` claims to be common but looks at `{outside[0] if outside else section.id}`"
            yield Finding("false_common", where, what, "Take the rule out, or write common: false (P09)")
        if not section.common and number == 0:
            what = "the first section is common by nature"
            yield Finding("first_common", section.where, what, "Write common: true")
    sensitive = [number for number, section in enumerate(q.sections) if section.sensitive]
    for number in sensitive:
        start = q.sections[number].pages[0]
        if start.kind != "note" and flat.places[max(0, flat.starts[number] - 1)].page.kind != "note":
            what = f"section `{q.sections[number].id}` is sensitive and starts without a word of warning"
            yield Finding("no_warning", start.where, what, "Start it with a note", "warning")


def _reached(flat: Layout) -> set[int]:
    """The pages that can be shown: every rule may be true or false, except a `when` that is missing."""
    reached: set[int] = set()
    waiting = [0]
    while waiting:
        number = waiting.pop()
        if number >= len(flat.places) or number in reached:
            continue
        reached.add(number)
        place = flat.places[number]
        onward = {number + 1} if place.page.when else set()
        always = False
        for route in place.page.routes:
            target = flat.end_of(place.section) if route.goto == END_OF_SECTION else flat.numbers[route.goto]
            onward.add(target)
            always = always or route.when is None
        if not always:
            onward.add(number + 1)
        if place.block:
            onward.add(place.block.last + 1)
        waiting.extend(onward)
    return reached


def _classes(page: Page) -> Iterator[Finding]:
    for answer in page.answers:
        if answer.disclosure is None:
            what = f"`{answer.id}` has no disclosure class"
            yield Finding("no_class", answer.where, what, "Write disclosure: quasi, sensitive or none")
        if answer.disclosure == "direct":
            what = f"`{answer.id}` says who somebody is"
            yield Finding("direct", answer.where, what, "The survey collects no personal data: remove it (P02)")
        if answer.kind == "text":
            what = f"`{answer.id}` is free text: people write names into it"
            mend = "Prefer options; where you keep it, ask for no names"
            yield Finding("free_text", answer.where, what, mend, "warning")
            if answer.disclosure in ("quasi", "none"):
                what = f"`{answer.id}` is free text and not classed sensitive"
                yield Finding("free_text_class", answer.where, what, "Write disclosure: sensitive (P02)")
        if not (answer.dont_know and answer.prefer_not_to_say):
            what = f"`{answer.id}` cannot be left with “don’t know” or “prefer not to say”"  # noqa: RUF001
            yield Finding("no_way_out", answer.where, what, "Leave both on", "warning")


def _identity(page: Page) -> Iterator[Finding]:
    if page.kind != "question":
        return
    asked = [(text, page.where) for text in (page.title, page.guidance or "")]
    asked += [(text, answer.where) for answer in page.answers for text in (answer.label or "", answer.hint or "")]
    asked += [(option.label, option.where) for answer in page.answers for option in answer.options]
    for text, where in asked:
        for what, pattern in _IDENTITY.items():
            if re.search(pattern, _asking(text), re.IGNORECASE):
                say = f"page `{page.id}` seems to ask for a {what}"
                yield Finding("identity", where, say, "The survey collects no personal data: ask otherwise (P02)")


def _asking(text: str) -> str:
    """The text without the sentences that ask people *not* to say something."""
    return " ".join(sentence for sentence in _SENTENCE.findall(text) if not _ASKS_NOT.match(sentence))


def _piping(flat: Layout, place: Place) -> Iterator[Finding]:
    for text in texts_of(place.page):
        for pipe in piped(text):
            answer = flat.answers[pipe.answer][1]
            if answer.disclosure != "none" or answer.kind == "text":
                what = f"page `{place.page.id}` shows the answer `{pipe.answer}` again"
                mend = "Only answers of class none may be shown again; write words that fit everybody (P09)"
                yield Finding("piping", place.page.where, what, mend)


def _missing(flat: Layout, place: Place) -> Iterator[Finding]:
    for rule, where in rules(place.page):
        sure = {part.argument.id for part in walk(rule.tree) if isinstance(part, Call) and part.function == "answered"}
        for name in sorted(rule.names - sure):
            if _under_not(rule.tree, name):
                what = f"`not` is true where `{name}` has no answer"
                yield Finding("not_missing", where, what, f"Write answered({name}) and …, or !=", "warning")
            elif _perhaps_unasked(flat, place, name):
                what = f"`{name}` is not asked of everybody who comes here; the rule is then false"
                yield Finding("perhaps_unasked", where, what, f"Write answered({name}) and … to say so", "warning")


def _under_not(tree: Expr, name: str) -> bool:
    return any(
        isinstance(part, Not) and any(isinstance(leaf, Compare) and _names(leaf, name) for leaf in walk(part.inner))
        for part in walk(tree)
    )


def _names(tree: Expr, name: str) -> bool:
    return any(getattr(part, "id", None) == name for part in walk(tree))


def _perhaps_unasked(flat: Layout, place: Place, name: str) -> bool:
    number, _ = flat.answers[name]
    asked = flat.places[number]
    if number == place.number:
        return False
    if asked.page.when or (asked.block and asked.block != place.block):
        return True
    start = asked.block.first if asked.block else flat.starts[asked.section]
    return any(_leads_past(flat, flat.places[before], number) for before in range(start, number))


def _leads_past(flat: Layout, place: Place, number: int) -> bool:
    for route in place.page.routes:
        target = flat.end_of(place.section) if route.goto == END_OF_SECTION else flat.numbers[route.goto]
        if target > number:
            return True
    return False


def answers_of(q: Questionnaire) -> Iterator[tuple[Page, Answer]]:
    """Every answer with its page, in order."""
    for page in q.pages:
        for answer in page.answers:
            yield page, answer
