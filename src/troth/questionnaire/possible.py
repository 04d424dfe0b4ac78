"""Whether rules can hold together: by trying every answer that they can tell apart, never by guessing.

Exact or silent: an answer with more values than can be tried makes the question unanswerable (None), and nothing is said.
"""

from __future__ import annotations

import math
from itertools import chain, combinations, islice, product
from typing import TYPE_CHECKING, Final

from troth.questionnaire.evaluate import holds
from troth.questionnaire.values import NO_ANSWER, missing

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from troth.questionnaire.expression import Rule
    from troth.questionnaire.model import Answer
    from troth.questionnaire.values import Value

MOST: Final = 50_000
"""Combinations that are tried at most."""
_SUBSETS: Final = 10
"""Options of a `multiple` answer at most; every subset of them is tried."""


def possible(answers: Mapping[str, Answer], true: Sequence[Rule], false: Sequence[Rule] = ()) -> bool | None:
    """Whether some answers make all of `true` hold and none of `false`; None where there are too many to try."""
    names = sorted({name for rule in (*true, *false) for name in rule.names})
    ranges = [_values(answers[name]) for name in names]
    if math.prod(len(each) if each else MOST + 1 for each in ranges) > MOST:
        return None
    for tried in product(*[each or [] for each in ranges]):
        facts = dict(zip(names, tried, strict=True))
        if all(holds(rule, facts) for rule in true) and not any(holds(rule, facts) for rule in false):
            return True
    return False


def _values(answer: Answer) -> list[Value] | None:
    """Every value that the answer can have, missing for one; None where there are too many, or it is not counted in steps."""
    nothing: Value = missing(NO_ANSWER)
    options = [option.id for option in answer.options]
    match answer.kind:
        case "single":
            return [nothing, *options]
        case "multiple" if len(options) <= _SUBSETS:
            alone = {option.id for option in answer.options if option.exclusive}
            free = [option for option in options if option not in alone]
            some = chain.from_iterable(combinations(free, size) for size in range(1, len(free) + 1))
            return [nothing, *([one] for one in sorted(alone)), *(list(chosen) for chosen in some)]
        case "number" | "year" | "duration" if not answer.decimals:
            found = list(islice(range(int(answer.minimum), int(answer.maximum or 0) + 1), 400))
            return [nothing, *found] if len(found) < 400 else None  # noqa: PLR2004 - as above
        case _:
            return None
