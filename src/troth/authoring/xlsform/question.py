"""One question of an XLSForm as one answer of ours, with what its kind has no place for in the report."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from troth.authoring.draft import Part, part
from troth.authoring.report import FORWARD_ONLY
from troth.authoring.rulewriting import written
from troth.authoring.xlsform import constraint
from troth.authoring.xlsform.extra import extra
from troth.authoring.xlsform.xpath import Unsayable, translate
from troth.questionnaire import Answer

if TYPE_CHECKING:
    from collections.abc import Mapping

    from troth.authoring.report import Report
    from troth.authoring.xlsform.choices import Choices
    from troth.authoring.xlsform.sheets import Row
    from troth.authoring.xlsform.words import Words

_ONE: Final = r"select_one|select one from|select one|select1|add select one prompt using"
_MANY: Final = r"select_multiple|select all that apply from|select all that apply|add select multiple prompt using"
_SELECT: Final = re.compile(
    rf"(?:(?P<one>{_ONE})|(?P<many>{_MANY}))\s+(?P<list>\S+)(?P<other>\s+or[_ ](?:specify[_ ])?other)?\Z", re.IGNORECASE
)
_KINDS: Final = {
    "text": "text", "string": "text", "add text prompt": "text", "q string": "text",
    "integer": "number", "int": "number", "add integer prompt": "number", "q int": "number",
    "decimal": "decimal", "add decimal prompt": "decimal", "q decimal": "decimal",
    "range": "range", "date": "date", "add date prompt": "date", "q date": "date",
    "note": "note", "q note": "note", "add note prompt": "note", "acknowledge": "acknowledge", "add acknowledge prompt": "acknowledge",
    "trigger": "acknowledge", "calculate": "calculate", "add calculate prompt": "calculate", "q calculate": "calculate",
    "datetime": "datetime", "add date time prompt": "datetime", "q datetime": "datetime",
}  # fmt: skip
_BECAUSE: Final = {
    "start": "the time at which somebody began: nothing finer than a sitting is kept",
    "end": "the time at which somebody ended: nothing finer than a sitting is kept",
    "today": "the day of answering: it is not kept with answers",
    "audit": "a log of what somebody did when: it is not kept",
    "deviceid": "what says which device it was: the survey collects no personal data (P02)",
    "phonenumber": "a phone number: the survey collects no personal data (P02)",
    "simserial": "what says which device it was: the survey collects no personal data (P02)",
    "subscriberid": "what says which device it was: the survey collects no personal data (P02)",
    "username": "who somebody is: the survey collects no personal data (P02)",
    "email": "who somebody is: the survey collects no personal data (P02)",
    "geopoint": "a place: the survey collects none", "geotrace": "places: the survey collects none",
    "geoshape": "places: the survey collects none", "start-geopoint": "a place: the survey collects none",
}  # fmt: skip
_NO_BOUNDS: Final = 1_000_000


@dataclass(frozen=True)
class Known:
    """An answer that rules may name: our id and kind ("" where it is not asked here), their options → ours."""

    id: str
    kind: str
    options: Mapping[str, str]


def kind_of(row: Row) -> str | None:
    """The kind of question that the row's type says, in our words; None where there is none that is carried."""
    said = " ".join(row.cells.get(("type", ""), "").split())
    match = _SELECT.match(said)
    if match:
        return "single" if match["one"] else "multiple"
    return _KINDS.get(said.lower())


