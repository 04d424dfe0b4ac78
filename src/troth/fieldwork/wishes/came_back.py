"""Letters that came back, scanned: a list or a barcode reader's lines of letter references, validated whole, counted once (P05)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from troth.fieldwork.today import today
from troth.kit.errors import Invalid
from troth.kit.steps import go_on
from troth.protocol.chain import sign
from troth.protocol.code import Mistyped, read_letter_reference
from troth.vaults.sample import returned

if TYPE_CHECKING:
    from collections.abc import Callable

    from troth.kit.clock import Clock
    from troth.protocol.names import LetterRef, SigningPrivate
    from troth.storage.database import Database
    from troth.study import StudyPack
    from troth.vaults.ledger.store import Ledger
    from troth.vaults.sample.returned import Scan

SHOWN: Final = 50
MOST_BYTES: Final = 16_000_000


def read_list(data: bytes) -> list[LetterRef]:
    """The letter references of a list, one a line, each once; empty lines are passed over.

    Raises:
        Invalid: not text, too long, nothing in it, or a line that is no letter reference: by its number, never by what it says.

    """
    if len(data) > MOST_BYTES:
        raise Invalid("the list is too long", where="letters returned", mend="hand it in in parts")
    try:
        lines = data.decode("utf-8-sig").splitlines()
    except UnicodeDecodeError:
        raise Invalid("the list is not UTF-8 text", where="letters returned", mend="one reference a line") from None
    refs: dict[LetterRef, None] = {}
    wrong = []
    for number, line in enumerate(lines, start=1):
        if not line.strip():
            continue
        try:
            refs[read_letter_reference(line)] = None
        except Mistyped:
            wrong.append(number)
    if wrong:
        more = f" and {len(wrong) - SHOWN} more" if len(wrong) > SHOWN else ""
        listed = ", ".join(str(number) for number in wrong[:SHOWN])
        raise Invalid(
            f"no letter reference on line {listed}{more}; nothing was counted",
            where="letters returned",
            mend="scan those letters again: the reference has ten characters, as printed",
        )
    if not refs:
        raise Invalid("there is no letter reference in the list", where="letters returned", mend="one reference a line")
    return list(refs)


@dataclass(frozen=True)
class CameBack:
    """The role `letters`, at the returned post."""

    pack: StudyPack
    sample: Database
    ledger: Ledger
    signing: SigningPrivate = field(repr=False)
    """The ledger's key: it also keys the digest by which a list is known again."""
    clock: Clock
    between: Callable[[str], None] = go_on

    def run(self, refs: list[LetterRef]) -> tuple[Scan, bool]:
        """Those letters are counted and their people stopped; False: this list was counted before, and nothing was changed.

        References of nobody here (erased, or never given) are counted, not named. Destroy the letters afterwards.

        Raises:
            Refused: the clock was set back. StorageFailed: run it again.

        """
        day = today(self.ledger, self.clock, "letters returned")
        # A reference has 40.7 bits: an unkeyed digest of a short list could be tried out for ever. A signature is unforgeable and the
        # same each time (Ed25519, RFC 8032 section 5.1.6), so its hash is a digest that only the holder of the key can test.
        signed = sign(
            self.signing, b"troth returned letters\0" + hashlib.sha256("\n".join(sorted(refs)).encode()).digest()
        )
        digest = hashlib.sha256(signed).hexdigest()
        counted = returned.seen(self.sample, digest)
        fresh = counted is None
        if counted is None:
            days = timedelta(days=self.pack.retention.contact.days)
            waves = [str(wave.id) for wave in self.pack.waves]
            counted = returned.come_back(self.sample, refs, waves, days=days, day=day, digest=digest)
            self.between("returned counted")
        body: dict[str, str | int | list[str] | list[int]] = {"known": counted.known, "gone": counted.gone}
        self.ledger.enter("returned", f"returned {digest[:32]}", counted.day, body)
        self.between("ledger told")
        return counted, fresh
