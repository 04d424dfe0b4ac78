"""A questionnaire as an XLSForm: groups for sections, a field list for a page, and the column `troth` for what has no column.

Other tools read everything but that column; an import of ours reads it too, so what goes out comes back as it was.
"""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from troth.authoring.report import FORWARD_ONLY, Report
from troth.authoring.rulewriting import all_of, none_of
from troth.authoring.words import plain
from troth.authoring.xlsform.extra import COLUMN
from troth.authoring.xlsform.paths import WAYS_OUT, Paths
from troth.authoring.xlsform.xpath import Unsayable
from troth.kit.errors import Refused
from troth.questionnaire import messages
from troth.questionnaire.evaluate import holds
from troth.questionnaire.layout import layout
from troth.questionnaire.model import END_OF_SECTION

if TYPE_CHECKING:
    from collections.abc import Mapping

    from troth.authoring.translation import Language, Sheet
    from troth.questionnaire import Answer, Page, Questionnaire, Section
    from troth.questionnaire.expression import Expr, Rule

_LABELS: Final = {"dont_know": messages.DONT_KNOW, "prefer_not_to_say": messages.PREFER_NOT_TO_SAY}
_SHOWN: Final = "shown"
"""The column of choices that their filter looks at."""
_SURVEY: Final = ("type", "name", "required", "relevant", "constraint", "appearance", "parameters", "repeat_count",
                  "choice_filter", COLUMN)  # fmt: skip
_WORDS: Final = ("label", "hint", "constraint_message", "required_message")
Row = dict[str, str]


@dataclass(frozen=True)
class Exported:
    """The workbook, and what another tool will not do with it as we do."""

    workbook: bytes
    report: Report


def export_xlsform(q: Questionnaire, catalogues: Mapping[Language, Sheet] | None = None) -> Exported:
    """The workbook of the questionnaire in English and in the languages of `catalogues`; pyxform accepts it.

    Raises:
        Refused: the extra `import` is not installed.

    """
    writer = _Writer(q, catalogues or {})
    writer.walk()
    return Exported(_workbook(writer), writer.report)


