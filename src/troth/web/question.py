"""The question page: a `PageView` as components, pressed when it is fresh, rendered when it has errors.

Fields of the form: `token` (hidden); for each answer its id; `<id>-missing` beside a number or a text; `do` says
which button was used (`continue`, `pause`, `delete`). A GET is never pre-filled (P09); the answer to a POST with
errors shows what the same person typed a moment before, and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from troth.kit.errors import Invalid
from troth.web.press import Press

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from troth.web.forms import Form
    from troth.web.language import Language, Locale
    from troth.web.pages import Pages
    from troth.web.pageview import AnswerView, PageView

DONT_KNOW: Final = "dont_know"
PREFER_NOT: Final = "prefer_not_to_say"
MISSING: Final = "-missing"
TEMPLATE: Final = "web/question.html"
Params = dict[str, Any]
_MEND: Final = "send the form of the page, unchanged"


@dataclass(frozen=True)
class Actions:
    """Where the page's forms lead. `path` is the page itself (GET and POST); `exit` ends the session."""

    path: str
    exit: str
    pause: bool = True
    delete: bool = True


@dataclass(frozen=True)
class Posted:
    """What the form said of one answer: the options' ids or the typed text; and a way of not answering, or none."""

    values: tuple[str, ...]
    missing: str


class QuestionPages:
    """A site's question pages."""

    def __init__(self, pages: Pages, *, template: str = TEMPLATE) -> None:
        self._pages = pages
        self._template = template
        self._press = Press()

    def fresh(self, language: Language, view: PageView, actions: Actions, token: str) -> bytes:
        """The page with empty fields, pressed. Pages are kept by all of their words, so views must be hashable."""
        return self._press.page(
            (language, view, actions),
            ("token",),
            lambda values: self._html(language, view, actions, values["token"], errors={}, form={}),
        ).fill({"token": token})

    def with_errors(
        self,
        language: Language,
        view: PageView,
        actions: Actions,
        token: str,
        *,
        errors: Mapping[str, str],
        form: Form,
    ) -> bytes:
        """The page with a summary of `errors`, each at its field, and what was typed.

        `errors`: answer id → words, in the reader's language; `""` for words about the page as a whole.
        """
        return self._html(language, view, actions, token, errors=errors, form=form).encode()

    def _html(
        self,
        language: Language,
        view: PageView,
        actions: Actions,
        token: str,
        *,
        errors: Mapping[str, str],
        form: Form,
    ) -> str:
        locale = self._pages.locale(language)
        heads = len(view.answers) == 1 and heads_the_page(view)
        fields = [
            field
            for answer in view.answers
            for field in _fields(answer, answer.label or view.title, locale, heads=heads, errors=errors, form=form)
        ]
        at = {answer.id: f"#{answer.id}" for answer in view.answers}
        first = next(iter(at.values()), "#main-content")
        return self._pages.html(
            language,
            self._template,
            path=actions.path,
            exit_action=actions.exit,
            view=view,
            heading_in_field=heads,
            fields=fields,
            actions=actions,
            token=token,
            errors=[{"text": words, "href": at.get(answer, first)} for answer, words in errors.items()],
        )


def heads_the_page(view: PageView) -> bool:
    """True where the one answer's legend or label is the page's heading: nothing stands between them."""
    answer = view.answers[0]
    return not view.body and not view.guidance and (not answer.label or answer.label == view.title)


