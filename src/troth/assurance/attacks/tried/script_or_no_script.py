"""Whether JavaScript made a ticket is guessed from the rows that the claim left: they must not tell (P15, P23)."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import TYPE_CHECKING, Final

from troth.assurance.attacks.attack import Guess, Link, Outcome, Trial, attack
from troth.assurance.attacks.night import Long

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    from troth.assurance.attacks.loot import Loot
    from troth.assurance.attacks.night import Night, Rows, Value

Features = dict[str, dict[str, float]]
"""Name of what can be measured -> claim -> how much."""
SHARES: Final = (2, 4, 10)
"""The lower half, quarter and tenth are taken for something else than the rest."""
_FEW: Final = 8
"""With no more values than this, one value is a kind of its own."""
_WORDS: Final = ("js", "no-js")


@attack(
    "script or no script", ("P15", "P23"), twin="a column that differs without JavaScript",
    says="On the first night on which a claim is seen, every column, length, byte statistic and place of its rows is measured; the lower "
    "half, quarter or tenth is said to be with or without JavaScript, and so is the rarest value.",
)  # fmt: skip
def run(loot: Loot) -> Outcome:
    """Fixed rules over every measure; none of them looks at what is true."""
    features: Features = defaultdict(dict)
    known: dict[str, set[str]] = defaultdict(set)
    spent: dict[str, set[Value]] = defaultdict(set)
    for night in loot.each_night():
        for vault in ("vouchers", "interviews"):
            fresh = set()
            for table in ("inbox", "claim"):
                fresh |= _measure(night.table(vault, table), vault, known[vault], features)
            _spent(night, vault, fresh, spent[vault], features)
            known[vault] |= fresh
    trials = [
        Trial(
            f"{name}: {label}",
            Link.CLAIM_SCRIPT,
            tuple(Guess(claim, word, len(_WORDS)) for claim, word in said.items()),
        )
        for name, values in features.items()
        if len(set(values.values())) > 1
        for label, said in _rules(values)
    ]
    return Outcome(sum(len(some) for some in known.values()) * len(features), trials=tuple(trials))


def _measure(rows: Rows, vault: str, known: set[str], features: Features) -> set[str]:
    """Every measure of the rows of claims that were never seen; gives these claims."""
    if not rows.columns:
        return set()
    ids = [value.hex() if isinstance(value, bytes) else str(value) for value in rows.column("id")]
    fresh = [n for n, claim in enumerate(ids) if claim not in known]
    for n in fresh:
        for column, value in zip(rows.columns, rows.rows[n], strict=True):
            for what, number in _statistics(value):
                features[f"{vault} {what} of {column}"][ids[n]] = number
    for place, numbers in rows.positions.items():  # as a share of the night, so that nights can be put together
        for nth, n in enumerate(sorted(fresh, key=numbers.__getitem__)):
            features[f"{vault} {place}"][ids[n]] = nth / len(fresh)
    return {ids[n] for n in fresh}


def _statistics(value: Value) -> Iterator[tuple[str, float]]:
    """Numbers that a value has; a word is told by what it says, a longer value by its length alone."""
    if isinstance(value, Long):
        yield "length", value.length
    elif isinstance(value, int):
        yield "number", value
    elif isinstance(value, str):
        yield "length", len(value)
        yield "text", int.from_bytes(value.encode()[:64].ljust(64, b"\0"))
    elif isinstance(value, bytes):
        yield "length", len(value)
        for what, measure in _BYTES.items():
            yield what, measure(value)
    else:
        yield "nothing", 1


_BYTES: Final[Mapping[str, Callable[[bytes], float]]] = {
    "first byte": lambda value: value[0] if value else -1,
    "last byte": lambda value: value[-1] if value else -1,
    "sum": sum,
    "ones": lambda value: int.from_bytes(value).bit_count(),
    "lowest bit": lambda value: value[-1] & 1 if value else -1,
    "highest bit": lambda value: value[0] >> 7 if value else -1,
    "zeros": lambda value: value.count(0),
    "kinds of byte": lambda value: len(set(value)),
}


def _spent(night: Night, vault: str, fresh: set[str], known: set[Value], features: Features) -> None:
    """Spent tickets that came that night, in their own order, beside the claims that came, in theirs."""
    rows, inbox = night.table(vault, "spent"), night.table(vault, "inbox")
    if not rows.columns or not inbox.columns:
        return
    for place, numbers in rows.positions.items():
        keys = [(at, key) for at, key in zip(numbers, rows.column("key"), strict=True) if key not in known]
        there = zip(inbox.positions.get(place, ()), inbox.column("id"), strict=False)
        claims = [claim.hex() for _, claim in sorted(there) if isinstance(claim, bytes) and claim.hex() in fresh]
        if len(keys) == len(claims):
            for (_, key), claim in zip(sorted(keys), claims, strict=True):
                for what, number in _statistics(key):
                    features[f"{vault} {what} of spent, by {place}"][claim] = number
    known |= set(rows.column("key"))


def _rules(values: Mapping[str, float]) -> Iterator[tuple[str, dict[str, str]]]:
    """What each fixed rule says of every claim. Ties lie in the order of the ids, which are random."""
    order = sorted(values, key=lambda claim: (values[claim], claim))
    for share in SHARES:
        cut = len(order) // share
        for low, high in (_WORDS, _WORDS[::-1]):
            yield (
                f"the lower {share}th part is {low}",
                {claim: low if at < cut else high for at, claim in enumerate(order)},
            )
            yield (
                f"the upper {share}th part is {low}",
                {claim: low if at >= len(order) - cut else high for at, claim in enumerate(order)},
            )
    counted = Counter(values.values())
    if len(counted) <= _FEW:
        rare = min(counted, key=lambda value: (counted[value], value))
        yield "the rarest is no-js", {claim: "no-js" if value == rare else "js" for claim, value in values.items()}
        yield "the rarest is js", {claim: "js" if value == rare else "no-js" for claim, value in values.items()}
