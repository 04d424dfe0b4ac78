"""What a rule means, written down once.

*Missing.* An answer that was not asked, was left empty, or is "I don't know" or "I prefer not to say" is missing. Then:

1. arithmetic with a missing part is missing; `count(x)` of a missing answer is missing;
2. **every comparison with a missing side is false**: `==`, `!=`, `<`, `<=`, `>`, `>=`, `in` and `not in` alike;
3. `answered(x)` is true exactly where x is not missing;
4. `and`, `or`, `not` know only true and false, so `not (x == 'yes')` is *true* where x is missing. Say `x != 'yes'` for
   "answered, and something else", and `not answered(x)` for "not answered"; the linter warns of the first form.

So a rule never asks more of a person who said less, unless it says so in words.

*Kinds.* A side of another kind than the rule was written for (it cannot happen to rules that
`troth.questionnaire.kinds` has checked) makes a comparison false and arithmetic missing: evaluation never raises.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeAlias

from troth.questionnaire.expression import (
    Arithmetic,
    Both,
    Call,
    Compare,
    Expr,
    ListOf,
    Name,
    Negative,
    Not,
    Number,
    Rule,
    Text,
)
from troth.questionnaire.values import is_missing

if TYPE_CHECKING:
    from collections.abc import Callable

    from troth.questionnaire.values import Facts

_Known: TypeAlias = int | str | bool | tuple[int | str, ...]

_ORDER: Final[dict[str, Callable[[int, int], bool]]] = {
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
    if type(left) is not type(right):
        return False
    if tree.operator == "==":
        return left == right
    if tree.operator == "!=":
        return left != right
    return isinstance(left, int) and isinstance(right, int) and _ORDER[tree.operator](left, right)


def _known(tree: Expr, facts: Facts) -> _Known | None:
    """The value, or None where it is missing."""
    match tree:
        case Number(value=number):
            return number
        case Text(value=text):
            return text
        case ListOf(items=items):
            return tuple(item.value for item in items)
        case Name(id=name):
            value = facts.get(name)
            if value is None or isinstance(value, dict):
                return None
            return tuple(value) if isinstance(value, list) else value
        case Call(function="count", argument=argument):
            chosen = facts.get(argument.id)
            return len(chosen) if isinstance(chosen, list) else None
        case Negative(inner=inner):
            number_ = _number(inner, facts)
            return None if number_ is None else -number_
        case Arithmetic():
            return _arithmetic(tree, facts)
        case _:
            return None


def _number(tree: Expr, facts: Facts) -> int | None:
    known = _known(tree, facts)
    return known if isinstance(known, int) and not isinstance(known, bool) else None


def _arithmetic(tree: Arithmetic, facts: Facts) -> int | None:
    left, right = _number(tree.left, facts), _number(tree.right, facts)
    if left is None or right is None:
        return None
    if tree.operator == "+":
        return left + right
    if tree.operator == "-":
        return left - right
    return left * right
