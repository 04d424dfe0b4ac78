"""What must hold for the engine to run: names that exist once, rules that look back, routes that lead forward."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from troth.kit.errors import Invalid
from troth.questionnaire.expression import WORDS, Call, Rule, walk
from troth.questionnaire.finding import Finding
from troth.questionnaire.kinds import check_kinds
from troth.questionnaire.layout import Place, layout, texts_of
from troth.questionnaire.model import END_OF_SECTION, RECORD, ROUND, UNITS
from troth.questionnaire.piping import piped, well_formed
from troth.questionnaire.values import day_of, month_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from troth.questionnaire.layout import Layout
    from troth.questionnaire.model import Answer, Page, Questionnaire

_RESERVED = frozenset({END_OF_SECTION, ROUND, RECORD, *WORDS})
_ONLY_FOR: Final[Mapping[str, tuple[str, ...]]] = {
    "appearance": ("single",),
    "order": ("single", "multiple"),
    "minimum": ("number", "year", "duration"),
    "maximum": ("number", "year", "duration"),
    "decimals": ("number",),
    "measure": ("number",),
    "prefix": ("number",),
    "unit": ("number",),
    "max_length": ("text",),
    "lines": ("text",),
    "earliest": ("date", "month"),
    "latest": ("date", "month"),
    "units": ("duration",),
}
"""Which keys belong to which kinds of answer."""


def structure(q: Questionnaire) -> list[Finding]:
    """All that keeps the engine from running this questionnaire; empty for one that it can run."""
    found = [*_duplicates(q), *(finding for page in q.pages for finding in _shape(page))]
    if found:
        return found
    flat = layout(q)
    for place in flat.places:
        found.extend(_references(flat, place))
        found.extend(_shown(flat, place))
        found.extend(_routes(flat, place))
        found.extend(_repeats(flat, place))
    for number, section in enumerate(q.sections):
        start = section.pages[0]
        if (section.common or number == 0) and (start.when or start.repeat):
            found.append(
                Finding(
                    "common_start",
                    start.where,
                    f"page `{start.id}` starts a common section but is not always shown",
                    "Start the section with a page that has no `when` and no `repeat`, a note for example",
                )
            )
    return found


def _duplicates(q: Questionnaire) -> Iterator[Finding]:
    seen: set[tuple[str, str]] = set()
    named: list[tuple[str, str, str]] = [(section.id, section.where, "section") for section in q.sections]
    named += [(page.id, page.where, "page") for page in q.pages]
    named += [(answer.id, answer.where, "answer") for page in q.pages for answer in page.answers]
    for name, where, what in named:
        if (what, name) in seen:
            yield Finding("duplicate_id", where, f"the {what} id `{name}` is used twice", "Give one of them another id")
        if name in _RESERVED:
            yield Finding("reserved_id", where, f"`{name}` is a word of the rules", f"Give the {what} another id")
        seen.add((what, name))


def _shape(page: Page) -> Iterator[Finding]:
    if page.kind == "note" and (page.answers or page.checks):
        yield Finding("note_asks", page.where, f"the note `{page.id}` has answers", "Make it `kind: question`")
    if page.kind == "question" and not page.answers:
        yield Finding("nothing_asked", page.where, f"the question `{page.id}` has no answers", "Make it `kind: note`")
    for text in texts_of(page):
        try:
            well_formed(text)
        except Invalid as error:
            yield Finding("piping_form", page.where, error.what, error.mend)
    for answer in page.answers:
        yield from _answer_shape(page, answer)


def _answer_shape(page: Page, answer: Answer) -> Iterator[Finding]:
    if answer.choosing and not answer.options:
        yield Finding("no_options", answer.where, f"`{answer.id}` has nothing to choose from", "Add `options:`")
    if not answer.choosing and answer.options:
        yield Finding(
            "options_unused", answer.where, f"`{answer.id}` is a {answer.kind} and has options", "Remove them"
        )
    for key in sorted(answer.model_fields_set):
        if answer.kind not in _ONLY_FOR.get(key, (answer.kind,)) and not (key == "units" and not answer.units):
            what = f"`{key}` says nothing of a {answer.kind}, which `{answer.id}` is"
            yield Finding("key_unused", answer.where, what, f"Remove `{key}:`, or change the kind")
    ids = [option.id for option in answer.options]
    for option in answer.options:
        if ids.count(option.id) > 1:
            yield Finding("duplicate_id", option.where, f"the option `{option.id}` stands there twice", "Rename one")
        if option.detail and answer.appearance != "list":
            what = f"a box beside `{option.id}` needs the options to be seen"
            yield Finding("detail_hidden", option.where, what, "Take `appearance:` away, or the box")
    yield from _bounds(answer)
    if len(page.answers) > 1 and not answer.label:
        yield Finding("no_label", answer.where, f"`{answer.id}` is one of several and has no label", "Add `label:`")


def _bounds(answer: Answer) -> Iterator[Finding]:
    if answer.kind == "duration":
        runs = [run[start:end] for run in UNITS for start in range(len(run)) for end in range(start + 1, len(run) + 1)]
        if answer.units not in runs:
            what = f"the units of `{answer.id}` do not follow each other"
            mend = "Write units: [years, months], or neighbours of weeks, days, hours, minutes"
            yield Finding("units", answer.where, what, mend)
    if answer.kind in ("number", "year", "duration"):
        if answer.maximum is None or answer.maximum < answer.minimum:
            what = f"the {answer.kind} `{answer.id}` has no bounds"
            yield Finding("bounds", answer.where, what, "Add `minimum:` and `maximum:`")
        whole = answer.kind != "number" or answer.decimals == 0
        if whole and not all(isinstance(bound, int) for bound in (answer.minimum, answer.maximum or 0)):
            what = f"`{answer.id}` is a whole number and has bounds with decimal places"
            yield Finding("bounds", answer.where, what, "Add `decimals:`, or write whole bounds")
        if answer.kind == "duration" and answer.minimum < 0:
            yield Finding("bounds", answer.where, f"the duration `{answer.id}` is never below 0", "Write minimum: 0")
    if answer.kind in ("date", "month"):
        earliest, latest = answer.earliest or "", answer.latest or ""
        read = day_of if answer.kind == "date" else month_of
        if read(earliest) is None or read(latest) is None or latest < earliest:
            what = f"`{answer.id}` has no bounds that are {'days' if answer.kind == 'date' else 'months'}"
            form = "2020-01-31" if answer.kind == "date" else "2020-01"
            yield Finding("bounds", answer.where, what, f"Write earliest: and latest: like {form}")


def _references(flat: Layout, place: Place) -> Iterator[Finding]:
    page = place.page
    if page.when:
        yield from _rule(flat, place, page.when, page.where, here=False)
    for variant in page.variants:
        yield from _rule(flat, place, variant.when, variant.where, here=False)
    for answer in page.answers:
        for option in answer.options:
            if option.when:
                yield from _rule(flat, place, option.when, option.where, here=False)
    for route in page.routes:
        if route.when:
            yield from _rule(flat, place, route.when, route.where, here=True)
    for check in page.checks:
        yield from _rule(flat, place, check.violated, check.where, here=True, free_text=True)
        if not any(page.answer(name) for name in check.violated.names):
            yield Finding(
                "check_elsewhere", check.where, "a check looks at no answer of its page", "Check where it is asked"
            )


def _shown(flat: Layout, place: Place) -> Iterator[Finding]:
    page = place.page
    for text in texts_of(page):
        for pipe in piped(text):
            yield from _reference(flat, place, pipe.answer, page.where, here=False)
    if page.repeat:
        yield from _reference(flat, place, page.repeat.over, page.repeat.where, here=False)


def _rule(
    flat: Layout, place: Place, rule: Rule, where: str, *, here: bool, free_text: bool = False
) -> Iterator[Finding]:
    """`here`: whether the page's own answers may be looked at; `free_text`: whether answered() may of its own text."""
    bad = [finding for name in sorted(rule.names) for finding in _reference(flat, place, name, where, here=here)]
    yield from bad
    if bad:
        return
    try:
        check_kinds(rule, {answer: one for answer, (_, one) in flat.answers.items()})
    except Invalid as error:
        yield Finding("kinds", where, error.what, error.mend)
    for part in walk(rule.tree):
        if not isinstance(part, Call) or flat.answers[part.argument.id][1].kind != "text":
            continue
        if not (free_text and place.page.answer(part.argument.id)):
            yield Finding("free_text_rule", where, "a rule looks at free text", "Only a page's own checks may")


