"""After posting, a batch's files are destroyed here, and a signed attestation says so: batch, day, how many, who. The platform records it.

What this can do: take the files of the journal off this machine's folders. What it cannot: reach a printer's own copies, a backup, or
blocks that a disk has not reused. An encrypted volume whose key is destroyed does that; the attestation says which was done.
"""

from __future__ import annotations

import hashlib
import json
import os
from dataclasses import dataclass, field
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from troth.fieldwork.printroom.files import inputs, named, unfinished
from troth.kit.errors import Invalid, Refused
from troth.protocol.chain import sign, signing_public, verify

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from troth.fieldwork.printroom.journal import Journal, Line
    from troth.kit.clock import Clock
    from troth.protocol.names import SigningPrivate, SigningPublic

FORMAT: Final = "troth-attestation-1"
_SIGNED: Final = b"troth attestation\0"
CANNOT: Final = "files were removed here; copies at the printer's, in backups and in blocks that the disk has not reused are not reached"
_MAKES: Final = frozenset({"begun", "printed", "sending", "sent", "uploading", "uploaded"})
"""The lines after which something of the batch may lie here or elsewhere."""


@dataclass(frozen=True)
class Destroyed:
    """What was taken away."""

    batch: str
    files: int
    missing: int
    """Files of the journal that were gone already, or moved."""
    letters: int
    attestation: Path | None
    inputs: int = 0
    """Batch files that it was printed from, removed too."""
    left: list[Path] = field(default_factory=list)
    """Files of the batch that lie here still: not ours to remove, or something else now. The attestation says how many."""


@dataclass(frozen=True)
class Destroying:
    """Takes a posted batch's files away and attests it."""

    journal: Journal
    clock: Clock
    signing: SigningPrivate = field(repr=False)
    folder: Path
    study: str

    def run(self, batch: str, who: str, *, dry_run: bool = False) -> Destroyed:
        """No file of the batch that the journal names, or that an unfinished print left, is here; an attestation lies in the folder.

        Nor is the batch file that it was printed from, whose letters open here; where it cannot be removed it is told as left.

        Each time it is another attestation. A file that has been printed over for another batch since is that batch's.

        `batch` is its name or how it begins. Raises Refused: the journal knows no such batch, several that begin so, or nobody is named.
        """
        if not who.strip():
            raise Refused("nobody is named who destroys", where="print destroy", mend="name them with --who")
        with self.journal.turn():
            whole, mine = self._lines(batch)
            lines = self.journal.lines()
            files = [path for path, whose in named(lines).items() if whose == whole]
            letters = sum(int(line["letters"]) for line in mine if line["what"] == "printed")
            letters += sum(len(line["refs"]) for line in mine if line["what"] == "sent")
            here = [each for each in files if each.is_file()]
            missing = len(set(files) - set(here) - _destroyed(mine))
            here += unfinished(lines, whole)
            sources, left = inputs(lines, whole)
            if dry_run:
                return Destroyed(whole, len(here), missing, letters, None, len(sources), left)
            for each in here:
                each.unlink(missing_ok=True)
            for each in sources:
                try:
                    each.unlink(missing_ok=True)
                except OSError:  # on a host with a user for each role the outbox is another's
                    left.append(each)
            sources = [each for each in sources if each not in left]
            said = {
                "format": FORMAT, "of": "printroom", "study": self.study, "batch": whole, "day": self.clock.today().isoformat(),
                "letters": letters, "files": len(here), "missing": missing, "inputs": len(sources), "left": len(left),
                "others": _others(lines, whole), "who": who.strip(), "cannot": CANNOT,
            }  # fmt: skip
            text = attest(said, self.signing)
            path = self._write(f"destroyed-{whole[:8]}", text)
            self.journal.write(
                "destroyed", batch=whole, day=self.clock.today(), files=len(here), letters=letters, who=who.strip(),
                statement=hashlib.sha256(text.encode()).hexdigest(),
            )  # fmt: skip
        return Destroyed(whole, len(here), missing, letters, path, len(sources), left)

    def _lines(self, batch: str) -> tuple[str, list[Line]]:
        lines = self.journal.lines()
        names = {str(line["batch"]) for line in lines if line["what"] in ("begun", "printed", "sent")}
        known = {name for name in names if batch and name.startswith(batch)}
        if len(known) != 1:
            what = "several batches begin so" if known else "the journal knows no such batch"
            raise Refused(what, where=f"batch {batch[:8]}", mend="name it as `troth print` did")
        whole = known.pop()
        return whole, [line for line in lines if line.get("batch") == whole]

    def _write(self, name: str, text: str) -> Path:
        """An attestation is for good: the batch's next one is `…-2`."""
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        tries = (self.folder / f"{name}{f'-{number}' if number > 1 else ''}.json" for number in count(1))
        path = next(each for each in tries if not each.exists())
        draft = path.with_suffix(".draft")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
            handle.write(text)
            handle.flush()
            os.fsync(handle.fileno())
        draft.replace(path)
        return path


