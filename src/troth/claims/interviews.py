"""Interviews: sort what came in, show a round's contacts to who arranges them, note what took place (P16)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from troth.claims.details import decode_details
from troth.keys.ring import read_bucket_id
from troth.kit.steps import go_on
from troth.protocol.bucket import unlock
from troth.protocol.seal import Place, unpad

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from troth.claims.details import Details
    from troth.keys.ring import Ring
    from troth.vaults.claimbox import Batch, ClaimBox
    from troth.vaults.ledger.store import Ledger


@dataclass(frozen=True)
class InterviewDesk:
    """The interview desk: the only holder of the interview buckets' private halves."""

    box: ClaimBox
    ring: Ring
    ledger: Ledger
    k: int
    latest: date
    between: Callable[[str], None] = go_on

    def sort(self, *, last: bool = False) -> int:
        """What came in is sorted, in groups of at least k; with `last` (after the collection) whatever there is."""
        return self.box.sort(1 if last else self.k, self.latest)

    def round(self, day: date, write: Callable[[list[Details]], None]) -> Batch | None:
        """All who wait are in one round, and `write` has their details, to arrange interviews and for nothing else; None: nobody waits.

        Killed, or with a `write` that failed, the round stays prepared and comes again, whole, the next time.
        """
        batch = self.box.prepare(day, "arranged")
        if batch is None:
            return None
        self.between("round prepared")
        people = []
        for claim in self.box.claims(batch.id):
            private = self.ring.private(read_bucket_id(claim.bucket))
            people.append(decode_details(unpad(unlock(private, claim.locked, Place("claim", claim.id, "details")))))
        write(people)
        self.between("round written")
        self.ledger.enter("interviews", f"round {batch.id}", day, {"count": batch.count})
        self.between("round told")
        # Last: a batch that is still "prepared" is what the next run takes up and finishes.
        return self.box.advance(batch.id, before="prepared", after="sent", day=day)

    def held(self, batch_id: str, day: date) -> int:
        """The interviews of that round have taken place: the details die today (P16); counts the people."""
        done = self.box.advance(batch_id, before="sent", after="done", day=day)
        self.between("round done")
        self.box.set_death(batch_id, "held", done.day)
        self.between("clock set")
        self.ledger.enter("interviews", f"held {batch_id}", done.day, {"count": done.count})
        return done.count
