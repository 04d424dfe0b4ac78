"""Vouchers: sort what came in, order from the provider in an encrypted file, note what was sent (P25, P26).

There is no other export of voucher details: this file, sealed to the provider's key, is the only way out.
"""

from __future__ import annotations

import csv
import hashlib
import io
from dataclasses import dataclass
from pathlib import Path  # noqa: TC003 - dataclass field
from typing import TYPE_CHECKING

from troth.claims.details import decode_details
from troth.keys.ring import read_bucket_id
from troth.kit.errors import Refused
from troth.kit.steps import go_on
from troth.protocol.age import seal_age
from troth.protocol.bucket import unlock
from troth.protocol.seal import Place, unpad
from troth.retention.calendar import add_months
from troth.storage.whole import drafts, write_whole

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from troth.keys.ring import Ring
    from troth.protocol.names import AgeRecipient
    from troth.vaults.claimbox import Batch, ClaimBox
    from troth.vaults.ledger.store import Ledger


@dataclass(frozen=True)
class VoucherDesk:
    """The voucher desk: the only holder of the voucher buckets' private halves."""

    box: ClaimBox
    ring: Ring
    ledger: Ledger
    provider: AgeRecipient
    outbox: Path
    k: int
    latest: date
    months: int
    between: Callable[[str], None] = go_on

    def sort(self, *, last: bool = False) -> int:
        """What came in is sorted, in groups of at least k; with `last` (after the collection) whatever there is."""
        return self.box.sort(1 if last else self.k, self.latest)

    def order(self, day: date) -> tuple[Batch, Path] | None:
        """All waiting claims are in one order file for the provider; None when none wait. A killed order is finished, not repeated.

        Raises:
            CannotOpen, KeyMissing: a claim's bucket is not here; nothing left the house.

        """
        batch = self.box.prepare(day, "ordered")
        if batch is None:
            return None
        self.between("order prepared")
        path = self.outbox / f"voucher-order-{batch.id}.age"
        if not path.exists():  # written whole before a kill: sealing again would give the same order another digest
            write_whole(path, seal_age([self.provider], self._rows(batch.id)))
        self.between("order written")
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        body: dict[str, str | int | list[str] | list[int]] = {
            "count": batch.count,
            "digest": digest,
            "to": "voucher provider",
        }
        self.ledger.enter("vouchers", f"order {batch.id}", day, body)
        self.between("ledger told")
        # Last: a batch that is still "prepared" is what the next run takes up and finishes.
        return self.box.advance(batch.id, before="prepared", after="sent", day=day, digest=digest), path

    def reissue(self, batch_id: str, day: date) -> Path:
        """The same order again, for a provider who lost the file. Nobody gets a second voucher: the rows carry the same ids.

        Raises:
            Refused: no such order left, or its details are erased.

        """
        if not any(each.id == batch_id and each.state != "prepared" for each in self.box.batches()):
            raise Refused("no such order left the house", where="vouchers", mend="look at `troth vouchers list`")
        count = len(self.box.claims(batch_id))
        if not count:
            raise Refused("that order's details are erased", where="vouchers")
        path = self.outbox / f"voucher-order-{batch_id}.age"
        sealed = seal_age([self.provider], self._rows(batch_id))
        digest = hashlib.sha256(sealed).hexdigest()
        body: dict[str, str | int | list[str] | list[int]] = {
            "count": count,
            "digest": digest,
            "to": "voucher provider",
        }
        # Told before it is there: no file lies in the outbox that the ledger does not know.
        self.ledger.enter("vouchers", f"reissue {batch_id} {digest}", day, body)
        self.between("reissue told")
        write_whole(path, sealed)
        return path

    def sent(self, batch_id: str, day: date) -> int:
        """The provider says that the vouchers went out: the six months begin (P26); counts the people."""
        done = self.box.advance(batch_id, before="sent", after="done", day=day)
        self.between("order done")
        dies_on = min(self.latest, add_months(done.day, self.months))  # from the first time, however often it is said
        self.box.set_death(batch_id, "sent", dies_on)
        self.between("clock set")
        body: dict[str, str | int | list[str] | list[int]] = {"count": done.count, "erased by": dies_on.isoformat()}
        self.ledger.enter("vouchers", f"sent {batch_id}", done.day, body)
        return done.count

    def tidy(self) -> int:
        """Order files whose people are all erased are gone from the outbox, and drafts that a kill left; counts them."""
        wanted = {f"voucher-order-{batch_id}.age" for batch_id in self.box.living_batches()}
        found = [*self.outbox.glob("voucher-order-*.age"), *drafts(self.outbox, "voucher-order-*.age")]
        gone = [path for path in found if path.name not in wanted]
        for path in gone:
            path.unlink(missing_ok=True)
        return len(gone)

    def _rows(self, batch_id: str) -> bytes:
        text = io.StringIO()
        writer = csv.writer(text, quoting=csv.QUOTE_ALL)
        writer.writerow(["reference", "name", "email", "phone"])
        for claim in self.box.claims(batch_id):
            private = self.ring.private(read_bucket_id(claim.bucket))
            details = decode_details(unpad(unlock(private, claim.locked, Place("claim", claim.id, "details"))))
            writer.writerow([claim.id.hex(), *details.row()])
        return text.getvalue().encode()