def sweep(journal: Journal) -> int:
    """Nothing that the journal names lies here any more, nor what a killed print left, nor the journal; gives how many lay there (P05).

    For the day on which the last contact dies: what was not destroyed after posting is destroyed then, unattested.
    """
    if not journal.lines():
        return 0
    with journal.turn():
        lines = journal.lines()
        here = [each for each in named(lines) if each.is_file()] + unfinished(lines)
        for each in here:
            each.unlink(missing_ok=True)
        journal.forget()
    return len(here)


def settled(lines: Sequence[Line], batch: str, statements: Collection[str]) -> bool:
    """Whether one of those attestations (SHA-256, hex) is of all that was printed or sent of the batch, as far as the journal knows.

    What is printed after a batch was destroyed wants to be destroyed and attested anew (P05). Without statements, or where the journal is
    of before it noted them, only that is asked.
    """
    fresh, ever, said = False, False, set[str]()
    for line in lines:
        if line.get("batch") != batch:
            continue
        if line["what"] == "destroyed":
            said = {str(line.get("statement", ""))} | (set() if fresh else said)
            fresh, ever = False, True
        elif line["what"] in _MAKES:
            fresh = True
    if not ever:
        return True
    return not fresh and (not statements or "" in said or not said.isdisjoint(statements))


def _others(lines: Sequence[Line], batch: str) -> list[str]:
    """Who else was given the batch's letters from here: this attestation speaks for none of them."""
    files = {
        each["sha256"]
        for line in lines
        if line["what"] == "printed" and line["batch"] == batch
        for each in line["files"]
    }
    found = {
        f"printer {line['host']}"
        for line in lines
        if line["what"] in ("uploading", "uploaded") and line["sha256"] in files
    }
    if any(line["what"] in ("sending", "sent") and line["batch"] == batch for line in lines):
        found.add("GOV.UK Notify")
    return sorted(found)


def _destroyed(mine: list[Line]) -> set[Path]:
    """The batch's files that were destroyed and have not been printed again."""
    files: set[Path] = set()
    gone: set[Path] = set()
    for line in mine:
        if line["what"] == "printed":
            again = {Path(each["path"]) for each in line["files"]}
            files, gone = files | again, gone - again
        elif line["what"] == "destroyed":
            gone = set(files)
    return gone


def attest(said: dict[str, Any], signing: SigningPrivate) -> str:
    """The attestation as JSON, signed: what was said, the signature over it, and the public half to check it with."""
    signature = sign(signing, _message(said)).hex()
    return json.dumps({"said": said, "signature": signature, "public": signing_public(signing).hex()}, indent=1) + "\n"


def read_attestation(text: str, public: SigningPublic) -> dict[str, Any]:
    """What an attestation says. Raises Invalid: it is none, or not signed by that key."""
    try:
        found = json.loads(text)
        said, signature = dict(found["said"]), bytes.fromhex(found["signature"])
    except (ValueError, KeyError, TypeError):
        raise Invalid("this is no attestation", where="attestation") from None
    if said.get("format") != FORMAT or not verify(public, _message(said), signature):
        raise Invalid("the attestation is not signed by that key", where="attestation", mend="ask for it again")
    return said


def _message(said: dict[str, Any]) -> bytes:
    return _SIGNED + json.dumps(said, sort_keys=True, separators=(",", ":")).encode()
