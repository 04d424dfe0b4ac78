"""Byte strings that stand in two vaults, or in a vault and a log or queue file: what would join them (P04, P15, P23).

Whole values of all nights are compared (bytes, digests of long values, text), and every run of 8 bytes of what lies in raw copies.
A string joins people only where it is rare. What rows of k different keys or more have on some night (by their first column: a
person's many steps count once) is a word of the design, such as a stratum's name, the load that people came with, a header that all
boxes have: it narrows nobody down to fewer than k. Days are shared
by everybody whose day it is, and words without a digit are states. A run of 8 bytes counts where it looks drawn at random: numbers,
days, padding and what lies between columns recur by themselves. A bucket's name in a log is no person's.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from dataclasses import dataclass
from functools import cached_property
from itertools import combinations
from typing import TYPE_CHECKING, Final

import numpy as np

from troth.assurance.attacks.attack import Finding, Outcome, attack
from troth.assurance.attacks.needles import LEAST, Needle, Needles
from troth.assurance.attacks.night import Long
from troth.assurance.attacks.raw import Piece, all_pieces, as_bytes
from troth.assurance.attacks.windows import Known, all_of, chunks, each_once, looks_random

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
    from pathlib import Path

    from troth.assurance.attacks.loot import Loot
    from troth.assurance.attacks.night import Value

VAULTS: Final = ("sample", "responses", "vouchers", "interviews", "holds")
FILES: Final = ("logs", "queues")
_DAY: Final = re.compile(r"\d{4}-\d\d-\d\d")
_BUCKET: Final = re.compile(r"[a-z]+@\d{4}-\d\d-\d\d\S*")
_DIGEST_OF: Final = b"sha256 of a long value: "


@dataclass
class _Lying:
    """What lies in the raw copies of one vault: for each copy, its pieces."""

    copies: list[list[Piece]]

    @cached_property
    def all(self) -> list[bytes]:
        """Each once, if it is long enough to say anything: of living rows first."""
        every = (piece for living in (True, False) for copy in self.copies for piece in copy if piece.living == living)
        return list(dict.fromkeys(piece.data for piece in every if len(piece.data) >= LEAST))

    def owners(self, of: Collection[bytes]) -> _Owners:
        """Whose rows have these strings, copy by copy."""
        found: _Owners = {True: [], False: []}
        for copy in self.copies if of else ():
            for living, whose in found.items():
                whose.append(defaultdict(set))
                for piece in copy:
                    if piece.living == living and piece.data in of:
                        whose[-1][piece.data].add(piece.whose)
        return found


_Owners = dict[bool, list[dict[bytes, set[bytes]]]]
"""Of living rows, and of what is no living row: for each copy, string -> whose rows have it."""


def _people(owners: _Owners, of: Collection[bytes]) -> int:
    """Whose they are in one copy, at the most; by living rows, if there are any: dead versions repeat what a row says."""
    for sources in owners.values():
        if most := max((len(set().union(*(source.get(data, ()) for data in of))) for source in sources), default=0):
            return most
    return 0


@attack(
    "shared byte strings", ("P04", "P15", "P23"), deterministic=True, twin="a message id that two vaults keep, one a person",
    says="Every value of at least 8 bytes of all nights, and every run of 8 bytes in raw copies, that rows of fewer than k people have, "
    "is sought in the other vaults, the logs and the queues.",
)  # fmt: skip
def run(loot: Loot) -> Outcome:
    """No rare value and no rare run of 8 bytes stands in two vaults, or in a vault and a log or queue file."""
    k = loot.about.k
    rare, places, compared = _values(loot, k)
    findings = []
    for one, other in combinations(VAULTS, 2):
        both = Counter(f"{places[one, value]} and {places[other, value]}" for value in rare[one] & rare[other])
        findings += [
            Finding(where, f"{count} values that rows of fewer than {k} people have") for where, count in both.items()
        ]
    lying = {vault: _Lying([pieces for _, pieces in all_pieces(loot, vault)]) for vault in VAULTS}
    files = {path: path.read_bytes() for kind in FILES for path in loot.files(kind)}
    everything: dict[str | Path, _Lying] = {
        path: _Lying([[Piece("", "", data, b"the file")]]) for path, data in files.items()
    }
    everything.update(lying)
    standing = _standing(everything)
    owners = {name: source.owners(set().union(*standing[name].values())) for name, source in everything.items()}
    for one, other in combinations(VAULTS, 2):
        if count := _few(standing, owners, one, other, k):
            what = f"{count} runs of 8 bytes that rows of fewer than {k} people have"
            findings.append(Finding(f"raw copies of {one} and {other}", what))
    for vault in VAULTS:
        hit = dict(_in_files(files, rare[vault]))
        for path in files:
            where = f"{vault} and {path.relative_to(loot.folder)}"
            if count := hit.get(path, 0):
                findings.append(Finding(where, f"{count} values that rows of fewer than k people have"))
            elif count := _few(standing, owners, path, vault, k):
                findings.append(Finding(where, f"{count} runs of 8 bytes that rows of fewer than k people have"))
    size = sum(len(data) for vault in lying.values() for data in vault.all)
    note = f"{compared} values of five vaults, {size / 1e6:.0f} MB of raw rows and {len(files)} files were compared."
    return Outcome(compared + size, tuple(findings), note=note)


def _values(loot: Loot, k: int) -> tuple[dict[str, set[bytes]], dict[tuple[str, bytes], str], int]:
    """Vault -> values that rows of fewer than k keys ever had on one night; where each stands; and how many values there are.

    Rows come and go from night to night, and most stay: only those that came or went are counted.
    """
    most: dict[str, Counter[bytes]] = {vault: Counter() for vault in VAULTS}
    places: dict[tuple[str, bytes], str] = {}
    now: dict[str, dict[bytes, Counter[bytes]]] = {vault: defaultdict(Counter) for vault in VAULTS}
    before: dict[tuple[str, str, tuple[str, ...]], dict[tuple[Value, ...], None]] = {}
    for night in loot.each_night():
        tonight = {
            (vault, name, table.columns): dict.fromkeys(table.rows)
            for vault in VAULTS
            for name, table in night.vaults.get(vault, {}).items()
        }
        for at, rows in before.items():
            for row in rows.keys() - tonight.get(at, {}).keys():
                for value in _standing_in(at[2], row):
                    whose = now[at[0]][value]
                    whose[_whose(row)] -= 1
                    if not whose[_whose(row)]:
                        del whose[_whose(row)]
        for at, rows in tonight.items():
            old, (vault, name, columns) = before.get(at, {}), at
            for row in rows if not old else [row for row in rows if row not in old]:
                for value, column in _standing_in(columns, row).items():
                    whose = now[vault][value]
                    whose[_whose(row)] += 1
                    most[vault][value] = max(most[vault][value], len(whose))
                    places.setdefault((vault, value), f"{vault}.{name}.{column}")
        before = tonight
    rare = {vault: {value for value, count in found.items() if count < k} for vault, found in most.items()}
    return rare, places, sum(map(len, most.values()))


def _standing_in(columns: Sequence[str], row: Sequence[Value]) -> dict[bytes, str]:
    return {value: column for column, value in _worth(zip(columns, row, strict=True))}


def _whose(row: Sequence[Value]) -> bytes:
    """By their first column: a person's rows mostly begin with the same."""
    return str(row[0]).encode()


