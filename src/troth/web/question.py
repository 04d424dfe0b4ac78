"""The question page: a `PageView` as components, pressed when it is fresh, rendered when it has errors.

Fields of the form: `token` (hidden) and `do`, which says which button was used (`continue`, `pause`, `delete`), are the
site's; all others are the questionnaire's (`answers_of`). A GET is never pre-filled (P09); the answer to a POST with
errors shows what the same person typed a moment before, and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from troth.web.press import Press

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from troth.web.forms import Form
    from troth.web.language import Language, Locale
    from troth.web.pages import Pages
    from troth.web.pageview import AnswerView, OptionView, PageView

TOKEN: Final = "token"  # noqa: S105 - the name of a field
DO: Final = "do"
TEMPLATE: Final = "web/question.html"
Params = dict[str, Any]
Errors = tuple[tuple[str, str], ...]
"""(field, words in the reader's language); the field is "" for words about the page as a whole."""


@dataclass(frozen=True)
class Actions:
    """Where the page's forms lead. `path` is the page itself (GET and POST); a POST to `exit` ends the session."""

    path: str
    exit: str
    pause: bool = True
    delete: bool = True


class QuestionPages:
    """The question pages of one questionnaire at one site."""

    def __init__(self, pages: Pages, *, template: str = TEMPLATE) -> None:
        """`template` may be the site's own that extends `web/question.html`."""
        self._pages = pages
        self._template = template
        self._press = Press()

    def fresh(self, language: Language, view: PageView, actions: Actions, token: str) -> bytes:
        """The page with empty fields; pressed, unless an earlier answer's words stand in it: those are kept nowhere."""
        if view.piped:
            return self._html(language, view, actions, token).encode()
        return self._press.page(
            (language, view.page, view.variant, actions),
            (TOKEN,),
            lambda values: self._html(language, view, actions, values[TOKEN]),
        ).fill({TOKEN: token})

    def with_errors(
        self, language: Language, view: PageView, actions: Actions, token: str, *, errors: Errors, form: Form
    ) -> bytes:
        """The page with a summary of the errors, each at its field, and what was typed."""
        return self._html(language, view, actions, token, errors=errors, form=form).encode()

    def _html(
        self,
        language: Language,
        view: PageView,
        actions: Actions,
        token: str,
        *,
        errors: Errors = (),
        form: Form | None = None,
    ) -> str:
        heads = len(view.answers) == 1 and heads_the_page(view)
        alone = len(view.answers) == 1 and not view.answers[0].label
        fields = _Fields(self._pages.locale(language), dict(reversed(errors)), form or {}, heads=heads, repeats=alone)
        first = view.answers[0].field if view.answers else "main-content"
        return self._pages.html(
            language,
            self._template,
            path=actions.path,
            exit_action=actions.exit,
            view=view,
            heading_in_field=heads,
            fields=[field for answer in view.answers for field in fields.of(answer, answer.label or view.title)],
            actions=actions,
            token=token,
            errors=[{"text": words, "href": f"#{field or first}"} for field, words in errors],
        )


def heads_the_page(view: PageView) -> bool:
    """True where the one answer's legend or label is the page's heading: nothing stands between them."""
    answer = view.answers[0]
    return not view.body and not view.guidance and (not answer.label or answer.label == view.title)


def answers_of(form: Form) -> Form:
    """The form without the fields of the site: what the questionnaire reads."""
    return {field: values for field, values in form.items() if field not in {TOKEN, DO}}


@dataclass(frozen=True)
class _Fields:
    """The components' parameters. `errors`: the first words for each field.

    `heads`: the answer's words are the h1. `repeats`: they say the h1 again, which only who listens to the page needs.
    """

    locale: Locale
    errors: dict[str, str]
    form: Form
    heads: bool
    repeats: bool = False

    def of(self, answer: AnswerView, asked: str) -> Iterator[Params]:
        params: Params = {"name": answer.field, "idPrefix": answer.field, "id": answer.field}
        if answer.hint:
            params["hint"] = {"text": answer.hint}
        if answer.field in self.errors:
            hidden = self.locale.translate("Error")
            params["errorMessage"] = {"text": self.errors[answer.field], "visuallyHiddenText": hidden}
        if answer.kind in {"single", "multiple"}:
            yield self._choice(answer, asked, params)
        else:
            yield self._typed(answer, asked, params)
            if answer.missing:
                yield self._missing(answer)

    def _choice(self, answer: AnswerView, asked: str, params: Params) -> Params:
        legend = {"text": asked, "isPageHeading": self.heads, "classes": self._look("govuk-fieldset__legend")}
        several = answer.kind == "multiple"
        items = list(self._items(answer.options, answer.field, several=several))
        if answer.missing:
            items.append({"divider": self.locale.translate("or")})
            items.extend(self._items(answer.missing, answer.field, several=several))
        component = "checkboxes" if several else "radios"
        return {"component": component, "params": params | {"fieldset": {"legend": legend}, "items": items}}

    def _typed(self, answer: AnswerView, asked: str, params: Params) -> Params:
        params |= {
            "label": {"text": asked, "isPageHeading": self.heads, "classes": self._look("govuk-label")},
            "value": self.form.get(answer.field, [""])[0],
            "autocomplete": "off",
        }
        if answer.kind == "text":
            return {"component": "textarea", "params": params | {"rows": 5}}
        params |= {"inputmode": "numeric", "classes": "govuk-input--width-5", "spellcheck": False}
        if answer.unit:
            # The component hides the suffix from screen readers; as the field's description they read it.
            unit = f"{answer.field}-unit"
            params |= {"suffix": {"text": answer.unit, "attributes": {"id": unit}}, "describedBy": unit}
        return {"component": "input", "params": params}

    def _look(self, block: str) -> str:
        if self.heads:
            return f"{block}--l"
        return "govuk-visually-hidden" if self.repeats else f"{block}--m"

    def _missing(self, answer: AnswerView) -> Params:
        # Checkboxes, not radios: without scripts a radio could never be taken back by somebody who then types.
        legend = {"text": self.locale.translate("Or choose:"), "classes": "govuk-fieldset__legend--s"}
        name = answer.missing_field
        items = list(self._items(answer.missing, name, several=True))
        return {
            "component": "checkboxes",
            "params": {
                "name": name,
                "idPrefix": name,
                "items": items,
                "fieldset": {"legend": legend},
                "classes": "govuk-checkboxes--small",
            },
        }

    def _items(self, options: Sequence[OptionView], field: str, *, several: bool) -> Iterator[Params]:
        chosen = self.form.get(field, [])
        for option in options:
            item: Params = {"value": option.value, "text": option.label, "checked": option.value in chosen}
            if option.hint:
                item["hint"] = {"text": option.hint}
            if option.exclusive and several:
                item["behaviour"] = "exclusive"
            yield item
