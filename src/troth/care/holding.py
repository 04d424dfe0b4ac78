"""Holds: what one approver proposes and another agrees to. A record moves to its officer; then the original dies as everything does.

Steps of a move: the record stands in HOLDS, marked `moving` → the original is withdrawn, to die today or on its earlier day → the ledger
is told → the mark goes. A kill between any two leaves the original alone or both, and agreeing again goes on. No bucket of the original
is kept alive: what is held is another seal of it, under a bucket that dies on the review date (P05, P14, P22).
"""

from __future__ import annotations

import contextlib
import secrets
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final, Protocol

from troth.care.people import WHERE, approver_public, officer_public
from troth.care.sealing import Agreed, data_key, fresh, open_record, open_terms, seal_record, seal_terms
from troth.keys.ring import read_bucket_id
from troth.kit.errors import CannotOpen, Invalid, Refused, TrothError
from troth.kit.steps import go_on
from troth.protocol.bucket import rewrap
from troth.protocol.chain import sign, verify
from troth.protocol.hold import HoldTerms
from troth.protocol.seal import Place
from troth.vaults.holds import store

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from troth.care.people import Approver
    from troth.keys.folder import KeyFolder
    from troth.keys.ring import Ring
    from troth.protocol.names import RecipientPrivate
    from troth.storage.database import Database
    from troth.vaults.holds.store import Hold, Proposal
    from troth.vaults.ledger.store import Ledger

REASONS: Final = ("safeguarding", "court_order", "complaint")
LONGEST: Final = timedelta(days=183)
"""No review date lies further away; two approvers may renew on any day before it."""
OPEN_FOR: Final = timedelta(days=14)
"""So long a proposal waits for a second approver."""
WARNING: Final = timedelta(days=14)
"""So long before a review `troth daily` says that it comes."""


class Source(Protocol):
    """Where records are that may be held. Each later room brings its own."""

    @property
    def promise(self) -> str:
        """The promise by which the original dies."""
        ...

    def dies_on(self, ref: str) -> date | None:
        """The day on which the original dies; None: it is not here."""
        ...

    def take(self, ref: str) -> bytes:
        """The record, read, for its officer: JSON in UTF-8. Raises Refused: it is not here."""
        ...

    def withdraw(self, ref: str, day: date) -> None:
        """The original dies on that day, or on its earlier one, and nothing more is done with it. Repeating changes nothing."""
        ...


def end_moves(holds: Database, ledger: Ledger, promise: str, day: date) -> None:
    """No move that stopped half-way dies today as a hold that nobody was told of: who counts holds and their ends never counts below none.

    The ledger is told of it now. Where it takes no entry, the record goes uncounted, as a proposal does: erasing never waits (P05). An
    entry that stands, though its replica did not take it, is counted: the erasure that comes next is its end.
    """
    for hold in store.holds(holds):
        if hold.state == "moving" and hold.dies_on <= day:
            try:
                _tell(ledger, hold, promise, day)
            except TrothError:
                if not _is_told(ledger, hold):
                    store.drop_move(holds, hold.id)


def _is_told(ledger: Ledger, hold: Hold) -> bool:
    with contextlib.suppress(TrothError):
        return any(entry.key == f"hold {hold.id}" for entry in ledger.entries("hold"))
    return False


def _tell(ledger: Ledger, hold: Hold, promise: str, day: date) -> None:
    body: dict[str, str | int | list[str] | list[int]] = {
        "count": 1, "source": hold.source, "promise": promise, "review": f"{hold.review_on:%Y-%m}",
    }  # fmt: skip
    ledger.enter("hold", f"hold {hold.id}", day, body)


@dataclass(frozen=True)
class Wanted:
    """What is to be held, why, by whom and until when. The `repr` tells no reference."""

    source: str
    ref: str = field(repr=False)
    reason: str
    officer: str
    review_on: date