def posted(view: PageView, form: Form) -> dict[str, Posted]:
    """What the form said, by answer id, for every answer of the page; whether it is valid the questionnaire decides.

    Raises:
        Invalid: the form has fields of another page, or more values than the field can send.

    """
    known = {"token", "do"}
    found: dict[str, Posted] = {}
    for answer in view.answers:
        typed = answer.kind in {"number", "text"}
        values = form.get(answer.id, [])
        apart = form.get(answer.id + MISSING, []) if typed else []
        if len(apart) > len((DONT_KNOW, PREFER_NOT)) or (answer.kind != "multiple" and len(values) > 1):
            raise Invalid(
                "a field of the form came too often", where="form", mend="send the form of the page, unchanged"
            )
        known |= {answer.id, answer.id + MISSING} if typed else {answer.id}
        ways = [value for value in (apart if typed else values) if value in {DONT_KNOW, PREFER_NOT}]
        chosen = tuple(value.strip() for value in values) if typed else tuple(v for v in values if v not in ways)
        found[answer.id] = Posted(tuple(value for value in chosen if value), ways[0] if ways else "")
    if not known.issuperset(form):
        raise Invalid("the form has fields that this page does not", where="form", mend=_MEND)
    return found


def _fields(
    answer: AnswerView, asked: str, locale: Locale, *, heads: bool, errors: Mapping[str, str], form: Form
) -> Iterator[Params]:
    common: Params = {"name": answer.id, "idPrefix": answer.id, "id": answer.id}
    if answer.hint:
        common["hint"] = {"text": answer.hint}
    if answer.id in errors:
        common["errorMessage"] = {"text": errors[answer.id], "visuallyHiddenText": locale.translate("Error")}
    if answer.kind in {"single", "multiple"}:
        size = "l" if heads else "m"
        legend: Params = {"text": asked, "isPageHeading": heads, "classes": f"govuk-fieldset__legend--{size}"}
        yield {
            "component": "radios" if answer.kind == "single" else "checkboxes",
            "params": common
            | {
                "fieldset": {"legend": legend},
                "items": list(_items(answer, locale, set(form.get(answer.id, [])))),
            },
        }
        return
    typed = form.get(answer.id, [""])[0]
    label: Params = {"text": asked, "isPageHeading": heads, "classes": f"govuk-label--{'l' if heads else 'm'}"}
    common |= {"label": label, "value": typed, "autocomplete": "off"}
    if answer.kind == "number":
        common |= {"inputmode": "numeric", "classes": "govuk-input--width-5", "spellcheck": False}
        if answer.unit:
            # The component hides the suffix from screen readers; as the field's description they read it.
            unit = f"{answer.id}-unit"
            common |= {"suffix": {"text": answer.unit, "attributes": {"id": unit}}, "describedBy": unit}
        yield {"component": "input", "params": common}
    else:
        yield {"component": "textarea", "params": common | {"rows": 5}}
    ways = list(_ways(answer, locale, set(form.get(answer.id + MISSING, [])), exclusive=True))
    if ways:
        legend = {"text": locale.translate("Or choose:"), "classes": "govuk-fieldset__legend--s"}
        name = answer.id + MISSING
        yield {
            "component": "checkboxes",
            "params": {
                "name": name, "idPrefix": name, "items": ways, "fieldset": {"legend": legend},
                "classes": "govuk-checkboxes--small",
            },
        }  # fmt: skip


def _items(answer: AnswerView, locale: Locale, chosen: set[str]) -> Iterator[Params]:
    for option in answer.options:
        item: Params = {"value": option.id, "text": option.label, "checked": option.id in chosen}
        if option.hint:
            item["hint"] = {"text": option.hint}
        if option.exclusive and answer.kind == "multiple":
            item["behaviour"] = "exclusive"
        yield item
    ways = list(_ways(answer, locale, chosen, exclusive=answer.kind == "multiple"))
    if ways:
        yield {"divider": locale.translate("or")}
    yield from ways


def _ways(answer: AnswerView, locale: Locale, chosen: set[str], *, exclusive: bool) -> Iterator[Params]:
    offered = (
        (answer.dont_know, DONT_KNOW, locale.translate("Don\u2019t know")),
        (answer.prefer_not_to_say, PREFER_NOT, locale.translate("Prefer not to say")),
    )
    for wanted, value, words in offered:
        if wanted:
            item: Params = {"value": value, "text": words, "checked": value in chosen}
            if exclusive:
                item["behaviour"] = "exclusive"
            yield item
