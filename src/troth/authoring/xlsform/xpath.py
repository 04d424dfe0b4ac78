"""The part of XPath that forms use in `relevant`, `constraint` and `choice_filter`, as trees of our own rules.

XPath and our rules differ where an answer is missing. In XPath a missing answer is an empty text: `!=` is then true, and every
`<` or `>` false (not a number). Here every comparison with something missing is false. So `${x} != 'a'` becomes
"x has no answer, or x != 'a'"; what cannot be said exactly is not said at all.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias

from troth.authoring.rulewriting import all_of, answered, any_of, none_of
from troth.questionnaire.expression import (
    Arithmetic,
    Call,
    Compare,
    Expr,
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

LONGEST: Final = 4_000
DEEPEST: Final = 60
_TOKEN: Final = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?|\.\d+)|\$\{\s*(?P<name>[^{}\s]+)\s*\}|'(?P<single>[^']*)'|\"(?P<double>[^\"]*)\""
    r"|(?P<word>[A-Za-z_][\w.:-]*)|(?P<sign>!=|<=|>=|[=<>+*(),.-]))"
)
_COMPARED: Final = {"=": "==", "!=": "!=", "<": "<", "<=": "<=", ">": ">", ">=": ">="}
_MIRRORED: Final = {"==": "==", "!=": "!=", "<": ">", ">": "<", "<=": ">=", ">=": "<="}


class Unsayable(Exception):  # noqa: N818 - not an error: a thing that our rules have no words for
    """What the expression says has no words here; the text says what."""


class Asked(Protocol):
    """What an expression may know of an answer that was asked."""

    @property
    def id(self) -> str:
        """Our id."""
        ...

    @property
    def kind(self) -> str:
        """Our kind, or "" for what is not carried (a calculation)."""
        ...

    @property
    def options(self) -> Mapping[str, str]:
        """Their name of an option → our id of it."""
        ...


@dataclass(frozen=True)
class _Literal:
    """A text in quotes."""

    text: str


@dataclass(frozen=True)
class _Empty:
    """Nothing: the empty text."""


@dataclass(frozen=True)
class _Truth:
    """true() or false()."""

    value: bool


@dataclass(frozen=True)
class _Length:
    """string-length(x)."""

    answer: Asked


@dataclass(frozen=True)
class _Column:
    """A column of the choices sheet, in a choice filter."""

    value: str


_Node: TypeAlias = Expr | _Literal | _Empty | _Truth | _Length | _Column | bool
Condition: TypeAlias = Expr | bool
"""A rule, or what is always so."""


def translate(
    text: str,
    answers: Mapping[str, Asked],
    own: Asked | None = None,
    columns: Mapping[str, str] | None = None,
) -> Condition:
    """What the expression says. `own` is the answer that `.` names; `columns` are the cells of a choice, for a choice filter.

    Raises:
        Unsayable: our rules have no words for it.

    """
    if len(text) > LONGEST:
        raise Unsayable("an expression that is too long")
    return _Parser(text, answers, own, columns).whole()


_JOINS: Final = re.compile(r"(?:and|or)\b")


def conjuncts(text: str) -> list[str]:
    """The parts of a condition that `and` joins at its top, so that each may be read on its own; one, where `or` stands there too."""
    parts, depth, start, quote, at = [], 0, 0, "", 0
    while at < len(text):
        sign = text[at]
        if quote:
            quote = "" if sign == quote else quote
        elif sign in "'\"":
            quote = sign
        elif sign in "([":
            depth += 1
        elif sign in ")]":
            depth -= 1
        elif depth == 0 and (at == 0 or not re.match(r"[\w.-]", text[at - 1])) and _JOINS.match(text, at):
            if text[at] == "o":  # it binds weaker: what stands between two `and` is no part of its own
                return [text.strip()]
            parts.append(text[start:at])
            at += 3
            start = at
            continue
        at += 1
    return [part.strip() for part in (*parts, text[start:]) if part.strip()]


class _Parser:
    def __init__(
        self, text: str, answers: Mapping[str, Asked], own: Asked | None, columns: Mapping[str, str] | None
    ) -> None:
        self._answers = answers
        self._own = own
        self._columns = columns or {}
        self._tokens = _tokens(text)
        self._at = 0
        self._depth = 0

    def whole(self) -> Condition:
        tree = self._or()
        if self._at < len(self._tokens):
            raise Unsayable("an expression that goes on where it should end")
        return self._test(tree)

    def _peek(self) -> tuple[str, str]:
        return self._tokens[self._at] if self._at < len(self._tokens) else ("end", "")

    def _accept(self, *values: str) -> str | None:
        kind, value = self._peek()
        if kind in {"sign", "word"} and value in values:
            self._at += 1
            return value
        return None

    def _expect(self, value: str) -> None:
        if self._accept(value) is None:
            raise Unsayable(f"an expression without its `{value}`")

    def _test(self, node: _Node) -> Condition:
        match node:
            case _Truth(value=value):
                return value
            case bool():
                return node
            case (
                Name()
                | Number()
                | Text()
                | Arithmetic()
                | Negative()
                | Moment()
                | _Literal()
                | _Empty()
                | _Length()
                | _Column()
            ):
                raise Unsayable("a value where a test is expected")
            case Call(function="count"):
                raise Unsayable("a value where a test is expected")
            case _:
                return node

    def _or(self) -> _Node:
        self._depth += 1
        if self._depth > DEEPEST:
            raise Unsayable("an expression that is nested too deeply")
        node = self._and()
        while self._accept("or"):
            node = _either(self._test(node), self._test(self._and()))
        self._depth -= 1
        return node

    def _and(self) -> _Node:
        node = self._comparison()
        while self._accept("and"):
            node = _both(self._test(node), self._test(self._comparison()))
        return node

    def _comparison(self) -> _Node:
        left = self._sum()
        while operator := self._accept("=", "!=", "<", "<=", ">", ">="):
            left = self._compared(_COMPARED[operator], left, self._sum())
        return left

    def _sum(self) -> _Node:
        node = self._product()
        while operator := self._accept("+", "-"):
            node = Arithmetic(operator, self._number(node), self._number(self._product()))
        return node

    def _product(self) -> _Node:
        node = self._unary()
        while True:
            if self._accept("*"):
                node = Arithmetic("*", self._number(node), self._number(self._unary()))
            elif found := self._accept("div", "mod"):
                raise Unsayable(f"`{found}`")
            else:
                return node

    def _unary(self) -> _Node:
        self._depth += 1
        if self._depth > DEEPEST:
            raise Unsayable("an expression that is nested too deeply")
        node: _Node = Negative(self._number(self._unary())) if self._accept("-") else self._primary()
        self._depth -= 1
        return node

    def _number(self, node: _Node) -> Expr:
        match node:
            case Number() | Name() | Arithmetic() | Negative() | Call(function="count"):
                return node
            case _Literal(text=text) if re.fullmatch(r"-?\d+(\.\d{1,4})?", text):
                return Number(_fraction(text))
        raise Unsayable("arithmetic with something that is no number")

    def _primary(self) -> _Node:
        kind, value = self._peek()
        self._at += 1
        if kind == "number":
            return Number(_fraction(value))
        if kind in {"single", "double"}:
            return _Literal(value) if value else _Empty()
        if kind == "name":
            return self._answer(value)
        if (kind, value) == ("sign", "."):
            if self._own is None:
                raise Unsayable("`.` outside a constraint")
            return _named(self._own)
        if (kind, value) == ("sign", "("):
            node = self._or()
            self._expect(")")
            return node
        if kind == "word":
            if self._peek() == ("sign", "("):
                self._at += 1
                return self._call(value)
            if value in self._columns:
                return _Column(self._columns[value])
            if self._columns:
                return _Column("")
        raise Unsayable(f"`{value[:30]}`" if value else "an expression that ends too early")

    def _answer(self, name: str) -> _Node:
        asked = self._answers.get(name)
        if asked is None or not asked.kind:
            raise Unsayable(f"`${{{name[:60]}}}`, which is not asked here")
        return _named(asked)

    def _arguments(self) -> list[_Node]:
        found: list[_Node] = []
        if self._accept(")"):
            return found
        found.append(self._or())
        while self._accept(","):
            found.append(self._or())
        self._expect(")")
        return found

    def _call(self, function: str) -> _Node:
        arguments = self._arguments()
        match function, arguments:
            case ("true", []):
                return _Truth(value=True)
            case ("false", []):
                return _Truth(value=False)
            case ("not", [inner]):
                return _negated(self._test(inner))
            case ("selected", [Name() as name, _Literal(text=text)]):
                return self._chosen(name, text)
            case ("selected", [Name() as name, Number(value=number)]):
                return self._chosen(name, str(number))
            case ("count-selected", [Name() as name]) if self._of(name).kind == "multiple":
                return Call("count", name)
            case ("count-selected", [Name() as name]):
                raise Unsayable("count-selected of something else than a multiple choice")
            case ("number" | "int" | "string" | "boolean", [inner]):
                if (
                    isinstance(inner, Name)
                    and function in {"number", "int"}
                    and self._of(inner).kind in {"number", "year"}
                ):
                    return inner
                raise Unsayable(f"`{function}(…)`")
            case ("string-length", [Name() as name]):
                return _Length(self._of(name))
            case ("date", [_Literal(text=text)]):
                return _day(text)
            case ("date", [Name() as name]) if self._of(name).kind == "date":
                return name
        raise Unsayable(f"`{function[:40]}(…)`")

    def _of(self, name: Name) -> Asked:
        own = self._own
        if own is not None and own.id == name.id:
            return own
        return next(asked for asked in self._answers.values() if asked.id == name.id)

    def _chosen(self, name: Name, option: str) -> Condition:
        asked = self._of(name)
        if option in _WAYS_OUT:
            return False  # "don't know" is missing here, and nothing is chosen in what is missing
        if asked.kind not in {"single", "multiple"}:
            raise Unsayable("selected(…) of something else than a choice")
        if option not in asked.options:
            return False
        found = Text(asked.options[option])
        return Compare("==", name, found) if asked.kind == "single" else Compare("in", found, name)

    def _compared(self, operator: str, left: _Node, right: _Node) -> Condition:
        if isinstance(left, (_Literal, _Empty, Number, _Truth, Moment)) and not isinstance(
            right, (_Literal, _Empty, Number)
        ):
            operator, left, right = _MIRRORED[operator], right, left
        if isinstance(left, _Column) or isinstance(right, _Column):
            return self._of_columns(operator, left, right)
        if isinstance(left, _Length):
            return _length(operator, left, right)
        if isinstance(right, _Truth):
            test = self._test(left)
            if operator not in {"==", "!="}:
                raise Unsayable("a comparison of truth")
            return test if right.value == (operator == "==") else _negated(test)
        if isinstance(right, _Empty) and isinstance(left, Name):
            if operator not in {"==", "!="}:
                raise Unsayable("an order of nothing")
            return Not(answered(left.id)) if operator == "==" else answered(left.id)
        if (
            isinstance(left, Name)
            and isinstance(right, (_Literal, Number))
            and self._of(left).kind in {"single", "multiple"}
        ):
            text = right.text if isinstance(right, _Literal) else str(right.value)
            return self._option(operator, left, text)
        if isinstance(left, Name) and self._of(left).kind in {"date", "month"}:
            return _strict(operator, left, self._moment(right, self._of(left).kind))
        if (
            isinstance(left, Name)
            and isinstance(right, Name)
            and self._of(left).kind == self._of(right).kind == "single"
        ):
            raise Unsayable("a comparison of two choices")
        return _counted(operator, self._number(left), self._number(right))

    def _option(self, operator: str, name: Name, option: str) -> Condition:
        asked = self._of(name)
        if option in _WAYS_OUT:
            if operator not in {"==", "!="}:
                raise Unsayable("an order of choices")
            # Whoever says "don't know" gives a missing answer here: equal to it never, unequal to it where answered.
            if operator == "==":
                raise Unsayable("a rule that looks at “don't know”: it is a missing answer here")
            return answered(name.id)
        if operator not in {"==", "!="}:
            return _order(operator, name, asked, option)
        chosen = self._chosen(name, option)
        if asked.kind == "multiple" and not isinstance(chosen, bool):
            chosen = _both(chosen, Compare("==", Call("count", name), Number(1)))
        return chosen if operator == "==" else _negated(chosen)

    def _moment(self, node: _Node, kind: str) -> Expr:
        match node:
            case Name():
                return node
            case Moment(value=date() as day) if kind == "month":
                return Moment(Month(day.year, day.month))
            case Moment():
                return node
            case _Literal(text=text):
                return self._moment(_day(text), kind)
        raise Unsayable("a date that is computed")

    def _of_columns(self, operator: str, left: _Node, right: _Node) -> Condition:
        """A choice's own cell compared with an answer: for this choice, the answer must be what the cell says."""
        if isinstance(right, _Column) and not isinstance(left, _Column):
            left, right = right, left
        assert isinstance(left, _Column)
        if operator not in {"==", "!="}:
            raise Unsayable("an order of choices")
        match right:
            case _Literal(text=text):
                same: Condition = left.value == text
            case _Empty():
                same = not left.value
            case _Column(value=value):
                same = left.value == value
            case Name():
                return self._option(operator, right, left.value) if left.value else False
            case _:
                raise Unsayable("a choice filter that is computed")
        return same if operator == "==" else not same


