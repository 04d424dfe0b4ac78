"""The roles around the walk of a contact that lost letters and wishes need, over the same vaults and keys as `Contacts`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select
from tests.support.contacts import SITES, Contacts

from troth.fieldwork.printroom.journal import Journal
from troth.fieldwork.readout import Readout
from troth.fieldwork.tranche import Closing
from troth.fieldwork.wishes.came_back import CameBack
from troth.fieldwork.wishes.correct import Corrector
from troth.fieldwork.wishes.find import Finder
from troth.fieldwork.wishes.replacement import Lost
from troth.keys.ring import SealingRing
from troth.kit.steps import go_on
from troth.vaults.sample import schema as sample

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from troth.fieldwork.outgoing import Released


def lost(walk: Contacts, between: Callable[[str], None] = go_on) -> Lost:
    return Lost(
        walk.pack, walk.sample, walk.ledger, walk.ring, walk.signing, walk.age_public, walk.clock, between
    )  # fmt: skip


def resend(walk: Contacts, between: Callable[[str], None] = go_on) -> list[Released]:
    """The replacements that wait are released, after a suppression of the same day that names nobody."""
    walk.suppress()
    return lost(walk, between).release(walk.out)


def corrector(walk: Contacts) -> Corrector:
    return Corrector(
        walk.pack, walk.sample, walk.index, walk.printroom_public, walk.custodian_public,
        SealingRing("contact", walk.public), walk.clock,
    )  # fmt: skip


def finder(walk: Contacts) -> Finder:
    return Finder(walk.sample, walk.index, walk.clock)


def came_back(walk: Contacts, between: Callable[[str], None] = go_on) -> CameBack:
    return CameBack(walk.pack, walk.sample, walk.ledger, walk.signing, walk.clock, between)


def closing(walk: Contacts, between: Callable[[str], None] = go_on) -> Closing:
    return Closing(walk.pack, walk.responses, walk.ledger, walk.clock, between)


def readout(walk: Contacts, folder: Path, between: Callable[[str], None] = go_on) -> Readout:
    journal = Journal(folder / "printroom")
    return Readout(walk.pack, walk.age, walk.printroom, walk.checking, SITES.respond, journal, walk.clock, between)


def wished(walk: Contacts) -> dict[str, int]:
    """Kind -> how many, over all weeks."""
    found: dict[str, int] = {}
    with walk.sample.read() as connection:
        for row in connection.execute(select(sample.wish)).mappings():
            found[row["kind"]] = found.get(row["kind"], 0) + row["count"]
    return found


NEW = {
    "name": "Mair Synthetic-Evans", "address_1": "1 Heol Newydd", "town": "Aberystwyth", "postcode": "sy23 1aa", "language": "cy",
    "large_print": "no",
}  # fmt: skip
