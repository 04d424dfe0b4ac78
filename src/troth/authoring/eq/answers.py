"""One answer of an eQ question as one answer of ours."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from troth.authoring.draft import Part, part
from troth.authoring.eq.rules import Known, Unsayable
from troth.authoring.naming import Names
from troth.authoring.report import FORWARD_ONLY
from troth.authoring.rulewriting import all_of, answered, none_of, written
from troth.questionnaire.expression import Compare, Name

if TYPE_CHECKING:
    from troth.authoring.eq.rules import Rules
    from troth.authoring.eq.texts import Texts
    from troth.authoring.report import Report
    from troth.authoring.tracked import Tracked

KINDS: Final = {
    "Radio": "single", "Dropdown": "single", "Checkbox": "multiple", "Number": "number", "Currency": "number",
    "Percentage": "number", "Unit": "number", "Duration": "duration", "Date": "date", "MonthYearDate": "month",
    "YearDate": "year", "TextField": "text", "TextArea": "text",
}  # fmt: skip
_SIGNS: Final = {"GBP": "£", "EUR": "€", "USD": "$", "JPY": "¥"}
_BECAUSE: Final = {
    "MobileNumber": "a phone number: the survey collects no personal data (P02)",
    "Address": "an address: the survey collects no personal data (P02)",
    "Relationship": "relationships between people of a household: there are no lists of people here",
}
_MESSAGES: Final = {
    "required": "MANDATORY", "range": ("TOO_SMALL", "TOO_LARGE", "TOO_EARLY", "TOO_LATE", "RANGE"), "length": "MAX_LENGTH",
    "invalid": "INVALID",
}  # fmt: skip
_MOST: Final = 999_999_999


class Answers:
    """Reads answers; remembers what rules may name."""

    def __init__(self, texts: Texts, report: Report) -> None:
        self._texts = texts
        self._report = report
        self._names = Names("answer", report, "a")
        self.known: dict[str, Known] = {}
        self.count = 0

    def read(self, node: Tracked) -> Part | None:
        """The answer; None where it is not carried, which is told."""
        report = self._report
        theirs, kind = node.get("id").text(), node.get("type").text()
        ours = KINDS.get(kind)
        if ours is None:
            report.lose(
                node.path, f"an answer of type `{kind[:40]}`: {_BECAUSE.get(kind, 'nothing like it is asked here')}"
            )
            node.whole()
            return None
        own = self._names.take(theirs or "answer", node.path)
        answer = part(node.path, id=own, kind=ours)
        label = self._texts.of(node.get("label"))
        hint = self._texts.of(node.get("description"))
        answer["_body"] = list(self._texts.paragraphs(node.get("guidance")))
        answer |= {key: text for key, text in (("label", label), ("hint", hint)) if text}
        if node.get("instruction").data is not None:
            report.lose(
                f"{node.path}.instruction", f"an instruction to whoever asks: {node.get('instruction').text()[:60]}"
            )
        options: dict[str, str] = {}
        if ours in {"single", "multiple"} and not self._options(node, answer, options):
            return None
        if kind == "Dropdown":
            answer["appearance"] = "dropdown"
            if node.get("placeholder").data is not None:
                report.lose(node.get("placeholder").path, "the words of a list before anything is chosen")
                node.get("placeholder").whole()
        self._details(node, answer, kind)
        self._bounds(node, answer)
        answer["required"] = node.get("mandatory").whole() is True
        self._messages(node, answer)
        if node.get("default").data is not None:
            report.lose(node.get("default").path, f"{FORWARD_ONLY}: a default; a page is never filled in beforehand")
            node.get("default").whole()
        if node.get("voluntary").whole():
            report.change(node.path, "a voluntary answer offers “I prefer not to say” as every answer does")
        answer["disclosure"] = "sensitive"
        known = self.known.setdefault(theirs, Known([], ours, options))
        known.ids.append(own)
        known.options |= {value: option for value, option in options.items() if value not in known.options}
        self.count += 1
        return answer

    def _options(self, node: Tracked, answer: Part, ids: dict[str, str]) -> bool:
        report = self._report
        if node.get("dynamic_options").data is not None:
            report.lose(node.get("dynamic_options").path, f"{FORWARD_ONLY}: choices that are made of earlier answers")
            node.get("dynamic_options").whole()
        names = Names("option", report, "o", frozenset())
        options: list[Part] = []
        for one in node.get("options").items():
            value = one.get("value").text()
            own = names.take(value or "option", one.path, quiet=True)
            ids[value] = own
            option = part(one.path, id=own, label=self._texts.of(one.get("label")) or value or "…")
            hint = self._texts.of(one.get("description"))
            if hint:
                option["hint"] = hint
            self._beside(one, option)
            if one.get("action").data is not None:
                report.lose(one.get("action").path, "what a choice does to a list of people")
                one.get("action").whole()
            options.append(option)
        if not options:
            report.lose(node.path, "a question of choices without choices")
            node.whole()
            return False
        answer["options"] = options
        return True

    def _beside(self, one: Tracked, option: Part) -> None:
        beside = one.get("detail_answer")
        if beside.data is None:
            return
        kind = beside.get("type").text()
        if kind not in {"TextField", "TextArea"}:
            self._report.lose(beside.path, f"a `{kind[:30]}` beside a choice: there it is a box for words")
            beside.get("options").whole()
        for key in ("minimum", "maximum", "placeholder", "units", "decimal_places"):
            if beside.has(key):
                self._report.lose(beside.get(key).path, f"`{key}` of the box beside a choice")
                beside.get(key).whole()
        beside.get("id").whole()
        beside.get("visible").whole()
        if beside.get("validation").data is not None:
            self._report.lose(beside.get("validation").path, "the messages of a box beside a choice")
            beside.get("validation").whole()
        longest = beside.get("max_length").whole()
        option["detail"] = part(
            beside.path, label=self._texts.of(beside.get("label")) or "Please say more",
            max_length=min(500, longest) if isinstance(longest, int) and longest > 0 else 100,
            required=beside.get("mandatory").whole() is True,
        )  # fmt: skip

    def _details(self, node: Tracked, answer: Part, kind: str) -> None:
        places = node.get("decimal_places").whole()
        if answer["kind"] == "number" and isinstance(places, int) and places > 0:
            answer["decimals"] = min(4, places)
            if places > 4:  # noqa: PLR2004
                self._report.lose(node.path, f"{places} decimal places: there are 4 at most")
        match kind:
            case "Currency":
                code = node.get("currency").text()
                answer["measure"], answer["prefix"] = "currency", _SIGNS.get(code, code or "£")
                answer.setdefault("decimals", 0)
            case "Percentage":
                answer["measure"] = "percentage"
                answer |= {"minimum": 0, "maximum": 100}
            case "Unit":
                answer["unit"] = node.get("unit").text().rsplit("-", 1)[-1] or "units"
                if node.get("unit_length").data is not None:
                    self._report.change(node.path, "a unit is written as the other system calls it: give it words")
                    node.get("unit_length").whole()
            case "Duration":
                answer["units"] = [one.text() for one in node.get("units").items()]
                answer |= {
                    "minimum": 0,
                    "maximum": {"years": 1200}.get(answer["units"][-1] if answer["units"] else "", 1200),
                }
            case "TextField" | "TextArea":
                longest = node.get("max_length").whole()
                answer["lines"] = "one" if kind == "TextField" else "many"
                answer["max_length"] = min(2000, longest) if isinstance(longest, int) and longest > 0 else 500
                if not isinstance(longest, int):
                    self._report.change(node.path, "a text has at most 500 characters")
                elif longest > 2000:  # noqa: PLR2004
                    self._report.change(node.path, "a text has at most 2000 characters")
                if node.get("rows").data is not None:
                    self._report.change(node.get("rows").path, "the height of a box is the page's own")
                    node.get("rows").whole()

    def _bounds(self, node: Tracked, answer: Part) -> None:
        kind = answer["kind"]
        for name, ours in (("minimum", "earliest"), ("maximum", "latest")):
            bound = node.get(name)
            if bound.data is None:
                continue
            value, moved, exclusive = (
                bound.get("value").whole(),
                bound.get("offset_by").whole(),
                bound.get("exclusive").whole(),
            )
            sign = 1 if name == "minimum" else -1
            if (
                kind in {"number", "duration"}
                and isinstance(value, (int, float))
                and not isinstance(value, bool)
                and not moved
            ):
                step = 10 ** -int(answer.get("decimals", 0)) if exclusive else 0
                answer[name] = _tidy(value + sign * step)
            elif kind in {"date", "month", "year"} and (moment := _moved(value, moved)) is not None:
                day = moment + timedelta(days=sign if exclusive else 0)
                if kind == "year":
                    answer[name] = day.year
                else:
                    answer[ours] = day.isoformat() if kind == "date" else day.isoformat()[:7]
            elif not self._other(bound, value, answer, name, exclusive=bool(exclusive), moved=bool(moved)):
                self._report.lose(bound.path, f"a {name} that the other system knows or computes ({_short(value)})")
        if kind == "number" and not {"minimum", "maximum"} <= answer.keys():
            answer.setdefault("minimum", min(0, answer.get("maximum", 0)))
            answer.setdefault("maximum", max(_MOST, answer["minimum"]))
            self._report.change(
                node.path, f"a number without both bounds goes from {answer['minimum']} to {answer['maximum']}"
            )

    def _other(self, bound: Tracked, value: Any, answer: Part, name: str, *, exclusive: bool, moved: bool) -> bool:
        """A bound that is another answer becomes a check of the page."""
        if not isinstance(value, dict) or value.get("source") != "answers" or moved:
            return False
        known = self.known.get(str(value.get("identifier")))
        if (
            known is None
            or len(known.ids) != 1
            or answer["kind"] not in {"number", "date", "month", "year", "duration"}
        ):
            return False
        operator = ("<" if name == "minimum" else ">") + ("=" if exclusive else "")
        test = Compare(operator, Name(answer["id"]), Name(known.ids[0]))
        answer.setdefault("_checks", []).append(
            part(
                bound.path, violated=written(test), message="This does not go together with another answer. Check both"
            )
        )
        return True

    def _messages(self, node: Tracked, answer: Part) -> None:
        messages = node.get("validation").get("messages")
        if not isinstance(messages.data, dict):
            return
        found: dict[str, str] = {}
        for key in messages.data:
            ours = next(
                (
                    ours
                    for ours, signs in _MESSAGES.items()
                    if any(sign in key for sign in ([signs] if isinstance(signs, str) else signs))
                ),
                None,
            )
            text = self._texts.of(messages.get(key))
            if ours is None or ours in found:
                self._report.lose(messages.get(key).path, "a message of its own")
            elif text:
                found[ours] = text
        if found:
            answer["messages"] = found


def checks_of_question(
    node: Tracked, answers: list[Part], known: dict[str, Known], rules: Rules, report: Report
) -> list[Part]:
    """What a question says of its answers together: sums, and the order and length of a range of dates."""
    found: list[Part] = [check for answer in answers for check in answer.pop("_checks", [])]
    for one in node.get("calculations").items():
        check = _sum(one, known, report)
        if check:
            found.append(check)
    if node.get("type").text() == "DateRange" and len(answers) == 2:  # noqa: PLR2004 - from and to
        first, last = (Name(answer["id"]) for answer in answers)
        test = Compare("<=", last, first)
        found.append(
            part(node.path, violated=written(test), message="The second date comes after the first. Check both")
        )
        found += _limits(node.get("period_limits"), answers, report)
    _ = rules
    return found


def _limits(node: Tracked, answers: list[Part], report: Report) -> list[Part]:
    from troth.questionnaire.expression import Number, Whole  # noqa: PLC0415 - only ranges need them

    found: list[Part] = []
    for name, operator in (("minimum", "<"), ("maximum", ">")):
        limit = node.get(name).whole()
        if limit is None:
            continue
        function = {"days": "days_between", "months": "months_between", "years": "years_between"}
        if not isinstance(limit, dict) or len(limit) != 1 or next(iter(limit)) not in function:
            report.lose(node.get(name).path, "a length of a range in several units")
            continue
        ((unit, number),) = limit.items()
        if not isinstance(number, int) or isinstance(number, bool):
            report.lose(node.get(name).path, "a length of a range that is no whole number")
            continue
        between = Whole(function[unit], tuple(Name(answer["id"]) for answer in answers))
        test = Compare(operator, between, Number(number))
        most = "at least" if name == "minimum" else "at most"
        found.append(
            part(node.path, violated=written(test), message=f"There are {most} {number} {unit} between the two dates")
        )
    return found


def _sum(one: Tracked, known: dict[str, Known], report: Report) -> Part | None:
    """A sum that must equal a number or another answer."""
    from troth.questionnaire.expression import Arithmetic, Number  # noqa: PLC0415

    data = one.whole()
    try:
        names = [known[str(name)].ids for name in data["answers_to_calculate"]]
        if data.get("calculation_type") != "sum" or any(len(ids) != 1 for ids in names) or not names:
            raise Unsayable("a calculation that is no sum of answers")
        total: Any = Name(names[0][0])
        for ids in names[1:]:
            total = Arithmetic("+", total, Name(ids[0]))
        value = data.get("value")
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            against: Any = Number(int(value))
            if value != int(value):
                raise Unsayable("a sum with decimal places")
        else:
            theirs = data.get("answer_id") or (
                value.get("identifier") if isinstance(value, dict) and value.get("source") == "answers" else None
            )
            ids = known[str(theirs)].ids
            if len(ids) != 1:
                raise Unsayable("a sum that an answer with variants gives")
            against = Name(ids[0])
        signs = {"equals": "==", "less than": "<", "greater than": ">"}
        parts = [signs[str(condition)] for condition in data["conditions"]]
        operator = {"==": "==", "<": "<", ">": ">", "<==": "<=", "==<": "<=", ">==": ">=", "==>": ">="}["".join(parts)]
    except (KeyError, TypeError, AttributeError):
        report.lose(one.path, "a calculation over answers that are not all asked here")
        return None
    except Unsayable as why:
        report.lose(one.path, str(why))
        return None
    fine = Compare(operator, total, against)
    violated = all_of(*(answered(name) for ids in names for name in ids), none_of(fine))
    assert violated is not None
    return part(one.path, violated=written(violated), message="These numbers do not add up. Check them")


def _moved(value: Any, moved: Any) -> date | None:
    """A fixed day, moved; None for what is not fixed."""
    if not isinstance(value, str) or value == "now":
        return None
    try:
        day = date.fromisoformat(value[:10] + {4: "-01-01", 7: "-01"}.get(len(value), ""))
        if isinstance(moved, dict):
            months = int(moved.get("years", 0)) * 12 + int(moved.get("months", 0)) + day.year * 12 + day.month - 1
            day = (
                date(months // 12, months % 12 + 1, min(day.day, 28))
                if months != day.year * 12 + day.month - 1
                else day
            )
            day += timedelta(days=int(moved.get("days", 0)))
    except (ValueError, OverflowError, TypeError):
        return None
    return day


def _tidy(number: float) -> int | float:
    rounded = round(float(number), 4)
    return int(rounded) if rounded == int(rounded) else rounded


def _short(value: Any) -> str:
    if isinstance(value, dict):
        return str(value.get("source", "a value"))[:40]
    return str(value)[:40]
