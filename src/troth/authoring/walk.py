"""One walk through a questionnaire as somebody who gives these answers: pages, words and messages, for comparison elsewhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from troth.authoring.told import form_of, keys_of
from troth.questionnaire import Finish, advance, first, read, view
from troth.questionnaire.layout import layout

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from troth.authoring.told import Told
    from troth.questionnaire import Facts, PageView, Position, Questionnaire, Translate, Value


@dataclass(frozen=True)
class Visited:
    """One page that was shown. `messages` are what is wrong with the answers; the walk stops where there are any."""

    page: str
    round: int
    section: str
    title: str
    texts: tuple[str, ...]
    answers: Mapping[str, Value]
    messages: tuple[str, ...]


@dataclass(frozen=True)
class Walk:
    """The pages in order; whether the end was reached; the told answers that no page asked for."""

    pages: tuple[Visited, ...]
    finished: bool
    unused: tuple[str, ...]


def walk(q: Questionnaire, told: Mapping[str, Told], translate: Translate = str) -> Walk:
    """What somebody meets who gives these answers. A page with invalid answers shows its messages and is the last."""
    here: Position | Finish = first(q)
    facts: Facts = {}
    pages: list[Visited] = []
    asked: set[str] = set()
    while not isinstance(here, Finish):
        shown = view(q, here, facts, translate)
        page = layout(q).place(here.page).page
        asked |= {key for answer in page.answers for key in keys_of(answer)}
        got = read(page, form_of(page, here.repeat, told), facts)
        messages = tuple(error.words(translate) for error in got.errors)
        pages.append(
            Visited(
                shown.page,
                here.repeat,
                shown.section,
                shown.title,
                tuple(texts_shown(shown)),
                dict(got.values),
                messages,
            )
        )
        if messages:
            break
        onward = advance(q, here, got.values, facts)
        here, facts = onward.next, onward.facts
    return Walk(tuple(pages), isinstance(here, Finish), tuple(sorted(told.keys() - asked)))


def texts_shown(shown: PageView) -> Iterator[str]:
    """Every text of a page below its title, in reading order."""
    texts = [shown.guidance, *shown.body]
    for answer in shown.answers:
        texts += [answer.label, answer.hint, answer.prefix, answer.unit, *(part.label for part in answer.parts)]
        for option in (*answer.options, *answer.missing):
            texts += [option.label, option.hint, option.detail_label]
    yield from (text for text in texts if text)


def as_json(walked: Walk) -> dict[str, object]:
    """The walk as `troth questionnaire walk --json` prints it."""
    pages = [
        {
            "page": one.page,
            "round": one.round,
            "section": one.section,
            "title": one.title,
            "texts": list(one.texts),
            "answers": dict(one.answers),
            "messages": list(one.messages),
        }
        for one in walked.pages
    ]
    return {"pages": pages, "finished": walked.finished, "unused": list(walked.unused)}
