"""A batch file: one wave's letters, each still sealed, under a signed manifest, sealed once more to the print room.

Lines of JSON inside an age file. First the manifest: what the batch is, and for every letter its reference and the SHA-256 of its
two parts. Then the signature over the manifest's bytes, then one line a letter. The letters role seals and signs what it
cannot read; the print room finds a letter that was added, changed, taken out or put in another batch.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Any, Final

from troth.kit.errors import CannotOpen, Refused
from troth.protocol.names import LetterRef
from troth.protocol.signed import Frame

if TYPE_CHECKING:
    from collections.abc import Sequence

    from troth.protocol.names import AgeIdentity, AgeRecipient, SigningPrivate, SigningPublic

FORMAT: Final = "troth-letters-1"
FRAME: Final = Frame(
    b"troth letters manifest\0",
    where="batch",
    unsigned="the manifest is not signed by this installation",
    broken="this is not a batch of letters",
    mend="ask for the batch again; print nothing of this file",
)
_TWICE: Final = "print nothing of it, and look at SAMPLE: nobody gets two letters of one wave"


@dataclass(frozen=True)
class Part:
    """One letter: a contact parcel and a code parcel, both sealed. The `repr` tells nothing."""

    ref: LetterRef = field(repr=False)
    contact: bytes = field(repr=False)
    code: bytes = field(repr=False)


@dataclass(frozen=True)
class Manifest:
    """What a batch is."""

    batch: str
    study: str
    wave: str
    kind: str
    postage: str
    dispatched_on: date
    delivered_by: date
    count: int
    purpose: str = "wave"
    """`wave`; `replacement`: letters of that wave once more, for people who lost theirs; `reserve`: a code without a contact."""
    part: int = 1
    parts: int = 1
    load: str = ""
    """The one load that everybody in it came with, where the release kept loads apart: what is closed if this file is lost."""


def write_batch(manifest: Manifest, parts: Sequence[Part], signing: SigningPrivate, to: AgeRecipient) -> bytes:
    """The batch as an age file (binary). Raises Refused: a letter reference stands in it twice."""
    if len({part.ref for part in parts}) != len(parts):
        raise Refused("a letter reference would be in this batch twice", where="batch", mend=_TWICE)
    said = {
        "format": FORMAT, "batch": manifest.batch, "study": manifest.study, "wave": manifest.wave, "kind": manifest.kind,
        "postage": manifest.postage, "dispatched_on": manifest.dispatched_on.isoformat(),
        "delivered_by": manifest.delivered_by.isoformat(), "count": len(parts),
        "purpose": manifest.purpose, "part": manifest.part, "parts": manifest.parts, "load": manifest.load,
        "letters": [[part.ref, _digest(part.contact), _digest(part.code)] for part in parts],
    }  # fmt: skip
    lines = [_json([part.ref, _base64(part.contact), _base64(part.code)]) for part in parts]
    return FRAME.seal(_json(said), lines, signing, to)


def read_batch(data: bytes, identity: AgeIdentity, signed_by: SigningPublic) -> tuple[Manifest, list[Part]]:
    """The batch, whole and as it was released.

    Raises:
        CannotOpen: not for this print room, not signed by this installation, or changed since. Refused: another format.

    """
    head, lines = FRAME.open(data, identity, signed_by)
    try:
        said = json.loads(head)
        if said["format"] != FORMAT:
            raise Refused(
                f"a batch of another format than {FORMAT}", where="batch", mend="use the program that made it"
            )
        manifest = _manifest(said)
        parts = [_part(line) for line in lines]
    except (ValueError, KeyError, TypeError):
        raise FRAME.no() from None
    listed = [tuple(each) for each in said["letters"]]
    found = [(part.ref, _digest(part.contact), _digest(part.code)) for part in parts]
    if listed != found or len(parts) != manifest.count:
        raise CannotOpen("the letters are not those of the manifest", where="batch", mend=FRAME.mend)
    if len({part.ref for part in parts}) != len(parts):
        raise Refused("a letter reference is in this batch twice", where="batch", mend=_TWICE)
    return manifest, parts


def _manifest(said: dict[str, Any]) -> Manifest:
    return Manifest(
        batch=str(said["batch"]),
        study=str(said["study"]),
        wave=str(said["wave"]),
        kind=str(said["kind"]),
        postage=str(said["postage"]),
        dispatched_on=date.fromisoformat(said["dispatched_on"]),
        delivered_by=date.fromisoformat(said["delivered_by"]),
        count=int(said["count"]),
        purpose=str(said.get("purpose", "wave")),
        part=int(said.get("part", 1)),
        parts=int(said.get("parts", 1)),
        load=str(said.get("load", "")),
    )


def _part(line: bytes) -> Part:
    ref, contact, code = json.loads(line)
    return Part(LetterRef(ref), base64.b64decode(contact, validate=True), base64.b64decode(code, validate=True))


def _json(value: object) -> bytes:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def _digest(part: bytes) -> str:
    return hashlib.sha256(part).hexdigest()


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
