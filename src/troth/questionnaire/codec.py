"""Canonical JSON for what is sealed: page boxes, exact progress, common progress. UTF-8, keys sorted, no spaces.

page box         {"a":{answer:value},"p":page,"q":questionnaire,"r":round,"v":version}
dummy box        {"d":1}
exact progress   {"f":{answer:value},"n":slot,"p":page,"r":round}, or {"f":{},"n":slot} at the finish
common progress  {"n":slot,"p":page,"r":round}, or {"n":slot}
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from troth.kit.errors import Invalid
from troth.questionnaire.model import PageId
from troth.questionnaire.position import Finish, Position
from troth.questionnaire.values import REASONS, missing

if TYPE_CHECKING:
    from collections.abc import Mapping

    from troth.questionnaire.model import Answer, Page, Questionnaire
    from troth.questionnaire.position import Next
    from troth.questionnaire.values import Facts, Value

_BYTES_A_CHARACTER: Final = 4
"""Of free text, at most: UTF-8; quotes and new lines take two, other control characters are refused on reading."""
_LARGEST: Final = 65536
_DUMMY: Final[dict[str, object]] = {"d": 1}
_CUT: Final[dict[str, object]] = {"d": 2}


@dataclass(frozen=True)
class PageRecord:
    """What one page box holds."""

    questionnaire: str
    version: str
    page: PageId
    repeat: int
    values: Mapping[str, Value]


def canonical(data: object) -> bytes:
    """The one JSON of the data."""
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def encode_page(q: Questionnaire, position: Position, values: Mapping[str, Value]) -> bytes:
    """The plaintext of a page's box; at most the plan's `box_size` less `PADDING_ROOM` bytes."""
    return canonical({"q": q.id, "v": q.version, "p": position.page, "r": position.repeat, "a": dict(values)})


def dummy_page() -> bytes:
    """The plaintext of a box that holds no page: it fills the slots that a route did not need."""
    return canonical(_DUMMY)


def cut_page() -> bytes:
    """The plaintext of a box that holds no page because the collection ended before it: only an opened record tells a partial one."""
    return canonical(_CUT)


def is_cut(data: bytes) -> bool:
    """Whether the plaintext is `cut_page`."""
    return data == cut_page()


def decode_page(data: bytes) -> PageRecord | None:
    """What a box says; None for a dummy.

    Raises:
        Invalid: neither.

    """
    found = _object(data)
    if found in (_DUMMY, _CUT):
        return None
    match found:
        case {"q": str(q), "v": str(v), "p": str(p), "r": int(r), "a": dict(a), **rest} if not rest and r >= 0:
            return PageRecord(q, v, PageId(p), r, _values(a))
        case _:
            raise _malformed()


def encode_state(position: Next, facts: Facts) -> bytes:
    """The plaintext of exact progress; at most the plan's `facts_size` less `PADDING_ROOM` bytes."""
    return canonical({**_at(position), "f": dict(facts)})


def decode_state(data: bytes) -> tuple[Next, Facts]:
    """The exact position and the facts kept with it.

    Raises:
        Invalid: the bytes are not exact progress.

    """
    found = _object(data)
    facts = found.pop("f", None)
    if not isinstance(facts, dict):
        raise _malformed()
    return _position(found), _values(facts)


def encode_common(position: Next) -> bytes:
    """The plaintext of common progress: a position from `next_common`, and nothing else."""
    return canonical(_at(position))


def decode_common(data: bytes) -> Next:
    """The position.

    Raises:
        Invalid: the bytes are not common progress.

    """
    return _position(_object(data))


def longest_value(answer: Answer) -> int:
    """Bytes of the largest canonical value that the answer can have."""
    largest = [len(canonical(missing(why))) for why in REASONS]
    match answer.kind:
        case "single":
            largest += [len(canonical(option.id)) for option in answer.options]
        case "multiple":
            largest.append(len(canonical([option.id for option in answer.options])))
        case "number":
            largest.append(len(str(answer.maximum or 0)))
        case "text":
            largest.append(2 + _BYTES_A_CHARACTER * answer.max_length)
    return max(largest)


def longest_page(q: Questionnaire, page: Page) -> int:
    """Bytes of the largest page box."""
    empty = {"q": q.id, "v": q.version, "p": page.id, "r": 20, "a": {}}
    return len(canonical(empty)) + sum(len(answer.id) + 4 + longest_value(answer) for answer in page.answers)


def _at(position: Next) -> dict[str, object]:
    if isinstance(position, Finish):
        return {"n": position.slot}
    return {"p": position.page, "r": position.repeat, "n": position.slot}


def _position(found: dict[str, object]) -> Next:
    match found:
        case {"p": str(p), "r": int(r), "n": int(n), **rest} if not rest and r >= 0 and n >= 0:
            return Position(PageId(p), r, n)
        case {"n": int(n), **rest} if not rest and n >= 0:
            return Finish(n)
        case _:
            raise _malformed()


def _values(found: Mapping[object, object]) -> dict[str, Value]:
    return {str(answer): _value(value) for answer, value in found.items()}


def _value(value: object) -> Value:
    match value:
        case bool():
            raise _malformed()
        case str() | int():
            return value
        case list() if all(isinstance(item, str) for item in value):
            return [str(item) for item in value]
        case {"missing": str(why), **rest} if not rest and why in REASONS:
            return missing(why)
        case _:
            raise _malformed()


def _object(data: bytes) -> dict[str, object]:
    if len(data) > _LARGEST:
        raise _malformed()
    try:
        found = json.loads(data.decode())
    except (ValueError, RecursionError):
        raise _malformed() from None
    if not isinstance(found, dict):
        raise _malformed()
    return found


def _malformed() -> Invalid:
    return Invalid(
        "what was opened is not an answer or a position of this project", mend="Check that the keys belong together"
    )
