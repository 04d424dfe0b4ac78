"""A rule in words, for people who decide about a questionnaire and read no rules: an ethics board, a colleague."""

from __future__ import annotations

import re
from calendar import month_name
from typing import TYPE_CHECKING, Final

from troth.questionnaire.expression import (
    Arithmetic,
    Both,
    Call,
    Compare,
    ListOf,
    Moment,
    Name,
    Negative,
    Not,
    Number,
    Text,
    Whole,
)
from troth.questionnaire.layout import layout
from troth.questionnaire.values import Month

if TYPE_CHECKING:
    from collections.abc import Mapping
    from datetime import date

    from troth.questionnaire import Answer, Questionnaire
    from troth.questionnaire.expression import Expr, Rule

_COMPARED: Final = {
    "==": "is",
    "!=": "is answered and is not",
    "<": "is less than",
    "<=": "is at most",
    ">": "is more than",
    ">=": "is at least",
}
_SUMS: Final = {"+": "plus", "-": "minus", "*": "times"}


_PIPE: Final = re.compile(r"\{\{\s*([a-z0-9_]+)\s*(?:\|\s*([^{}|]*?)\s*)?\}\}")


def plain(text: str) -> str:
    """The text with brackets where an earlier answer's words, or the round, are filled in."""
    return _PIPE.sub(lambda match: f"[{match[2] or match[1]}]", text)


class Wording:
    """Says the rules of one questionnaire in English."""

    def __init__(self, q: Questionnaire) -> None:
        flat = layout(q)
        self._answers: dict[str, Answer] = {name: answer for name, (_, answer) in flat.answers.items()}
        self._asked = {
            name: plain(answer.label or flat.places[number].page.title)
            for name, (number, answer) in flat.answers.items()
        }

    def of(self, rule: Rule) -> str:
        """The rule as part of a sentence."""
        return self._say(rule.tree)

    def asked(self, answer: str) -> str:
        """What an answer was asked as, in quotation marks."""
        return f"“{self._asked.get(answer, answer)}”"

    def _say(self, tree: Expr) -> str:
        match tree:
            case Both(operator=operator, left=left, right=right):
                return f"{self._joined(left, operator)} {operator} {self._joined(right, operator)}"
            case Not(inner=Call(function="answered", argument=argument)):
                return f"{self.asked(argument.id)} has no answer"
            case Not(inner=inner):
                return f"it is not so that {self._say(inner)}"
            case Call(function="answered", argument=argument):
                return f"{self.asked(argument.id)} is answered"
            case Compare():
                return self._compare(tree)
            case _:
                return self._value(tree, {})

    def _joined(self, tree: Expr, within: str) -> str:
        text = self._say(tree)
        return f"({text})" if isinstance(tree, Both) and tree.operator != within else text

    def _compare(self, tree: Compare) -> str:
        options = self._options(tree.left) | self._options(tree.right)
        left, right = self._value(tree.left, options), self._value(tree.right, options)
        if tree.operator in {"in", "not in"}:
            if isinstance(tree.right, ListOf):
                return f"{left} is {'one of' if tree.operator == 'in' else 'answered and none of'} {right}"
            return f"{left} is {'' if tree.operator == 'in' else 'not '}chosen in {right}"
        return f"{left} {_COMPARED[tree.operator]} {right}"

    def _options(self, tree: Expr) -> dict[str, str]:
        if isinstance(tree, Name) and tree.id in self._answers:
            return {option.id: option.label for option in self._answers[tree.id].options}
        return {}

    def _value(self, tree: Expr, options: Mapping[str, str]) -> str:
        match tree:
            case Number(value=number):
                return f"{float(number):g}"
            case Text(value=text):
                return f"“{options.get(text, text)}”"
            case Name(id=name):
                return self.asked(name)
            case ListOf(items=items):
                return " / ".join(self._value(item, options) for item in items)
            case Moment(value=moment):
                return moment_in_words(moment)
            case Whole():
                return self._whole(tree)
            case Call(function="count", argument=argument):
                return f"the number chosen in {self.asked(argument.id)}"
            case Negative(inner=inner):
                return f"minus {self._value(inner, options)}"
            case Arithmetic(operator=operator, left=left, right=right):
                return f"{self._value(left, options)} {_SUMS[operator]} {self._value(right, options)}"
            case _:
                return self._say(tree)

    def _whole(self, tree: Whole) -> str:
        said = [self._value(argument, {}) for argument in tree.arguments]
        if len(said) == 1:
            return f"the {tree.function} of {said[0]}"
        return f"the whole {tree.function.removesuffix('_between')} from {said[0]} to {said[1]}"


def moment_in_words(moment: date | Month) -> str:
    """A day or month in English."""
    if isinstance(moment, Month):
        return f"{month_name[moment.month]} {moment.year}"
    return f"{moment.day} {month_name[moment.month]} {moment.year}"
