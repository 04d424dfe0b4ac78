"""What moves when a contact is held: all that SAMPLE holds of the person but the code, which nobody here can read (P05, P14)."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from troth.fieldwork.load import contact_place
from troth.kit.errors import CannotOpen
from troth.protocol.code import show_letter_reference
from troth.protocol.parcel import open_parcel

if TYPE_CHECKING:
    from troth.fieldwork.wishes.access import Uncovered
    from troth.protocol.names import RecipientPrivate


def record(found: Uncovered, private: RecipientPrivate, study: str) -> bytes:
    """By the custodian: the record, for a hold's officer, as JSON in UTF-8. Raises CannotOpen: another key, or no contact."""
    held = found.held
    contact = open_parcel(private, found.parcel, contact_place(study, held.ref))
    try:
        said = json.loads(contact)
    except ValueError:
        raise CannotOpen("a contact part holds something else than a contact", where="hold") from None
    sent = [{"wave": each.wave, "posted": each.posted, "delivered_by": each.delivered_by} for each in held.sent]
    whole = {
        "reference": show_letter_reference(held.ref), "contact": said, "cell": held.cell, "source": found.source,
        "loaded_on": held.loaded_on, "letters": sent, "state": held.state, "reason": held.reason,
    }  # fmt: skip
    return json.dumps(whole, default=str, ensure_ascii=False).encode()