def _worth(row: Iterable[tuple[str, Value]]) -> Iterator[tuple[str, bytes]]:
    """Column and value of those that could name somebody."""
    for column, value in row:
        if isinstance(value, Long):
            yield column, _DIGEST_OF + value.digest
        elif isinstance(value, bytes) or (isinstance(value, str) and _tells(value)):
            whole = as_bytes(value)
            if len(whole) >= LEAST:
                yield column, whole


def _tells(text: str) -> bool:
    return any(sign.isdigit() for sign in text) and not _DAY.fullmatch(text) and not _BUCKET.fullmatch(text)


def _standing(sources: Mapping[str | Path, _Lying]) -> dict[str | Path, dict[int, set[bytes]]]:
    """Source -> the runs of 8 bytes that look drawn at random and lie in another source too -> in which strings they lie here."""
    *small, largest = sorted(sources, key=lambda name: sum(map(len, sources[name].all)))
    runs = [all_of(sources[name].all, looks_random) for name in small]
    every, shared = np.sort(np.concatenate([*runs, np.empty(0, dtype=np.uint64)])), []
    shared.append(every[1:][every[1:] == every[:-1]])
    known = Known(each_once([every]))
    for found, _ in chunks(sources[largest].all):
        shared.append(found[known.has(found)])
    return {name: _where(source, Known(each_once(shared))) for name, source in sources.items()}


def _where(lying: _Lying, known: Known) -> dict[int, set[bytes]]:
    """Those of the known runs that lie here -> in which strings."""
    found: dict[int, set[bytes]] = defaultdict(set)
    for runs, whose in chunks(lying.all):
        hit = known.has(runs)
        for run, number in zip(runs[hit].tolist(), whose[hit].tolist(), strict=True):
            found[run].add(lying.all[number])
    return found


def _few(
    standing: Mapping[str | Path, Mapping[int, set[bytes]]], owners: Mapping[str | Path, _Owners], one: str | Path,
    other: str | Path, k: int,
) -> int:  # fmt: skip
    """How many runs both have, each in fewer than k rows."""
    both = standing[one].keys() & standing[other].keys()
    return sum(all(_people(owners[name], standing[name][run]) < k for name in (one, other)) for run in both)


def _in_files(files: Mapping[Path, bytes], rare: Iterable[bytes]) -> Iterator[tuple[Path, int]]:
    """How many of these values, as they are and in hexadecimal, stand in each file."""
    sought: dict[bytes, Needle] = {}
    for number, value in enumerate(rare):
        if not value.startswith(_DIGEST_OF):
            for form in {value, value.hex().encode(), value.hex().upper().encode()}:
                sought[form] = Needle("a value", str(number))
    needles = Needles(sought)
    for path, data in files.items():
        yield path, len({needle.whose for _, needle in needles.find(data)})
