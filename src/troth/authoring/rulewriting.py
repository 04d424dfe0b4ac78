"""Rules written by program: a tree of the engine's own kinds as the text of a rule, and the joins that importers need."""

from __future__ import annotations

from decimal import Decimal
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
    walk,
)
from troth.questionnaire.values import Month

if TYPE_CHECKING:
    from fractions import Fraction

    from troth.questionnaire.expression import Expr

_OR, _AND, _NOT, _COMPARE, _SUM, _PRODUCT, _UNARY, _PRIMARY = range(8)
_OPPOSITE: Final = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">", "in": "not in", "not in": "in"}


def written(tree: Expr) -> str:
    """The text of the rule; parsing it gives a tree that means the same."""
    return _write(assuming(tree, frozenset()), _OR)


def answered(name: str) -> Expr:
    """`answered(name)`."""
    return Call("answered", Name(name))


def all_of(*trees: Expr | None) -> Expr | None:
    """All of them joined by `and`; None where there is none. The same test twice is written once."""
    return _join("and", trees)


def any_of(*trees: Expr | None) -> Expr | None:
    """All of them joined by `or`; None where there is none."""
    return _join("or", trees)


def none_of(tree: Expr) -> Expr:
    """True exactly where the tree is false, missing answers included: a comparison with something missing is false."""
    match tree:
        case Not(inner=inner):
            return inner
        case Both(operator="or") if (opposite := _where_answered(tree)) is not None:
            return opposite
        case Both(operator=operator, left=left, right=right):
            other = "or" if operator == "and" else "and"
            joined = _join(other, (none_of(left), none_of(right)))
            assert joined is not None
            return joined
        case Compare(operator=operator, left=left, right=right):
            names = names_in(tree)
            turned = Compare(_OPPOSITE[operator], left, right)
            empty = any_of(*(Not(answered(name)) for name in names))
            return turned if empty is None else Both("or", empty, turned)
        case _:
            return Not(tree)


def _where_answered(tree: Expr) -> Expr | None:
    """Of "x has no answer, or x != y", the opposite: x == y, which is false by itself where x has no answer."""
    parts = _flat("or", tree)
    comparisons = [part for part in parts if isinstance(part, Compare)]
    if len(comparisons) != 1:
        return None
    (comparison,) = comparisons
    empty = {Not(answered(name)) for name in names_in(comparison)}
    if empty and set(parts) == {comparison, *empty}:
        return Compare(_OPPOSITE[comparison.operator], comparison.left, comparison.right)
    return None


def assuming(tree: Expr, known: frozenset[str]) -> Expr:
    """The same test where the answers of `known` are sure to be there: what would only say so again is left out."""
    if isinstance(tree, Both) and tree.operator == "and":
        parts = _flat("and", tree)
        sure = known | {part.argument.id for part in parts if isinstance(part, Call) and part.function == "answered"}
        joined = all_of(*(part if isinstance(part, Call) else assuming(part, frozenset(sure)) for part in parts))
        assert joined is not None
        return joined
    if isinstance(tree, Both):
        kept = [part for part in _flat("or", tree) if not (isinstance(part, Not) and _says(part.inner, known))]
        joined = any_of(*(assuming(part, known) for part in kept))
        return tree if joined is None else joined
    return tree


def _says(tree: Expr, known: frozenset[str]) -> bool:
    return isinstance(tree, Call) and tree.function == "answered" and tree.argument.id in known


def names_in(tree: Expr) -> tuple[str, ...]:
    """The answers that the tree looks at, in order, each once."""
    return tuple(dict.fromkeys(part.id for part in walk(tree) if isinstance(part, Name)))


def _join(operator: str, trees: tuple[Expr | None, ...]) -> Expr | None:
    flat: list[Expr] = []
    for tree in trees:
        if tree is not None:
            flat += _flat(operator, tree)
    joined: Expr | None = None
    for tree in dict.fromkeys(flat):
        joined = tree if joined is None else Both(operator, joined, tree)
    return joined


def _flat(operator: str, tree: Expr) -> list[Expr]:
    if isinstance(tree, Both) and tree.operator == operator:
        return [*_flat(operator, tree.left), *_flat(operator, tree.right)]
    return [tree]


def _write(tree: Expr, within: int) -> str:
    text, level = _text(tree)
    return f"({text})" if level < within else text


def _text(tree: Expr) -> tuple[str, int]:
    match tree:
        case Both(operator=operator, left=left, right=right):
            level = _OR if operator == "or" else _AND
            return f"{_write(left, level)} {operator} {_write(right, level + 1)}", level
        case Not(inner=inner):
            return f"not {_write(inner, _NOT if isinstance(inner, (Not, Call)) else _PRIMARY)}", _NOT
        case Compare(operator=operator, left=left, right=right):
            return f"{_write(left, _SUM)} {operator} {_write(right, _SUM)}", _COMPARE
        case Arithmetic(operator="*", left=left, right=right):
            return f"{_write(left, _PRODUCT)} * {_write(right, _UNARY)}", _PRODUCT
        case Arithmetic(operator=operator, left=left, right=right):
            return f"{_write(left, _SUM)} {operator} {_write(right, _PRODUCT)}", _SUM
        case Negative(inner=inner):
            return f"-{_write(inner, _UNARY)}", _UNARY
        case Number(value=number):
            return (number_text(number), _PRIMARY) if number >= 0 else (f"-{number_text(-number)}", _UNARY)
        case Text(value=text):
            return f"'{text}'", _PRIMARY
        case Moment(value=moment):
            iso = f"{moment.year:04}-{moment.month:02}" if isinstance(moment, Month) else moment.isoformat()
            return f"'{iso}'", _PRIMARY
        case Name(id=name):
            return name, _PRIMARY
        case ListOf(items=items):
            return f"[{', '.join(_write(item, _OR) for item in items)}]", _PRIMARY
        case Call(function=function, argument=argument):
            return f"{function}({argument.id})", _PRIMARY
        case Whole(function=function, arguments=arguments):
            return f"{function}({', '.join(_write(argument, _SUM) for argument in arguments)})", _PRIMARY


def number_text(number: int | Fraction) -> str:
    """The number as a rule writes it: at most four decimal places."""
    if isinstance(number, int) or number.denominator == 1:
        return str(int(number))
    text = f"{Decimal(number.numerator) / Decimal(number.denominator):.4f}"
    return text.rstrip("0").rstrip(".")
