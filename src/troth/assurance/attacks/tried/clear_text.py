"""Names, address lines and emails in the clear: contacts are always sealed, so no file shows one at any moment (P05, P16, P26)."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Final

import numpy as np

from troth.assurance.attacks.attack import Finding, Outcome, attack
from troth.assurance.attacks.fresh import fresh_rows
from troth.assurance.attacks.loot import lying
from troth.assurance.attacks.needles import Hits, Needle, Needles

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

    from troth.assurance.attacks.loot import Loot

LEAST_LINE: Final = 12
"""Shorter lines are towns and postcodes, which a list of places may hold."""
_EMAIL: Final = re.compile(
    rb"[A-Za-z0-9._+-]{4,64}@[A-Za-z][A-Za-z0-9-]{3,62}(?:\.[A-Za-z0-9-]{2,62}){0,3}\.[A-Za-z]{2,24}"
)
"""Long enough that sealed bytes do not look like one by chance; a bucket's name has a digit after its `@`."""
_BEFORE, _AFTER = 4, 5
"""Signs that stand before an `@` at the least, and signs of the domain after it, with the `@` itself."""
_MOST_LOCAL, _MOST_DOMAIN = 64, 350
"""The most that stand before it, and behind it."""


@attack(
    "contacts in the clear", ("P05", "P16", "P26"), deterministic=True, twin="a log with a name in it",
    says="Every full line of every letter (names, addresses), and anything that looks like an email, is sought in every night, raw file, "
    "log, queue, backup and key folder, of every day.",
)  # fmt: skip
def run(loot: Loot) -> Outcome:
    """No line that one letter alone has is found anywhere; no vault, night or backup holds an email."""
    whose: dict[str, set[str]] = defaultdict(set)
    for letter in loot.printed():
        for line in letter.lines:
            whose[line].add(letter.ref)
    lines = [line for line, refs in whose.items() if len(refs) == 1 and len(line.encode()) >= LEAST_LINE]
    needles = Needles(
        {form: Needle("a line of a letter", str(n)) for n, line in enumerate(lines) for form in _forms(line)}
    )
    hits, emails, looked, size = Hits(), Hits(), 0, 0
    vaults = [path for copy in loot.copies() for path in lying(copy.folder)]
    keys = [path for folder in loot.keystores().values() for path in lying(folder)]
    backups = set(loot.files("backups"))
    files = [*vaults, *loot.files(), *keys]
    for path, needle in needles.in_files(files):
        hits.add(_name(loot, path), needle)
    like: dict[int, list[bytes]] = {}
    for path in files:
        stat = path.stat()
        looked, size = looked + 1, size + stat.st_size
        if path in backups or "copies" in path.relative_to(loot.folder).parts[:1]:
            if stat.st_ino not in like:  # a file under a second name is not read again
                like[stat.st_ino] = _emails(path.read_bytes())
            for found in like[stat.st_ino]:
                emails.add(_name(loot, path), Needle("something like an email", str(hash(found))))
    for night in loot.each_night():
        looked += sum(len(tables) for tables in night.vaults.values())
    for place, needle in needles.in_rows(fresh_rows(loot)):
        hits.add(place, needle)
    findings = [Finding(where, f"{kind}, of {count}") for where, kind, count in (*hits.counted(), *emails.counted())]
    note = f"{len(lines)} lines, sought in {looked} tables and files, {size / 1e6:.0f} MB." if lines else ""
    return Outcome(looked * len(lines), tuple(findings), note=note)


def _emails(data: bytes) -> list[bytes]:
    """Whatever looks like an email. Most files have nothing that does about any of their `@`, which is asked first: it is quicker."""
    signs = np.frombuffer(data, dtype=np.uint8)
    at = np.flatnonzero(signs == ord("@"))
    at = at[(at >= _BEFORE) & (at + _AFTER < len(data))]
    for step in (*range(-_BEFORE, 0), *range(1, _AFTER)):
        at = at[(_LOCAL if step < 0 else _DOMAIN)[signs[at + step]]]
    found = []
    for sign in at.tolist():
        about = _EMAIL.finditer(data, max(0, sign - _MOST_LOCAL), sign + _MOST_DOMAIN)
        found += [each[0] for each in about if each.start() < sign < each.end()]
    return found


def _those(pattern: bytes) -> NDArray[np.bool_]:
    """Which of the 256 bytes the pattern allows."""
    return np.array([re.fullmatch(pattern, bytes((sign,))) is not None for sign in range(256)])


_LOCAL: Final = _those(rb"[A-Za-z0-9._+-]")
_DOMAIN: Final = _those(rb"[A-Za-z0-9-]")


def _forms(line: str) -> set[bytes]:
    return {line.encode(), line.upper().encode(), line.lower().encode(), line.encode("utf-16-le")}


def _name(loot: Loot, path: Path) -> str:
    return str(path.relative_to(loot.folder))