_WAYS_OUT: Final = frozenset({"dont-know", "prefer-not-to-say"})


def _tokens(text: str) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            if not text[at:].strip():
                break
            raise Unsayable(f"`{text[at:].strip()[:20]}`")
        found.append((match.lastgroup, match[match.lastgroup]))
        at = match.end()
    return found


def _fraction(text: str) -> int | Fraction:
    number = Fraction(text)
    if abs(number) > 10**9 or (number * 10**4).denominator != 1:
        raise Unsayable("a number that is too large or too fine")
    return int(number) if number.denominator == 1 else number


def _named(asked: Asked) -> Name:
    return Name(asked.id)


def _day(text: str) -> Moment:
    try:
        return Moment(date.fromisoformat(text.strip()[:10]))
    except ValueError:
        raise Unsayable("a date that is none") from None


def _strict(operator: str, left: Expr, right: Expr) -> Expr:
    """As in XPath: `!=` is true where a side is missing, all else is false."""
    return none_of(Compare("==", left, right)) if operator == "!=" else Compare(operator, left, right)


def _counted(operator: str, left: Expr, right: Expr) -> Expr:
    """A comparison of numbers; a count of a missing answer is 0 in XPath and missing here."""
    found = _strict(operator, left, right)
    counted = [part for part in (left, right) if isinstance(part, Call)]
    if len(counted) == 1:
        (count,) = counted
        other = right if count is left else left
        if isinstance(other, Number):
            zero = {"==": other.value == 0, "!=": other.value != 0, "<": other.value > 0, "<=": other.value >= 0,
                    ">": other.value < 0, ">=": other.value <= 0}  # fmt: skip
            mirrored = operator if count is left else _MIRRORED[operator]
            test = Compare(operator, left, right)
            if zero[mirrored]:
                joined = any_of(Not(answered(count.argument.id)), test)
                assert joined is not None
                return joined
            return test
        nothing = Compare(operator, *((Number(0), right) if count is left else (left, Number(0))))
        joined = any_of(Compare(operator, left, right), all_of(Not(answered(count.argument.id)), nothing))
        assert joined is not None
        return joined
    if counted or any(isinstance(part, Arithmetic) and _counts(part) for part in (left, right)):
        raise Unsayable("arithmetic with counts")
    return found


