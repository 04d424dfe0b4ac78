"""Which key has which name and kind in which role's folder: the one table of who holds what (docs/protocol.md shows it)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING, Final

from troth.keys.ring import Ring, SealingRing
from troth.kit.errors import KeyMissing, Refused
from troth.protocol.names import (
    AgeIdentity,
    AgeRecipient,
    AnalysisPublic,
    CookieKey,
    IndexKey,
    IssuerPrivate,
    IssuerPublic,
    Pepper,
    RecipientPrivate,
    RecipientPublic,
    SigningPrivate,
    SigningPublic,
)

if TYPE_CHECKING:
    from troth.keys.folder import KeyFolder

PURPOSES: Final = ("voucher", "interview")
PRINTROOM_KEYS: Final = ("printroom", "printroom.age")
"""What opens letters and codes; they die with the last contact (P05)."""

PRINTROOM_UNTIL: Final = ("printroom-until", "day")
"""Name and kind of what lies beside them: the day on which they die, fixed when they are made. It is no secret."""

PRINTROOM_SECRETS: Final = {
    "notify": ("notify", "notify-key"),
    "sftp": ("sftp", "sftp-key"),
    "sftp-password": ("sftp-password", "sftp-password"),
}
"""What the print room keeps for others' services: what `troth print key` calls it -> its name and kind in the folder."""

RECEIPTS_KEY: Final = "letters.age"
"""Opens receipt batches, where reminders are targeted; it dies when the collection is over."""


