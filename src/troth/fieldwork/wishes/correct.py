"""An address is corrected: a new contact part replaces the old one, which nobody opens, and no code is touched (P05, P06, P32).

Sealed to the print room and the custodian under the person's own bucket, so it dies with them on the same day: a correction moves no
date. A letter in a batch whose file is not written yet goes to the new address; one that left already goes to the old.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from troth.fieldwork.load import contact_place
from troth.fieldwork.sample_file import CONTACT_SIZE, LARGE_PRINT, contact_columns, read_person
from troth.keys.ring import read_bucket_id
from troth.kit.errors import Invalid, KeyMissing, Refused
from troth.protocol import blind_index
from troth.protocol.bucket import lock
from troth.protocol.parcel import seal_parcel
from troth.protocol.seal import Place
from troth.vaults.sample import wishes

if TYPE_CHECKING:
    from collections.abc import Mapping

    from troth.keys.ring import SealingRing
    from troth.kit.clock import Clock
    from troth.protocol.names import IndexKey, LetterRef, RecipientPublic
    from troth.storage.database import Database
    from troth.study import StudyPack

_TRIES: Final = 3
GONE: Final = "they were erased, or it is mistyped"


@dataclass(frozen=True)
class Corrected:
    """What a correction did. Never what it says."""

    out: int
    """So many letters are on their way to the old address."""
    live: bool
    """Whether further letters are due at all."""


@dataclass(frozen=True)
class Corrector:
    """The custodian's correcting: public halves and the index key. It opens neither the old contact nor a code."""

    pack: StudyPack
    sample: Database
    index: IndexKey = field(repr=False)
    printroom: RecipientPublic
    custodian: RecipientPublic
    ring: SealingRing
    clock: Clock

    def columns(self) -> list[str]:
        """What is asked for, in the order of the sample file: name, address, postcode, language; then large print. Never the cell."""
        return [*contact_columns(self.pack), LARGE_PRINT]

    def correct(self, ref: LetterRef, values: Mapping[str, str]) -> Corrected:
        """The new contact part stands, whole, instead of the old one, and the person is found by the new name and postcode.

        `values` has `columns()`; what is left out counts as empty; large print must be said, yes or no.

        Raises:
            Invalid: the rules of the sample file say no, column by column, or a field is none; no value is repeated.
            Refused: nobody here has this reference.

        """
        if unknown := sorted(set(values) - set(self.columns())):
            where = "sample correct" if len(unknown) > 1 else f"field {len(values)}"
            raise Invalid("a field that is not one of a contact", where=where, mend=f"give {', '.join(self.columns())}")
        for _ in range(_TRIES):
            found = wishes.where_sealed(self.sample, ref)
            if found is None:
                raise Refused("nobody here has this letter reference", where="sample correct", mend=GONE)
            bucket, cell, state = found
            row = read_person({**values, "region": cell}, self.pack, where="sample correct")
            recipients = [self.printroom, self.custodian]
            contact = seal_parcel(recipients, row.contact_part(), CONTACT_SIZE, contact_place(self.pack.id, ref))
            try:
                public = self.ring.public(read_bucket_id(bucket))
            except KeyMissing:  # the bucket was left for a younger one this very moment: look again
                continue
            locked = lock(public, contact, Place("person", ref.encode(), "contact"))
            lookup = blind_index.index(self.index, row.name, row.postcode)
            day = self.clock.today()
            if wishes.replace_contact(self.sample, ref, bucket, locked, lookup=lookup, day=day):
                return Corrected(wishes.letters_out(self.sample, ref, day), state == "live")
        raise Refused("an erasure is under way", where="sample correct", mend="nothing was changed; run it again")
