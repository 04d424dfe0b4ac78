"""P07, P08, P09: codes, durable answers, forward only."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import text

from troth.assurance.check import check, say
from troth.questionnaire import plan
from troth.vaults.ledger.store import Ledger
from troth.wiring.create import THRESHOLD
from troth.wiring.settings import ROLES

if TYPE_CHECKING:
    from troth.assurance.check import Site
    from troth.promises import CheckResult


@check("P07", "every code in a letter has a response waiting for it")
def handles_match_load(site: Site) -> CheckResult | None:
    """As many handles were confirmed as codes were made, as the ledger says too, and they can be answered while the study is open."""
    offered = site.ask("flush", "responses", "SELECT state, sum(count) FROM intake GROUP BY state")
    confirmed = sum(int(count) for state, count in offered if state == "confirmed")
    loads = [entry.body for entry in Ledger(site.role("assurance").vault("ledger")).entries("load")]
    told = sum(int(body["people"]) + int(body.get("reserve", 0)) for body in loads)
    if not confirmed and not told:
        return None
    handles = site.one("flush", "responses", "SELECT count(*) FROM handle")
    outcomes = site.one("flush", "responses", "SELECT sum(count) FROM outcome")
    name = "every code in a letter has a response waiting for it"
    return say(
        name,
        passed=handles + outcomes == confirmed >= told,
        evidence=f"{told} codes were made, {confirmed} confirmed, {handles} handles, {outcomes} severed",
    )


@check("P07", "steps can be sealed while the study is open")
def strip_key_there(site: Site) -> CheckResult | None:
    """There is one current strip key from the opening to the last day; afterwards no code opens anything, which is the other half."""
    collection = site.role("flush").pack.collection
    if site.clock.today() < collection.opens:
        return None
    if site.clock.today() > collection.closes:
        return None if not site.role("assurance").ledger().entries("close") else _all_shut(site)
    current = site.one("flush", "responses", "SELECT count(*) FROM strip WHERE state = 'current'")
    return say(
        "steps can be sealed while the study is open", passed=current == 1, evidence=f"{current} current strip key"
    )


def _all_shut(site: Site) -> CheckResult:
    waiting = site.one("flush", "responses", "SELECT count(*) FROM handle WHERE state = 'issued'")
    name = "steps can be sealed while the study is open"
    return say(name, passed=not waiting, evidence=f"the study is closed; {waiting} codes still open it")


@check("P08", "a commit is on the disk before it is told")
def durable(site: Site) -> CheckResult:
    """The database is set to write through: asked of the connection that the respond role uses."""
    name = "a commit is on the disk before it is told"
    database = site.vault("respond", "responses")
    with database.read() as connection:
        if database.is_sqlite:
            level = int(connection.execute(text("PRAGMA synchronous")).scalar_one())
            journal = str(connection.execute(text("PRAGMA journal_mode")).scalar_one())
            return say(
                name,
                passed=level >= _FULL and journal == "wal",
                evidence=f"SQLite: synchronous {level}, journal {journal}",
            )
        commit = str(connection.execute(text("SHOW synchronous_commit")).scalar_one())
        fsync = str(connection.execute(text("SHOW fsync")).scalar_one())
        return say(
            name,
            passed=commit == "on" and fsync == "on",
            evidence=f"PostgreSQL: synchronous_commit {commit}, fsync {fsync}",
        )


@check("P08", "no saved response has a gap")
def no_gap(site: Site) -> CheckResult | None:
    """Whoever is at slot n has exactly n saved steps before it; whoever is complete has all."""
    slots = plan(site.role("flush").pack.questionnaire).total_slots
    begun = site.one("flush", "responses", "SELECT count(*) FROM progress")
    complete = site.one("flush", "responses", "SELECT count(*) FROM handle WHERE state = 'complete'")
    if not begun + complete:
        return None
    gaps = site.one(
        "flush",
        "responses",
        "SELECT count(*) FROM (SELECT p.handle FROM progress p LEFT JOIN step s ON s.handle = p.handle AND s.n < p.n "
        "GROUP BY p.handle, p.n HAVING count(s.n) <> p.n) x",
    )
    short = site.one(
        "flush",
        "responses",
        "SELECT count(*) FROM (SELECT h.handle FROM handle h LEFT JOIN step s ON s.handle = h.handle WHERE h.state = 'complete' "
        "GROUP BY h.handle HAVING count(s.n) <> :slots) x",
        slots=slots,
    )
    evidence = f"{begun} in progress with {gaps} gaps, {complete} complete with {short} short"
    return say("no saved response has a gap", passed=not gaps + short, evidence=evidence)


@check("P09", "answers all look alike")
def boxes_alike(site: Site) -> CheckResult | None:
    """Every saved step has the same length, and every sealed progress too."""
    sizes = {table: site.ask("flush", "responses", statement) for table, statement in _SIZES.items()}
    if not sizes["step"]:
        return None
    uneven = [table for table, rows in sizes.items() if len(rows) > 1]
    evidence = "; ".join(f"{table}: {len(rows)} length" for table, rows in sizes.items())
    return say("answers all look alike", passed=not uneven, evidence=evidence)


@check("P09", "no online role can open an answer")
def no_opening_key_online(site: Site) -> CheckResult:
    """Fewer shares of the analysis key lie on this machine than open it, and strip keys lie with the flush process alone.

    A demonstration keeps its shares beside the sites; that is said, and is weaker.
    """
    name = "no online role can open an answer"
    root = site.home / "keys"
    strips = {path.parent.name for path in root.rglob("strip-*.key")} - {"flush"}
    shares = [
        path for path in root.rglob("*") if path.is_file() and path.read_bytes().startswith(b"troth-key-v1 share ")
    ]
    with_roles = [path for path in shares if path.parent.name in ROLES]
    together = len(shares) >= THRESHOLD
    demonstration = site.role("flush").pack.demonstration
    passed = not strips and not with_roles and (demonstration or not together)
    evidence = f"{len(shares)} shares on this machine ({THRESHOLD} open), {len(strips)} strip keys out of place"
    return say(name, passed=passed, evidence=evidence, weaker=together)


@check("P09", "the database refuses to change an answer")
def step_cannot_be_updated(site: Site) -> CheckResult:
    """The respond role may insert a step and may not update one, whole or by column. It may delete: stop and delete needs it.

    A respond process that was taken over could therefore delete and insert again: so this alone is never full strength.
    """
    name = "the database refuses to change an answer"
    database = site.vault("respond", "responses")
    if database.is_sqlite:
        return say(
            name,
            passed=True,
            weaker=True,
            evidence="SQLite has no privileges; no statement of this program updates a step on answering",
        )
    may = bool(
        site.ask("respond", "responses", "SELECT has_any_column_privilege(current_user, 'step', 'UPDATE')")[0][0]
    )
    evidence = f"the respond role may update a step: {'yes' if may else 'no'}; it may delete one, for stop and delete"
    return say(name, passed=not may, evidence=evidence, weaker=True)


@check("P09", "a finished response keeps no progress")
def finished_without_progress(site: Site) -> CheckResult | None:
    """Whoever is complete has no sealed progress left."""
    done = site.one(
        "flush", "responses", "SELECT count(*) FROM handle WHERE state IN ('complete', 'flushed', 'withdrawn')"
    )
    if not done:
        return None
    left = site.one(
        "flush",
        "responses",
        "SELECT count(*) FROM progress p JOIN handle h ON h.handle = p.handle WHERE h.state IN ('complete', 'flushed', 'withdrawn')",
    )
    return say(
        "a finished response keeps no progress", passed=not left, evidence=f"{done} finished, {left} with progress left"
    )


_FULL = 2
"""SQLite's `synchronous=FULL`: a commit returns after the disk said that it has it."""
_SIZES = {
    "step": "SELECT length(box) FROM step GROUP BY length(box)",
    "exact": "SELECT length(exact) FROM progress GROUP BY length(exact)",
    "common": "SELECT length(common) FROM progress GROUP BY length(common)",
    "record": "SELECT length(boxes) FROM record GROUP BY length(boxes)",
}