@dataclass(frozen=True)
class Holding:
    """The role `holds`, deciding. `day` is today, as the ledger allows it."""

    study: str
    holds: Database
    ledger: Ledger
    ring: Ring
    public: KeyFolder
    sources: Mapping[str, Source]
    day: date
    between: Callable[[str], None] = field(default=go_on, repr=False)

    def propose(self, wanted: Wanted, by: Approver) -> Proposal:
        """A proposal to hold that record waits for a second approver; nothing else has changed.

        Raises:
            Refused: no such reason or officer, a review date out of bounds, no such record, or one that is held or proposed already.

        """
        if wanted.reason not in REASONS:
            raise Refused("no such reason for a hold", where=WHERE, mend=f"one of {', '.join(REASONS)}")
        self._within(wanted.review_on)
        if self.sources[wanted.source].dies_on(wanted.ref) is None:
            raise Refused("nobody here has this reference", where=WHERE, mend="they were erased, or it is mistyped")
        rows: list[Hold | Proposal] = [*store.holds(self.holds), *store.proposals(self.holds)]
        for row in rows:
            if row.source == wanted.source and open_terms(data_key(self.ring, row), row).ref == wanted.ref:
                raise Refused("this record is held or proposed already", where=WHERE, mend="`troth hold list` shows it")
        return self._propose("add", None, wanted, by)

    def propose_change(self, kind: str, hold: str, review_on: date | None, by: Approver) -> Proposal:
        """A proposal to renew that hold until another day, or to release it, waits for a second approver.

        Raises:
            Refused: no such hold, one that is still moving, its own date again, or a review date out of bounds.

        """
        found = self.hold(hold)
        if found.state == "moving":
            raise Refused("this hold is not finished", where=WHERE, mend="approve it again with its reference first")
        if review_on is not None:
            self._within(review_on)
            if review_on == found.review_on:
                raise Refused("it is held until that day already", where=WHERE, mend="name another day")
        ref = open_terms(data_key(self.ring, found), found).ref
        wanted = Wanted(found.source, ref, found.reason, found.officer, review_on or found.review_on)
        return self._propose(kind, found.id, wanted, by)

    def agree(self, id_: str, ref: str | None, by: Approver, *, dry_run: bool = False) -> str:
        """What was proposed is done: the record is moved, renewed, or to be erased today; gives `add`, `renew` or `release`.

        A dry run checks everything that agreeing checks and changes nothing. Of a record that is to be added, the second approver gives
        the reference again; agreeing again after a kill goes on.

        Raises:
            Refused: no such proposal, it lapsed, the same approver or key twice, another reference than was proposed, or the record is
                not here any more. CannotOpen: the first signature is not of these terms.

        """
        moving = [hold for hold in store.holds(self.holds) if hold.id == id_ and hold.state == "moving"]
        if moving:
            self._same(ref, open_terms(data_key(self.ring, moving[0]), moving[0]).ref)
            if not dry_run:
                self._finish(moving[0])
            return "add"
        proposal = self._proposal(id_)
        key = data_key(self.ring, proposal)
        agreed = open_terms(key, proposal)
        first, signature = agreed.signed[0]
        mine = approver_public(by.name, self.public, self.ledger)
        theirs = approver_public(first, self.public, self.ledger)
        if by.name == first or mine == theirs:
            raise Refused("the same approver proposed this", where=WHERE, mend="another approver must agree")
        if proposal.kind == "add":
            self._same(ref, agreed.ref)
        message = self.terms(proposal, proposal.kind, agreed.ref).message()
        if not verify(theirs, message, signature):
            raise CannotOpen("the first signature is not of these terms", where=WHERE, mend="propose it anew")
        if dry_run:
            return proposal.kind
        both = Agreed(agreed.ref, ((first, signature), (by.name, sign(by.private, message))))
        {"add": self._add, "renew": self._renew, "release": self._release}[proposal.kind](proposal, key, both)
        return proposal.kind

    def drop(self, id_: str) -> None:
        """The proposal is gone, and the record may be proposed anew. Raises Refused: there is none."""
        if not store.drop(self.holds, id_):
            raise Refused("there is no such proposal", where=WHERE, mend="it lapsed, was done already, or is mistyped")

    def hold(self, id_: str) -> Hold:
        """The hold of that id. Raises Refused: there is none, or its day has come."""
        found = [each for each in store.holds(self.holds) if each.id == id_ and each.dies_on > self.day]
        if not found:
            raise Refused("there is no such hold", where=WHERE, mend="`troth hold list` shows what there is")
        return found[0]

    def read(self, id_: str, officer: RecipientPrivate) -> bytes:
        """The record, by its officer: told to the ledger before it is opened. Raises Refused; CannotOpen: another officer's key."""
        found = self.hold(id_)
        self.ledger.enter("hold-read", f"hold-read {secrets.token_hex(8)}", self.day, {"hold": found.id})
        return open_record(data_key(self.ring, found), found, officer, self.study)

    def terms(self, row: Proposal | Hold, kind: str, ref: str) -> HoldTerms:
        """What two approvers sign, as that row states it. Raises Refused: its officer is not known any more."""
        hold = getattr(row, "hold", None) or row.id
        officer = officer_public(row.officer, self.public, self.ledger)
        return HoldTerms(self.study, kind, hold, row.source, ref, row.reason, officer, row.review_on)

    def _propose(self, kind: str, hold: str | None, wanted: Wanted, by: Approver) -> Proposal:
        officer_public(wanted.officer, self.public, self.ledger)
        id_ = secrets.token_hex(6)
        bucket = self.ring.ensure(wanted.review_on)
        self.between("bucket made")
        key, wrapped = fresh(self.ring, bucket, id_)
        lapses = min(self.day + OPEN_FOR, wanted.review_on)
        made = store.Proposal(
            id_, kind, hold, wanted.source, wanted.reason, wanted.officer, wanted.review_on, wrapped, b"", bucket.id, lapses
        )  # fmt: skip
        signature = sign(by.private, self.terms(made, kind, wanted.ref).message())
        made = replace(made, terms=seal_terms(key, id_, Agreed(wanted.ref, ((by.name, signature),))))
        store.propose(self.holds, made)
        return made

    def _add(self, proposal: Proposal, key: bytes, agreed: Agreed) -> None:
        record = self.sources[proposal.source].take(agreed.ref)
        officer = officer_public(proposal.officer, self.public, self.ledger)
        made = store.Hold(
            proposal.id, "moving", "add", proposal.source, proposal.reason, proposal.officer, proposal.review_on,
            proposal.wrapped, seal_record(key, proposal.id, record, officer, self.study),
            seal_terms(key, proposal.id, agreed), proposal.bucket, proposal.review_on,
        )  # fmt: skip
        store.keep(self.holds, made)
        self.between("record held")
        self._finish(made)

    def _finish(self, hold: Hold) -> None:
        """The original is withdrawn, the ledger told, the mark gone. The entry names no reason: with SAMPLE's dates it would tell whose."""
        source = self.sources[hold.source]
        source.withdraw(open_terms(data_key(self.ring, hold), hold).ref, self.day)
        self.between("original withdrawn")
        _tell(self.ledger, hold, source.promise, self.day)
        self.between("ledger told")
        store.settle(self.holds, hold.id)
        self.between("settled")

    def _renew(self, proposal: Proposal, _key: bytes, agreed: Agreed) -> None:
        """The data key moves to the bucket of the new day; the old bucket dies on its own, so backups of before do too."""
        found = self.hold(str(proposal.hold))
        self.ledger.enter(
            "hold-renewed", f"hold-renewed {proposal.id}", self.day, {"hold": found.id, "review": f"{proposal.review_on:%Y-%m}"}
        )  # fmt: skip
        self.between("ledger told")
        bucket, old = read_bucket_id(proposal.bucket), read_bucket_id(found.bucket)
        place = Place("held", found.id.encode(), "record")
        key = data_key(self.ring, found)
        renewed = replace(
            found, kind="renew", review_on=proposal.review_on, dies_on=proposal.review_on, bucket=bucket.id,
            wrapped=rewrap(self.ring.private(old), self.ring.public(bucket), found.wrapped, place),
            terms=seal_terms(key, found.id, agreed),
        )  # fmt: skip
        store.renew(self.holds, renewed, proposal.id)
        self.between("renewed")

    def _release(self, proposal: Proposal, _key: bytes, _agreed: Agreed) -> None:
        found = self.hold(str(proposal.hold))
        self.ledger.enter("hold-released", f"hold-released {proposal.id}", self.day, {"hold": found.id})
        self.between("ledger told")
        store.release(self.holds, found.id, self.day)
        self.between("released")

    def _proposal(self, id_: str) -> Proposal:
        for found in store.proposals(self.holds):
            if found.id == id_ and found.lapses_on > self.day:
                return found
        raise Refused("there is no such proposal", where=WHERE, mend="it lapsed, was done already, or is mistyped")

    def _within(self, review_on: date) -> None:
        if review_on <= self.day:
            raise Refused("the review date is not to come", where=WHERE, mend="name a later day")
        if review_on > self.day + LONGEST:
            raise Refused(
                f"the review date is more than {LONGEST.days} days away",
                where=WHERE,
                mend="renew it when it comes near",
            )

    def _same(self, given: str | None, proposed: str) -> None:
        if given is None:
            raise Invalid("the reference is missing", where=WHERE, mend="give the reference again, as it was proposed")
        if given != proposed:
            raise Refused("this is not the reference that was proposed", where=WHERE, mend="compare it with the letter")
