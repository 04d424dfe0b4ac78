"""The signed evidence file: written by assurance, shown by the public site, believed only while its signature holds."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from troth.kit.errors import CannotOpen
from troth.promises import Evidence
from troth.protocol.chain import sign, verify

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date
    from pathlib import Path

    from troth.protocol.names import SigningPrivate, SigningPublic

_MARK = b"troth evidence v1\0"
_MANY = TypeAdapter(tuple[Evidence, ...])


def write_evidence(path: Path, signing: SigningPrivate, study: str, day: date, evidence: Sequence[Evidence]) -> None:
    """The file holds this evidence, signed (Ed25519 over its canonical JSON); replaced whole."""
    body = {"study": study, "day": day.isoformat(), "evidence": [found.model_dump(mode="json") for found in evidence]}
    signature = sign(signing, _MARK + _canonical(body)).hex()
    draft = path.with_suffix(".part")
    draft.write_text(json.dumps({**body, "signature": signature}, indent=1) + "\n", encoding="utf-8")
    draft.replace(path)


def read_evidence(path: Path, public: SigningPublic, study: str) -> tuple[str, tuple[Evidence, ...]]:
    """The day and the evidence. Raises CannotOpen: not there, not this study's, or not signed by its ledger key."""
    try:
        body = json.loads(path.read_text(encoding="utf-8"))
        signature = bytes.fromhex(body.pop("signature"))
        if body["study"] != study or not verify(public, _MARK + _canonical(body), signature):
            raise CannotOpen("the evidence is not signed by this study's key", where=path.name)
        return str(body["day"]), _MANY.validate_python(body["evidence"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ValidationError):
        raise CannotOpen(
            "there is no evidence file that can be read", where=path.name, mend="run `troth promises`"
        ) from None


def _canonical(body: object) -> bytes:
    return json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
