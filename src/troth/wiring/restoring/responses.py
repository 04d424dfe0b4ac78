"""RESPONSES, reconciled: endings, closed tranches, answers that no key opens, records that are lost, a sever (P04, P07, P09, P10)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from troth.fieldwork.flush import living_strips
from troth.questionnaire import plan
from troth.vaults.responses import ended, tranche
from troth.vaults.responses import flush as responses
from troth.wiring.collection import flush_for
from troth.wiring.findings import LOST, missing_records
from troth.wiring.restoring.line import Line

if TYPE_CHECKING:
    from datetime import date

    from troth.vaults.ledger.store import Ledger
    from troth.wiring.kept import Replicas
    from troth.wiring.open import Opened


def reconcile_responses(work: Opened, kept: Replicas, dry_run: bool) -> list[Line]:
    """RESPONSES agrees with its replica and the ledger; by the role `flush`, its owner."""
    database, ledger = work.vault("responses"), work.ledger()
    living = living_strips(work.keys.folder)
    severed, closed = bool(ledger.entries("sever")), bool(ledger.entries("close"))
    facts = kept.ended.read() if kept.ended.there or not severed else set()
    back, dead = ended.undone(database, facts), ended.unreadable(database, living)
    shut = {number: _shut(ledger, number) for each in back if (number := ended.tranche_of(each)) is not None}
    lost = missing_records(database, ledger)
    lines = [
        Line("responses", "codes that had finished or stopped, and would have opened again", len(back) - len(shut)),
        Line("responses", "tranches of codes that had been closed, and would have opened again", len(shut)),
        Line("responses", "people whose answers in this backup no key opens any more", dead),
        Line("responses", "records made since the backup, which are lost", max(0, lost)),
        Line("responses", "records that an earlier restore had lost, and are here again", max(0, -lost)),
    ]
    if lost and not dry_run:  # told once: the opening asks for every record that is not told as lost
        n = len(ledger.entries(LOST)) + 1
        ledger.enter(LOST, f"{LOST} {n}", work.clock.today(), {"records": lost})
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


def _shut(ledger: Ledger, number: int) -> tuple[date | None, str]:
    """When and why that tranche was closed, as the ledger says; a kill may have kept it from being told."""
    for entry in ledger.entries("tranche"):
        if entry.key == f"close tranche {number}":
            return entry.day, str(entry.body["reason"])
    return None, "closed before the backup was restored"
