"""The conditions of an eQ questionnaire as our rules: older lists of conditions, and the newer operators.

In eQ an answer that is not there equals nothing, is unequal to everything, and fulfils no order: as with XLSForm, `!=` becomes
"has no answer, or is something else".
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final

from troth.authoring.rulewriting import all_of, answered, any_of, none_of
from troth.questionnaire.expression import Call, Compare, Expr, Moment, Name, Not, Number, Text, Whole
from troth.questionnaire.values import Month

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from troth.authoring.tracked import Tracked

_OLD: Final = {
    "equals": "==", "not equals": "!=", "greater than": ">", "less than": "<",
    "greater than or equal to": ">=", "less than or equal to": "<=",
}  # fmt: skip
_MIRRORED: Final = {"==": "==", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}
DEEPEST: Final = 30


class Unsayable(Exception):  # noqa: N818 - not an error: a thing that our rules have no words for
    """What the condition says has no words here; the text says what."""


@dataclass
class Known:
    """Answers that rules may name under one of their ids: several where the question has variants."""

    ids: list[str] = field(default_factory=list)
    kind: str = ""
    options: dict[str, str] = field(default_factory=dict)


class Rules:
    """Translates conditions. `answers`: their id → what we have of it."""

    def __init__(self, answers: Mapping[str, Known]) -> None:
        self._answers = answers

    def of(self, node: Tracked) -> Expr | bool:
        """The condition: a list of older ones (all must hold), or a newer one.

        Raises:
            Unsayable: our rules have no words for it.

        """
        data = node.whole()
        if isinstance(data, list):
            return _all([self._old(one) for one in data])
        return self._new(data, 0)

    # The older form: {"id": …, "condition": …, "value": …}.

    def _old(self, one: Any) -> Expr | bool:
        if not isinstance(one, dict):
            raise Unsayable("a condition that is none")
        if "condition" not in one:
            return self._new(one, 0)
        for key in ("meta", "list", "date_comparison", "comparison"):
            if key in one:
                raise Unsayable(f"a condition on `{key}`")
        known = self._known(one.get("id"))
        condition, value, values = str(one["condition"]), one.get("value"), one.get("values", one.get("value"))
        match condition:
            case "set":
                return self._set(known)
            case "not set":
                return _not(self._set(known))
            case "contains":
                return self._contains(known, [value], every=False)
            case "not contains":
                return _not(self._contains(known, [value], every=False))
            case "contains any" | "equals any":
                return self._among(known, _listed(values))
            case "not equals any":
                return _not(self._among(known, _listed(values)))
            case "contains all":
                return self._contains(known, _listed(values), every=True)
        if condition in _OLD:
            return self._compared(_OLD[condition], known, value)
        raise Unsayable(f"the condition `{condition[:40]}`")

    # The newer form: {"operator": [operands]}.

    def _new(self, data: Any, depth: int) -> Expr | bool:
        if depth > DEEPEST:
            raise Unsayable("a condition that is nested too deeply")
        if isinstance(data, bool):
            return data
        if not isinstance(data, dict) or len(data) != 1:
            raise Unsayable("a condition that is none")
        ((operator, operands),) = data.items()
        operands = operands if isinstance(operands, list) else [operands]
        if operator in {"and", "or"}:
            tests = [self._new(one, depth + 1) for one in operands]
            return _all(tests) if operator == "and" else _any(tests)
        if operator == "not" and len(operands) == 1:
            return _not(self._new(operands[0], depth + 1))
        if len(operands) != 2:  # noqa: PLR2004 - the two sides
            raise Unsayable(f"the operator `{operator[:30]}`")
        left, right = operands
        if operator in _MIRRORED:
            return self._sides(operator, left, right)
        if operator in {"in", "any-in", "all-in"}:
            return self._in(operator, left, right)
        raise Unsayable(f"the operator `{operator[:30]}`")

    def _sides(self, operator: str, left: Any, right: Any) -> Expr | bool:
        if _kind(left) in {"date", "count"} or _kind(right) in {"date", "count"}:
            return self._computed(operator, left, right)
        if not _is_source(left):
            operator, left, right = _MIRRORED[operator], right, left
        if not _is_source(left):
            raise Unsayable("a comparison of two constants")
        known = self._source(left)
        if _is_source(right):
            other = self._source(right)
            if {known.kind, other.kind} <= {"number", "year", "duration"} and len(known.ids) == len(other.ids) == 1:
                return _strict(operator, Name(known.ids[0]), Name(other.ids[0]))
            raise Unsayable("a comparison of these two answers")
        return self._compared(operator, known, right)

    def _computed(self, operator: str, left: Any, right: Any) -> Expr | bool:
        if _kind(left) == "count" and isinstance(right, int):
            known = self._source(_only(left["count"]))
            return self._each(known, lambda name: _count(operator, name, right), _strictly=operator)
        if _kind(right) == "count" and isinstance(left, int):
            return self._computed(_MIRRORED[operator], right, left)
        if _kind(left) != "date" or _kind(right) != "date":
            raise Unsayable("a date compared with something else")
        (first, by), (second, also) = self._day(left["date"]), self._day(right["date"])
        if by:
            first, by, second, also, operator = second, also, first, by, _MIRRORED[operator]
        if by:
            raise Unsayable("two dates that are both moved")
        if not also:
            return _strict(operator, first, second)
        if isinstance(second, Moment):
            raise Unsayable("a date that is moved")
        return _strict(operator, Whole("days_between", (second, first)), Number(also))

    def _day(self, arguments: Any) -> tuple[Expr, int]:
        arguments = arguments if isinstance(arguments, list) else [arguments]
        if not arguments:
            raise Unsayable("a date of nothing")
        moved = arguments[1] if len(arguments) > 1 else None
        by = 0
        if moved:
            if not isinstance(moved, dict) or set(moved) != {"days"} or not isinstance(moved["days"], int):
                raise Unsayable("a date that is moved by months or years")
            by = moved["days"]
        if isinstance(arguments[0], str):
            if arguments[0] == "now":
                raise Unsayable("the day of answering: no rule knows it")
            return _moment(arguments[0]), by
        known = self._source(arguments[0])
        if known.kind not in {"date", "month"} or len(known.ids) != 1:
            raise Unsayable("a date that is none")
        return Name(known.ids[0]), by

    def _in(self, operator: str, left: Any, right: Any) -> Expr | bool:
        if _is_source(left) and isinstance(right, list):
            known = self._source(left)
            if operator == "all-in":
                return self._contains(known, right, every=True)
            return self._among(known, right)
        if _is_source(right):
            known = self._source(right)
            if known.kind == "single":
                return self._among(known, _listed(left))
            return self._contains(known, _listed(left), every=operator == "all-in")
        raise Unsayable(f"`{operator}` of two constants")

    # Parts.

    def _source(self, data: Any) -> Known:
        if not _is_source(data):
            raise Unsayable("a value that is computed")
        if data["source"] != "answers":
            raise Unsayable(f"a value of the other system (`{str(data['source'])[:40]}`)")
        if "selector" in data or "selectors" in data:
            raise Unsayable("a part of an answer")
        return self._known(data.get("identifier"))

    def _known(self, theirs: Any) -> Known:
        known = self._answers.get(str(theirs))
        if known is None or not known.ids:
            raise Unsayable(f"`{str(theirs)[:60]}`, which is not asked here")
        return known

    @staticmethod
    def _each(known: Known, test: Callable[[str], Expr], *, _strictly: str = "==") -> Expr:
        """The test of each of the answers; at most one of them is ever asked of a person."""
        tests = [test(name) for name in known.ids]
        joined = all_of(*tests) if _strictly == "!=" else any_of(*tests)
        assert joined is not None
        return joined

    def _set(self, known: Known) -> Expr:
        return self._each(known, answered)

    def _compared(self, operator: str, known: Known, value: Any) -> Expr | bool:
        if value is None:
            if operator not in {"==", "!="}:
                raise Unsayable("an order of nothing")
            return _not(self._set(known)) if operator == "==" else self._set(known)
        if known.kind in {"single", "multiple"}:
            if operator not in {"==", "!="}:
                raise Unsayable("an order of choices")
            found = self._among(known, [value])
            return found if operator == "==" else _not(found)
        if (
            known.kind in {"number", "year", "duration"}
            and isinstance(value, (int, float))
            and not isinstance(value, bool)
        ):
            number = _number(value)
            return self._each(known, lambda name: _strict(operator, Name(name), number), _strictly=operator)
        if known.kind in {"date", "month"} and isinstance(value, str):
            moment = _moment(value)
            return self._each(known, lambda name: _strict(operator, Name(name), moment), _strictly=operator)
        if known.kind == "text":
            raise Unsayable("what somebody wrote: free text decides nothing")
        raise Unsayable("a comparison with something of another kind")

    def _among(self, known: Known, values: list[Any]) -> Expr | bool:
        options = [known.options[str(value)] for value in values if str(value) in known.options]
        if known.kind == "text":
            raise Unsayable("what somebody wrote: free text decides nothing")
        if known.kind not in {"single", "multiple"}:
            return _any([self._compared("==", known, value) for value in values])
        tests = [_chosen(known.kind, name, option) for name in known.ids for option in options]
        joined = any_of(*tests)
        return False if joined is None else joined

    def _contains(self, known: Known, values: list[Any], *, every: bool) -> Expr | bool:
        if known.kind not in {"single", "multiple"}:
            raise Unsayable("a choice in something that has none")
        if not every:
            return self._among(known, values)
        return _any(
            [_all([_chosen(known.kind, name, known.options[str(v)]) if str(v) in known.options else False for v in values])
             for name in known.ids]
        )  # fmt: skip


def _chosen(kind: str, name: str, option: str) -> Expr:
    return Compare("==", Name(name), Text(option)) if kind == "single" else Compare("in", Text(option), Name(name))


def _strict(operator: str, left: Expr, right: Expr) -> Expr:
    return none_of(Compare("==", left, right)) if operator == "!=" else Compare(operator, left, right)


def _count(operator: str, name: str, number: int) -> Expr:
    """A count of nothing is 0 in eQ and missing here."""
    zero = {
        "==": number == 0,
        "!=": number != 0,
        "<": number > 0,
        "<=": number >= 0,
        ">": number < 0,
        ">=": number <= 0,
    }
    test = Compare(operator, Call("count", Name(name)), Number(number))
    joined = any_of(Not(answered(name)), test) if zero[operator] else test
    assert joined is not None
    return joined


def _number(value: float) -> Number:
    number = Fraction(str(value))
    if abs(number) > 10**9 or (number * 10**4).denominator != 1:
        raise Unsayable("a number that is too large or too fine")
    return Number(int(number) if number.denominator == 1 else number)


def _moment(text: str) -> Moment:
    if match := re.fullmatch(r"(\d{4})-(\d\d)", text):
        if 1 <= int(match[2]) <= 12:  # noqa: PLR2004
            return Moment(Month(int(match[1]), int(match[2])))
        raise Unsayable("a month that is none")
    try:
        return Moment(date.fromisoformat(text[:10]))
    except ValueError:
        raise Unsayable("a date that is none") from None


def _kind(data: Any) -> str:
    return next(iter(data)) if isinstance(data, dict) and len(data) == 1 else ""


def _only(data: Any) -> Any:
    return data[0] if isinstance(data, list) and len(data) == 1 else data


def _is_source(data: Any) -> bool:
    return isinstance(data, dict) and "source" in data


def _listed(data: Any) -> list[Any]:
    return data if isinstance(data, list) else [data]


def _not(test: Expr | bool) -> Expr | bool:
    return not test if isinstance(test, bool) else none_of(test)


def _all(tests: list[Expr | bool]) -> Expr | bool:
    if any(test is False for test in tests):
        return False
    joined = all_of(*(test for test in tests if not isinstance(test, bool)))
    return True if joined is None else joined


def _any(tests: list[Expr | bool]) -> Expr | bool:
    if any(test is True for test in tests):
        return True
    joined = any_of(*(test for test in tests if not isinstance(test, bool)))
    return False if joined is None else joined
