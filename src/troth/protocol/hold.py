"""What two approvers sign of a hold: every term of it in one message, so that no term can be changed under a signature.

Why it is safe. The fields stand in the injective framing of `protocol.label` under a label of their own, inside the signature's
own label (`chain.sign`): a signature for one hold, kind, date or officer is none for another, and no certificate is one. The
officer is named by the public key that the record is sealed to, so that another key under the same name is another officer.

Ed25519 is deterministic and anybody may verify it: with the other terms known, a letter reference (40.7 bits) could be tried out against
a bare signature. So whoever keeps signatures keeps them sealed with the reference.

P05, P14.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date  # noqa: TC003 - dataclass field
from typing import TYPE_CHECKING

from troth.protocol.label import Label, framed

if TYPE_CHECKING:
    from troth.protocol.names import RecipientPublic


@dataclass(frozen=True, slots=True)
class HoldTerms:
    """What is decided of a hold. The `repr` tells no reference."""

    study: str
    kind: str
    """add | renew | release."""
    hold: str
    source: str
    """Where the record comes from: `contact`."""
    ref: str = field(repr=False)
    """The record's name there."""
    reason: str
    officer: RecipientPublic = field(repr=False)
    """Whose key the record is sealed to (32 bytes)."""
    review_on: date

    def message(self) -> bytes:
        """What is signed: different terms never give equal bytes."""
        words = (self.study, self.kind, self.hold, self.source, self.ref, self.reason)
        day = self.review_on.isoformat().encode()
        return framed(Label.HOLD, *(word.encode() for word in words), self.officer, day)
