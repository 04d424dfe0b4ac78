"""The one small language of rules: text in, tree out. Nothing is ever handed to Python's own evaluator.

    rule        = or
    or          = and { "or" and }
    and         = not { "and" not }
    not         = "not" not | comparison
    comparison  = sum [ ("==" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "not in") sum ]
    sum         = product { ("+" | "-") product }
    product     = unary { "*" unary }
    unary       = "-" unary | primary
    primary     = number | 'option' | 'day' | 'month' | answer | "[" literal { "," literal } "]" | "(" or ")"
                | "answered(" answer ")" | "count(" answer ")" | "year(" sum ")" | "month(" sum ")"
                | ( "years_between(" | "months_between(" | "days_between(" ) sum "," sum ")"

A number may have up to four decimal places. A day is '2020-01-31', a month is '2020-01'.

What the tree means, missing answers included, is written in `troth.questionnaire.evaluate`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Final, TypeAlias

from troth.kit.errors import Invalid
from troth.questionnaire.values import day_of, month_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from datetime import date

    from troth.questionnaire.values import Month

LONGEST: Final = 500
"""Characters of a rule at most."""
DEEPEST: Final = 24
"""Levels of nesting at most: a rule that a person can still read, and far below any recursion limit."""
LARGEST: Final = 10**9
"""A number in a rule at most."""

_TOKEN: Final = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d{1,4})?)|(?P<name>[a-z][a-z0-9_]*)|'(?P<text>[a-z][a-z0-9_]*|\d{4}-\d\d(?:-\d\d)?)'"
    r"|(?P<sign>==|!=|<=|>=|[-<>+*(),\[\]]))",
    re.ASCII,
)
WHOLES: Final[Mapping[str, int]] = {"year": 1, "month": 1, "years_between": 2, "months_between": 2, "days_between": 2}
"""Functions of days and months that give a whole number: how many arguments each takes."""
WORDS: Final = frozenset({"and", "or", "not", "in", "answered", "count", *WHOLES})
"""What no answer can be called."""
_COMPARISONS: Final = frozenset({"==", "!=", "<", "<=", ">", ">="})


@dataclass(frozen=True)
class Number:
    """A number written in the rule; an exact fraction where it has decimal places."""

    value: int | Fraction


@dataclass(frozen=True)
class Text:
    """An option id written in quotes."""

    value: str


@dataclass(frozen=True)
class Moment:
    """A day or a month written in quotes."""

    value: date | Month


@dataclass(frozen=True)
class Name:
    """The answer with this id."""

    id: str


@dataclass(frozen=True)
class ListOf:
    """Literals in brackets, for `in`."""

    items: tuple[Number | Text | Moment, ...]


@dataclass(frozen=True)
class Call:
    """`answered(x)` or `count(x)`."""

    function: str
    argument: Name


@dataclass(frozen=True)
class Whole:
    """`year(x)`, `years_between(x, y)` and their kind: a whole number from days or months."""

    function: str
    arguments: tuple[Expr, ...]


@dataclass(frozen=True)
class Negative:
    """`-x`."""

    inner: Expr


@dataclass(frozen=True)
class Arithmetic:
    """`x + y`, `x - y`, `x * y`."""

    operator: str
    left: Expr
    right: Expr


@dataclass(frozen=True)
class Compare:
    """`x == y` and its kind, `x in y`, `x not in y`."""

    operator: str
    left: Expr
    right: Expr


@dataclass(frozen=True)
class Not:
    """`not x`."""

    inner: Expr


@dataclass(frozen=True)
class Both:
    """`x and y`, or `x or y`."""

    operator: str
    left: Expr
    right: Expr


Expr: TypeAlias = Number | Text | Moment | Name | ListOf | Call | Whole | Negative | Arithmetic | Compare | Not | Both


@dataclass(frozen=True)
class Rule:
    """A parsed rule with the text that it came from."""

    source: str
    tree: Expr

    @property
    def names(self) -> frozenset[str]:
        """The ids of the answers that the rule looks at."""
        return frozenset(part.id for part in walk(self.tree) if isinstance(part, Name))


def walk(tree: Expr) -> Iterator[Expr]:
    """Every part of the tree, the tree itself first."""
    yield tree
    match tree:
        case Call(argument=inner) | Negative(inner=inner) | Not(inner=inner):
            yield from walk(inner)
        case Arithmetic(left=left, right=right) | Compare(left=left, right=right) | Both(left=left, right=right):
            yield from walk(left)
            yield from walk(right)
        case Whole(arguments=arguments):
            for argument in arguments:
                yield from walk(argument)
        case ListOf(items=items):
            yield from items
        case Number() | Text() | Moment() | Name():
            pass


def parse(text: str) -> Rule:
    """The rule that `text` says.

    Raises:
        Invalid: not a rule, too long, or nested deeper than `DEEPEST`; `where` counts characters from 1.

    """
    if len(text) > LONGEST:
        raise Invalid(f"a rule has at most {LONGEST} characters", where="character 1", mend="Split it over two pages")
    return Rule(text, _Parser(text).whole())


@dataclass(frozen=True)
class _Token:
    kind: str  # number, name, text, sign, word, end
    value: str
    at: int


def _tokens(text: str) -> list[_Token]:
    found: list[_Token] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.lastgroup is None:
            if text[at:].strip() == "":
                break
            at += len(text[at:]) - len(text[at:].lstrip())
            raise _wrong(at, "a character that no rule uses here", "Option ids stand in single quotes: 'yes'")
        kind, value = match.lastgroup, match[match.lastgroup]
        if kind == "name" and value in WORDS:
            kind = "word"
        found.append(_Token(kind, value, match.start(match.lastgroup)))
        at = match.end()
    found.append(_Token("end", "", len(text)))
    return found


def _wrong(at: int, what: str, mend: str) -> Invalid:
    return Invalid(what, where=f"character {at + 1}", mend=mend)


class _Parser:
    """Recursive descent, one method a line of the grammar; `depth` is counted wherever the grammar recurses."""

    def __init__(self, text: str) -> None:
        self._tokens = _tokens(text)
        self._next = 0
        self._depth = 0

    def whole(self) -> Expr:
        tree = self._either()
        if self._token.kind != "end":
            raise _wrong(self._token.at, "the rule goes on where it should end", "Join two tests with `and` or `or`")
        return tree

    @property
    def _token(self) -> _Token:
        return self._tokens[self._next]

    def _accept(self, *values: str) -> str | None:
        token = self._token
        if token.kind in ("sign", "word") and token.value in values:
            self._next += 1
            return token.value
        return None

    def _expect(self, value: str) -> None:
        if self._accept(value) is None:
            raise _wrong(self._token.at, f"`{value}` is missing", f"Write `{value}` here")

    def _deeper(self) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise _wrong(self._token.at, f"the rule is nested deeper than {DEEPEST} levels", "Split it over two pages")

    def _either(self) -> Expr:
        self._deeper()
        tree = self._all()
        while self._accept("or"):
            self._deeper()  # a chain is a tree as deep as it is long
            tree = Both("or", tree, self._all())
        return tree

    def _all(self) -> Expr:
        tree = self._negation()
        while self._accept("and"):
            self._deeper()
            tree = Both("and", tree, self._negation())
        return tree

    def _negation(self) -> Expr:
        if self._accept("not"):
            self._deeper()
            return Not(self._negation())
        return self._comparison()

    def _comparison(self) -> Expr:
        left = self._sum()
        if operator := self._accept(*_COMPARISONS):
            return Compare(operator, left, self._sum())
        if self._accept("in"):
            return Compare("in", left, self._sum())
        if self._token.value == "not" and self._tokens[self._next + 1].value == "in":
            self._next += 2
            return Compare("not in", left, self._sum())
        return left

    def _sum(self) -> Expr:
        tree = self._product()
        while operator := self._accept("+", "-"):
            self._deeper()
            tree = Arithmetic(operator, tree, self._product())
        return tree

    def _product(self) -> Expr:
        tree = self._unary()
        while self._accept("*"):
            self._deeper()
            tree = Arithmetic("*", tree, self._unary())
        return tree

    def _unary(self) -> Expr:
        if self._accept("-"):
            self._deeper()
            return Negative(self._unary())
        return self._primary()

    def _primary(self) -> Expr:
        token = self._token
        if token.kind in ("number", "text"):
            return self._literal()
        if token.kind == "name":
            self._next += 1
            return Name(token.value)
        if function := self._accept("answered", "count"):
            self._expect("(")
            argument = self._token
            if argument.kind != "name":
                raise _wrong(argument.at, f"`{function}` takes the id of one answer", f"Write {function}(answer_id)")
            self._next += 1
            self._expect(")")
            return Call(function, Name(argument.value))
        if function := self._accept(*WHOLES):
            return self._whole(function)
        if self._accept("("):
            tree = self._either()
            self._expect(")")
            return tree
        if self._accept("["):
            items = [self._literal()]
            while self._accept(","):
                items.append(self._literal())
            self._expect("]")
            return ListOf(tuple(items))
        raise _wrong(token.at, "a number, an 'option' or an answer id is missing", "Write the other side of the test")

    def _whole(self, function: str) -> Expr:
        self._deeper()
        self._expect("(")
        arguments = [self._sum()]
        for _ in range(WHOLES[function] - 1):
            self._expect(",")
            arguments.append(self._sum())
        self._expect(")")
        return Whole(function, tuple(arguments))

    def _literal(self) -> Number | Text | Moment:
        token = self._token
        self._next += 1
        if token.kind == "number":
            whole, _, places = token.value.partition(".")
            if len(whole) > len(str(LARGEST)) or Fraction(token.value) > LARGEST:
                raise _wrong(token.at, "the number is too large", f"Numbers go up to {LARGEST}")
            return Number(Fraction(token.value) if places else int(whole))
        if token.kind == "text" and token.value[0].isdigit():
            moment = day_of(token.value) or month_of(token.value)
            if moment is None:
                raise _wrong(token.at, "there is no such day", "Write '2020-01-31', or '2020-01' for a month")
            return Moment(moment)
        if token.kind == "text":
            return Text(token.value)
        raise _wrong(token.at, "a list holds numbers and 'options' only", "Write ['one', 'two']")
