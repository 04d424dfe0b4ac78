"""Somebody who stole the pepper before sever derives the handle of every code they have a list of (P04)."""

from __future__ import annotations

import random  # noqa: TID251 - seeded, so that a run can be repeated
from statistics import mean
from typing import TYPE_CHECKING, Final

from troth.assurance.attacks.attack import Finding, Guess, Link, Outcome, Trial, attack
from troth.assurance.attacks.followed import follow
from troth.assurance.attacks.handles import derived
from troth.assurance.attacks.keystore import first_keys, last_keys
from troth.assurance.attacks.loot import lying
from troth.assurance.attacks.needles import Hits, Needle, Needles

if TYPE_CHECKING:
    from troth.assurance.attacks.loot import Loot

MOST: Final = 300
"""Letters tried: one scrypt each."""


@attack(
    "the list of codes with the pepper", ("P04",), twin="a flush of cells that have fewer than k",
    says="With the printer's codes and the pepper of before sever, handles are derived, and each is taken for a record of the same cell "
    "that came on the night on which the handle's answers left it.",
)  # fmt: skip
def with_pepper(loot: Loot) -> Outcome:
    """Each person is taken for one of the records of their batch, at random: the group is what the waves concede."""
    handles = _handles(loot)
    seen = follow(loot)
    draw = random.Random(1)  # noqa: S311 - a guess, repeatable
    guesses = []
    for ref, handle in handles.items():
        if some := seen.candidates(handle):
            guesses.append(Guess(ref, draw.choice(some), len(some)))
    if not guesses:
        return Outcome(len(handles))
    trial = Trial("a record of the same night and cell, at random", Link.PERSON_RECORD, tuple(guesses))
    sizes = [guess.among for guess in guesses]
    note = f"{len(guesses)} people among {mean(sizes):.1f} records on average, {min(sizes)} at the least."
    return Outcome(len(handles), trials=(trial,), note=note)


@attack(
    "the list of codes after sever", ("P04",), deterministic=True, twin="a sever that leaves the pepper in one role's folder",
    says="With the same codes, the keys of the end, the last night and the last raw files, the thief derives handles.",
)  # fmt: skip
def after_sever(loot: Loot) -> Outcome:
    """No key of the end is a pepper, and no handle of a code is in any row; bytes of handles left in files are told."""
    severed, last, nights = loot.about.severed, last_keys(loot), loot.nights()
    if severed is None or last is None or last[0] < severed or not nights or nights[-1] < severed:
        return Outcome(0, note="The study was not severed before the last night and the last copy of the keys.")
    peppers = {key.key for key in first_keys(loot) if key.kind == "pepper"}
    found = [
        Finding(f"keys of {key.role}", "a pepper is left")
        for key in last[1]
        if key.kind == "pepper" or key.key in peppers
    ]
    handles = _handles(loot)
    needles = Needles({handle: Needle("handle of a code", ref) for ref, handle in handles.items()})
    hits = Hits()
    night = loot.night(nights[-1])
    for where, needle in needles.in_night(night, night.vaults):
        hits.add(where, needle)
    found += [Finding(f"{where}, last night", f"{kind}, of {count} letters") for where, kind, count in hits.counted()]
    residue, files = set(), 0
    final = max((copy.day for copy in loot.copies()), default=None)
    for copy in loot.copies():
        if copy.day == final and copy.day >= severed:
            paths = lying(copy.folder)
            files += len(paths)
            residue |= {needle.whose for _, needle in needles.in_files(paths)}
    tables = sum(len(tables) for tables in night.vaults.values())
    note = f"Bytes of {len(residue)} of {len(handles)} handles are left in {files} raw files; without the pepper nobody knows whose."
    return Outcome(len(last[1]) + len(handles) * (tables + files), tuple(found), note=note)


def _handles(loot: Loot) -> dict[str, bytes]:
    """Letter reference -> handle, under the pepper that the first copy of the keys holds."""
    return loot.once("handles of some codes", lambda: _derived(loot))


def _derived(loot: Loot) -> dict[str, bytes]:
    codes = {letter.ref: letter.code for letter in loot.printed()}
    peppers = [key.key for key in first_keys(loot) if key.kind == "pepper"]
    if not peppers or not codes:
        return {}
    some = random.Random(2).sample(sorted(codes), min(len(codes), MOST))  # noqa: S311 - who is tried is no secret
    return dict(zip(some, derived([codes[ref] for ref in some], peppers[0], loot.about), strict=True))
