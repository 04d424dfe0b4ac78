"""Canonical JSON for what is sealed: page boxes, exact progress, common progress. UTF-8, keys sorted, no spaces.

page box         {"a":{answer:value, answer.option:text beside it},"p":page,"q":questionnaire,"r":round,"v":version}
how box          {"b":band,"l":language,"s":sittings}: how it was answered, the last slot of a complete response
dummy box        {"d":1}
exact progress   {"f":{answer:value},"m":minutes,"n":slot,"p":page,"r":round,"s":sittings}, without p and r at the finish
common progress  {"n":slot,"p":page,"r":round,"s":sittings}, without p and r at the finish
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final, cast

from troth.kit.errors import Invalid
from troth.questionnaire.model import PageId
from troth.questionnaire.position import Finish, Position
from troth.questionnaire.values import DECIMAL_FORM, REASONS, day_of, decimal, detail_key, missing, month_of

if TYPE_CHECKING:
    from collections.abc import Mapping

    from troth.questionnaire.model import Answer, Option, Page, Questionnaire
    from troth.questionnaire.position import Next
    from troth.questionnaire.values import Facts, Value

_BYTES_A_CHARACTER: Final = 4
"""Of free text, at most: UTF-8; quotes and new lines take two, other control characters are refused on reading."""
_LARGEST: Final = 65536
_MINUTES: Final = 9999
_SITTINGS: Final = 99
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


@dataclass(frozen=True)
class How:
    """How a response was answered, as coarse as it is ever kept; "" and 0 where the study does not record it."""

    language: str
    band: str
    sittings: int


@dataclass(frozen=True)
class Trail:
    """What progress remembers beside the place: sittings so far, this one included, and the minutes of all of them.

    `minutes` is None once somebody went on with the code alone: how long an answer took is nobody's who holds the letter (P09).
    """

    sittings: int = 1
    minutes: int | None = 0


BANDS: Final = (("under_ten", 10), ("ten_to_twenty", 20), ("twenty_to_forty", 40), ("forty_to_sixty", 60))
"""A band's name, and the minutes below which it is the one."""
LONGEST_BAND: Final = "sixty_or_more"
UNKNOWN_BAND: Final = "unknown"
MOST_SITTINGS: Final = 9
"""More are kept as this many: a large number could be somebody's."""


_ENCODER: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def canonical(data: object) -> bytes:
    """The one JSON of the data."""
    return _ENCODER.encode(data).encode()


def encode_page(q: Questionnaire, position: Position, values: Mapping[str, Value]) -> bytes:
    """The plaintext of a page's box; at most the plan's `box_size` less `PADDING_ROOM` bytes."""
    return canonical({"q": q.id, "v": q.version, "p": position.page, "r": position.repeat, "a": dict(values)})


def encode_how(q: Questionnaire, trail: Trail, language: str) -> bytes:
    """The plaintext of the last box of a complete response: what the study records of how it was answered, and nothing finer."""
    whole = trail.minutes
    band = UNKNOWN_BAND if whole is None else next((name for name, below in BANDS if whole < below), LONGEST_BAND)
    return canonical(
        {
            "b": band if q.record.duration else "",
            "l": language if q.record.language else "",
            "s": min(trail.sittings, MOST_SITTINGS) if q.record.sittings else 0,
        }
    )


def dummy_page() -> bytes:
    """The plaintext of a box that holds no page: it fills the slots that a route did not need."""
    return canonical(_DUMMY)


def cut_page() -> bytes:
    """The plaintext of a box that holds no page because the collection ended before it: only an opened record tells a partial one."""
    return canonical(_CUT)


def is_cut(data: bytes) -> bool:
    """Whether the plaintext is `cut_page`."""
    return data == cut_page()


def decode_page(data: bytes) -> PageRecord | How | None:
    """What a box says; None for a dummy.

    Raises:
        Invalid: neither.

    """
    found = _object(data)
    if found in (_DUMMY, _CUT):
        return None
    match found:
        case {"b": str(b), "l": str(l), "s": int(s), **rest} if not rest and 0 <= s <= MOST_SITTINGS:
            return How(l, b, s)
        case {"q": str(q), "v": str(v), "p": str(p), "r": int(r), "a": dict(a), **rest} if not rest and r >= 0:
            return PageRecord(q, v, PageId(p), r, _values(a))
        case _:
            raise _malformed()


def encode_state(position: Next, facts: Facts, trail: Trail) -> bytes:
    """The plaintext of exact progress; at most the plan's `facts_size` less `PADDING_ROOM` bytes."""
    minutes = -1 if trail.minutes is None else min(trail.minutes, _MINUTES)
    return canonical({**_at(position), "f": dict(facts), "s": min(trail.sittings, _SITTINGS), "m": minutes})


