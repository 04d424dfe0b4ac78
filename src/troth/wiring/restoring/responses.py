"""RESPONSES, reconciled: endings, closed tranches, answers that no key opens, records that are lost, a sever (P04, P07, P09, P10)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from troth.fieldwork.flush import living_strips
from troth.fieldwork.loads import load_of
from troth.questionnaire import plan
from troth.vaults.responses import ended, intake, tranche
from troth.vaults.responses import flush as responses
from troth.wiring.collection import flush_for
from troth.wiring.findings import LOST, missing_records
from troth.wiring.restoring.line import Line

if TYPE_CHECKING:
    from datetime import date

    from troth.storage.database import Database
    from troth.vaults.ledger.store import Ledger
    from troth.wiring.kept import Replicas
    from troth.wiring.open import Opened

LOST_CODES: Final = "lost-codes"
"""The kind of entry that says that RESPONSES has lost the codes of a load with a backup."""


def reconcile_responses(work: Opened, kept: Replicas, dry_run: bool) -> list[Line]:
    """RESPONSES agrees with its replica and the ledger; by the role `flush`, its owner."""
    database, ledger = work.vault("responses"), work.ledger()
    living = living_strips(work.keys.folder)
    severed, closed = bool(ledger.entries("sever")), bool(ledger.entries("close"))
    facts = kept.ended.read() if kept.ended.there or not severed else set()
    back, dead = ended.undone(database, facts), ended.unreadable(database, living)
    shut = {number: _shut(ledger, number) for each in back if (number := ended.tranche_of(each)) is not None}
    lost = missing_records(database, ledger)
    unknown = codes_unknown(ledger, database)
    lines = [
        Line("responses", "codes that had finished or stopped, and would have opened again", len(back) - len(shut)),
        Line("responses", "tranches of codes that had been closed, and would have opened again", len(shut)),
        Line("responses", "people whose answers in this backup no key opens any more", dead),
        Line("responses", "records made since the backup, which are lost", max(0, lost)),
        Line("responses", "codes in letters that this backup does not know: they open nothing", sum(unknown.values())),
        Line("responses", "records that an earlier restore had lost, and are here again", max(0, -lost)),
    ]
    if lost and not dry_run:  # told once: the opening asks for every record that is not told as lost
        n = len(ledger.entries(LOST)) + 1
        ledger.enter(LOST, f"{LOST} {n}", work.clock.today(), {"records": lost})
    if not dry_run:
        for load, codes in unknown.items():
            ledger.enter(LOST_CODES, f"{LOST_CODES} {load}", work.clock.today(), {"codes": codes})
    handles = ended.handles(database) if severed else 0
    lines.append(Line("responses", "handles of a study that is severed", handles))
    if (back or dead or handles) and not dry_run:
        again = ended.end_again(database, back, living, plan(work.pack.questionnaire).total_slots)
        lines += [
            Line("responses", "complete responses of which a part is lost: kept as partial ones", again.partial),
            Line("responses", "sessions ended", again.sessions),
        ]
        for number, (day, reason) in shut.items():
            tranche.shut(database, [number], day or work.clock.today(), reason)
        if closed or severed:
            responses.shut(database)
        if severed:
            responses.sever(database, work.pack.flush.minimum)
        database.forget_residue()
        flush_for(work).ready_while(work.pack.collection.closes >= work.clock.today())
    return lines


def codes_unknown(ledger: Ledger, database: Database) -> dict[str, int]:
    """Load -> how many codes, of loads that the ledger knows and RESPONSES does not, and of which that was not told yet."""
    here = intake.lists(database)
    told = {entry.key.removeprefix(f"{LOST_CODES} ") for entry in ledger.entries(LOST_CODES)}
    made = {
        load_of(entry): int(entry.body["people"]) + int(entry.body.get("reserve", 0))
        for entry in ledger.entries("load")
    }
    return {load: codes for load, codes in made.items() if load not in here | told}


def _shut(ledger: Ledger, number: int) -> tuple[date | None, str]:
    """When and why that tranche was closed, as the ledger says; a kill may have kept it from being told."""
    for entry in ledger.entries("tranche"):
        if entry.key == f"close tranche {number}":
            return entry.day, str(entry.body["reason"])
    return None, "closed before the backup was restored"
