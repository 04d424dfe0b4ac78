"""Claim: verify the ticket, spend it once, seal the details; the claim site cannot read them afterwards (P15, P23)."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from troth.claims.details import DETAILS_SIZE
from troth.kit.errors import Invalid, Refused
from troth.protocol.bucket import lock
from troth.protocol.claim import read_ticket, spent_key, verify_ticket
from troth.protocol.seal import Place, pad
from troth.vaults.claimbox import Put

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date

    from troth.claims.details import Details
    from troth.keys.ring import SealingRing
    from troth.protocol.claim import Purpose, Ticket
    from troth.protocol.names import IssuerPublic
    from troth.vaults.claimbox import ClaimBox


class NotATicket(Refused):
    """The ticket is none of this study's for this purpose."""


class AlreadyUsed(Refused):
    """The ticket was used before: what came with it then is in."""


def _nothing_more(_key: bytes) -> None:
    """Nothing hangs on it."""


@dataclass(frozen=True)
class Desk:
    """Claims of one purpose. Holds public halves only: what it seals it cannot open."""

    purpose: Purpose
    study: str
    issuer: IssuerPublic
    box: ClaimBox
    ring: SealingRing
    latest: date
    spent: Callable[[bytes], None] = field(default=_nothing_more)
    """Told of a ticket after it was used; it raises nothing."""

    def check(self, typed: str) -> Ticket:
        """The ticket, valid and unused.

        Raises:
            NotATicket, AlreadyUsed.

        """
        ticket = self._genuine(typed)
        if self.box.is_spent(spent_key(ticket)):
            raise AlreadyUsed("the ticket was used before")
        return ticket

    def claim(self, typed: str, details: Details) -> None:
        """The ticket is spent and the details are sealed and in, together.

        Raises:
            NotATicket, AlreadyUsed. StorageFailed: neither happened; the ticket is as good as before.

        """
        ticket = self._genuine(typed)
        for _ in range(3):
            bucket = self.ring.newest(self.latest)
            claim_id = secrets.token_bytes(16)
            place = Place("claim", claim_id, "details")
            locked = lock(self.ring.public(bucket), pad(details.encode(), DETAILS_SIZE), place)
            match self.box.put(spent_key(ticket), claim_id, locked, bucket.id):
                case Put.IN:
                    self.spent(spent_key(ticket))
                    return
                case Put.SPENT:
                    raise AlreadyUsed("the ticket was used before")
                case Put.LEAVING:
                    continue
        raise Refused("claims are not taken just now", mend="try again in a minute; the ticket is as good as before")

    def _genuine(self, typed: str) -> Ticket:
        try:
            ticket = read_ticket("".join(typed.split()))
        except Invalid:
            raise NotATicket("this is not a ticket") from None
        if ticket.purpose != self.purpose or not verify_ticket(ticket, self.study, self.issuer):
            raise NotATicket("this is not a ticket for this")
        return ticket