def decode_state(data: bytes) -> tuple[Next, Facts, Trail]:
    """The exact position, the facts kept with it, and the sittings so far.

    Raises:
        Invalid: the bytes are not exact progress.

    """
    found = _object(data)
    facts, sittings, minutes = found.pop("f", None), found.pop("s", None), found.pop("m", None)
    if not isinstance(facts, dict) or not _counts(sittings) or type(minutes) is not int or minutes < -1:
        raise _malformed()
    assert isinstance(sittings, int)
    return _position(found), _values(facts), Trail(sittings, None if minutes < 0 else minutes)


def encode_common(position: Next, trail: Trail) -> bytes:
    """The plaintext of common progress: a position from `next_common` and the number of sittings, nothing else."""
    return canonical({**_at(position), "s": min(trail.sittings, _SITTINGS)})


def decode_common(data: bytes) -> tuple[Next, Trail]:
    """The position, and the sittings so far.

    Raises:
        Invalid: the bytes are not common progress.

    """
    found = _object(data)
    sittings = found.pop("s", None)
    if not _counts(sittings):
        raise _malformed()
    assert isinstance(sittings, int)
    return _position(found), Trail(sittings, None)


def _counts(sittings: object) -> bool:
    return type(sittings) is int and sittings >= 0


def longest_value(answer: Answer) -> int:
    """Bytes of the largest canonical value that the answer can have."""
    largest = [len(canonical(missing(why))) for why in REASONS]
    match answer.kind:
        case "single":
            largest += [len(canonical(option.id)) for option in answer.options]
        case "multiple":
            largest.append(len(canonical([option.id for option in answer.options])))
        case "number" | "year" | "duration":
            for bound in (answer.minimum, answer.maximum or 0):
                most = decimal(Decimal(bound), answer.decimals) if answer.decimals else int(bound)
                largest.append(len(canonical(most)))
        case "date":
            largest.append(len(canonical({"date": "2020-01-31"})))
        case "month":
            largest.append(len(canonical({"month": "2020-01"})))
        case "text":
            largest.append(2 + _BYTES_A_CHARACTER * answer.max_length)
    return max(largest)


def longest_page(q: Questionnaire, page: Page) -> int:
    """Bytes of the largest page box."""
    empty = {"q": q.id, "v": q.version, "p": page.id, "r": 20, "a": {}}
    boxes = sum(
        len(detail_key(answer.id, option.id)) + 4 + 2 + _BYTES_A_CHARACTER * option.detail.max_length
        for answer in page.answers
        for option in answer.options
        if option.detail and (answer.kind == "multiple" or option == _largest_box(answer))
    )
    return len(canonical(empty)) + boxes + sum(len(answer.id) + 4 + longest_value(answer) for answer in page.answers)


def _largest_box(answer: Answer) -> Option:
    """Of a `single` answer only one box can be filled in."""
    return max(
        (option for option in answer.options if option.detail),
        key=lambda option: len(option.id) + _BYTES_A_CHARACTER * (option.detail.max_length if option.detail else 0),
    )


def _at(position: Next) -> dict[str, object]:
    if isinstance(position, Finish):
        return {"n": position.slot}
    return {"p": position.page, "r": position.repeat, "n": position.slot}


_PLACE: Final = frozenset({"p", "r", "n"})
_FINISH: Final = frozenset({"n"})


def _position(found: dict[str, object]) -> Next:
    n = found.get("n")
    if not _counts(n):
        raise _malformed()
    assert isinstance(n, int)
    if found.keys() == _FINISH:
        return Finish(n)
    page, repeat = found.get("p"), found.get("r")
    if found.keys() != _PLACE or not isinstance(page, str) or not _counts(repeat):
        raise _malformed()
    assert isinstance(repeat, int)
    return Position(PageId(page), repeat, n)


def _values(found: Mapping[object, object]) -> dict[str, Value]:
    return {str(answer): _value(value) for answer, value in found.items()}


def _value(value: object) -> Value:
    if type(value) in (str, int):  # most are; the patterns below cost more than all else here
        return cast("Value", value)
    match value:
        case bool():
            raise _malformed()
        case list() if all(isinstance(item, str) for item in value):
            return [str(item) for item in value]
        case {"missing": str(why), **rest} if not rest and why in REASONS:
            return missing(why)
        case {"decimal": str(number), **rest} if not rest and DECIMAL_FORM.match(number):
            return {"decimal": number}
        case {"date": str(day), **rest} if not rest and day_of(day):
            return {"date": day}
        case {"month": str(month), **rest} if not rest and month_of(month):
            return {"month": month}
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
