"""Arrival read from where cells lie on SQLite's pages, when everything was rewritten (P04, P15; DESIGN §4).

SQLite fills a page from its end: of two cells the later one lies lower, in a table without row ids and in every index too, and pages
are given out one after another. So a table that only has random keys still lists who came when, until it is rewritten in another
order. Raw copies of after a flush are read by page and offset, tables and their automatic indexes, and put beside the order in
which people came as the nights before show it. (Where rows lie in PostgreSQL is in every night, as `ctid`.)
"""

from __future__ import annotations

from collections import defaultdict
from typing import TYPE_CHECKING, Final

from troth.assurance.attacks.attack import Guess, Link, Outcome, Trial, attack
from troth.assurance.attacks.physical import Unreadable, cells, read_file, schema
from troth.assurance.attacks.raw import raw_copies
from troth.assurance.attacks.records import arrivals, records, side_by_side

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from troth.assurance.attacks.loot import Loot
    from troth.assurance.attacks.physical import Cell, Tree

_KEY: Final = 16
_LEAST: Final = 2
CLAIMS: Final = ("vouchers", "interviews")
_Lies = dict[str, dict[bytes, "Cell"]]
"""Tree's name -> key -> the cell that it lies in."""


@attack(
    "arrival left in cells", ("P04", "P15"), twin="a table WITHOUT ROWID that is never rewritten",
    says="Records and claims in raw SQLite copies are put in the order in which their cells lie, in tables and indexes, and taken for the "
    "people who came in that order.",
)  # fmt: skip
def run(loot: Loot) -> Outcome:
    """A guess for each record and claim of a SQLite copy, by each tree's order, forwards and backwards."""
    guesses: dict[tuple[str, Link], dict[str, Guess]] = defaultdict(dict)
    people, names, examined = arrivals(loot), records(loot), 0
    for vault, table in (("responses", "record"), *((vault, "claim") for vault in CLAIMS)):
        link = Link.HANDLE_RECORD if table == "record" else Link.CLAIM_HANDLE
        for after, day, trees in _news(loot, vault, table):
            handles = people.between(after, day) or people.between(None, day)
            for tree, lies in trees.items():
                keys = [key for key in lies if table == "claim" or key in names]
                examined += len(keys)
                if len(keys) < _LEAST or not handles:
                    continue
                for way, order in _orders(keys, lies):
                    for key, handle in side_by_side(order, handles, names, people.cells):
                        name = f"{vault}: {tree}, {way}"
                        if table == "record":
                            guess = Guess(handle.hex(), names[key].name, len(keys))
                            guesses[name, link].setdefault(guess.right, guess)
                        else:
                            guesses[name, link].setdefault(key.hex(), Guess(key.hex(), handle.hex(), len(handles)))
    trials = tuple(Trial(name, link, tuple(found.values())) for (name, link), found in sorted(guesses.items(), key=str))
    return Outcome(examined, trials=trials, note=f"{examined} cells of records and claims, in {len(trials)} orders.")


def _news(loot: Loot, vault: str, table: str) -> Iterator[tuple[date | None, date, _Lies]]:
    """For each copy with keys that no earlier one had: the day of the copy before, its own day, and where the new keys lie."""
    known: set[bytes] = set()
    before: date | None = None
    for copy in raw_copies(loot, vault):
        trees: _Lies = {}
        for path in sorted(copy.folder.glob("*.db")):
            trees |= _lies(path, table)
        fresh = {name: {key: cell for key, cell in lies.items() if key not in known} for name, lies in trees.items()}
        if any(fresh.values()):
            yield before, copy.day, fresh
            known |= {key for lies in fresh.values() for key in lies}
            before = copy.day


def _lies(path: Path, table: str) -> _Lies:
    try:
        pages = read_file(path)
        trees = [tree for tree in schema(pages) if tree.table == table]
        found = {}
        for tree in trees:
            at = _key_column(tree)
            if at is not None:
                lies = {cell.values[at]: cell for cell in cells(pages, tree)}
                found[tree.name] = {
                    key: cell for key, cell in lies.items() if isinstance(key, bytes) and len(key) == _KEY
                }
    except Unreadable:
        return {}
    return found


def _key_column(tree: Tree) -> int | None:
    """Where the id stands in the tree's cells: an automatic index begins with it."""
    if tree.kind == "index":
        return 0 if tree.name.startswith("sqlite_autoindex") else None
    return tree.columns.index("id") if "id" in tree.columns else None


def _orders(keys: Sequence[bytes], lies: Mapping[bytes, Cell]) -> Iterator[tuple[str, list[bytes]]]:
    by_page = sorted(keys, key=lambda key: (lies[key].page, -lies[key].offset))
    by_offset = sorted(keys, key=lambda key: -lies[key].offset)
    yield "by page and offset", by_page
    yield "by page and offset, backwards", by_page[::-1]
    if by_offset != by_page:
        yield "by offset alone", by_offset
