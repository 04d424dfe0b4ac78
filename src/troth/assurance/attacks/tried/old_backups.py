"""A backup from before an erasure, and the keys of after it: what died is noise (P05, P16, P26)."""

from __future__ import annotations

from collections import Counter
from functools import partial
from typing import TYPE_CHECKING, Final

from troth.assurance.attacks.attack import Finding, Outcome, attack
from troth.assurance.attacks.backup import BackupRow, read_backup
from troth.assurance.attacks.keystore import SECRET_BYTES, last_keys
from troth.assurance.attacks.loot import lying
from troth.assurance.attacks.needles import Needle, Needles
from troth.kit.errors import TrothError
from troth.protocol.age import open_age
from troth.protocol.bucket import Locked, open_data_key, unlock
from troth.protocol.names import AgeIdentity, BucketPrivate
from troth.protocol.seal import Place, open_sealed

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from datetime import date

    from troth.assurance.attacks.keystore import StolenKey
    from troth.assurance.attacks.loot import Loot

PROMISED: Final = {"sample": "P05", "vouchers": "P26", "interviews": "P16"}
"""Vault -> the promise that says when all of its contact details are gone."""
_BUCKET: Final = "bucket-private"
_OTHERS: Final = 20
"""Rows of a backup on which keys of every other kind are tried too."""
_SIGN: Final = 24
"""First bytes of a sealed value that are sought in raw files: nonces and encapsulations, which are never the same twice."""


@attack(
    "backups opened with the keys of after", ("P05", "P16", "P26"), deterministic=True, twin="an erasure that leaves the bucket's key",
    says="Every sealed contact, code and claim of every backup from before its erasure is tried with every key of the end; batch files "
    "that lie about are tried with the print room's identity.",
)  # fmt: skip
def run(loot: Loot) -> Outcome:
    """Nothing opens whose promised day has passed. Sealed bytes still found in the last raw files are told, not judged."""
    last = last_keys(loot)
    if last is None:
        return Outcome(0, note="No keys were copied.")
    day, keys = last
    over = {
        vault
        for vault, promise in PROMISED.items()
        if promise in loot.about.erased and loot.about.erased[promise] <= day
    }
    opened: Counter[tuple[str, str]] = Counter()
    examined, signs = 0, {}
    for path in loot.files("backups"):
        if path.suffix != ".jsonl" or path.stem[11:] not in over:
            continue
        rows = [row for row in read_backup(path) if row.day < loot.about.erased[PROMISED[row.vault]]]
        people = {row.text("ref"): row for row in rows if row.table == "person"}
        for number, row in enumerate(rows):
            tried = [key for key in keys if _fits(key, all_kinds=number < _OTHERS)]
            examined += 1
            for key in tried:
                for what in opens(row, BucketPrivate(key.key), people):
                    opened[path.name, f"{what} opened with a key of {key.role} ({key.kind})"] += 1
            signs.update({sign: Needle("sealed", row.vault) for sign in _sealed(row)})
    found = [Finding(name, f"{what}: {count} rows") for (name, what), count in sorted(opened.items())]
    if "sample" in over:
        found += _batches(loot, keys)
    return Outcome(examined, tuple(found), note=_residue(loot, signs) if examined else "")


def opens(row: BackupRow, key: BucketPrivate, people: Mapping[str, BackupRow]) -> list[str]:
    """Which sealed values of that row this key opens, in words. `people`: reference -> row of `person`, for their letters."""
    found = []
    if row.table == "person":
        ref = row.text("ref").encode()
        locked = Locked(row.bytes("contact_wrapped"), row.bytes("contact_sealed"))
        if _works(lambda: unlock(key, locked, Place("person", ref, "contact"))):
            found.append("a contact")
        if _works(lambda: open_data_key(key, row.bytes("code_wrapped"), Place("person", ref, "code"))):
            found.append("a code's data key")
    elif row.table == "letter" and row.text("ref") in people:
        ref, wave = row.text("ref").encode(), row.text("wave")
        wrapped = people[row.text("ref")].bytes("code_wrapped")

        def part() -> bytes:
            data_key = open_data_key(key, wrapped, Place("person", ref, "code"))
            return open_sealed(data_key, row.bytes("code_sealed"), Place("letter", ref, f"code {wave}"))

        if _works(part):
            found.append("a letter's code part")
    elif row.table in {"inbox", "claim"}:
        claim = Locked(row.bytes("wrapped"), row.bytes("sealed"))
        if _works(lambda: unlock(key, claim, Place("claim", row.bytes("id"), "details"))):
            found.append("a claim's details")
    return found


def _works(attempt: Callable[[], object]) -> bool:
    try:
        attempt()
    except TrothError:
        return False
    return True


def _fits(key: StolenKey, *, all_kinds: bool) -> bool:
    return len(key.key) == SECRET_BYTES and (key.kind == _BUCKET or (all_kinds and not key.public))


def _sealed(row: BackupRow) -> Iterable[bytes]:
    names = ("contact_wrapped", "contact_sealed", "code_wrapped", "code_sealed", "wrapped", "sealed")
    return [row.bytes(name)[:_SIGN] for name in names if name in row.values]


def _batches(loot: Loot, keys: Sequence[StolenKey]) -> list[Finding]:
    """A batch of letters is sealed to the print room and not to a bucket: while its file lies anywhere, its contacts live."""
    identities = [key for key in keys if key.kind == "age-identity" and key.role == "printroom"]
    found = []
    for path in loot.files():
        data = path.read_bytes()
        for key in identities if data.startswith(b"age-encryption.org/") else ():
            identity = AgeIdentity(key.key.decode())
            if _works(partial(open_age, identity, data)):
                found.append(
                    Finding(str(path.relative_to(loot.folder)), "a batch of letters opens with the print room's key")
                )
    return found


def _residue(loot: Loot, signs: dict[bytes, Needle]) -> str:
    needles, left, files = Needles(signs), 0, 0
    final: date | None = max((copy.day for copy in loot.copies()), default=None)
    for copy in loot.copies():
        if copy.day == final:
            for path in lying(copy.folder):
                files += 1
                left += sum(1 for _ in needles.find(path.read_bytes()))
    return f"{left} of {len(signs)} old sealed values are left in the last {files} raw files: noise, as their keys are dead."
