"""Our rules as XPath, exactly: what is missing here is an empty text there, so a comparison that must be false says so.

Source: W3C, XPath 1.0 (1999) and the ODK XForms specification (functions `selected`, `count-selected`, `date`).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from troth.authoring.rulewriting import names_in, number_text
from troth.authoring.xlsform.xpath import Unsayable
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
)
from troth.questionnaire.values import Month

if TYPE_CHECKING:
    from collections.abc import Mapping

    from troth.questionnaire import Answer
    from troth.questionnaire.expression import Expr

WAYS_OUT: Final = {"dont_know": "dont-know", "prefer_not_to_say": "prefer-not-to-say"}
"""The choices by which a question is left."""
_OPERATORS: Final = {"==": "=", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}


class Paths:
    """Writes the rules of one questionnaire. `own` in a constraint is the answer that `.` names."""

    def __init__(self, answers: Mapping[str, Answer], own: str = "") -> None:
        self._answers = answers
        self._own = own

    def of(self, tree: Expr) -> str:
        """The expression.

        Raises:
            Unsayable: XPath of forms has no words for it.

        """
        match tree:
            case Both(operator=operator, left=left, right=right):
                return f"({self.of(left)}) {operator} ({self.of(right)})"
            case Not(inner=inner):
                return f"not({self.of(inner)})"
            case Call(function="answered", argument=argument):
                return self._answered(argument.id)
            case Compare():
                return self._compare(tree)
            case _:
                raise Unsayable("a value where a test is expected")

    def _ref(self, name: str) -> str:
        return "." if name == self._own else f"${{{name}}}"

    def _answered(self, name: str) -> str:
        answer, ref = self._answers[name], self._ref(name)
        tests = [f"{ref} != ''"]
        for key, value in WAYS_OUT.items():
            if not (answer.choosing and getattr(answer, key)):
                continue
            tests.append(f"not(selected({ref}, '{value}'))" if answer.kind == "multiple" else f"{ref} != '{value}'")
        return " and ".join(tests)

    def _compare(self, tree: Compare) -> str:
        operator, left, right = tree.operator, tree.left, tree.right
        sure = " and ".join(self._answered(name) for name in names_in(tree))
        if operator in {"in", "not in"}:
            said = self._within(left, right)
            return f"({said})" if operator == "in" else f"({sure} and not({said}))"
        text = f"{self._value(left)} {_OPERATORS[operator]} {self._value(right)}"
        counts = any(isinstance(side, Call) for side in (left, right)) or isinstance(left, Arithmetic | Negative)
        counts = counts or isinstance(right, Arithmetic | Negative)
        return f"({sure} and {text})" if sure and (operator == "!=" or counts) else text

    def _within(self, left: Expr, right: Expr) -> str:
        if isinstance(right, ListOf):
            return " or ".join(f"{self._value(left)} = {self._value(item)}" for item in right.items)
        if isinstance(right, Name) and isinstance(left, Text):
            return f"selected({self._ref(right.id)}, '{left.value}')"
        raise Unsayable("a choice that another choice names")

    def _value(self, tree: Expr) -> str:
        match tree:
            case Number(value=number):
                return number_text(number)
            case Text(value=text):
                return f"'{text}'"
            case Moment(value=moment):
                day = f"{moment.year:04}-{moment.month:02}-01" if isinstance(moment, Month) else moment.isoformat()
                return f"date('{day}')"
            case Name(id=name):
                return self._ref(name)
            case Call(function="count", argument=argument):
                return f"count-selected({self._ref(argument.id)})"
            case Negative(inner=inner):
                return f"-({self._value(inner)})"
            case Arithmetic(operator=operator, left=left, right=right):
                return f"({self._value(left)} {operator} {self._value(right)})"
            case _:
                raise Unsayable("a function of days and months")
