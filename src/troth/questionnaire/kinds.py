"""Whether a rule makes sense of the answers it looks at: kinds on both sides, options that exist."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING

from troth.kit.errors import Invalid
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

if TYPE_CHECKING:
    from collections.abc import Mapping

    from troth.questionnaire.model import Answer


@dataclass(frozen=True)
class _Kind:
    name: str  # number, option, options, day, month, test, list of …
    options: frozenset[str] | None = None  # that can occur; None where it is a literal's own


def check_kinds(rule: Rule, answers: Mapping[str, Answer]) -> None:
    """The rule is a test, and each of its sides can be compared with the other.

    Raises:
        Invalid: it is not; or it names an option that the answer does not have, or compares free text.

    """
    if _kind(rule.tree, answers).name != "test":
        raise _wrong("a rule is a test that is true or false", "Compare it: == != < <= > >= in, or use answered(…)")


def _wrong(what: str, mend: str) -> Invalid:
    return Invalid(what, mend=mend)


def _kind(tree: Expr, answers: Mapping[str, Answer]) -> _Kind:
    match tree:
        case Number():
            return _Kind("number")
        case Text(value=value):
            return _Kind("option", frozenset({value}))
        case Moment(value=moment):
            return _Kind("day" if isinstance(moment, date) else "month")
        case ListOf(items=items):
            return _list(items)
        case Name(id=name):
            return _answer(answers[name])
        case Call(function="answered"):
            return _Kind("test")
        case Call(argument=argument):
            if answers[argument.id].kind != "multiple":
                raise _wrong("count(…) counts the options of a `multiple` answer", "Use the number itself")
            return _Kind("number")
        case Whole():
            return _whole(tree, answers)
        case Negative(inner=inner):
            return _numbers(answers, inner)
        case Arithmetic(left=left, right=right):
            return _numbers(answers, left, right)
        case Not(inner=inner):
            return _tests(answers, inner)
        case Both(left=left, right=right):
            return _tests(answers, left, right)
        case Compare():
            return _compare(tree, answers)


def _answer(answer: Answer) -> _Kind:
    options = frozenset(option.id for option in answer.options)
    match answer.kind:
        case "number" | "year" | "duration":
            return _Kind("number")
        case "date":
            return _Kind("day")
        case "month":
            return _Kind("month")
        case "single":
            return _Kind("option", options)
        case "multiple":
            return _Kind("options", options)
        case "text":
            raise _wrong(
                "free text is compared with nothing", "A rule may only ask answered(…) of it, in its own page's checks"
            )


def _whole(tree: Whole, answers: Mapping[str, Answer]) -> _Kind:
    found = {_kind(argument, answers).name for argument in tree.arguments}
    if len(found) != 1 or not found <= {"day", "month"}:
        raise _wrong(f"{tree.function}(…) takes days, or months", "Give it answers of kind date, or of kind month")
    if tree.function == "days_between" and found != {"day"}:
        raise _wrong("days_between(…) takes days", "Use months_between(…) of months")
    return _Kind("number")


def _list(items: tuple[Number | Text | Moment, ...]) -> _Kind:
    if all(isinstance(item, Number) for item in items):
        return _Kind("list of numbers")
    if all(isinstance(item, Text) for item in items):
        return _Kind("list of options", frozenset(item.value for item in items if isinstance(item, Text)))
    if all(isinstance(item, Moment) for item in items) and len({type(item.value) for item in items}) == 1:
        return _Kind(f"list of {'days' if isinstance(items[0].value, date) else 'months'}")
    raise _wrong("a list mixes kinds", "Write two lists")


def _numbers(answers: Mapping[str, Answer], *trees: Expr) -> _Kind:
    if any(_kind(tree, answers).name != "number" for tree in trees):
        raise _wrong("only numbers are added, subtracted and multiplied", "Use count(…) of a `multiple` answer")
    return _Kind("number")


def _tests(answers: Mapping[str, Answer], *trees: Expr) -> _Kind:
    if any(_kind(tree, answers).name != "test" for tree in trees):
        raise _wrong("`and`, `or` and `not` join tests", "Compare each side: == != < <= > >= in")
    return _Kind("test")


def _compare(tree: Compare, answers: Mapping[str, Answer]) -> _Kind:
    left, right = _kind(tree.left, answers), _kind(tree.right, answers)
    pair = (left.name, right.name)
    if tree.operator in ("in", "not in"):
        allowed = {(one, f"list of {one}s") for one in ("number", "option", "day", "month")} | {("option", "options")}
        mend = "Write 'option' in answer, or answer in ['one', 'two']"
    elif tree.operator in ("==", "!="):
        allowed = {(one, one) for one in ("number", "option", "day", "month")}
        mend = "Compare a number with a number, a `single` answer with an 'option'; for `multiple` use in"
    else:
        allowed = {(one, one) for one in ("number", "day", "month")}
        mend = "Only numbers, days and months have an order; use count(…) of a `multiple` answer"
    if pair not in allowed:
        raise _wrong(f"`{tree.operator}` does not join these two kinds", mend)
    if left.options is not None and right.options is not None:
        _same_options(tree, left.options, right.options)
    return _Kind("test")


def _same_options(tree: Compare, left: frozenset[str], right: frozenset[str]) -> None:
    written = left if isinstance(tree.left, Text) else right if isinstance(tree.right, (Text, ListOf)) else frozenset()
    known = right if isinstance(tree.left, Text) else left
    if unknown := sorted(written - known):
        raise _wrong(f"the answer has no option {unknown[0]!r}", "Look for a spelling mistake in the rule")
