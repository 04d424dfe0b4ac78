"""Approvers and officers of holds: a key of their own each, its public half beside all others, its fingerprint in the ledger.

Two keys are not two people: that each lies with a person of their own is the house's to see to, and that a key was made, and when, is
in the chain for everybody to see. A public key that the ledger does not know signs nothing here.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from troth.kit.errors import Invalid, KeyMissing, Refused
from troth.protocol.chain import new_signing, signing_public
from troth.protocol.names import RecipientPrivate, RecipientPublic, SigningPrivate, SigningPublic
from troth.protocol.parcel import new_recipient, recipient_public

if TYPE_CHECKING:
    from datetime import date

    from troth.keys.folder import KeyFolder
    from troth.vaults.ledger.store import Ledger

KIND: Final = "hold-key"
WHERE: Final = "hold"
_NAME: Final = re.compile(r"[a-z][a-z0-9-]{0,19}\Z")
_KINDS: Final = {
    "approver": ("signing-private", "signing-public"),
    "officer": ("recipient-private", "recipient-public"),
}


@dataclass(frozen=True)
class Approver:
    """Somebody who may sign for holds, with their key at hand."""

    name: str
    private: SigningPrivate = field(repr=False)


def named(name: str) -> str:
    """The name, if it is one for an approver or officer: a word for a desk or a post. Raises Invalid."""
    if not _NAME.match(name):
        raise Invalid(
            "a name here is a short plain word", where=WHERE, mend="lower-case letters, digits and hyphens, at most 20"
        )
    return name


def appoint(what: str, name: str, folder: KeyFolder, *, public: KeyFolder, ledger: Ledger, day: date) -> str:
    """There is an approver or officer of that name with a key in `folder`; gives its fingerprint. Said again it changes nothing.

    The order is private half, public half, ledger: a kill between any two is mended by saying it again.

    Raises:
        Invalid: no plain name. KeyMissing: a file of another kind stands there.
        Refused: the name is another key's already, or its private half is elsewhere.

    """
    private_kind, public_kind = _KINDS[what]
    known = f"{what}-{named(name)}.pub"
    if not folder.has(what):
        if public.has(known):
            raise Refused(
                f"there is {what} {name} already, with the private key elsewhere", where=WHERE, mend="take another name"
            )
        private: bytes = new_signing()[0] if what == "approver" else new_recipient()[0]
        folder.put(what, private_kind, private)
    private = folder.get(what, private_kind)
    half: bytes = (
        signing_public(SigningPrivate(private)) if what == "approver" else recipient_public(RecipientPrivate(private))
    )
    if not public.has(known):
        public.put(known, public_kind, half)
    elif public.get(known, public_kind) != half:
        raise Refused(f"{what} {name} has another key", where=WHERE, mend="take another name")
    fingerprint = public.fingerprint(known, public_kind)
    ledger.enter(KIND, f"{what} {fingerprint}", day, {"what": what, "fingerprint": fingerprint})
    return fingerprint


def approver(name: str, folder: KeyFolder, public: KeyFolder, ledger: Ledger) -> Approver:
    """The approver, with the key that the public half and the ledger know them by.

    Raises:
        Invalid: no plain name. Refused: no such approver, or the key is another's. KeyMissing: their private half is not in `folder`.

    """
    expected = approver_public(name, public, ledger)
    private = SigningPrivate(folder.get("approver", "signing-private"))
    if signing_public(private) != expected:
        raise Refused(f"this is not the key of approver {name}", where=WHERE, mend="use their own key folder")
    return Approver(name, private)


def approver_public(name: str, public: KeyFolder, ledger: Ledger) -> SigningPublic:
    """An approver's public key, if the ledger knows it. Raises Refused: there is no such approver; Invalid: no plain name."""
    return SigningPublic(_known("approver", name, public, ledger))


def officer_public(name: str, public: KeyFolder, ledger: Ledger) -> RecipientPublic:
    """An officer's public key, if the ledger knows it. Raises Refused: there is no such officer; Invalid: no plain name."""
    return RecipientPublic(_known("officer", name, public, ledger))


def officer_private(folder: KeyFolder) -> RecipientPrivate:
    """The officer's own key. Raises KeyMissing."""
    return RecipientPrivate(folder.get("officer", "recipient-private"))


def _known(what: str, name: str, public: KeyFolder, ledger: Ledger) -> bytes:
    mend = f"appoint them with `troth hold {what} NAME`, or look at the spelling"
    file, kind = f"{what}-{named(name)}.pub", _KINDS[what][1]
    try:
        found = public.get(file, kind)
    except KeyMissing:
        raise Refused(f"there is no {what} of this name", where=WHERE, mend=mend) from None
    told = {str(entry.body["fingerprint"]) for entry in ledger.entries(KIND) if entry.body["what"] == what}
    if public.fingerprint(file, kind) not in told:
        raise Refused(f"the ledger does not know this {what}'s key", where=WHERE, mend=mend)
    return found
