"""The questionnaire on paper, for an ethics board: every page as it is asked, when it is asked, and what is kept of it.

A tagged PDF (PDF/UA). Nothing in it comes from a respondent.
"""

from __future__ import annotations

from dataclasses import dataclass
from html import escape
from typing import TYPE_CHECKING, Final

from troth.authoring.kept import kept
from troth.authoring.words import Wording, plain
from troth.questionnaire import messages
from troth.questionnaire.layout import layout
from troth.questionnaire.model import END_OF_SECTION

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from datetime import date

    from troth.questionnaire import Answer, Option, Page, Questionnaire
    from troth.questionnaire.layout import Layout

_CLASSES: Final = {
    "direct": "says who somebody is",
    "quasi": "could single somebody out together with others",
    "sensitive": "what somebody trusts us with",
    "none": "says nothing of a person",
    None: "no disclosure class yet",
}
_KINDS: Final = {
    "single": "one of these",
    "multiple": "any of these",
    "number": "a number",
    "text": "words of their own",
    "date": "a date",
    "month": "a month and year",
    "year": "a year",
    "duration": "a length of time",
}
_STYLE: Final = """
@page { size: A4; margin: 20mm 18mm 18mm; @bottom-right { content: counter(page) " of " counter(pages); font-size: 9pt; }
        @bottom-left { content: string(document); font-size: 9pt; } }
body { font: 10.5pt/1.45 sans-serif; color: #0b0c0c; }
h1 { font-size: 20pt; margin: 0 0 4mm; string-set: document content(); }
h2 { font-size: 14pt; margin: 8mm 0 3mm; padding: 2mm 3mm; background: #e8eef4; break-after: avoid; }
h3 { font-size: 12pt; margin: 0 0 1mm; }
.page { border: 1px solid #505a5f; border-radius: 2mm; padding: 3mm 4mm; margin: 0 0 4mm; break-inside: avoid; }
.page p { margin: 1mm 0; } .about { color: #505a5f; font-size: 9pt; } ul { margin: 1mm 0 1mm 5mm; padding: 0; }
.rule { border-left: 3px solid #1d70b8; padding-left: 2mm; } .asked { font-weight: bold; margin-top: 2mm; }
table { border-collapse: collapse; width: 100%; font-size: 9.5pt; }
th, td { border: 1px solid #b1b4b6; padding: 1mm 2mm; text-align: left; vertical-align: top; }
"""


@dataclass(frozen=True)
class Helper:
    """An organisation that the study names for support."""

    name: str
    about: str
    reach: str


def printed_html(q: Questionnaire, day: date, support: Sequence[Helper] = ()) -> str:
    """The document as HTML; `day` is the day that stands on it."""
    return "\n".join(_document(q, day, support))


def printed(q: Questionnaire, day: date, support: Sequence[Helper] = ()) -> bytes:
    """The document as a PDF that a screen reader can read (PDF/UA-1)."""
    from weasyprint import HTML  # noqa: PLC0415 - heavy, and only printing needs it

    pdf = HTML(string=printed_html(q, day, support), url_fetcher=_nothing).write_pdf(pdf_variant="pdf/ua-1")
    assert isinstance(pdf, bytes)
    return pdf


def _nothing(url: str, *_: object, **__: object) -> dict[str, object]:
    """The document needs nothing from anywhere, so nothing is fetched."""
    raise ValueError(url.split(":", 1)[0])


def _document(q: Questionnaire, day: date, support: Sequence[Helper]) -> Iterator[str]:
    flat, words = layout(q), Wording(q)
    title = escape(q.title)
    yield f'<html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style></head><body>'
    yield f"<h1>{title}</h1>"
    yield f"<p>Questionnaire <b>{escape(q.id)}</b>, version <b>{escape(q.version)}</b>, printed on {day:%d.%m.%Y}.</p>".replace(
        f"{day:%d.%m.%Y}", f"{day.day} {day:%B %Y}"
    )
    yield (
        f"<p>{len(q.sections)} sections, {len(q.pages)} pages. One page is shown at a time. Each answer is sealed when the "
        "person goes on, and nobody can go back to it. Words in [brackets] are filled in from an earlier choice.</p>"
    )
    for number, section in enumerate(q.sections):
        marks = ["sensitive"] * section.sensitive
        yield f"<h2>{number + 1}. {escape(section.title)}{' · ' + ', '.join(marks) if marks else ''}</h2>"
        for page in section.pages:
            yield from _page(flat, page, words)
    yield from _support(support)
    yield from _kept(q)
    yield "</body></html>"


