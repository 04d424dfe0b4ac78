"""What a questionnaire does to a promise, said before anybody is asked. Errors refuse a study; warnings do not."""

from __future__ import annotations

from typing import TYPE_CHECKING

from troth.questionnaire.expression import Call, Compare, Not, walk
from troth.questionnaire.finding import Finding
from troth.questionnaire.layout import Layout, Place, layout, names_used, rules, texts_of
from troth.questionnaire.model import END_OF_SECTION
from troth.questionnaire.piping import piped
from troth.questionnaire.possible import possible
from troth.questionnaire.structure import structure
from troth.questionnaire.wording import READING_AGE, identities, reading_age, telling

if TYPE_CHECKING:
    from collections.abc import Iterator

    from troth.questionnaire.expression import Expr, Rule
    from troth.questionnaire.model import Answer, Page, Questionnaire, Route


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
        found.extend(_rules(flat, place))
    found.extend(_common(q))
    found.extend(_warned(q))
    found.extend(_progress(q))
    found.extend(_wording(q, flat))
    found.extend(_free_text(q))
    return found


def truly_common(q: Questionnaire, section: int) -> bool:
    """Whether nothing in the section looks at an answer outside it, and its first page is always shown."""
    pages = q.sections[section].pages
    own = {answer.id for page in pages for answer in page.answers}
    start = pages[0]
    return start.when is None and start.repeat is None and all(names_used(page) <= own for page in pages)


def _common(q: Questionnaire) -> Iterator[Finding]:
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


def _warned(q: Questionnaire) -> Iterator[Finding]:
    """Before hard questions: a word of warning, and a way past all of them."""
    for section in q.sections:
        if not section.sensitive:
            continue
        start = section.pages[0]
        if start.kind != "note" or start.when is not None:
            what = f"section `{section.id}` is sensitive and starts without a word of warning for everybody"
            yield Finding("no_warning", start.where, what, "Start it with a note that says what comes, without a rule")
        asked = next((page for page in section.pages if page.kind == "question"), None)
        if asked and not any(_a_way_out(q, route) for route in asked.routes):
            what = f"section `{section.id}` is sensitive and cannot be skipped as a whole without a sensitive answer"
            mend = "Ask first whether to go on, with a route to end_of_section"
            yield Finding("no_skip", asked.where, what, mend)


def _a_way_out(q: Questionnaire, route: Route) -> bool:
    """Whether the route leads to the section's end, and nothing of class sensitive must be said to take it."""
    asks = route.when.names if route.when else frozenset()
    return route.goto == END_OF_SECTION and not any(
        answer.id in asks and answer.disclosure == "sensitive" for _, answer in answers_of(q)
    )


def _progress(q: Questionnaire) -> Iterator[Finding]:
    if q.progress == "none":
        return
    for section in q.sections:
        if all(page.when or page.repeat for page in section.pages):
            what = f"section `{section.id}` may be left out, so the number of the part would jump"
            yield Finding(
                "progress_jumps", section.where, what, "Start it with a page for everybody, or write progress: none"
            )


def _free_text(q: Questionnaire) -> Iterator[Finding]:
    for page, answer in answers_of(q):
        boxes = [option for option in answer.options if option.detail]
        if answer.kind != "text" and not boxes:
            continue
        where = answer.where if answer.kind == "text" else boxes[0].where
        if q.free_text == "off":
            what = f"page `{page.id}` has free text, which is off"
            yield Finding(
                "free_text_off", where, what, "Prefer options; where you need it, write `free_text: on` on top"
            )
        if boxes and answer.disclosure in ("quasi", "none"):
            what = f"`{answer.id}` has a box for free text and is not classed sensitive"
            yield Finding("free_text_class", where, what, "Write disclosure: sensitive (P02)")


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
        if answer.kind == "date" and answer.disclosure == "none":
            what = f"`{answer.id}` asks for a day, which may single somebody out"
            yield Finding("date_class", answer.where, what, "Write disclosure: quasi, or ask for the year", "warning")
        if not (answer.dont_know and answer.prefer_not_to_say):
            what = f"`{answer.id}` cannot be left with “don’t know” or “prefer not to say”"  # noqa: RUF001
            yield Finding("no_way_out", answer.where, what, "Leave both on", "warning")


