"""Rows of one table put in order: by where they lie, and by each column that differs. What attacks on rows align."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from troth.assurance.attacks.attack import Guess
from troth.assurance.attacks.followed import record_name
from troth.assurance.attacks.night import Long

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence

    from troth.assurance.attacks.night import Night, Rows, Value

MOST: Final = 400
"""Guesses in one trial: more add no certainty, and much time."""


@dataclass(frozen=True)
class Order:
    """Ids of one table in one order. A table with several rows an id gives two: by the first of them, and by the last."""

    name: str
    ids: tuple[str, ...]
    kind: str
    """`place`, `id`, `bytes` (random by its class: sealed, a digest), `plain` (numbers, days, words) or `tied` (plain, and mostly ties,
    which lie by place)."""


@dataclass
class Ranked:
    """All orders of the tables of one kind of id on one night, and the cell that each id shows."""

    orders: list[Order] = field(default_factory=list)
    cell: dict[str, str] = field(default_factory=dict)
    values: dict[bytes | str, set[str]] = field(default_factory=lambda: defaultdict(set))
    """Long enough value -> the ids whose rows hold it."""


_KEYS: Final[Mapping[str, tuple[tuple[str, str, str], ...]]] = {
    "person": (("sample", "person", "ref"), ("sample", "letter", "ref")),
    "receipt": (("sample", "receipt", "ref"),),
    "handle": (
        ("responses", "handle", "handle"),
        ("responses", "session", "handle"),
        ("responses", "step", "handle"),
        ("responses", "progress", "handle"),
    ),
    "record": (("responses", "record", "boxes"),),
    "voucher": (("vouchers", "claim", "id"), ("vouchers", "inbox", "id")),
    "interview": (("interviews", "claim", "id"), ("interviews", "inbox", "id")),
}
"""Kind of id -> vault, table and the column that names it."""
_AGAIN: Final = frozenset({"letter", "session", "step", "progress"})
"""Tables whose ids come in the same order as those of the table before."""
_VALUE: Final = 8
"""Bytes or letters of a value that does not come twice by chance."""


def rank(night: Night, kind: str, *, only: Collection[str] | None = None) -> Ranked:
    """Every order of `person`, `receipt`, `handle`, `record`, `voucher` or `interview` that night; of `only` these ids, where given."""
    found = Ranked()
    for vault, table, key in _KEYS[kind]:
        rows = night.table(vault, table)
        if not rows.columns or key not in rows.columns:
            continue
        ids = [name(value) for value in rows.column(key)]
        keep = [n for n, one in enumerate(ids) if only is None or one in only]
        if "cell" in rows.columns:
            cells = rows.column("cell")
            found.cell |= {ids[n]: str(cells[n]) for n in keep}
        for label, order_kind, by in _keys(rows, keep, key):
            if label == key and table in _AGAIN:
                continue
            found.orders += _order(f"{vault}.{table} {label}", order_kind, [ids[n] for n in by])
        for row in (rows.rows[n] for n in keep):
            for at, value in zip(rows.columns, row, strict=True):
                if isinstance(value, bytes | str) and len(value) >= _VALUE and at != "cell":
                    found.values[value].add(name(row[rows.columns.index(key)]))
    return found


def states(night: Night, *, reserve: bool = False) -> dict[str, str]:
    """Handle -> its state that night; those for lost letters left out, unless asked for."""
    rows = night.table("responses", "handle")
    if not rows.columns:
        return {}
    return {
        name(row["handle"]): str(row["state"]) for row in rows.by("handle").values() if reserve or not row["reserve"]
    }


def name(value: Value) -> str:
    """What a row is called, as `attack.Link` says."""
    if isinstance(value, Long):
        return record_name(value)
    return value.hex() if isinstance(value, bytes) else str(value)


def align(left: Sequence[str], right: Sequence[str]) -> Iterator[Guess]:
    """The i-th of the one is taken for the i-th of the other; scaled when there are not as many; at most `MOST`, evenly chosen."""
    if not left or not right:
        return
    stride = max(1, -(-len(left) // MOST))
    for at in range(0, len(left), stride):
        yield Guess(left[at], right[at * len(right) // len(left)], len(right))


def align_in_cells(
    left: Sequence[str], right: Sequence[str], lefts: Mapping[str, str], rights: Mapping[str, str]
) -> Iterator[Guess]:
    """As `align`, cell by cell; those of cells that only one side has are one more cell (they were merged)."""
    shared = set(lefts.values()) & set(rights.values())
    one, other = _by_cell(left, lefts, shared), _by_cell(right, rights, shared)
    for cell in sorted(one):
        yield from align(one[cell], other.get(cell, ()))


def pairs(left: Sequence[Order], right: Sequence[Order]) -> Iterator[tuple[str, Order, Order]]:
    """Names, the left order, and the right one forwards and backwards. Two random columns tell nothing of each other and are left out."""
    for one in left:
        for other in right:
            if {one.kind, other.kind} in ({"bytes"}, {"bytes", "id"}):
                continue
            yield f"{one.name} x {other.name}", one, other
            yield f"{one.name} x {other.name} backwards", one, Order(other.name, other.ids[::-1], other.kind)


def steady(orders: Sequence[Order]) -> list[Order]:
    """Those by place and by id: where many small groups are aligned, the others would only be more ways to be lucky."""
    return [one for one in orders if one.kind in {"place", "id"}]


def _keys(rows: Rows, keep: Sequence[int], key: str) -> Iterator[tuple[str, str, list[int]]]:
    """Label, kind and the rows' numbers in that order: ties lie as the first physical order has them. One row alone is in every order."""
    places = list(rows.positions.items())
    base = sorted(keep, key=places[0][1].__getitem__) if places else list(keep)
    for label, place in places:
        if len({place[n] for n in keep}) > 1 or len(keep) == 1:
            yield label, "place", sorted(base, key=place.__getitem__)
    for at, column in enumerate(rows.columns):
        values = {n: rows.rows[n][at] for n in keep}
        if any(isinstance(value, Long) for value in values.values()):  # the order of digests tells nothing
            sizes = {n: value.length if isinstance(value, Long) else 0 for n, value in values.items()}
            if len(set(sizes.values())) > 1 or len(keep) == 1:
                yield f"length of {column}", "plain", sorted(base, key=sizes.__getitem__)
        elif len(set(values.values())) > 1 or len(keep) == 1:
            yield column, _kind(column, key, values.values()), sorted(base, key=lambda n: _sortable(values[n]))


def _kind(column: str, key: str, values: Collection[Value]) -> str:
    if column in {key, "id"}:
        return "id"
    if any(isinstance(value, bytes) for value in values):
        return "bytes"
    return "tied" if 2 * len(set(values)) < len(values) else "plain"


def _sortable(value: Value) -> tuple[int, int, str, bytes]:
    """Nothing before numbers before words before bytes."""
    if isinstance(value, int):
        return (1, value, "", b"")
    if isinstance(value, str):
        return (2, 0, value, b"")
    return (3, 0, "", value) if isinstance(value, bytes) else (0, 0, "", b"")


def _order(label: str, kind: str, ids: Sequence[str]) -> list[Order]:
    first = tuple(dict.fromkeys(ids))
    if len(first) == len(ids):
        return [Order(label, first, kind)]
    last = tuple(reversed(dict.fromkeys(reversed(ids))))
    return [Order(f"{label}, first row", first, kind), Order(f"{label}, last row", last, kind)]


def _by_cell(ids: Sequence[str], cells: Mapping[str, str], shared: Collection[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for one in ids:
        cell = cells.get(one, "")
        found[cell if cell in shared else ""].append(one)
    return found