def _reference(flat: Layout, place: Place, name: str, where: str, *, here: bool) -> Iterator[Finding]:
    """`here`: whether the page's own answers may be looked at."""
    target = next((at for answer, (at, _) in flat.answers.items() if answer == name), None)
    if target is None:
        yield Finding("unknown_answer", where, f"there is no answer `{name}`", "Look for a spelling mistake")
    elif target > place.number or (target == place.number and not here):
        yield Finding(
            "looks_forward", where, f"`{name}` is asked later than this", "Rules look at earlier answers only"
        )
    elif (block := flat.places[target].block) and block != place.block:
        yield Finding(
            "repeated_answer", where, f"`{name}` has an answer for each round", "Look at it within its own repeat only"
        )


def _routes(flat: Layout, place: Place) -> Iterator[Finding]:
    for number, route in enumerate(place.page.routes):
        if route.when is None and number + 1 < len(place.page.routes):
            yield Finding("route_shadowed", route.where, "no route after this one is ever taken", "Put it last")
        if route.goto == END_OF_SECTION:
            continue
        target = flat.numbers.get(route.goto)
        if target is None:
            yield Finding(
                "unknown_page", route.where, f"there is no page `{route.goto}`", "Look for a spelling mistake"
            )
            continue
        if target <= place.number:
            yield Finding(
                "goes_back", route.where, f"`{route.goto}` does not come later", "Routes lead forward only (P09)"
            )
        if flat.places[target].section != place.section:
            yield Finding("leaves_section", route.where, f"`{route.goto}` is in another section", "Use end_of_section")
        block = flat.places[target].block
        if block and block != place.block and target != block.first:
            yield Finding("into_repeat", route.where, f"`{route.goto}` is inside a repeat", "Lead to its first page")


def _repeats(flat: Layout, place: Place) -> Iterator[Finding]:
    repeat = place.page.repeat
    if repeat is None or repeat.over not in flat.answers:
        return
    at, counted = flat.answers[repeat.over]
    if counted.kind not in ("number", "multiple") or counted.decimals:
        yield Finding(
            "repeat_kind", repeat.where, f"`{repeat.over}` counts nothing", "Repeat over a number or multiple"
        )
    if place.block and at >= place.block.first:
        yield Finding("looks_forward", repeat.where, f"`{repeat.over}` is asked in the repeat", "Ask it before")
    most = counted.maximum if counted.kind == "number" else len(counted.options)
    if most is not None and most < repeat.max:
        yield Finding("repeat_max", repeat.where, f"`{repeat.over}` never reaches {repeat.max}", f"Write max: {most}")
