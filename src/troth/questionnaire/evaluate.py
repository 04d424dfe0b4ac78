"""What a rule means, written down once.

*Missing.* An answer that was not asked, was left empty, or is "I don't know" or "I prefer not to say" is missing. Then:

1. arithmetic with a missing part is missing; `count(x)` of a missing answer is missing;
2. **every comparison with a missing side is false**: `==`, `!=`, `<`, `<=`, `>`, `>=`, `in` and `not in` alike;
3. `answered(x)` is true exactly where x is not missing;
4. `and`, `or`, `not` know only true and false, so `not (x == 'yes')` is *true* where x is missing. Say `x != 'yes'` for
   "answered, and something else", and `not answered(x)` for "not answered"; the linter warns of the first form.

*Days and months* compare in the order of time, each with its own kind only. `year(x)` and `month(x)` are its parts.
`years_between(a, b)` is how many whole years have passed at b since a (an age, where a is the day of birth), negative where b
comes first; `months_between` likewise; `days_between` takes days only. Somebody born on 29 February turns a year older on
1 March in other years. Numbers with decimal places are exact.

So a rule never asks more of a person who said less, unless it says so in words.

*Kinds.* A side of another kind than the rule was written for (it cannot happen to rules that
`troth.questionnaire.kinds` has checked) makes a comparison false and arithmetic missing: evaluation never raises.
"""

from __future__ import annotations

from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from troth.questionnaire.expression import (
    Arithmetic,
    Both,
    Call,
    Compare,
    Expr,
    ListOf,
    Moment,
    Name,
    Negative,
    Not,
    Number,
    Rule,
    Text,
    Whole,
)
from troth.questionnaire.values import DECIMAL_FORM, Month, day_of, is_missing, month_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from troth.questionnaire.values import Facts

_Known: TypeAlias = int | Fraction | str | bool | date | Month | tuple["_Known", ...]

_ORDER: Final[dict[str, Callable[[Any, Any], bool]]] = {
    "<": lambda left, right: left < right,
    "<=": lambda left, right: left <= right,
    ">": lambda left, right: left > right,
    ">=": lambda left, right: left >= right,
}


def holds(rule: Rule, facts: Facts) -> bool:
    """Whether the rule is true of these answers. Never raises; a rule that is no test at all is false."""
    return _truth(rule.tree, facts)


def _truth(tree: Expr, facts: Facts) -> bool:
    match tree:
        case Both(operator="and", left=left, right=right):
            return _truth(left, facts) and _truth(right, facts)
        case Both(left=left, right=right):
            return _truth(left, facts) or _truth(right, facts)
        case Not(inner=inner):
            return not _truth(inner, facts)
        case Compare():
            return _compare(tree, facts)
        case Call(function="answered", argument=argument):
            return not is_missing(facts.get(argument.id))
        case _:
            return False


def _compare(tree: Compare, facts: Facts) -> bool:
    left, right = _known(tree.left, facts), _known(tree.right, facts)
    if left is None or right is None:
        return False
    if tree.operator in ("in", "not in"):
        if not isinstance(right, tuple) or isinstance(left, tuple):
            return False
        return (left in right) == (tree.operator == "in")
    if _sort(left) is not _sort(right):
        return False
    if tree.operator == "==":
        return left == right
    if tree.operator == "!=":
        return left != right
    return _sort(left) in (int, date, Month) and _ORDER[tree.operator](left, right)


def _sort(known: _Known) -> type:
    return int if isinstance(known, Fraction) else type(known)


def _known(tree: Expr, facts: Facts) -> _Known | None:
    """The value, or None where it is missing."""
    match tree:
        case Number(value=number):
            return number
        case Text(value=text):
            return text
        case Moment(value=moment):
            return moment
        case ListOf(items=items):
            return tuple(item.value for item in items)
        case Name(id=name):
            value = facts.get(name)
            if isinstance(value, dict):
                return _tagged(value)
            return tuple(value) if isinstance(value, list) else value
        case Call(function="count", argument=argument):
            chosen = facts.get(argument.id)
            return len(chosen) if isinstance(chosen, list) else None
        case Whole(function=function, arguments=arguments):
            return _whole(function, [_known(argument, facts) for argument in arguments])
        case Negative(inner=inner):
            number_ = _number(inner, facts)
            return None if number_ is None else -number_
        case Arithmetic():
            return _arithmetic(tree, facts)
        case _:
            return None


def _tagged(value: dict[str, str]) -> _Known | None:
    match value:
        case {"decimal": number} if DECIMAL_FORM.match(number):
            return Fraction(number)
        case {"date": day}:
            return day_of(day)
        case {"month": month}:
            return month_of(month)
        case _:
            return None


def _whole(function: str, known: list[_Known | None]) -> int | None:
    first, last = known[0], known[-1]
    if function in ("year", "month"):
        return getattr(first, function) if isinstance(first, (date, Month)) else None
    if isinstance(first, date) and isinstance(last, date):
        if function == "days_between":
            return (last - first).days
        months = _months(first, last) if first <= last else -_months(last, first)
    elif isinstance(first, Month) and isinstance(last, Month) and function != "days_between":
        months = (last.year - first.year) * 12 + last.month - first.month
    else:
        return None
    return months if function == "months_between" else int(Fraction(months, 12))


def _months(first: date, last: date) -> int:
    return (last.year - first.year) * 12 + last.month - first.month - (last.day < first.day)


def _number(tree: Expr, facts: Facts) -> int | Fraction | None:
    known = _known(tree, facts)
    return known if isinstance(known, (int, Fraction)) and not isinstance(known, bool) else None


def _arithmetic(tree: Arithmetic, facts: Facts) -> int | Fraction | None:
    left, right = _number(tree.left, facts), _number(tree.right, facts)
    if left is None or right is None:
        return None
    if tree.operator == "+":
        return left + right
    if tree.operator == "-":
        return left - right
    return left * right
