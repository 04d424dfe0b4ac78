"""Who claims: a ticket that the issuer really signed, contact details, and the two desks behind."""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import date
from typing import TYPE_CHECKING, Final

from sqlalchemy import delete, select
from tests.cast.house import STUDY, issuer_publics, signers

from troth.claims.claim import Desk
from troth.claims.details import Details
from troth.claims.interviews import InterviewDesk
from troth.claims.vouchers import VoucherDesk
from troth.keys.folder import KeyFolder
from troth.keys.ring import Ring, SealingRing, read_bucket_id
from troth.kit.errors import TrothError
from troth.protocol.age import new_age_identity, open_age
from troth.protocol.bucket import Locked, unlock
from troth.protocol.chain import new_signing
from troth.protocol.claim import begin_ticket, finish_ticket, new_claim_secret
from troth.protocol.seal import Place
from troth.vaults.interviews import store as interviews
from troth.vaults.ledger.schema import metadata as ledger_metadata
from troth.vaults.ledger.store import Ledger
from troth.vaults.vouchers import store as vouchers

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path
    from typing import Any

    from troth.protocol.claim import Purpose
    from troth.storage.database import Database
    from troth.vaults.bucketed import BucketedRows

LATEST: Final = date(2028, 3, 7)
DAY: Final = date(2027, 2, 1)
K: Final = 3
_STORES: Final = {"voucher": vouchers, "interview": interviews}
_VAULTS: Final = {"voucher": "vouchers", "interview": "interviews"}


@dataclass
class Claims:
    """One purpose: its vault, its ring, and whoever works on it."""

    purpose: Purpose
    database: Database
    ledger_vault: Database
    folder: Path

    def __post_init__(self) -> None:
        self.private, self.public = KeyFolder(self.folder / "private"), KeyFolder(self.folder / "public")
        self.ring = Ring(self.purpose, self.private, self.public)
        self.ring.ensure(LATEST)
        self.identity, self.recipient = new_age_identity()
        signing, self.ledger_public = new_signing()
        self.ledger = Ledger(self.ledger_vault, signing)
        self.store = _STORES[self.purpose]
        self.box = self.store.box(self.database)
        self.signer = signers()[self.purpose]

    def ticket(self, *, purpose: Purpose | None = None, study: str = STUDY) -> str:
        """A ticket as it is shown to whoever completed."""
        which = purpose or self.purpose
        begun = begin_ticket(new_claim_secret(), which, study, issuer_publics()[which])
        return finish_ticket(begun, signers()[which].sign(begun.blinded)).show()

    def site(self) -> Desk:
        """The claim site: public halves only."""
        ring = SealingRing(self.purpose, self.public)
        return Desk(self.purpose, STUDY, issuer_publics()[self.purpose], self.box, ring, LATEST)

    def voucher_desk(self, between: Callable[[str], None] = lambda _step: None) -> VoucherDesk:
        return VoucherDesk(
            self.box, self.ring, self.ledger, self.recipient, self.folder / "outbox", K, LATEST, 6, between
        )

    def interview_desk(self, between: Callable[[str], None] = lambda _step: None) -> InterviewDesk:
        return InterviewDesk(self.box, self.ring, self.ledger, K, LATEST, between)

    def erasable(self) -> BucketedRows:
        return self.store.erasable(self.database, self.ring)

    def claim(self, count: int) -> list[Details]:
        """That many people claim."""
        people = [person(n) for n in range(count)]
        for one in people:
            self.site().claim(self.ticket(), one)
        return people

    def order(self, path: Path) -> str:
        """What the provider reads in an order file."""
        return open_age(self.identity, path.read_bytes()).decode()

    def rows(self, name: str) -> list[dict[str, Any]]:
        table = getattr(self.box.tables, name)
        with self.database.read() as connection:
            return [dict(row) for row in connection.execute(select(table)).mappings()]

    def stolen(self) -> list[tuple[bytes, Locked, str]]:
        """What a thief copied: every sealed row with its place."""
        rows = self.rows("claim") + self.rows("inbox")
        return [(bytes(r["id"]), Locked(bytes(r["wrapped"]), bytes(r["sealed"])), r["bucket"]) for r in rows]

    def opened(self, stolen: list[tuple[bytes, Locked, str]]) -> int:
        """How many of a thief's rows open with all the keys that are on the disk now, tried each with each."""
        count = 0
        for row_id, locked, _ in stolen:
            for bucket in self.ring.living():
                try:
                    unlock(self.ring.private(bucket), locked, Place("claim", row_id, "details"))
                except TrothError:
                    continue
                count += 1
                break
        return count

    def readable(self) -> int:
        """How many rows of today open under the bucket that they name."""
        count = 0
        for row_id, locked, bucket in self.stolen():
            unlock(self.ring.private(read_bucket_id(bucket)), locked, Place("claim", row_id, "details"))
            count += 1
        return count


def person(n: int) -> Details:
    return Details(f"Person Number{n}", f"person{n}@example.org", "029 2000 0000")


def fresh_claims(purpose: Purpose, open_vault: Callable[[str], Database], folder: Path) -> Claims:
    """A claim desk over empty vaults, with keys of its own."""
    database, ledger = open_vault(_VAULTS[purpose]), open_vault("ledger")
    made = Claims(purpose, database, ledger, folder / secrets.token_hex(4))
    with database.write() as connection:
        for table in vars(made.box.tables).values():
            connection.execute(delete(table))
    with ledger.write() as connection:
        for table in ledger_metadata.tables.values():
            connection.execute(delete(table))
    return made