class _Writer:
    def __init__(self, q: Questionnaire, catalogues: Mapping[Language, Sheet]) -> None:
        self._q = q
        self._flat = layout(q)
        self._answers: dict[str, Answer] = {name: answer for name, (_, answer) in self._flat.answers.items()}
        self._said = {
            language: {
                unit.source: unit.target for unit in one.units if unit.target and unit.state.value == "translated"
            }
            for language, one in catalogues.items()
        }
        self._said = {language: known for language, known in self._said.items() if known}
        self.report = Report()
        self.survey: list[Row] = []
        self.choices: list[Row] = []
        self._reach = self._reached()

    @property
    def languages(self) -> tuple[str, ...]:
        """The suffixes of translated columns; one empty one where there is English alone."""
        from babel import Locale  # noqa: PLC0415 - names of languages, and only here

        if not self._said:
            return ("",)
        names = [f"::{Locale.parse(code.replace('-', '_')).english_name} ({code})" for code in self._said]
        return ("::English (en)", *names)

    def settings(self) -> Row:
        """The one row of the settings sheet."""
        row = {"form_title": self._q.title, "form_id": self._q.id, "version": self._q.version}
        if self._said:
            row["default_language"] = "English (en)"
        own = self._q.model_dump(exclude={"id", "version", "title", "sections"}, exclude_defaults=True, mode="json")
        if own:
            row[COLUMN] = json.dumps(own, sort_keys=True)
        return row

    def walk(self) -> None:
        """All rows."""
        for section in self._q.sections:
            extra: dict[str, Any] = {"id": section.id}
            if section.sensitive:
                extra["sensitive"] = True
            self._row("begin_group", f"section_{section.id}", label=section.title, extra=extra)
            self._section(section)
            self.survey.append({"type": "end_group"})

    def _section(self, section: Section) -> None:
        open_block = None
        for page in section.pages:
            block = self._flat.place(page.id).block
            if open_block is not None and block != open_block:
                self.survey.append({"type": "end_repeat"})
            if block is not None and block != open_block:
                over = self._answers[block.repeat.over]
                ref = f"${{{over.id}}}" if over.kind == "number" else f"count-selected(${{{over.id}}})"
                self._row(
                    "begin_repeat", f"repeat_{page.id}",
                    repeat_count=f"if({ref} > {block.repeat.max}, {block.repeat.max}, {ref})",
                )  # fmt: skip
            open_block = block
            self._page(page)
        if open_block is not None:
            self.survey.append({"type": "end_repeat"})

    def _page(self, page: Page) -> None:
        relevant = self._relevant(page)
        where = f"page {page.id}"
        own = self._page_extra(page)
        if page.kind == "note" and not page.body and not page.guidance:
            self._row("note", page.id, label=page.title, relevant=relevant, extra=own)
            return
        single = len(page.answers) == 1 and not page.guidance and not page.body and not own and page.kind == "question"
        if single and not page.answers[0].label and str(page.answers[0].id) == page.id:
            self._answer(page, page.answers[0], page.title, relevant)
            return
        own["id"] = page.id
        self._row(
            "begin_group", f"page_{page.id}", label=page.title, relevant=relevant, appearance="field-list", extra=own
        )
        if page.guidance:
            self._row("note", f"{page.id}_guidance", label=page.guidance)
        for number, text in enumerate(page.body):
            self._row("note", f"{page.id}_body{number + 1}", label=text)
        for answer in page.answers:
            self._answer(page, answer, answer.label or page.title, "")
        self.survey.append({"type": "end_group"})
        if page.variants:
            self.report.lose(where, "other words by rule: the form says the page's own words to everybody")

    def _page_extra(self, page: Page) -> dict[str, Any]:
        found: dict[str, Any] = {}
        if "{{" in page.title:
            found["title"] = page.title
        if "{{" in (page.guidance or ""):
            found["guidance"] = page.guidance
        if any("{{" in text for text in page.body):
            found["body"] = list(page.body)
        if page.variants:
            found["variants"] = [
                {"when": one.when.source, **one.model_dump(exclude={"when", "where"}, exclude_none=True, mode="json")}
                for one in page.variants
            ]
        if page.confirm is not None:
            found["confirm"] = page.confirm
        if self._flat.place(page.id).confirm:
            self.report.lose(f"page {page.id}", "that the answer is shown once more before it is saved")
        return found

    def _answer(self, page: Page, answer: Answer, label: str, relevant: str) -> None:
        where = f"answer {answer.id}"
        kind, looks = self._type(answer, where)
        extra: dict[str, Any] = {"disclosure": answer.disclosure} if answer.disclosure else {}
        keys = {
            "decimals",
            "measure",
            "prefix",
            "unit",
            "units",
            "max_length",
            "lines",
            "earliest",
            "latest",
            "options_from",
        }
        keys &= answer.model_fields_set
        extra |= answer.model_dump(include=keys, mode="json")
        if answer.kind in {"year", "duration"}:
            extra["kind"] = answer.kind
        if "{{" in (answer.label or ""):
            extra["label"] = answer.label
        if answer.hint and "{{" in answer.hint:
            extra["hint"] = answer.hint
        required = answer.required
        ways = answer.dont_know or answer.prefer_not_to_say
        if not answer.choosing:
            extra |= {
                "dont_know": answer.dont_know,
                "prefer_not_to_say": answer.prefer_not_to_say,
                "required": required,
            }
            if ways:
                self.report.lose(
                    where, "“I don't know” and “I prefer not to say” beside a typed answer: it may be left empty"
                )
            required = required and not ways
        elif not ways:
            extra |= {"dont_know": False, "prefer_not_to_say": False}
        constraint, message, more = self._constraint(page, answer, where)
        said = answer.messages
        own_messages = said.model_dump(exclude_none=True, exclude={"where"}, mode="json")
        if own_messages:
            extra["messages"] = own_messages
            for key in ("invalid", "length"):
                if key in own_messages:
                    self.report.lose(where, f"the message where it is {key}")
        if more:
            self.report.lose(where, more)
        if answer.unit or answer.prefix:
            self.report.lose(where, "the unit beside the box")
        self._row(
            kind, answer.id, label=label, hint=answer.hint or "", required="yes" if required else "",
            required_message=said.required or "", relevant=relevant, constraint=constraint,
            constraint_message=message or said.range or "", appearance=looks,
            parameters="randomize=true" if answer.order == "random" else "",
            choice_filter=self._choices_of(answer), extra=extra,
        )  # fmt: skip
        self._details(answer, relevant)

    def _details(self, answer: Answer, relevant: str) -> None:
        for option in answer.options:
            if option.detail:
                self.report.lose(
                    f"answer {answer.id}", f"the box beside `{option.id}`: another tool does not ask for it"
                )
        _ = relevant

    def _type(self, answer: Answer, where: str) -> tuple[str, str]:
        match answer.kind:
            case "single":
                return f"select_one {answer.id}", {"list": "", "dropdown": "minimal", "suggest": "autocomplete"}[
                    answer.appearance
                ]
            case "multiple":
                return f"select_multiple {answer.id}", ""
            case "number":
                return ("decimal" if answer.decimals else "integer"), ""
            case "year":
                return "integer", ""
            case "duration":
                self.report.lose(where, f"a length of time: it is asked as a number of {answer.units[-1]}")
                return "integer", ""
            case "date":
                return "date", ""
            case "month":
                return "date", "month-year"
            case "text":
                return "text", "multiline" if answer.lines == "many" else ""

    def _choices_of(self, answer: Answer) -> str:
        """The rows of the choices sheet; the choice filter, "" where every choice is offered always."""
        if not answer.choosing:
            return ""
        filters: list[str] = []
        for number, option in enumerate(answer.options, 1):
            extra = option.model_dump(include={"hint", "detail"}, exclude_none=True, mode="json")
            extra |= {"exclusive": True} if option.exclusive else {}
            if option.hint:
                self.report.lose(f"answer {answer.id}", f"the words under `{option.id}`")
            shown = ""
            if option.when and (test := self._said_in_xpath(option.when, f"answer {answer.id}, option {option.id}")):
                shown = f"r{number}"
                filters.append(f"({_SHOWN} = '{shown}' and ({test}))")
            self._choice(answer.id, option.id, option.label, shown, extra)
        for key, value in WAYS_OUT.items():
            if getattr(answer, key):
                self._choice(answer.id, value, _LABELS[key], "", {})
        return " or ".join([f"{_SHOWN} = ''", *filters]) if filters else ""

    def _said_in_xpath(self, rule: Rule, where: str) -> str:
        try:
            return Paths(self._answers).of(rule.tree)
        except Unsayable as why:
            self.report.lose(where, f"the rule `{rule.source}`: {why}")
            return ""

    def _constraint(self, page: Page, answer: Answer, where: str) -> tuple[str, str, str]:
        """(Constraint, message, what is not carried of it)."""
        tests = list(_bounds(answer))
        if answer.kind == "multiple":
            alone = [option.id for option in answer.options if option.exclusive]
            alone += [value for key, value in WAYS_OUT.items() if getattr(answer, key)]
            tests += [f"not(selected(., '{one}') and count-selected(.) > 1)" for one in alone]
        message, lost = "", ""
        for number, check in enumerate(page.checks):
            if self._row_of(page, number) != answer.id:
                continue
            try:
                tests.append(f"not({Paths(self._answers, answer.id).of(check.violated.tree)})")
            except Unsayable as why:
                self.report.lose(where, f"the check `{check.violated.source}`: {why}")
                continue
            if message:
                lost = f"the message of a second check, “{check.message[:60]}”: a question has one message"
            message = message or check.message
        return " and ".join(tests), message, lost

    def _row_of(self, page: Page, number: int) -> str:
        """On which answer's row a check stands: the last one that it looks at and that no narrower check has."""
        taken: dict[int, str] = {}
        own = [answer.id for answer in page.answers]
        order = sorted(
            range(len(page.checks)), key=lambda one: len([a for a in own if a in page.checks[one].violated.names])
        )
        for one in order:
            named = [a for a in own if a in page.checks[one].violated.names]
            free = [a for a in named if a not in taken.values()]
            taken[one] = (free or named)[-1]
        return taken[number]

    def _relevant(self, page: Page) -> str:
        tree = self._reach.get(page.id)
        if tree is None:
            return ""
        try:
            return Paths(self._answers).of(tree)
        except Unsayable as why:
            self.report.lose(f"page {page.id}", f"the rule by which it is shown: {why}. It is always shown")
            return ""

    def _reached(self) -> dict[str, Expr | None]:
        """For each page, when somebody comes to it: its own rule, and no route before that leads past it."""
        found: dict[str, Expr | None] = {}
        past: dict[str, list[Expr]] = {}
        for place in self._flat.places:
            page = place.page
            own = all_of(page.when.tree if page.when else None, *(none_of(tree) for tree in past.get(page.id, ())))
            found[page.id] = own
            before: list[Expr] = []
            for route in page.routes:
                condition = all_of(*(none_of(one) for one in before), route.when.tree if route.when else None)
                end = (
                    self._flat.end_of(place.section) if route.goto == END_OF_SECTION else self._flat.numbers[route.goto]
                )
                if place.block and end > place.block.last + 1:
                    self.report.lose(f"page {page.id}", "a route out of a repeat: it would end one round only")
                    end = place.block.last + 1
                sure = (
                    route.when is not None
                    and not holds(route.when, {})
                    and route.when.names <= {a.id for a in page.answers}
                )
                fires = condition if sure else all_of(own, condition)
                if fires is not None:
                    for skipped in self._flat.places[place.number + 1 : end]:
                        past.setdefault(skipped.page.id, []).append(fires)
                if route.when:
                    before.append(route.when.tree)
        return found

    def _row(self, kind: str, name: str, extra: dict[str, Any] | None = None, **cells: str) -> None:
        row = {"type": kind, "name": name}
        for column, text in cells.items():
            if column in _WORDS:
                self._words(row, column, text)
            elif text:
                row[column] = text
        if extra:
            row[COLUMN] = json.dumps(extra, ensure_ascii=False, sort_keys=True)
        self.survey.append(row)

    def _words(self, row: Row, column: str, text: str) -> None:
        if not text:
            return
        if "{{" in text:
            self.report.lose(
                f"survey {row['name']}",
                f"{FORWARD_ONLY}: the answer that `{column}` shows; it has the words for no answer",
            )
        suffixes = self.languages
        row[column + suffixes[0]] = _shown(text)
        for suffix, known in zip(suffixes[1:], self._said.values(), strict=True):
            if text in known:
                row[column + suffix] = _shown(known[text])

    def _choice(self, listed: str, name: str, label: str, shown: str, extra: dict[str, Any]) -> None:
        row = {"list_name": listed, "name": name}
        self._words(row, "label", label)
        if shown:
            row[_SHOWN] = shown
        if extra:
            row[COLUMN] = json.dumps(extra, ensure_ascii=False, sort_keys=True)
        self.choices.append(row)