def _identity(page: Page) -> Iterator[Finding]:
    if page.kind != "question":
        return
    asked = [(text, page.where) for text in (page.title, page.guidance or "", *page.body)]
    asked += [(text or "", one.where) for one in page.variants for text in (one.title, one.guidance, *(one.body or ()))]
    asked += [(check.message, check.where) for check in page.checks]
    for answer in page.answers:
        said = answer.messages
        asked += [(text or "", answer.where) for text in (said.required, said.invalid, said.range, said.length)]
    asked += [(text, answer.where) for answer in page.answers for text in (answer.label or "", answer.hint or "")]
    options = [option for answer in page.answers if answer.options_from is None for option in answer.options]
    asked += [(option.label, option.where) for option in options]
    asked += [(option.detail.label, option.detail.where) for option in options if option.detail]
    for text, where in asked:
        for what in identities(text):
            say = f"page `{page.id}` seems to ask for a {what}"
            yield Finding("identity", where, say, "The survey collects no personal data: ask otherwise (P02)")


def _wording(q: Questionnaire, flat: Layout) -> Iterator[Finding]:
    seen = [(q.title, q.where, "the questionnaire's title")]
    for section in q.sections:
        seen.append((section.title, section.where, f"the title of section `{section.id}`"))
        if section.common:  # whoever holds the letter, or the screen after a pause, lands here
            start = section.pages[0]
            seen.append((start.title, start.where, f"the title of `{start.id}`, where the code alone leads"))
    for text, where, which in seen:
        if word := telling(text):
            what = f"{which} says “{word}” to whoever sees the screen"
            yield Finding("telling_title", where, what, "Choose a title that could be about anything", "warning")
    for place in flat.places:
        age = reading_age(texts_of(place.page))
        if age is not None and age >= READING_AGE + 1:
            what = f"page `{place.page.id}` is for readers of {age:.0f}, not of {READING_AGE}"
            yield Finding("reading_age", place.page.where, what, "Write shorter sentences and shorter words", "warning")


def _rules(flat: Layout, place: Place) -> Iterator[Finding]:
    answers = {name: answer for name, (_, answer) in flat.answers.items()}
    page = place.page
    alone = [(page.when, page.where, f"nobody is ever shown page `{page.id}`")] if page.when else []
    alone += [(one.when, one.where, "nobody ever reads these other words") for one in page.variants]
    alone += [(check.violated, check.where, "nobody can ever break this check") for check in page.checks]
    for answer in page.answers:
        said = "nobody is ever offered `{}`"
        alone += [(one.when, one.where, said.format(one.id)) for one in answer.options if one.when]
    for rule, where, what in alone:
        if possible(answers, [rule]) is False:
            yield Finding("never_true", where, what, "No answers make the rule true: mend it")
    earlier: list[Rule] = []
    for route in page.routes:
        if route.when is None:
            if earlier and possible(answers, [], earlier) is False:
                yield Finding(
                    "route_never", route.where, "an earlier route is always taken", "Remove this one", "warning"
                )
            continue
        if possible(answers, [route.when]) is False:
            yield Finding(
                "route_never", route.where, "this route is never taken", "No answers make its rule true: mend it"
            )
        elif possible(answers, [route.when], earlier) is False:
            what = "this route is never taken: the ones before it take all that it waits for"
            yield Finding("route_never", route.where, what, "Put it first, or remove it")
        earlier.append(route.when)


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
    if any(flat.sections[section].common for section in range(asked.section + 1, place.section + 1)):
        return True  # who comes back to a common section without the pause word has no facts of before
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
