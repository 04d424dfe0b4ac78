"""Copies outside the house: nobody here can destroy them, so whoever holds them says so in time, or the promise shows broken.

Nothing is kept but the ledger: an entry that something left the house is an obligation with a due date, an `attestation` is
the answer to it. What was attested late stays late: the day that was promised had passed (P05, P25, P26).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import TYPE_CHECKING, Any, Final, Protocol

from troth.kit.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

KIND: Final = "attestation"
SIGNED: Final = "signed"
WEAKER: Final = "weaker"
"""How strong an attestation is, as its entry says: checked against the holder's key, or the holder's word and no more."""


class Told(Protocol):
    """One entry of the ledger."""

    @property
    def key(self) -> str: ...
    @property
    def kind(self) -> str: ...
    @property
    def day(self) -> date: ...
    @property
    def body(self) -> Mapping[str, Any]: ...


class Chain(Protocol):
    """Where it is entered; the ledger, in every installation."""

    def entries(self, kind: str | None = None) -> Sequence[Told]: ...
    def enter(self, kind: str, key: str, day: date, body: Mapping[str, str | int | list[str] | list[int]]) -> bool: ...


@dataclass(frozen=True)
class Leaving:
    """One way out of the house."""

    kind: str
    prefix: str
    """How the ledger's key of such an entry begins; the rest is the batch."""
    holder: str
    promise: str
    role: str
    """Who accounts for it."""
    due: str
    """Which field of the entry says by when the copy must be gone (ISO date)."""


LEAVING: Final = (
    Leaving("release", "release ", "the printer and the post", "P05", "letters", "dies_by"),
    Leaving("replacement", "replacement ", "the printer and the post", "P05", "letters", "dies_by"),
    Leaving("vouchers", "sent ", "the voucher provider", "P26", "vouchers", "erased by"),
)


@dataclass(frozen=True)
class Copy:
    """Something of a batch that lies outside."""

    of: str
    """The ledger's key of the entry that it left by."""
    holder: str
    promise: str
    role: str
    left: date
    due: date
    destroyed: date | None
    """The last day that a holder attests; None: nobody has said so yet."""
    signed: bool = False
    """Every word was checked against its holder's key; else it is weaker."""
    statements: frozenset[str] = frozenset()
    """SHA-256 (hex) of the statements that were checked."""
    owing: tuple[str, ...] = ()
    """Holders that a checked statement names beside its own, and that have not said so themselves."""

    def late(self, today: date) -> bool:
        """It outlived its day, or, as far as anybody knows, outlives it."""
        outlived = self.destroyed is not None and self.destroyed > self.due
        return outlived or ((self.destroyed is None or bool(self.owing)) and today > self.due)


def copies(entries: Sequence[Told]) -> list[Copy]:
    """Every copy that ever left, the one that is due first at the head. An entry without its due date is due on its own day."""
    said: dict[str, list[Mapping[str, Any]]] = {}
    for entry in entries:
        if entry.kind == KIND:
            said.setdefault(str(entry.body["of"]), []).append(entry.body)
    found = []
    for entry in entries:
        for way in LEAVING:
            if entry.kind == way.kind and entry.key.startswith(way.prefix):
                due = date.fromisoformat(str(entry.body.get(way.due, entry.day.isoformat())))
                left = Copy(entry.key, way.holder, way.promise, way.role, entry.day, due, None)
                found.append(_answered(left, said.get(entry.key, [])))
    return sorted(found, key=lambda copy: (copy.due, copy.of))


def _answered(copy: Copy, words: Sequence[Mapping[str, Any]]) -> Copy:
    """The copy, with what its holders said of it: the last day counts, and the weakest word."""
    if not words:
        return copy
    checked = [word for word in words if word.get("strength") == SIGNED]
    named = {str(name) for word in checked for name in word.get("others", ())}
    return replace(
        copy,
        destroyed=max(date.fromisoformat(str(word["destroyed"])) for word in words),
        signed=len(checked) == len(words),
        statements=frozenset(str(word["statement"]) for word in checked),
        owing=tuple(sorted(named - {str(word["by"]) for word in words})),
    )


def find(found: Sequence[Copy], of: str) -> Copy:
    """The copy, as `copies` names it, or by its batch alone. Raises Refused: there is none."""
    for each in found:
        if of in {each.of, each.of.split(" ", 1)[1]}:
            return each
    raise Refused("no such copy left the house", where="attestation", mend="`troth erase copies` lists them")


def attest(
    chain: Chain, of: str, *, by: str, destroyed: date, today: date, statement: str = "", signed: bool = False,
    others: Sequence[str] = (),
) -> Copy:  # fmt: skip
    """The ledger has the holder's word that its copies were destroyed on that day. Saying it again changes nothing.

    Another checked statement is entered beside an earlier word, because more was printed since; so is the word of a holder that is owing.

    Args:
        chain: the ledger, to write.
        of: the copy, as `copies` names it, or the batch alone.
        by: who attests, for an organisation: never a person who was written to.
        destroyed: the day of the destruction.
        today: the day of the entry.
        statement: SHA-256, hex, of the holder's own statement, where there is one.
        signed: the caller has checked that statement against the holder's key.
        others: who else has copies of it, as that statement says.

    Raises:
        Refused: no such copy; a day in the future, or before it left; it was attested with another day.

    """
    where = "attestation"
    found = find(copies(chain.entries()), of)
    if destroyed > today:
        raise Refused("that day is still to come", where=where, mend="attest when it is done")
    if destroyed < found.left:
        raise Refused(f"it left on {found.left}, after that day", where=where, mend="give the day of the destruction")
    body: dict[str, str | int | list[str] | list[int]] = {
        "of": found.of, "holder": found.holder, "by": by, "destroyed": destroyed.isoformat(), "due": found.due.isoformat(),
        "promise": found.promise, "statement": statement, "strength": SIGNED if signed else WEAKER,
    }  # fmt: skip
    told = [entry.body for entry in chain.entries(KIND) if entry.body["of"] == found.of]
    if any(all(word.get(name) == body[name] for name in ("by", "destroyed", "statement", "strength")) for word in told):
        return found
    more = ""
    if found.destroyed is not None and signed and statement not in found.statements:
        more = f" {statement[:16]}"
    elif found.destroyed is not None and by in found.owing:
        more = f" {by}"
    elif found.destroyed not in {None, destroyed}:
        raise Refused(f"it was attested for {found.destroyed}", where=where, mend="an entry of the ledger is for good")
    if others:
        body["others"] = sorted(others)
    chain.enter(KIND, f"attestation {found.of}{more}", today, body)
    return next(copy for copy in copies(chain.entries()) if copy.of == found.of)