def _shown(text: str) -> str:
    """Without pipes, and without what a form would take for one."""
    return plain(text).replace("${", "$ {")


def _bounds(answer: Answer) -> list[str]:
    match answer.kind:
        case "number" | "year" | "duration":
            return [f". >= {answer.minimum}", f". <= {answer.maximum}"]
        case "date":
            return [f". >= date('{answer.earliest}')", f". <= date('{answer.latest}')"]
        case "month":
            return [f". >= date('{answer.earliest}-01')", f". <= date('{answer.latest}-28')"]
        case "text":
            return [f"string-length(.) <= {answer.max_length}"]
        case _:
            return []


def _workbook(writer: _Writer) -> bytes:
    try:
        from openpyxl import Workbook  # noqa: PLC0415 - the extra `import`
        from openpyxl.cell import WriteOnlyCell  # noqa: PLC0415
    except ImportError:
        raise Refused(
            "openpyxl is not installed", where="export", mend="Install the extra `import`: pip install troth[import]"
        ) from None
    book = Workbook(write_only=True)
    words = [f"{column}{suffix}" for column in _WORDS for suffix in writer.languages]
    settings = writer.settings()
    for name, columns, rows in (
        ("survey", [*_SURVEY[:2], *words, *_SURVEY[2:]], writer.survey),
        (
            "choices",
            ["list_name", "name", *(f"label{suffix}" for suffix in writer.languages), _SHOWN, COLUMN],
            writer.choices,
        ),
        ("settings", list(settings), [settings]),
    ):
        sheet = book.create_sheet(name)
        sheet.append(columns)
        for row in rows:
            cells = []
            for column in columns:
                cell = WriteOnlyCell(sheet, value=None)
                if row.get(column):
                    cell.value = row[column]
                    cell.data_type = "s"  # a text that begins with = is a text
                cells.append(cell)
            sheet.append(cells)
    out = io.BytesIO()
    book.save(out)
    return out.getvalue()
