"""P05 and P06: what invites people, and its death."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from troth.assurance.check import check, say
from troth.fieldwork.release import batch_suffix
from troth.keys.folder import KeyFolder
from troth.keys.ring import read_bucket_id
from troth.vaults.ledger.store import Ledger
from troth.wiring.attesting import copies_outside
from troth.wiring.keyring import PRINTROOM_KEYS, Keys

if TYPE_CHECKING:
    from troth.assurance.check import Site
    from troth.promises import CheckResult


@check("P05", "no contact outlives its day")
def contacts_on_time(site: Site) -> CheckResult:
    """Nobody's contact is there whose day, or latest date, has come."""
    today = site.clock.today()
    late = site.one(
        "letters", "sample", "SELECT count(*) FROM person WHERE dies_on <= :today OR latest <= :today", today=today
    )
    people = site.one("letters", "sample", "SELECT count(*) FROM person")
    return say(
        "no contact outlives its day", passed=not late, evidence=f"{people} contacts held, {late} past their day"
    )


@check("P05", "no contact may live longer than promised")
def contacts_within_rule(site: Site) -> CheckResult | None:
    """Whoever has no further letter due dies within the promised days of their own last delivery; nobody after the fixed date.

    No further letter is due to whoever was stopped or, where reminders are targeted, has a receipt. A replacement is a letter too: it
    moves no date later (ADR 0012), and whoever stops after one dies days after it.
    """
    rows = site.ask(
        "letters",
        "sample",
        "SELECT p.dies_on, p.latest, max(l.delivered_by), "
        "(SELECT max(r.delivered_by) FROM reissue r WHERE r.ref = p.ref) "
        "FROM person p JOIN letter l ON l.ref = p.ref GROUP BY p.ref, p.dies_on, "
        "p.latest, p.state HAVING p.state = 'stopped' OR EXISTS (SELECT 1 FROM receipt t WHERE t.ref = p.ref) "
        "OR sum(CASE WHEN l.state = 'waiting' THEN 1 ELSE 0 END) = 0",
    )
    days = site.role("letters").pack.retention.contact.days
    if not rows:
        return None
    wrong = sum(
        1
        for dies, latest, *came in rows
        if day_of(dies) > day_of(latest)
        or (any(came) and (day_of(dies) - max(day_of(each) for each in came if each)).days > days)
    )
    evidence = (
        f"{len(rows)} contacts with no further letter due, {wrong} set to live longer than {days} days after delivery"
    )
    return say("no contact may live longer than promised", passed=not wrong, evidence=evidence)


@check("P05", "erased contacts' keys are destroyed")
def contact_keys_destroyed(site: Site) -> CheckResult | None:
    """Every bucket that a certificate names is gone from the key folder, and none lives past its day."""
    return keys_destroyed(site, "letters", "contact", "P05", "erased contacts' keys are destroyed")


@check("P05", "no letter opens after the last contact")
def letters_closed(site: Site) -> CheckResult | None:
    """Batch files whose letters have come are gone from the outbox, and after the latest date the print room's keys are."""
    today = site.clock.today()
    home, work = site.home, site.role("letters")
    came = [str(batch) for (batch,) in site.ask("letters", "sample", _CAME, today=today)]
    left = [path for batch in came for path in (home / "outbox").glob(f"*{batch_suffix(batch)}")]
    room = KeyFolder(home / "keys" / "printroom")
    latest = Keys(room, room).printroom_until(work.pack.retention.contact.latest)
    keys = [name for name in PRINTROOM_KEYS if (home / "keys" / "printroom" / name).is_file()]
    late = keys if today > latest else []
    if not came and today <= latest:
        return None
    evidence = f"{len(came)} batches have come, {len(left)} of their files are left; keys of the print room past {latest}: {len(late)}"
    return say("no letter opens after the last contact", passed=not left and not late, evidence=evidence)


@check("P05", "copies outside the house are attested")
def letters_attested(site: Site) -> CheckResult | None:
    """The printer has said in time, of every batch, that its copies are destroyed; or its day has not come."""
    return attested(site, "P05", "copies outside the house are attested")


