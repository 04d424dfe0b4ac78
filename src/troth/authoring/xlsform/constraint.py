"""A constraint of a form as bounds of an answer, and as a check for what is left."""

from __future__ import annotations

import re
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from troth.authoring.rulewriting import all_of, answered, any_of, none_of, written
from troth.authoring.xlsform.xpath import Unsayable, conjuncts, translate

if TYPE_CHECKING:
    from collections.abc import Mapping

    from troth.authoring.draft import Part
    from troth.authoring.report import Report
    from troth.authoring.xlsform.xpath import Asked

_NUMBER: Final = re.compile(r"^\(*\s*\.\s*(>=|<=|>|<|=)\s*\(?\s*(-?\d+(?:\.\d+)?)\s*\)*$")
_MIRRORED: Final = re.compile(r"^\(*\s*(-?\d+(?:\.\d+)?)\s*(>=|<=|>|<)\s*\.\s*\)*$")
_DAY: Final = re.compile(r"^\(*\s*\.\s*(>=|<=|>|<)\s*(?:date\()?\s*['\"](\d{4}-\d\d-\d\d)['\"]\s*\)*$")
_LENGTH: Final = re.compile(r"^\(*\s*string-length\(\s*\.\s*\)\s*(<=|<)\s*(\d{1,9})\s*\)*$")
_ALONE: Final = re.compile(
    r"^not\(\s*selected\(\s*\.\s*,\s*['\"]([^'\"]+)['\"]\s*\)\s+and\s+count-selected\(\s*\.\s*\)\s*(?:>\s*1|!=\s*1|>=\s*2)\s*\)$"
)
_TURNED: Final = {">=": "<=", "<=": ">=", ">": "<", "<": ">"}


def apply(
    text: str, message: str, answer: Part, own: Asked, *, answers: Mapping[str, Asked], report: Report
) -> Part | None:
    """The answer has the bounds; a check for the rest, None where none is left. What cannot be said is told."""
    rest = [piece for piece in conjuncts(text) if not (_bound(piece, answer) or _alone(piece, answer, own))]
    if message and not rest and not all(_ALONE.match(piece) for piece in conjuncts(text)):
        key = "length" if answer["kind"] == "text" else "range"
        answer["messages"] = {**answer.get("messages", {}), key: message}
    violated = []
    for piece in rest:
        try:
            test = translate(piece, answers, own)
        except Unsayable as why:
            report.lose(answer["_from"], f"the constraint `{piece[:120]}`: {why}")
            continue
        if test is True:
            continue
        violated.append(none_of(test) if not isinstance(test, bool) else None)
    if not violated:
        return None
    # A constraint is only looked at where there is an answer.
    joined = any_of(*(all_of(answered(own.id), tree) for tree in violated))
    assert joined is not None
    return {"_from": answer["_from"], "violated": written(joined), "message": message or "Check this answer"}


def _alone(piece: str, answer: Part, own: Asked) -> bool:
    """Whether the piece says that a choice is chosen alone; the option then says so itself."""
    match = _ALONE.match(piece)
    if not match or answer["kind"] != "multiple":
        return False
    if match[1] in {"dont-know", "prefer-not-to-say"}:
        return True
    option = next((one for one in answer.get("options", ()) if one["id"] == own.options.get(match[1])), None)
    if option is not None:
        option["exclusive"] = True
    return option is not None


def _bound(piece: str, answer: Part) -> bool:
    """Whether the piece was a bound of the answer; it then has it."""
    kind = answer["kind"]
    if match := _LENGTH.match(piece):
        if kind == "text":
            answer["max_length"] = max(1, int(match[2]) - (match[1] == "<"))
            return True
        return False
    if kind in {"date", "month"} and (match := _DAY.match(piece)):
        return _day(match[1], match[2], answer)
    match = _NUMBER.match(piece)
    operator, number = (match[1], match[2]) if match else ("", "")
    if not match and (mirrored := _MIRRORED.match(piece)):
        operator, number = _TURNED[mirrored[2]], mirrored[1]
    if not operator or kind not in {"number", "year", "duration"} or _brackets(piece):
        return False
    return _number(operator, float(number), answer)


def _brackets(piece: str) -> bool:
    return piece.count("(") != piece.count(")")


def _number(operator: str, number: float, answer: Part) -> bool:
    step = 10.0 ** -int(answer.get("decimals", 0))
    if abs(number) > 10**9 or (not answer.get("decimals") and number != int(number)):
        return False
    least, most = answer.get("minimum"), answer.get("maximum")
    match operator:
        case ">=" | ">":
            value = number + (step if operator == ">" else 0)
            answer["minimum"] = _tidy(value if least is None else max(value, least))
        case "<=" | "<":
            value = number - (step if operator == "<" else 0)
            answer["maximum"] = _tidy(value if most is None else min(value, most))
        case _:
            answer["minimum"] = answer["maximum"] = _tidy(number)
    return True


def _tidy(number: float) -> int | float:
    rounded = round(number, 4)
    return int(rounded) if rounded == int(rounded) else rounded


def _day(operator: str, text: str, answer: Part) -> bool:
    try:
        day = date.fromisoformat(text) + timedelta(days={">": 1, "<": -1}.get(operator, 0))
    except (ValueError, OverflowError):
        return False
    value = day.isoformat() if answer["kind"] == "date" else day.isoformat()[:7]
    answer["earliest" if operator.startswith(">") else "latest"] = value
    return True
