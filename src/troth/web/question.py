"""The question page: a `PageView` as components, pressed when it is fresh, rendered when it has errors.

Fields of the form: `token` and `sure` (hidden) and `do`, which says which button was used (`continue`, `pause`, `delete`),
are the site's; all others are the questionnaire's (`answers_of`). A GET is never pre-filled (P09); the answer to a POST with
errors shows what the same person typed a moment before, and nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from markupsafe import escape

from troth.web.press import Press

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from troth.web.forms import Form
    from troth.web.language import Language, Locale
    from troth.web.pages import Pages
    from troth.web.pageview import AnswerView, OptionView, PageView
    from troth.web.press import Pressed

TOKEN: Final = "token"  # noqa: S105 - the name of a field
DO: Final = "do"
FIRST_MARK: Final = 0xF0000
"""The character that stands for the first of a view's `pipes`; the next ones follow it."""
SURE: Final = "sure"
"""What says that these very answers were shown once more and are right."""
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
        """The page with empty fields, pressed.

        Where `view` was made with marks, the words of earlier answers go into their places as the token does: they are part of no
        page that is kept (P09).
        """
        return self.pressed(language, view, actions).fill(
            {TOKEN: token, **dict(zip(_pipes(view), view.pipes, strict=True))}
        )

    def pressed(self, language: Language, view: PageView, actions: Actions) -> Pressed:
        """The page with empty fields: to be filled with the token, and with the words of `view.pipes` where it has any."""
        pipes = _pipes(view)

        def render(values: Mapping[str, str]) -> str:
            html = self._html(language, view, actions, values[TOKEN])
            for number, slot in enumerate(pipes):
                html = html.replace(chr(FIRST_MARK + number), str(escape(values[slot])))
            return html

        return self._press.page((language, view.page, view.variant, len(pipes), actions), (TOKEN, *pipes), render)

    def with_errors(
        self, language: Language, view: PageView, actions: Actions, token: str, *, errors: Errors, form: Form
    ) -> bytes:
        """The page with a summary of the errors, each at its field, and what was typed."""
        return self._html(language, view, actions, token, errors=errors, form=form).encode()

    def asking(
        self, language: Language, view: PageView, actions: Actions, token: str, *, sure: str, form: Form
    ) -> bytes:
        """The page with the answers in hand, and the question whether they are right; nothing of any other page."""
        return self._html(language, view, actions, token, sure=sure, form=form).encode()

    def _html(
        self,
        language: Language,
        view: PageView,
        actions: Actions,
        token: str,
        *,
        errors: Errors = (),
        form: Form | None = None,
        sure: str = "",
    ) -> str:
        heads = len(view.answers) == 1 and heads_the_page(view)
        alone = len(view.answers) == 1 and not view.answers[0].label
        fields = _Fields(self._pages.locale(language), dict(reversed(errors)), form or {}, heads=heads, repeats=alone)
        first = _first_control(view.answers[0]) if view.answers else "main-content"
        controls = {answer.field: _first_control(answer) for answer in view.answers}
        return self._pages.html(
            language,
            self._template,
            path=actions.path,
            exit_action=actions.exit,
            view=view,
            heading_in_field=heads,
            fields=list(fields.all(view)),
            actions=actions,
            token=token,
            sure=sure,
            chosen=list(_chosen(view, form or {})) if sure else [],
            errors=[{"text": words, "href": f"#{controls.get(field, field) or first}"} for field, words in errors],
            scripts=_scripts(view),
        )


def _pipes(view: PageView) -> tuple[str, ...]:
    return tuple(f"pipe{number}" for number in range(len(view.pipes)))


def _first_control(answer: AnswerView) -> str:
    return answer.parts[0].field if answer.parts else answer.field


def _scripts(view: PageView) -> list[str]:
    found = []
    if any(option.detail_field for answer in view.answers for option in answer.options):
        found.append("detail.js")
    if any(answer.appearance == "suggest" for answer in view.answers):
        found += ["accessible-autocomplete.js", "suggest.js"]
    return found


