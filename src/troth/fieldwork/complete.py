"""Complete: progress destroyed, the handle marked, and both tickets issued, wanted or not (P15, P23).

The blinded values are fixed in the transaction that completes, and only identical values are ever signed again: so a lost
reply can be repeated, a lost ticket recovered with code and claim secret, and nobody gets a second ticket.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from troth.fieldwork.admit import NotOpened, SessionOver
from troth.kit.errors import Invalid
from troth.protocol.claim import BLINDED_LENGTH, begin_ticket, blinded_hash, finish_ticket
from troth.protocol.code import read_code
from troth.protocol.session import same, session_hash
from troth.vaults.responses.store import Finish, Told, signed_hashes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from troth.fieldwork.carried import Carried
    from troth.fieldwork.respondents import Respondents
    from troth.protocol.claim import Begun, Ticket
    from troth.protocol.names import ClaimSecret, IssuerPublic
    from troth.vaults.responses.store import Purpose


@dataclass(frozen=True)
class Blinded:
    """Both blinded values, 384 bytes each, as the respondent's browser or, without JavaScript, this process made them."""

    voucher: bytes
    interview: bytes

    def __post_init__(self) -> None:
        if len(self.voucher) != BLINDED_LENGTH or len(self.interview) != BLINDED_LENGTH:
            raise Invalid("a blinded ticket has 384 bytes")

    @property
    def hashes(self) -> tuple[bytes, bytes]:
        """What lies with the handle until sever."""
        return blinded_hash(self.voucher), blinded_hash(self.interview)


@dataclass(frozen=True)
class Signatures:
    """Both blind signatures, 384 bytes each: they open nothing without the claim secret."""

    voucher: bytes
    interview: bytes


async def complete(room: Respondents, carried: Carried, blinded: Blinded) -> Signatures:
    """The response is complete and both tickets are signed; repeating it with the same values gives the same.

    Raises:
        SessionOver: another session, not at the end yet, or other values were signed before; nothing was changed.
        Busy: signing must wait; the response is complete all the same, and repeating this gives the tickets.

    """
    voucher, interview = blinded.hashes
    job = Finish(carried.handle, session_hash(carried.session), room.plan.total_slots, voucher, interview)
    if await room.submit(lambda: job) is not Told.DONE:
        raise SessionOver("this session is not at the end of the survey")
    return await _sign(room, blinded)


async def recover(
    room: Respondents, typed: str, secret: ClaimSecret, publics: Mapping[Purpose, IssuerPublic]
) -> dict[Purpose, Ticket]:
    """The two tickets once more, for who has both the code and the claim secret; until sever.

    Raises:
        Mistyped: the code's check character says so.
        NotOpened: every other reason, after the same work.

    """
    derived = await room.derive(read_code(typed))
    found = signed_hashes(room.database, derived.handle) or (bytes(32), bytes(32))
    begun = begin_both(room.study, secret, publics)
    blinded = Blinded(begun["voucher"].blinded, begun["interview"].blinded)
    if not all([same(a, b) for a, b in zip(found, blinded.hashes, strict=True)]):  # noqa: C419 - both, always
        raise NotOpened("this code and these claim words do not belong together")
    return finish_both(begun, await _sign(room, blinded))


def begin_both(study: str, secret: ClaimSecret, publics: Mapping[Purpose, IssuerPublic]) -> dict[Purpose, Begun]:
    """Both tickets of a claim secret, begun: the weaker guarantee, because this process knows the secret for a moment."""
    return {purpose: begin_ticket(secret, purpose, study, publics[purpose]) for purpose in publics}


def finish_both(begun: Mapping[Purpose, Begun], signed: Signatures) -> dict[Purpose, Ticket]:
    """Both tickets, unblinded and verified. Raises CannotOpen when a signature is wrong."""
    given: dict[Purpose, bytes] = {"voucher": signed.voucher, "interview": signed.interview}
    return {purpose: finish_ticket(begun[purpose], given[purpose]) for purpose in begun}


async def _sign(room: Respondents, blinded: Blinded) -> Signatures:
    return Signatures(
        voucher=await room.issuer.sign("voucher", blinded.voucher),
        interview=await room.issuer.sign("interview", blinded.interview),
    )
