"""What the attacks found, as a signed file of an installation: `troth promises` believes it while the signature holds and it is fresh."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from troth.kit.errors import CannotOpen
from troth.protocol.chain import sign, verify

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from troth.assurance.attacks.score import Scored
    from troth.protocol.names import SigningPrivate, SigningPublic

FILE: Final = "attacks.json"
FRESH_DAYS: Final = 31
_MARK: Final = b"troth attacks v1\0"


@dataclass(frozen=True)
class Told:
    """When the attacks were tried, on what, and what became of each."""

    study: str
    day: date
    kind: str
    """`rehearsal`, or `installation`, where only deterministic attacks are judged."""
    attacks: tuple[dict[str, Any], ...]

    def about(self, promise: str) -> list[dict[str, Any]]:
        """The attacks on that promise."""
        return [each for each in self.attacks if promise in each["promises"]]


def write_told(
    folder: Path, signing: SigningPrivate, *, study: str, day: date, kind: str, scored: Sequence[Scored]
) -> Path:
    """The file stands in the folder, signed (Ed25519 over its canonical JSON); replaced whole."""
    attacks = [
        {"name": each.name, "promises": list(each.promises), "verdict": each.verdict, "hits": each.hits, "n": each.n}
        for each in scored
    ]
    body = {"study": study, "day": day.isoformat(), "kind": kind, "attacks": attacks}
    signature = sign(signing, _MARK + _canonical(body)).hex()
    path = folder / FILE
    draft = path.with_suffix(".part")
    draft.write_text(json.dumps({**body, "signature": signature}, indent=1) + "\n", encoding="utf-8")
    draft.replace(path)
    return path


def read_told(folder: Path, public: SigningPublic, study: str) -> Told | None:
    """What was told; None where nobody tried.

    Raises:
        CannotOpen: the file is not signed by this study's key, or is no such file.

    """
    try:
        text = (folder / FILE).read_text(encoding="utf-8")
    except OSError:
        return None
    try:
        body = json.loads(text)
        signature = bytes.fromhex(body.pop("signature"))
        if body["study"] == study and verify(public, _MARK + _canonical(body), signature):
            return Told(study, date.fromisoformat(body["day"]), str(body["kind"]), tuple(body["attacks"]))
    except (ValueError, KeyError, TypeError, AttributeError):
        pass
    raise CannotOpen("the attacks' file is not signed by this study's key", where=FILE, mend="run `troth attack` again")


def _canonical(body: object) -> bytes:
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
