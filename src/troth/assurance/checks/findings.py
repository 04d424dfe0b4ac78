"""P12: the anonymised data dies two years after publication."""

from __future__ import annotations

from typing import TYPE_CHECKING

from troth.assurance.check import check, say
from troth.findings.publication import dies_on
from troth.wiring.findings import microdata_folder

if TYPE_CHECKING:
    from troth.assurance.check import Site
    from troth.promises import CheckResult


@check("P12", "records and microdata die when they should")
def records_on_time(site: Site) -> CheckResult | None:
    """Once published, there is a day; from that day on no record, no opened file and no share of the analysis key is here."""
    work = site.role("assurance")
    day = dies_on(work.ledger())
    if day is None:
        return None
    name = "records and microdata die when they should"
    records = site.one("flush", "responses", "SELECT count(*) FROM record")
    files = [path for path in microdata_folder(site.home).glob("*") if path.is_file()]
    shares = [path for path in (site.home / "keys").glob("share-*/analysis") if path.is_file()]
    evidence = f"due on {day}: {records} records, {len(files)} opened files, {len(shares)} shares on this machine"
    late = site.clock.today() >= day and bool(records or files or shares)
    return say(name, passed=not late, evidence=evidence)


@check("P12", "their end has its certificate")
def certified(site: Site) -> CheckResult | None:
    """After that day the ledger holds the certificate of the records, with as many as were opened."""
    ledger = site.role("assurance").ledger()
    day = dies_on(ledger)
    if day is None or site.clock.today() < day:
        return None
    opened = max((int(entry.body["records"]) for entry in ledger.entries("open")), default=0)
    found = [entry for entry in ledger.entries("erasure") if entry.body.get("vault") == "responses.record"]
    counted = sum(int(entry.body["count"]) for entry in found)
    evidence = f"{len(found)} certificates of {counted} records; {opened} were opened"
    return say("their end has its certificate", passed=bool(found) and counted == opened, evidence=evidence)
