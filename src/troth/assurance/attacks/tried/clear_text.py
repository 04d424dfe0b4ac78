"""Names, address lines and emails in the clear: contacts are always sealed, so no file shows one at any moment (P05, P16, P26)."""

from __future__ import annotations

import re
from collections import defaultdict
from typing import TYPE_CHECKING, Final

from troth.assurance.attacks.attack import Finding, Outcome, attack
from troth.assurance.attacks.needles import Hits, Needle, Needles

if TYPE_CHECKING:
    from pathlib import Path

    from troth.assurance.attacks.loot import Loot

LEAST_LINE: Final = 12
"""Shorter lines are towns and postcodes, which a list of places may hold."""
_EMAIL: Final = re.compile(
    rb"[A-Za-z0-9._+-]{4,64}@[A-Za-z][A-Za-z0-9-]{3,62}(?:\.[A-Za-z0-9-]{2,62}){0,3}\.[A-Za-z]{2,24}"
)
"""Long enough that sealed bytes do not look like one by chance; a bucket's name has a digit after its `@`."""


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
    vaults = [path for copy in loot.copies() for path in copy.folder.rglob("*") if path.is_file()]
    keys = [path for folder in loot.keystores().values() for path in folder.rglob("*") if path.is_file()]
    backups = set(loot.files("backups"))
    for path in (*vaults, *loot.files(), *keys):
        data = path.read_bytes()
        looked, size, where = looked + 1, size + len(data), _name(loot, path)
        for _, needle in needles.find(data):
            hits.add(where, needle)
        if path in backups or "copies" in path.relative_to(loot.folder).parts[:1]:
            for found in _EMAIL.findall(data):
                emails.add(where, Needle("something like an email", str(hash(found))))
    for night in loot.each_night():
        looked += sum(len(tables) for tables in night.vaults.values())
        for place, needle in needles.in_night(night, night.vaults):
            hits.add(place, needle)
    findings = [Finding(where, f"{kind}, of {count}") for where, kind, count in (*hits.counted(), *emails.counted())]
    note = f"{len(lines)} lines, sought in {looked} tables and files, {size / 1e6:.0f} MB." if lines else ""
    return Outcome(looked * len(lines), tuple(findings), note=note)


def _forms(line: str) -> set[bytes]:
    return {line.encode(), line.upper().encode(), line.lower().encode(), line.encode("utf-16-le")}


def _name(loot: Loot, path: Path) -> str:
    return str(path.relative_to(loot.folder))
