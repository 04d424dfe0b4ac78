"""Keys that were destroyed, shares, and the outer layer of old steps: what the last key folders still hold (P05, P09, P12)."""

from __future__ import annotations

import base64
from collections import Counter
from typing import TYPE_CHECKING, Final

from troth.assurance.attacks.attack import Finding, Outcome, attack
from troth.assurance.attacks.backup import read_backup
from troth.assurance.attacks.keystore import keys_in, last_keys
from troth.assurance.attacks.loot import lying
from troth.assurance.attacks.needles import LEAST, Hits, Needle, Needles
from troth.fieldwork.flush import STRIP_KIND
from troth.fieldwork.respondents import step_context
from troth.kit.errors import CannotOpen, Invalid
from troth.protocol.boxes import StripOpener
from troth.protocol.names import Handle, StripPrivate

if TYPE_CHECKING:
    from pathlib import Path

    from troth.assurance.attacks.keystore import StolenKey
    from troth.assurance.attacks.loot import Loot

_SHARES_THAT_JOIN: Final = 2


@attack(
    "keys that should be dead", ("P05", "P09", "P12", "P16", "P26"), deterministic=True, twin="a key that is copied and then destroyed",
    says="The bytes of every key that lay in a role's folder once and no longer does are sought in the last key folders, the last raw "
    "files, logs, queues and backups; the steps of old backups are tried with the last strip keys; shares of the analysis key are counted.",
)  # fmt: skip
def run(loot: Loot) -> Outcome:
    """No destroyed key is anywhere, no old step loses its outer layer, and no two shares lie together."""
    last = last_keys(loot)
    if last is None:
        return Outcome(0, note="No keys were copied.")
    day, keys = last
    dead = _dead(loot, keys)
    needles = Needles({form: Needle(f"{key.kind} {key.name}", key.role) for key in dead for form in _forms(key.key)})
    hits, files = Hits(), _last_files(loot)
    for path, needle in needles.in_files(files):
        hits.add(str(path.relative_to(loot.folder)), needle)
    found = [Finding(where, f"the destroyed key {kind}, in {count} forms") for where, kind, count in hits.counted()]
    steps, opened = _steps(loot, keys, severed=loot.about.severed is not None and loot.about.severed <= day)
    found += [
        Finding(name, f"{count} steps lose their outer layer to a strip key of the end")
        for name, count in opened.items()
    ]
    shares = sum(key.kind == "share" for key in keys)
    if shares >= _SHARES_THAT_JOIN:
        found.append(
            Finding("keys of the end", f"{shares} shares of the analysis key lie together: two open every answer")
        )
    note = f"{len(dead)} keys destroyed, sought in {len(files)} files; {steps} old steps tried."
    return Outcome(len(dead) * len(files) + steps + len(keys), tuple(found), note=note)


def _dead(loot: Loot, living: list[StolenKey]) -> list[StolenKey]:
    """Secret keys that a role had at some moment and has no more: a key of several roles must be gone from all of them."""
    left = {(key.role, key.name) for key in living}
    found = {}
    for folder in list(loot.keystores().values())[:-1]:
        for key in keys_in(folder):
            if not key.public and (key.role, key.name) not in left and len(key.key) >= LEAST:
                found[key.key] = key
    return list(found.values())


def _last_files(loot: Loot) -> list[Path]:
    roots = [list(loot.keystores().values())[-1]]
    final = max((copy.day for copy in loot.copies()), default=None)
    roots += [copy.folder for copy in loot.copies() if copy.day == final]
    return [path for root in roots for path in sorted(lying(root))] + loot.files()


def _forms(key: bytes) -> set[bytes]:
    """The key as bytes, in hex, in base64, and a text without its spaces."""
    whole = key[: len(key) // 3 * 3]
    return {key, key.hex().encode(), base64.b64encode(whole), base64.urlsafe_b64encode(whole), key.replace(b" ", b"")}


def _steps(loot: Loot, keys: list[StolenKey], *, severed: bool) -> tuple[int, Counter[str]]:
    """How many steps were tried, and file -> how many opened. Before sever the key of a step's own name is alive by right."""
    openers = [(key.name, StripOpener(StripPrivate(key.key))) for key in keys if key.kind == STRIP_KIND]
    tried, opened = 0, Counter[str]()
    for path in loot.files("backups"):
        if not path.stem.endswith("-responses"):
            continue
        for row in read_backup(path):
            if row.table != "step":
                continue
            tried += 1
            context = step_context(loot.about.study, Handle(row.bytes("handle")), int(row.text("n")))
            for name, opener in openers:
                if not severed and name == f"strip-{row.text('strip')}.key":
                    continue
                if _opens(opener, row.bytes("box"), context):
                    opened[path.name] += 1
    return tried, opened


def _opens(opener: StripOpener, box: bytes, context: bytes) -> bool:
    try:
        opener.open(box, context)
    except (CannotOpen, Invalid):
        return False
    return True