def _chosen(view: PageView, form: Form) -> Iterator[dict[str, str]]:
    """What was asked and what was answered, in the words of the page, as it was sent a moment before."""
    for answer in view.answers:
        fields = [part.field for part in answer.parts] or [answer.field]
        said = {value for field in {*fields, answer.missing_field} for value in form.get(field, [])}
        words = [option.label for option in (*answer.options, *answer.missing) if option.value in said]
        if not answer.options and not words:
            words = [value for field in fields for value in form.get(field, []) if value]
        yield {"asked": answer.label or view.title, "answered": ", ".join(words)}


def heads_the_page(view: PageView) -> bool:
    """True where the one answer's legend or label is the page's heading: nothing stands between them."""
    answer = view.answers[0]
    return not view.body and not view.guidance and (not answer.label or answer.label == view.title)


def answers_of(form: Form) -> Form:
    """The form without the fields of the site: what the questionnaire reads."""
    return {field: values for field, values in form.items() if field not in {TOKEN, DO, SURE}}


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

    def all(self, view: PageView) -> Iterator[Params]:
        """Of every answer; the rows of a grid as one."""
        rows: list[Params] = []
        for number, answer in enumerate(view.answers):
            found = self.of(answer, answer.label or view.title)
            if not answer.matrix:
                yield from found
                continue
            rows.extend(found)
            following = view.answers[number + 1].matrix if number + 1 < len(view.answers) else ""
            if following != answer.matrix:
                yield {"component": "matrix", "rows": rows, "columns": len(answer.options) + len(answer.missing)}
                rows = []

    def of(self, answer: AnswerView, asked: str) -> Iterator[Params]:
        params: Params = {"name": answer.field, "idPrefix": answer.field, "id": answer.field}
        if answer.hint:
            params["hint"] = {"text": answer.hint}
        if answer.field in self.errors:
            params["errorMessage"] = self._error(answer.field)
        if answer.kind in {"single", "multiple"}:
            chosen = answer.appearance != "list" and answer.kind == "single"
            yield self._select(answer, asked, params) if chosen else self._choice(answer, asked, params)
            if not (chosen and answer.appearance == "suggest"):
                return
        elif answer.parts:
            yield self._boxes(answer, asked, params)
        else:
            yield self._typed(answer, asked, params)
        if answer.missing:
            yield self._missing(answer)

    def _error(self, field: str) -> Params:
        return {"text": self.errors[field], "visuallyHiddenText": self.locale.translate("Error")}

    def _choice(self, answer: AnswerView, asked: str, params: Params) -> Params:
        look = "govuk-fieldset__legend--s" if answer.matrix else self._look("govuk-fieldset__legend")
        legend = {"text": asked, "isPageHeading": self.heads, "classes": look}
        several = answer.kind == "multiple"
        items = list(self._items(answer.options, answer.field, several=several))
        if answer.missing:
            if not answer.matrix:
                items.append({"divider": self.locale.translate("or")})
            items.extend(self._items(answer.missing, answer.field, several=several))
        component = "checkboxes" if several else "radios"
        if answer.matrix:
            params["classes"] = f"govuk-{component}--small"
        return {"component": component, "params": params | {"fieldset": {"legend": legend}, "items": items}}

    def _select(self, answer: AnswerView, asked: str, params: Params) -> Params:
        chosen = self.form.get(answer.field, [""])[0]
        items: list[Params] = [{"value": "", "text": self.locale.translate("Choose an answer"), "selected": not chosen}]
        items += [
            {"value": option.value, "text": option.label, "selected": option.value == chosen}
            for option in (*answer.options, *(answer.missing if answer.appearance == "dropdown" else ()))
        ]
        params |= {"label": self._label(asked), "items": items}
        if answer.appearance == "suggest":
            params["attributes"] = self._searching()
        return {"component": "select", "params": params}

    def _searching(self) -> Params:
        """Everything that the searched list ever says, in the page's language."""
        translate = self.locale.translate
        return {
            "data-troth-suggest": translate("No answer found"),
            "data-found": translate("Answers found: {n}."),
            "data-lit": translate("{answer}, {number} of {n}, is highlighted."),
            "data-how": translate(
                "Look through the answers with the up and down arrows and choose with Enter. On a touch screen, explore by touch."
            ),
        }

    def _label(self, asked: str) -> Params:
        return {"text": asked, "isPageHeading": self.heads, "classes": self._look("govuk-label")}

    def _boxes(self, answer: AnswerView, asked: str, params: Params) -> Params:
        wrong = " govuk-input--error" if "errorMessage" in params else ""
        items = [
            {
                "name": part.field, "id": part.field, "label": part.label, "autocomplete": "off",
                "value": self.form.get(part.field, [""])[0], "classes": f"govuk-input--width-{part.digits}{wrong}",
            }
            for part in answer.parts
        ]  # fmt: skip
        legend = {"text": asked, "isPageHeading": self.heads, "classes": self._look("govuk-fieldset__legend")}
        return {"component": "boxes", "params": params | {"fieldset": {"legend": legend}, "items": items}}

    def _typed(self, answer: AnswerView, asked: str, params: Params) -> Params:
        params |= {
            "label": self._label(asked),
            "value": self.form.get(answer.field, [""])[0],
            "autocomplete": "off",
        }
        if answer.kind == "text":
            params["hint"] = self._at_most(answer.max_length, answer.hint)
            return {"component": "input" if answer.lines == "one" else "textarea", "params": params | {"rows": 5}}
        params |= {
            "inputmode": "decimal" if answer.decimals else "numeric",
            "classes": f"govuk-input--width-{4 if answer.kind == 'year' else 10 if answer.decimals else 5}",
            "spellcheck": False,
        }
        said = []
        # The component hides prefix and suffix from screen readers; as the field's description they read them.
        for place, text in (("prefix", answer.prefix), ("suffix", answer.unit)):
            if text:
                said.append(f"{answer.field}-{'unit' if place == 'suffix' else place}")
                params[place] = {"text": text, "attributes": {"id": said[-1]}}
        if said:
            params["describedBy"] = " ".join(said)
        return {"component": "input", "params": params}

    def _at_most(self, characters: int, hint: str = "") -> Params:
        """How long a text may be, after what its own hint says: the component ties both to the field."""
        limit = self.locale.translate("Up to %(n)s characters.", n=characters)
        end = "" if hint.endswith((".", "!", "?", "…")) else "."
        return {"text": f"{hint}{end} {limit}" if hint else limit}

    def _look(self, block: str) -> str:
        if self.heads:
            return f"{block}--l"
        return "govuk-visually-hidden" if self.repeats else f"{block}--m"

    def _missing(self, answer: AnswerView) -> Params:
        # Checkboxes, not radios: without scripts a radio could never be taken back by somebody who then types.
        legend = {"text": self.locale.translate("Or choose:"), "classes": "govuk-fieldset__legend--s"}
        name = answer.missing_field
        own = "" if name != answer.field else "-missing"  # beside a searched list both arrive under one name
        items = list(self._items(answer.missing, name, several=True))
        return {
            "component": "checkboxes",
            "params": {
                "name": name,
                "idPrefix": name + own,
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
            if option.detail_field:
                item["detail"] = self._detail(option)
            yield item

    def _detail(self, option: OptionView) -> Params:
        field = option.detail_field
        params: Params = {
            "id": field, "name": field, "label": {"text": option.detail_label}, "autocomplete": "off",
            "value": self.form.get(field, [""])[0], "hint": self._at_most(option.detail_length),
        }  # fmt: skip
        if field in self.errors:
            params["errorMessage"] = self._error(field)
        return params