def _counts(tree: Expr) -> bool:
    match tree:
        case Arithmetic(left=left, right=right):
            return _counts(left) or _counts(right)
        case Negative(inner=inner):
            return _counts(inner)
        case _:
            return isinstance(tree, Call)


def _length(operator: str, length: _Length, right: _Node) -> Condition:
    """Only whether there is a text at all: free text decides nothing else."""
    match operator, right:
        case (">", Number(value=0)) | (">=", Number(value=1)) | ("!=", Number(value=0)):
            return answered(length.answer.id)
        case ("==", Number(value=0)) | ("<", Number(value=1)) | ("<=", Number(value=0)):
            return Not(answered(length.answer.id))
    raise Unsayable("the length of a text")


def _order(operator: str, name: Name, asked: Asked, option: str) -> Condition:
    """Options whose names are numbers can be in an order: those that fulfil it, one by one."""
    tests: list[Expr] = []
    for theirs, ours in asked.options.items():
        if not re.fullmatch(r"-?\d+(\.\d+)?", theirs) or not re.fullmatch(r"-?\d+(\.\d+)?", option):
            raise Unsayable("an order of choices")
        left, right = Fraction(theirs), Fraction(option)
        if {"<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right}[operator]:
            tests.append(Compare("==", name, Text(ours)))
    if asked.kind != "single":
        raise Unsayable("an order of choices")
    joined = any_of(*tests)
    return False if joined is None else joined


def _negated(test: Condition) -> Condition:
    return not test if isinstance(test, bool) else none_of(test)


def _both(left: Condition, right: Condition) -> Condition:
    if isinstance(left, bool):
        return right if left else False
    if isinstance(right, bool):
        return left if right else False
    joined = all_of(left, right)
    assert joined is not None
    return joined


def _either(left: Condition, right: Condition) -> Condition:
    if isinstance(left, bool):
        return True if left else right
    if isinstance(right, bool):
        return True if right else left
    joined = any_of(left, right)
    assert joined is not None
    return joined