@check("P05", "the chain of certificates is whole")
def chain_whole(site: Site) -> CheckResult:
    """Every ledger entry follows from the one before and is signed."""
    work = site.role("assurance")
    count = Ledger(work.vault("ledger")).check(work.keys.ledger_public())
    return say("the chain of certificates is whole", passed=True, evidence=f"{count} entries, each linked and signed")


@check("P06", "every contact has one code for all letters")
def letters_complete(site: Site) -> CheckResult | None:
    """Each person has a sealed code part for every wave of the study."""
    waves = len(site.role("letters").pack.waves)
    people = site.one("letters", "sample", "SELECT count(*) FROM person")
    if not people:
        return None
    short = site.one(
        "letters",
        "sample",
        "SELECT count(*) FROM (SELECT p.ref FROM person p LEFT JOIN letter l ON l.ref = p.ref GROUP BY p.ref "
        "HAVING count(l.wave) <> :waves) x",
        waves=waves,
    )
    name = "every contact has one code for all letters"
    return say(name, passed=not short, evidence=f"{people} people, {waves} letters each, {short} without all")


@check("P06", "a lost letter can be replaced")
def letters_replaceable(site: Site) -> CheckResult | None:
    """Until the close every cell with people in it has a code that stands by; whoever is still here has their own code sealed."""
    work = site.role("letters")
    people = site.one("letters", "sample", "SELECT count(*) FROM person")
    if not people or not work.pack.reserve_codes or site.clock.today() > work.pack.collection.closes:
        return None
    cells = site.one("letters", "sample", "SELECT count(DISTINCT cell) FROM person")
    bare = site.one(
        "letters",
        "sample",
        "SELECT count(*) FROM (SELECT DISTINCT cell FROM person WHERE cell NOT IN "
        "(SELECT cell FROM reserve WHERE batch IS NULL)) x",
    )
    evidence = f"{cells} cells with people, {bare} of them without a code that stands by"
    return say("a lost letter can be replaced", passed=not bare, evidence=evidence)


_CAME = "SELECT id FROM batch WHERE state = 'released' AND delivered_by < :today"


def attested(site: Site, promise: str, name: str) -> CheckResult | None:
    """No copy outside that falls under that promise is late."""
    found, today = copies_outside(site.home, site.clock)
    mine = [copy for copy in found if copy.promise == promise]
    if not mine:
        return None
    late, done = sum(copy.late(today) for copy in mine), [copy for copy in mine if copy.destroyed is not None]
    unsigned = sum(not copy.signed for copy in done)
    weaker = any(
        not copy.signed or copy.owing for copy in done if copy.role == "letters"
    )  # the print room has a key; the provider, a printer and Notify have none
    evidence = f"{len(mine)} copies left the house, {len(done)} attested, {unsigned} of them by word alone, {late} late"
    return say(name, passed=not late, weaker=weaker, evidence=evidence)


def keys_destroyed(site: Site, role: str, purpose: str, promise: str, name: str) -> CheckResult | None:
    """Of that purpose no certified bucket is there any more, and none whose day has come."""
    work, today = site.role(role), site.clock.today()
    living = {bucket.id for bucket in work.keys.ring(purpose).living()}
    overdue = [bucket for bucket in living if read_bucket_id(bucket).day <= today]
    entries = [
        entry for entry in Ledger(work.vault("ledger")).entries("erasure") if entry.body.get("promise") == promise
    ]
    certified = {str(entry.body["bucket"]) for entry in entries}
    alive = certified & living
    if not certified and not overdue:
        return None
    evidence = (
        f"{len(certified)} certificates, {len(alive)} of their keys still there, {len(overdue)} keys past their day"
    )
    return say(name, passed=not alive and not overdue, evidence=evidence)


def day_of(value: object) -> date:
    """A day as either database gives it."""
    return value if isinstance(value, date) else date.fromisoformat(str(value))