def _page(flat: Layout, page: Page, words: Wording) -> Iterator[str]:
    yield f'<div class="page"><h3>{escape(plain(page.title))}</h3>'
    yield f'<p class="about">Page {escape(page.id)}, {"a note" if page.kind == "note" else "a question"}</p>'
    if page.when:
        yield f'<p class="rule">Shown only if {escape(words.of(page.when))}.</p>'
    if page.repeat:
        over = escape(words.asked(page.repeat.over))
        yield f'<p class="rule">Asked once for each of {over}, {page.repeat.max} times at most.</p>'
    for text in (page.guidance, *page.body):
        if text:
            yield f"<p>{escape(plain(text))}</p>"
    for variant in page.variants:
        said = " / ".join(plain(text) for text in (variant.title, variant.guidance, *(variant.body or ())) if text)
        yield f'<p class="rule">{escape(f"In other words if {words.of(variant.when)}: “{said}”")}</p>'
    if flat.place(page.id).confirm:
        yield '<p class="rule">The answer is shown once more before it is saved.</p>'
    for answer in page.answers:
        yield from _answer(page, answer, words)
    for check in page.checks:
        text = f"If {words.of(check.violated)}, the page is shown again and says: “{plain(check.message)}”"
        yield f'<p class="rule">{escape(text)}</p>'
    for route in page.routes:
        to = "the end of this section"
        if route.goto != END_OF_SECTION:
            to = f"“{plain(flat.place(route.goto).page.title)}”"
        condition = f"If {words.of(route.when)}, it" if route.when else "It"
        yield f'<p class="rule">{escape(f"{condition} goes on with {to}.")}</p>'
    yield "</div>"


def _answer(page: Page, answer: Answer, words: Wording) -> Iterator[str]:
    if answer.label and (answer.label != page.title or len(page.answers) > 1):
        yield f'<p class="asked">{escape(plain(answer.label))}</p>'
    if answer.hint:
        yield f"<p>{escape(plain(answer.hint))}</p>"
    yield f'<p class="about">{escape(_about(answer))}</p>'
    ways = [
        text
        for text, on in ((messages.DONT_KNOW, answer.dont_know), (messages.PREFER_NOT_TO_SAY, answer.prefer_not_to_say))
        if on
    ]
    if answer.options or ways:
        listed = answer.options if answer.options_from is None else ()
        if answer.options_from:
            yield f"<p>From the list of {answer.options_from} ({len(answer.options)}).</p>"
        items = [*(_option(option, words) for option in listed), *(escape(way) for way in ways)]
        yield "<ul>" + "".join(f"<li>{item}</li>" for item in items) + "</ul>"


def _option(option: Option, words: Wording) -> str:
    text = escape(plain(option.label))
    if option.hint:
        text += f" ({escape(plain(option.hint))})"
    if option.detail:
        text += f" [with a box: {escape(plain(option.detail.label))}]"
    if option.exclusive:
        text += " <i>[on its own]</i>"
    if option.when:
        text += f" <i>[only if {escape(words.of(option.when))}]</i>"
    return text


def _about(answer: Answer) -> str:
    parts = [_KINDS.get(answer.kind, answer.kind).capitalize()]
    if answer.kind in {"number", "year", "duration"}:
        unit = f" {answer.units[-1] if answer.units else answer.unit}" if answer.units or answer.unit else ""
        parts.append(f"from {answer.prefix or ''}{answer.minimum} to {answer.prefix or ''}{answer.maximum}{unit}")
    if answer.decimals:
        parts.append(f"{answer.decimals} decimal places")
    if answer.kind in {"date", "month"}:
        parts.append(f"from {answer.earliest} to {answer.latest}")
    if answer.order == "random":
        parts.append("in an order that is drawn")
    if answer.kind == "text":
        parts.append(f"{answer.max_length} characters at most")
    if not answer.required:
        parts.append("may be left empty")
    return f"{', '.join(parts)}. Disclosure class {answer.disclosure or 'none given'}: {_CLASSES[answer.disclosure]}."


def _support(support: Sequence[Helper]) -> Iterator[str]:
    yield "<h2>Support that is offered</h2>"
    if not support:
        yield "<p>No list of support lies beside this questionnaire (support.yaml).</p>"
        return
    yield "<ul>"
    for helper in support:
        yield f"<li><b>{escape(helper.name)}</b>: {escape(helper.about)} {escape(helper.reach)}</li>"
    yield "</ul>"


def _kept(q: Questionnaire) -> Iterator[str]:
    yield "<h2>What is remembered while somebody answers</h2>"
    yield (
        "<p>An earlier answer is kept, sealed, only as long as a later rule needs it, and is destroyed at the end. On each page "
        "these are kept at most:</p><table><tr><th>Page</th><th>Answers kept</th></tr>"
    )
    for one in kept(q):
        yield f"<tr><td>{escape(one.page)}</td><td>{escape(', '.join(one.answers)) or 'nothing'}</td></tr>"
    yield "</table>"
