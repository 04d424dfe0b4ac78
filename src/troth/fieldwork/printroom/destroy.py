"""After posting, a batch's files are destroyed here, and a signed attestation says so: batch, day, how many, who. The platform records it.

What this can do: take the files of the journal off this machine's folders. What it cannot: reach a printer's own copies, a backup, or
blocks that a disk has not reused. An encrypted volume whose key is destroyed does that; the attestation says which was done.
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from troth.kit.errors import Invalid, Refused
from troth.protocol.chain import sign, signing_public, verify

if TYPE_CHECKING:
    from troth.fieldwork.printroom.journal import Journal, Line
    from troth.kit.clock import Clock
    from troth.protocol.names import SigningPrivate, SigningPublic

FORMAT: Final = "troth-attestation-1"
_SIGNED: Final = b"troth attestation\0"
CANNOT: Final = "files were removed here; copies at the printer's, in backups and in blocks that the disk has not reused are not reached"


@dataclass(frozen=True)
class Destroyed:
    """What was taken away."""

    batch: str
    files: int
    missing: int
    """Files of the journal that were gone already, or moved."""
    letters: int
    attestation: Path | None


@dataclass(frozen=True)
class Destroying:
    """Takes a posted batch's files away and attests it."""

    journal: Journal
    clock: Clock
    signing: SigningPrivate = field(repr=False)
    folder: Path
    study: str

    def run(self, batch: str, who: str, *, dry_run: bool = False) -> Destroyed:
        """No file that the journal names for the batch is here, and an attestation lies in the folder.

        `batch` is its name or how it begins. Raises Refused: the journal knows no such batch, several that begin so, or nobody is named.
        """
        if not who.strip():
            raise Refused("nobody is named who destroys", where="print destroy", mend="name them with --who")
        with self.journal.turn():
            whole, mine = self._lines(batch)
            files = [Path(each["path"]) for line in mine if line["what"] == "printed" for each in line["files"]]
            letters = sum(int(line["letters"]) for line in mine if line["what"] == "printed")
            letters += sum(len(line["refs"]) for line in mine if line["what"] == "sent")
            here = [each for each in files if each.is_file()]
            if dry_run:
                return Destroyed(whole, len(here), len(files) - len(here), letters, None)
            for each in here:
                each.unlink()
            said = {
                "format": FORMAT, "of": "printroom", "study": self.study, "batch": whole, "day": self.clock.today().isoformat(),
                "letters": letters, "files": len(here), "missing": len(files) - len(here), "who": who.strip(), "cannot": CANNOT,
            }  # fmt: skip
            path = self._write(f"destroyed-{whole[:8]}.json", attest(said, self.signing))
            self.journal.write(
                "destroyed", batch=whole, day=self.clock.today(), files=len(here), letters=letters, who=who.strip()
            )
        return Destroyed(whole, len(here), len(files) - len(here), letters, path)

    def _lines(self, batch: str) -> tuple[str, list[Line]]:
        lines = self.journal.lines()
        named = [str(line["batch"]) for line in lines if line["what"] in ("printed", "sent")]
        known = {name for name in named if batch and name.startswith(batch)}
        if len(known) != 1:
            what = "several batches begin so" if known else "the journal knows no such batch"
            raise Refused(what, where=f"batch {batch[:8]}", mend="name it as `troth print` did")
        whole = known.pop()
        return whole, [line for line in lines if line.get("batch") == whole]

    def _write(self, name: str, text: str) -> Path:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        path = self.folder / name
        draft = path.with_suffix(".draft")
        descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as handle:
            handle.write(text)
            handle.flush()
            os.fsync(handle.fileno())
        draft.replace(path)
        return path


def sweep(journal: Journal) -> int:
    """Nothing that the journal names lies here any more, nor the journal; gives how many files were left (P05).

    For the day on which the last contact dies: what was not destroyed after posting is destroyed then, unattested.
    """
    if not journal.lines():
        return 0
    with journal.turn():
        files = [Path(each["path"]) for line in journal.lines() if line["what"] == "printed" for each in line["files"]]
        here = [each for each in files if each.is_file()]
        for each in here:
            each.unlink()
        journal.forget()
    return len(here)


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
