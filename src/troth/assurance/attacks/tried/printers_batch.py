"""The printer has every letter in the clear, and later gets everything else but the pepper (P04, P09)."""

from __future__ import annotations

import random  # noqa: TID251 - seeded, so that a run can be repeated
from typing import TYPE_CHECKING, Final

from troth.assurance.attacks.attack import Finding, Outcome, attack
from troth.assurance.attacks.fresh import fresh_rows
from troth.assurance.attacks.handles import all_derived, unpeppered
from troth.assurance.attacks.keystore import SECRET_BYTES, last_keys
from troth.assurance.attacks.loot import lying
from troth.assurance.attacks.needles import Hits, Needle, Needles
from troth.assurance.attacks.spellings import REFERENCE, code_needles, ref_needles

if TYPE_CHECKING:
    from pathlib import Path

    from troth.assurance.attacks.loot import Loot

MOST_STRETCHED: Final = 300
"""Scrypts in all: 40 ms each at a study's own cost."""
CONTACTS: Final = "sample"
"""The one vault whose letters have their reference by design: there and in its copies a reference links nothing new."""
_WHOLE_SERVER: Final = "pg_wal"


@attack(
    "the printer's batch", ("P04", "P09"), deterministic=True, twin="handles that are a digest of the code; a log with a code in it",
    says="The printer joins the letters (reference, name, code) with every vault of every night, raw files, logs, queues, backups and "
    "the last keys: by the code, its digests, its stretched forms under anything but the pepper, and the reference.",
)  # fmt: skip
def run(loot: Loot) -> Outcome:
    """Nothing of any letter is found outside SAMPLE, and nothing of its code anywhere."""
    letters = {letter.ref: letter.code for letter in loot.printed()}
    if not letters:
        return Outcome(0)
    codes: dict[bytes, Needle] = {}
    refs: dict[bytes, Needle] = {}
    for number, (ref, code) in enumerate(sorted(letters.items())):
        codes |= code_needles(code, loot.about.study, str(number))
        refs |= ref_needles(ref, str(number))
    codes, ways = codes | _stretched(loot, sorted(letters.values())), len(codes) + len(refs)
    codes |= refs
    needles, hits, shared = Needles(codes), Hits(), Hits()
    looked = _nights(loot, needles, hits)
    folders = [(copy.vault, copy.folder) for copy in loot.copies()]
    for vault, folder in folders:
        files = lying(folder)
        looked += len(files)
        for path, needle in needles.in_files(files):
            if not needle.kind.endswith(REFERENCE):
                hits.add(_name(loot, path), needle)
            elif vault != CONTACTS:
                # One log for the whole server: what stands in it came from any of its vaults. Told, not judged.
                (shared if _WHOLE_SERVER in path.parts else hits).add(_name(loot, path), needle)
    files = loot.files()
    for path, needle in needles.in_files(files):
        if not (needle.kind.endswith(REFERENCE) and path.stem.endswith(f"-{CONTACTS}")):
            hits.add(_name(loot, path), needle)
    found = tuple(Finding(where, f"{kind}, of {count} letters") for where, kind, count in hits.counted())
    note = f"{len(letters)} letters, {ways} byte strings, sought in {looked} tables and files and {len(files)} others."
    if seen := shared.counted():
        note += f" The database server's own log, one for all vaults, shows references of {max(count for *_, count in seen)} letters."
    return Outcome(len(letters) * (looked + len(files)), found, note=note)


def _nights(loot: Loot, needles: Needles, hits: Hits) -> int:
    looked = 0
    for night in loot.each_night():
        looked += sum(len(tables) for tables in night.vaults.values())
    for some in fresh_rows(loot):
        for where, needle in needles.in_rows((some,)):
            if some.vault != CONTACTS or not needle.kind.endswith(REFERENCE):
                hits.add(where, needle)
    return looked


def _stretched(loot: Loot, codes: list[str]) -> dict[bytes, Needle]:
    """Handles, state keys and tags under everything that is not the pepper: no pepper, the study's name, each key of the end."""
    last = last_keys(loot)
    keys = {key.key for key in last[1] if len(key.key) == SECRET_BYTES and not key.public} if last else set()
    if last and (loot.about.severed is None or last[0] < loot.about.severed):
        keys -= {key.key for key in last[1] if key.kind == "pepper"}  # before sever its holder can: conceded
    tried: list[tuple[str, bytes | None, bytes]] = [
        ("no salt", None, b""), ("the study as salt", None, loot.about.study.encode()), ("an empty pepper", bytes(SECRET_BYTES), b""),
        *(("a key of the end as pepper", key, b"") for key in sorted(keys)),
    ]  # fmt: skip
    few = random.Random(1).sample(  # noqa: S311 - which codes are tried is no secret
        codes, min(len(codes), max(1, MOST_STRETCHED // len(tried)))
    )
    found: dict[bytes, Needle] = {}
    for name, pepper, salt in tried:
        made = unpeppered(few, salt, loot.about) if pepper is None else all_derived(few, pepper, loot.about)
        for number, values in enumerate(made):
            found |= dict.fromkeys(values, Needle(f"a code stretched with {name}", str(number)))
    return found


def _name(loot: Loot, path: Path) -> str:
    return str(path.relative_to(loot.folder))
