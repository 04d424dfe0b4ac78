"""Somebody is told what is held about them: their contact part, letters sent, the day of its death; of answers, that nobody can tell (P32).

Two roles: `letters` takes off the bucket layer and reads nothing; the custodian opens what lies under it, into a file for the person.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from troth.fieldwork.load import contact_place
from troth.fieldwork.private import write_private
from troth.fieldwork.wishes.correct import GONE
from troth.keys.ring import read_bucket_id
from troth.kit.errors import CannotOpen, Refused
from troth.protocol.bucket import Locked, unlock
from troth.protocol.code import show_letter_reference
from troth.protocol.parcel import open_parcel
from troth.protocol.seal import Place
from troth.study import ENGLISH, day_in_words
from troth.vaults.sample import wishes

if TYPE_CHECKING:
    from pathlib import Path

    from troth.keys.ring import Ring
    from troth.protocol.names import LetterRef, RecipientPrivate
    from troth.storage.database import Database
    from troth.study import StudyPack
    from troth.vaults.ledger.store import Ledger
    from troth.vaults.sample.wishes import Held

_ANSWERS: Final = """\
Your answers
------------
Whether you took part, and what you answered, cannot be told from anything here, by us or by anybody: answers are kept apart
from names and addresses, and nothing joins the two. So we cannot send them to you, correct them or delete them for you. Until
a response is finished, whoever is answering can delete it on the survey itself, with "stop and delete".
"""

_TARGETED: Final = """\
Your answers
------------
What you answered cannot be told from anything here, by us or by anybody: answers are kept apart from names and addresses, and
nothing joins the two. So we cannot send them to you, correct them or delete them for you. Until a response is finished, whoever
is answering can delete it on the survey itself, with "stop and delete".

Whether you finished
--------------------
This survey sends reminders only to people of whom it has not been told that they finished. It is told for at least {k} people of an
area together, now and then, and never when each of them did. {said}
"""
_SAID: Final = {
    (
        True,
        False,
    ): "For that, a number made from your code is held beside your name. It has not been told that you finished. That does "
    "not say that\nyou did not: the next telling may be still to come.",
    (
        False,
        True,
    ): "It has been told that you finished, so you get no reminder. The number by which it was told is deleted.",
    (False, False): "It has not been told that you finished, and it holds nothing any more by which it could be told.",
}


@dataclass(frozen=True)
class Uncovered:
    """What is held of a person, its contact part without the bucket layer: still sealed to the custodian."""

    held: Held
    parcel: bytes = field(repr=False)
    source: str


def uncover(sample: Database, ring: Ring, ledger: Ledger, ref: LetterRef) -> Uncovered:
    """By the role `letters`. Raises Refused: nobody here has this reference. KeyMissing, CannotOpen: the bucket's key."""
    held = wishes.held(sample, ref)
    if held is None:
        raise Refused("nobody here has this letter reference", where="sample access", mend=GONE)
    sealed = Locked(held.contact_wrapped, held.contact_sealed)
    parcel = unlock(ring.private(read_bucket_id(held.bucket)), sealed, Place("person", ref.encode(), "contact"))
    told = [entry for entry in ledger.entries("load") if entry.key == f"load {held.intake}"]
    return Uncovered(held, parcel, str(told[0].body["source"]) if told else "")


def answer_access(found: Uncovered, private: RecipientPrivate, pack: StudyPack, out: Path) -> None:
    """By the custodian: what is held stands in that file, in plain words, readable by its owner only.

    Raises:
        CannotOpen: the custodian's key does not open it. Refused: there is a file already. StorageFailed: disk full.

    """
    ref = found.held.ref
    contact = open_parcel(private, found.parcel, contact_place(pack.id, ref))
    try:
        said = json.loads(contact)
        lines, language = [str(line) for line in said["lines"]], str(said["language"])
        language += ", in large print" if said.get("large") is True else ""
    except (ValueError, KeyError, TypeError):
        raise CannotOpen("a contact part holds something else than a contact", where="sample access") from None
    write_private(out, _words(found, pack, lines, language).encode())


def _words(found: Uncovered, pack: StudyPack, lines: list[str], language: str) -> str:
    held = found.held
    sent = [
        f"- {_called(pack, each.wave)}{', a replacement' if each.again else ''}: posted on {_day(each.posted)}, "
        f"with you by {_day(each.delivered_by)} at the latest"
        f"{f', counted among returned letters on {_day(each.returned)}' if each.returned else ''}"
        for each in held.sent
    ]
    state = "more letters are due" if held.state == "live" and not held.receipt else "no more letters are due"
    if held.asked:
        sent.append("- a replacement of a lost letter was asked for, and has not been sent")
    index = "your name and postcode" + (", and one of the supplier's own reference to you" if held.supplier else "")
    why = f" ({held.reason.replace('_', ' ')})" if held.reason else ""
    source = f"{found.source or pack.controller.sample_source}, on {_day(held.loaded_on)}"
    cell = next((each.label for each in pack.flush.cells if each.id == held.cell), held.cell)
    return f"""\
{pack.title}: what is held about you
{"=" * (len(pack.title) + 25)}
Letter reference: {show_letter_reference(held.ref)}

Name and address
----------------
{chr(10).join(lines)}
Language of letters: {language}
Area: {cell}
Also held is a keyed index of {index}: it finds you
again when somebody says who you are, and tells nothing by itself.

They came from {source}.
They are used for letters only. The lawful basis is {pack.controller.lawful_basis}.

Letters
-------
{chr(10).join(sent) or "None has been sent."}
At present {state}{why}.

When it is deleted
------------------
On {_day(held.dies_on)}, and on {_day(held.latest)} at the latest, by itself.

{_answers(held, pack)}
Write to {pack.contacts.dpo_email} if you disagree with anything here. You can complain at {pack.contacts.ico_url}.
"""


def _answers(held: Held, pack: StudyPack) -> str:
    if pack.reminders != "targeted":
        return _ANSWERS
    return _TARGETED.format(k=pack.flush.minimum, said=_SAID[held.tag, held.receipt])


def _called(pack: StudyPack, wave: str) -> str:
    return next((str(each.kind) for each in pack.waves if each.id == wave), wave)


def _day(day: object) -> str:
    return day_in_words(day, ENGLISH)  # type: ignore[arg-type]