class Keys:
    """One role's folder, read by name. Every method raises KeyMissing when the role does not hold that key."""

    def __init__(self, folder: KeyFolder, public: KeyFolder) -> None:
        """`folder` is the role's own; `public` holds public halves only, and anybody may read it."""
        self.folder = folder
        self.public = public

    def pepper(self) -> Pepper:
        """Derives handles: load and respond, until sever."""
        return Pepper(self.folder.get("pepper", "pepper"))

    def cookie(self) -> CookieKey:
        """Seals the one cookie: respond."""
        return CookieKey(self.folder.get("cookie", "cookie"))

    def analysis_public(self) -> AnalysisPublic:
        """Seals answers: respond, flush (dummies at close)."""
        return AnalysisPublic(self.public.get("analysis.pub", "analysis-public"))

    def issuer_private(self, purpose: str) -> IssuerPrivate:
        """Signs blinded tickets: issuer."""
        return IssuerPrivate(self.folder.get(f"issuer-{purpose}", "issuer-private"))

    def issuer_public(self, purpose: str) -> IssuerPublic:
        """Verifies tickets: claim; unblinds: respond."""
        return IssuerPublic(self.public.get(f"issuer-{purpose}.pub", "issuer-public"))

    def issuer_token(self) -> str:
        """Lets the respond process ask the issuer: both."""
        return self.folder.get("issuer-token", "issuer-token").hex()

    def index(self) -> IndexKey:
        """The blind index: load, and the custodian."""
        return IndexKey(self.folder.get("index", "index"))

    def ledger(self) -> SigningPrivate:
        """Signs ledger entries: every command that has something to account for."""
        return SigningPrivate(self.folder.get("ledger", "ledger-private"))

    def ledger_public(self) -> SigningPublic:
        """Checks the ledger: anybody."""
        return SigningPublic(self.public.get("ledger.pub", "ledger-public"))

    def recipient(self, name: str) -> RecipientPrivate:
        """Opens parcels: `printroom` in the print room, `custodian` with the custodian."""
        return RecipientPrivate(self.folder.get(name, "recipient-private"))

    def recipient_public(self, name: str) -> RecipientPublic:
        """Seals parcels: load."""
        return RecipientPublic(self.public.get(f"{name}.pub", "recipient-public"))

    def age_identity(self, name: str) -> AgeIdentity:
        """Opens age files sent to that name."""
        return AgeIdentity(self.folder.get(f"{name}.age", "age-identity").decode())

    def age_recipient(self, name: str) -> AgeRecipient:
        """Whom age files are sealed to."""
        return AgeRecipient(self.public.get(f"{name}.age.pub", "age-recipient").decode())

    def notify_key(self) -> str:
        """Lets the print room send through GOV.UK Notify: the service's own, kept by `troth print key`."""
        return self.folder.get(*PRINTROOM_SECRETS["notify"]).decode()

    def sftp_key(self) -> str | None:
        """Lets the print room into the printer's server; None: there is no key, perhaps a password."""
        return self._secret("sftp")

    def sftp_password(self) -> str | None:
        """The same, where the printer gives a password; None: there is none."""
        return self._secret("sftp-password")

    def attest(self) -> SigningPrivate:
        """Signs what the print room attests: the print room. Made, with its public half, when it is first needed."""
        if not self.folder.has("attest"):
            from troth.protocol.chain import new_signing  # noqa: PLC0415 - signing, which no served process does

            private, public = new_signing()
            self.folder.put("attest", "attest-private", private)
            self.public.put("attest.pub", "attest-public", public)
        return SigningPrivate(self.folder.get("attest", "attest-private"))

    def attest_public(self) -> SigningPublic:
        """Checks what the print room attests: the roles that account for batches."""
        return SigningPublic(self.public.get("attest.pub", "attest-public"))

    def printroom_until(self, says: date) -> date:
        """The day on which what opens letters dies: the earliest that the study ever said; `says` is what it says now.

        Where none lies beside the keys, because they were made before it did, it is `says`. Raises KeyMissing: what lies there is no day.
        """
        if not self.folder.has(PRINTROOM_UNTIL[0]):
            return says
        try:
            return min(says, date.fromisoformat(self.folder.get(*PRINTROOM_UNTIL).decode()))
        except ValueError:
            what, mend = (
                f"{PRINTROOM_UNTIL[0]} is no day",
                "put the day of the print room's keys back from their replica",
            )
            raise KeyMissing(what, where=str(self.folder.path), mend=mend) from None

    def keep_printroom_until(self, says: date) -> date:
        """As `printroom_until`, and it lies beside the keys from now on, whatever the study says later (P05)."""
        day = self.printroom_until(says)
        if not self.folder.has(PRINTROOM_UNTIL[0]) or day.isoformat() != self.folder.get(*PRINTROOM_UNTIL).decode():
            self.folder.put(*PRINTROOM_UNTIL, day.isoformat().encode(), replace=True)
        return day

    def _secret(self, name: str) -> str | None:
        return self.folder.get(*PRINTROOM_SECRETS[name]).decode() if self.folder.has(name) else None

    def require_apart(self) -> None:
        """The print room's public keys are its own: nobody else's parcels or files open with the same private half.

        Raises:
            Refused: the print room's key is the custodian's, or its age key is the custodian's or the provider's. KeyMissing.

        """
        from troth.protocol.age import age_public  # noqa: PLC0415 - a library that no served process needs

        mend = "make the print room a key of its own, and load the sample anew: the custodian must never open a code"
        custodian, printroom = self.recipient_public("custodian"), self.recipient_public("printroom")
        letters = age_public(self.age_recipient("printroom"))
        if custodian in (printroom, letters):
            raise Refused("the print room's key is really the custodian's", where=str(self.public.path), mend=mend)
        if self.public.has("provider.age.pub") and letters == age_public(self.age_recipient("provider")):
            what = "the print room's age key is really the voucher provider's"
            raise Refused(what, where=str(self.public.path), mend="give each the recipient of its own")

    def sealing_ring(self, purpose: str) -> SealingRing:
        """Public halves of a purpose's buckets."""
        return SealingRing(purpose, self.public)

    def ring(self, purpose: str) -> Ring:
        """Both halves of a purpose's buckets: the custodian of that purpose."""
        return Ring(purpose, self.folder, self.public)
