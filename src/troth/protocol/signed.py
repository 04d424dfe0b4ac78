"""A signed file from one role of the house to another: a head and its lines, signed by the installation, sealed to whoever shall read it.

Inside the age file, one a line: the head (JSON that names SHA-256 of everything after it), the signature in hex, then the lines.
Why it is safe. The age layer says to whom, not from whom: anybody may seal to a public recipient. The signature (Ed25519, `chain`)
is over a label of the kind of file and the head's SHA-256, so no head passes for that of another kind; what the head does not name,
its reader must refuse, and each reader checks its lines against it. Neither head nor line may hold a line break.

P04, P05, P06.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from troth.kit.errors import CannotOpen, Invalid
from troth.protocol.age import open_age, seal_age
from troth.protocol.chain import sign, verify

if TYPE_CHECKING:
    from collections.abc import Sequence

    from troth.protocol.names import AgeIdentity, AgeRecipient, SigningPrivate, SigningPublic


@dataclass(frozen=True)
class Frame:
    """One kind of signed file, and the words in which it is refused."""

    label: bytes
    """What its signatures begin with; each kind has its own, ended by a zero byte."""
    where: str
    unsigned: str
    broken: str
    mend: str

    def seal(self, head: bytes, lines: Sequence[bytes], signing: SigningPrivate, to: AgeRecipient) -> bytes:
        """The age file (binary). Raises Invalid: a line break in the head or a line, or a malformed key."""
        if any(b"\n" in line for line in (head, *lines)):
            raise Invalid("a line holds a line break", where=self.where)
        signature = sign(signing, self._message(head))
        return seal_age([to], b"\n".join([head, signature.hex().encode(), *lines]))

    def open(self, data: bytes, identity: AgeIdentity, signed_by: SigningPublic) -> tuple[bytes, list[bytes]]:
        """(Head, lines) as they were signed and sealed; that the head names these lines is the caller's to check.

        Raises:
            CannotOpen: not for this identity, not such a file, or its head is not signed by that key.

        """
        lines = open_age(identity, data).split(b"\n")
        try:
            head, signature = lines[0], bytes.fromhex(lines[1].decode())
        except (IndexError, ValueError):
            raise self.no() from None
        if not verify(signed_by, self._message(head), signature):
            raise CannotOpen(self.unsigned, where=self.where, mend=self.mend)
        return head, lines[2:]

    def no(self) -> CannotOpen:
        """It is no such file."""
        return CannotOpen(self.broken, where=self.where, mend=self.mend)

    def _message(self, head: bytes) -> bytes:
        return self.label + hashlib.sha256(head).digest()
