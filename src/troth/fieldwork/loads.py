"""What the ledger knows of loads: which ones a restored SAMPLE lacks, and which numbers of tranches were ever given (P04, P06).

A SAMPLE that was put back to before a load has nobody of it, and RESPONSES has their codes. To load the file again would give the same
people second codes, so it waits until their old ones are closed, by the office's own word: a backup may be the wrong one, and a closed
code is closed for good.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from troth.fieldwork.tranche import MOST_WORDS
from troth.kit.errors import Invalid, Refused
from troth.vaults.responses import intake as handles
from troth.vaults.sample import store

if TYPE_CHECKING:
    from collections.abc import Sequence
    from datetime import date

    from troth.storage.database import Database
    from troth.vaults.ledger.store import Entry, Ledger
    from troth.vaults.sample.store import Intake

LOST: Final = "lost-load"
"""The kind of entry that says that a load's people are gone with a backup (`here`: 0), or that a newer backup has them again (1)."""
_SMALLEST: Final = 500
"""No tranche has fewer codes, but one that is the whole of its load."""


def load_of(entry: Entry) -> str:
    """The id of the load that the entry tells of."""
    return entry.key.removeprefix("load ")


def lost(ledger: Ledger, sample: Database) -> list[Entry]:
    """Loads that were whole, as the ledger says, and that SAMPLE has not, or only in part: a backup was restored."""
    return _lost(ledger, store.intakes(sample))


def _lost(ledger: Ledger, here: Sequence[Intake]) -> list[Entry]:
    whole = {each.id for each in here if each.state in {"loaded", "confirmed"}}
    return [entry for entry in ledger.entries("load") if load_of(entry) not in whole]


def untold(ledger: Ledger, sample: Database) -> tuple[list[str], list[str]]:
    """(Loads that are lost, loads that were and are here again), as the ledger does not say yet.

    Also a load that it said was lost, and of which a part is here: a backup of its middle was put back again.
    """
    told = {str(entry.body["load"]): bool(entry.body["here"]) for entry in ledger.entries(LOST)}
    here = store.intakes(sample)
    gone, parts = [load_of(entry) for entry in _lost(ledger, here)], {each.id for each in here}
    return [each for each in gone if told.get(each, True) or each in parts], [
        each for each, here in told.items() if not here and each not in gone
    ]


def tell(ledger: Ledger, sample: Database, day: date) -> None:
    """The ledger says of every load whether its people are lost with a backup."""
    gone, back = untold(ledger, sample)
    for loads, here in ((gone, 0), (back, 1)):
        for each in loads:
            n = len(ledger.entries(LOST)) + 1
            ledger.enter(LOST, f"{LOST} {n}", day, {"load": each, "here": here})


def unsent(ledger: Ledger, sample: Database, responses: Database) -> list[str]:
    """Lists of handles of which no letter can have left: the ledger does not know their load, and SAMPLE lost it before it was whole."""
    known = {load_of(entry) for entry in ledger.entries("load")}
    known |= {each.id for each in store.intakes(sample) if each.state in {"loaded", "confirmed"}}
    return sorted(handles.lists(responses) - known)


def in_words(reason: str, where: str = "sample load --other-people") -> str:
    """The office's reason on one line, for the ledger, which is for good. Raises Invalid: more than 200 characters, or unprintable."""
    words = " ".join(reason.split())
    if len(words) > MOST_WORDS or not words.isprintable():
        what = f"a reason has at most {MOST_WORDS} characters"
        raise Invalid(what, where=where, mend="and names no person")
    return words


def not_twice(ledger: Ledger, sample: Database, responses: Database, digest: str, others: str) -> None:
    """Nobody of this file gets a second code while an old one of theirs opens something.

    Args:
        ledger: what was loaded.
        sample: SAMPLE, restored or not.
        responses: RESPONSES, where codes of people stand whom SAMPLE lost.
        digest: the file's, as its load tells it.
        others: why nobody of this file was in a lost load, in the office's words; empty: nobody says so.

    Raises:
        Refused: the people of a load are lost with a backup, their codes are open, and it was this very file, or nobody says that this one
            is of other people.

    """
    for entry in lost(ledger, sample):
        if not handles.opens(responses, load_of(entry)):
            continue
        same = entry.body.get("file") == digest
        if same or not others:
            what = "these people" if same else f"the people of the load of {entry.day}"
            mend = f"close the old ones first: `troth study close-tranche --load {load_of(entry)}` (docs/restore.md)"
            raise Refused(
                f"{what} are lost with a backup of SAMPLE, and have codes that still open the survey",
                where="sample load",
                mend=mend + ("" if same else '; if nobody of this file was in that load: --other-people "REASON"'),
            )


def highest_tranche(ledger: Ledger) -> int:
    """No tranche ever had a higher number, also none of a RESPONSES that was put back since: numbers are never given twice.

    Loads of before they said their tranches are reckoned as if each tranche were as small as one may be.
    """
    highest = 0
    for entry in ledger.entries("load"):
        said = entry.body.get("tranches")
        codes = int(entry.body["people"]) + int(entry.body.get("reserve", 0))
        highest = max(highest, int(said[1])) if said else highest + max(1, codes // _SMALLEST)
    closed = [int(entry.key.removeprefix("close tranche ")) for entry in ledger.entries("tranche")]
    return max([highest, *closed])