class Reader:
    """Reads questions. `undecided`: an answer got the careful class; `ways_out`: one offers what the form did not."""

    def __init__(
        self, words: Words, choices: Mapping[str, Choices], answers: Mapping[str, Known], report: Report
    ) -> None:
        self._words = words
        self._choices = choices
        self._answers = answers
        self._report = report
        self.undecided = False
        self.ways_out = False
        self.filtered: set[str] = set()

    def list_of(self, row: Row) -> str:
        """The list of choices that the row's type names; "" for none."""
        match = _SELECT.match(" ".join(row.cells.get(("type", ""), "").split()))
        return match["list"] if match else ""

    def with_other(self, row: Row) -> bool:
        """Whether the type adds a choice "Other" with a box."""
        match = _SELECT.match(" ".join(row.cells.get(("type", ""), "").split()))
        return bool(match and match["other"])

    def our_kind(self, row: Row, kind: str) -> str:
        """The kind of our answer."""
        looks = row.cells.get(("appearance", ""), "").split()
        if kind == "date" and "year" in looks:
            return "year"
        if kind == "date" and "month-year" in looks:
            return "month"
        given = extra_kind(row)
        if given:
            return given
        return {"decimal": "number", "range": "number", "acknowledge": "single", "datetime": "date"}.get(kind, kind)

    def answer(self, row: Row) -> tuple[Part, Part | None] | None:
        """The answer and its check; None where it is not carried, which is told."""
        kind, report = kind_of(row), self._report
        said = row.get("type")
        if kind is None or kind == "calculate":
            self._not_carried(row, said, kind)
            return None
        name = row.get("name")
        known = self._answers.get(name)
        if known is None:
            report.lose(row.where, "a question without a name")
            row.read |= set(row.cells)
            return None
        answer = part(row.where, id=known.id, kind=self.our_kind(row, kind))
        self._label(row, answer)
        if not self._options(row, answer, kind):
            row.read |= set(row.cells)
            return None
        self._appearance(row, answer, kind)
        self._parameters(row, answer, kind)
        self._typed(row, answer, kind)
        answer["required"] = self._required(row)
        message = self._words.of(row, "required_message")
        if message:
            answer["messages"] = {"required": message}
        check = self._constraint(row, answer, known)
        self._bounds(row, answer, kind)
        self._never(row)
        given = extra(row, Answer, report, without=("id", "options", "matrix"))
        answer |= given
        if "options_from" in given:
            answer.pop("options", None)
        if "disclosure" not in given:
            answer["disclosure"] = "sensitive"
            self.undecided = True
        if not {"dont_know", "prefer_not_to_say"} & (given.keys() | answer.keys()):
            self.ways_out = True
        return answer, check

    def _not_carried(self, row: Row, said: str, kind: str | None) -> None:
        report, word = self._report, said.split(maxsplit=1)[0].lower() if said.split() else said
        if kind == "calculate":
            report.lose(
                row.where,
                f"a calculation, `{row.get('calculation')[:100]}`: rules that look at it are not carried either",
            )
        else:
            report.lose(
                row.where, f"a question of type `{said[:60]}`: {_BECAUSE.get(word, 'nothing like it is asked here')}"
            )
        row.read |= set(row.cells)

    def _label(self, row: Row, answer: Part) -> None:
        label, hint = self._words.of(row, "label"), self._words.of(row, "hint")
        if label:
            answer["label"] = label
        if hint:
            answer["hint"] = hint
        if self._words.of(row, "guidance_hint"):
            self._report.lose(row.where, "`guidance_hint`, which is shown on paper only")

    def _options(self, row: Row, answer: Part, kind: str) -> bool:
        if kind == "acknowledge":
            answer["options"] = [part(row.where, id="ok", label="OK")]
            return True
        if kind not in {"single", "multiple"}:
            if row.get("choice_filter"):
                self._report.lose(row.where, "a choice filter of a question without choices")
            return True
        listed = self._choices.get(self.list_of(row))
        if listed is None or not (listed.members or self.with_other(row)):
            self._report.lose(
                row.where, f"a question of choices whose list `{self.list_of(row)[:40]}` is not in the workbook"
            )
            return False
        options: list[Part] = []
        text = row.get("choice_filter")
        for choice in listed.members:
            option: dict[str, Any] = dict(choice.option)
            if text and not self._filter(row, text, choice.cells, option):
                continue
            options.append(option)
        if self.with_other(row) and "other" not in listed.ids.values():
            beside = {"label": "Specify other", "max_length": 100, "required": False}
            options.append(part(row.where, id="other", label="Other", detail=beside))
        answer["options"] = options
        if listed.ways_out:
            answer["dont_know"] = "dont_know" in listed.ways_out
            answer["prefer_not_to_say"] = "prefer_not_to_say" in listed.ways_out
        return True

    def _filter(self, row: Row, text: str, cells: Mapping[str, str], option: Part) -> bool:
        """Whether the choice is ever offered; it then has its rule."""
        self.filtered |= set(re.findall(r"[A-Za-z_][\w.-]*", text))
        try:
            test = translate(text, self._answers, columns={**dict.fromkeys(self.filtered, ""), **cells})
        except Unsayable as why:
            self._report.lose(row.where, f"the choice filter `{text[:100]}`: {why}. All choices are offered")
            return True
        if isinstance(test, bool):
            return test
        option["when"] = written(test)
        return True

    def _appearance(self, row: Row, answer: Part, kind: str) -> None:
        for look in row.get("appearance").split():
            if answer["kind"] == "single" and look in {"minimal", "autocomplete", "search"}:
                answer["appearance"] = "dropdown" if look == "minimal" else "suggest"
            elif kind == "text" and look == "multiline":
                answer["lines"] = "many"
            elif kind == "date" and look in {"year", "month-year"}:
                continue
            else:
                self._report.lose(row.where, f"appearance `{look[:60]}`")

    def _parameters(self, row: Row, answer: Part, kind: str) -> None:
        for name, value in re.findall(r"([\w-]+)\s*=\s*([^\s,;]+)", row.get("parameters")):
            if answer["kind"] in {"single", "multiple"} and name == "randomize":
                if value.lower() == "true":
                    answer["order"] = "random"
            elif kind == "range" and name in {"start", "end"} and re.fullmatch(r"-?\d+(\.\d+)?", value):
                answer["minimum" if name == "start" else "maximum"] = float(value) if "." in value else int(value)
                if "." in value and float(value) != int(float(value)):
                    answer["decimals"] = min(4, len(value.rsplit(".", 1)[1]))
            elif kind == "range" and name == "step" and value in {"1", "1.0"}:
                continue
            else:
                self._report.lose(row.where, f"parameter `{name[:40]}={value[:40]}`")

    def _typed(self, row: Row, answer: Part, kind: str) -> None:
        if kind == "decimal":
            answer["decimals"] = 2
            self._report.ask(row.where, "a decimal number has two decimal places until you decide")
        if kind == "text":
            answer.setdefault("lines", "one")
            answer["max_length"] = 500
        if kind == "datetime":
            self._report.lose(row.where, "the time of the day")

    def _required(self, row: Row) -> bool:
        text = row.get("required").strip().lower()
        if text in {"", "no", "false", "false()"}:
            return False
        if text not in {"yes", "true", "true()"}:
            self._report.lose(row.where, f"`required` by rule ({text[:80]}): it may be left empty")
            return False
        return True

    def _constraint(self, row: Row, answer: Part, known: Known) -> Part | None:
        text, message = row.get("constraint"), self._words.of(row, "constraint_message")
        if not text:
            if message:
                self._report.lose(row.where, "a message of a constraint that is not there")
            return None
        return constraint.apply(text, message, answer, known, answers=self._answers, report=self._report)

    def _bounds(self, row: Row, answer: Part, kind: str) -> None:
        if answer["kind"] == "number" and "maximum" not in extra_keys(row):
            least, most = answer.get("minimum"), answer.get("maximum")
            if least is None or most is None:
                answer.setdefault("minimum", min(0, most - _NO_BOUNDS) if most is not None and most < 0 else 0)
                answer.setdefault("maximum", max(_NO_BOUNDS, (least or 0) + _NO_BOUNDS))
                if kind != "range":
                    self._report.ask(
                        row.where,
                        f"the form does not give both bounds: {answer['minimum']} to {answer['maximum']} until you decide",
                    )
        if kind == "text" and "max_length" not in extra_keys(row) and answer["max_length"] == 500:  # noqa: PLR2004
            self._report.change(row.where, "a text has at most 500 characters")
        if answer.get("max_length", 1) > 2000:  # noqa: PLR2004
            answer["max_length"] = 2000
            self._report.change(row.where, "a text has at most 2000 characters")

    def _never(self, row: Row) -> None:
        """What no questionnaire of ours does."""
        if text := row.get("default"):
            self._report.lose(
                row.where, f"{FORWARD_ONLY}: the default `{text[:60]}`; a page is never filled in beforehand"
            )
        if text := row.get("calculation"):
            self._report.lose(
                row.where, f"{FORWARD_ONLY}: the calculation `{text[:100]}`; a page is never filled in beforehand"
            )
        if row.get("read_only").strip().lower() not in {"", "no", "false", "false()"}:
            self._report.lose(
                row.where, f"{FORWARD_ONLY}: `read_only`; there is nothing on a page that was filled in before"
            )
        if text := row.get("trigger"):
            self._report.lose(
                row.where, f"{FORWARD_ONLY}: the trigger `{text[:60]}`; a later answer changes no earlier one"
            )


def extra_keys(row: Row) -> str:
    """The text of our own column, for a look at which keys it has."""
    return row.cells.get(("troth", ""), "")


def extra_kind(row: Row) -> str:
    """The kind that our own column names: a year or a duration is written as an integer elsewhere."""
    match = re.search(r'"kind": ?"(year|duration)"', extra_keys(row))
    return match[1] if match else ""
