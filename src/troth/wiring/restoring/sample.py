"""SAMPLE, reconciled: dead contacts, stops, letters and codes that had left, loads and contacts that are lost (P05, P06, P32)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from troth.fieldwork import loads
from troth.vaults.responses import intake
from troth.vaults.sample import post, stopped, store
from troth.vaults.sample.post import Batch
from troth.vaults.sample.released_again import LEAVES, given_again, released_again, replaced_again, unknown
from troth.wiring.contact import contact_erasable
from troth.wiring.restoring.line import Line, Totals, account

if TYPE_CHECKING:
    from collections.abc import Sequence

    from troth.storage.database import Database
    from troth.vaults.ledger.store import Entry
    from troth.wiring.kept import Replicas
    from troth.wiring.open import Opened

LOST_LOADS: Final = (
    "loads whose people this backup lacks; their codes still open the survey, and letters that left are good"
)

UNKNOWN_STOPS: Final = (
    "of these, people of whom nobody can say whether they were stopped since the backup: outcomes count them as not"
)


def reconcile_sample(work: Opened, kept: Replicas, dry_run: bool) -> list[Line]:
    """SAMPLE agrees with its replica and the ledger; by the role `letters`, its owner."""
    database, ledger, pack = work.vault("sample"), work.ledger(), work.pack
    rule = contact_erasable(work)
    dead = rule.unopenable()
    facts = stopped.undone(database, kept.stopped.read())
    left = {entry.key.split()[1]: entry for kind in LEAVES for entry in ledger.entries(kind)}
    again = unknown(database, left)
    gone, back = loads.untold(ledger, database)
    lines = [
        Line("sample", "contacts that no key opens any more, deleted again", dead),
        Line("sample", UNKNOWN_STOPS, len(unknown_to(database, rule.unopenable_keys(), facts))),
        Line("sample", "people who had been stopped, and would have been written to", len(facts)),
        Line("sample", "batches of letters that had left, and would have left again", len(again)),
        Line("sample", LOST_LOADS, len(gone)),
        Line("sample", "loads that an earlier restore had lost, and are here again", len(back)),
    ]
    if dry_run:
        return lines + _lost_contacts(work, dry_run=True)
    for each in gone:  # nothing of it is here, or a part, which nobody can finish: its key went when it was whole
        store.drop(database, each)
    loads.tell(ledger, database, work.clock.today())
    days = timedelta(days=pack.retention.contact.days)
    waves = [str(wave.id) for wave in pack.waves]
    for entry in sorted((left[each] for each in again), key=lambda each: each.n):
        done = _batch(entry)
        if done.kind == "reserve":
            lines.append(
                Line(
                    "sample",
                    "codes that stood by, one of which was given out: all are gone",
                    given_again(database, done),
                )
            )
            continue
        if done.kind == "replacement":
            lines.append(Line("sample", "replacements that count as sent", replaced_again(database, done)))
            continue
        later = waves[waves.index(done.wave) + 1 :]
        lines.append(
            Line("sample", f"letters of {done.wave} that count as sent", released_again(database, done, later, done.delivered_by + days))
        )  # fmt: skip
    for fact in facts:
        ref, reason = stopped.read(fact)
        stopped.stop_again(database, ref, reason, work.clock.today(), days)
    rule.forget_unopenable()  # last: what became of them is frozen as the ledger and the replica know it, not as the backup did
    return lines + _lost_contacts(work, dry_run=False)


def unknown_to(database: Database, dead: Sequence[str], facts: Sequence[bytes]) -> set[str]:
    """Those of the dead whom neither this backup nor the replica knows as stopped: a fact went with the contact, if there was one."""
    return (stopped.live(database) & set(dead)) - {str(stopped.read(fact)[0]) for fact in facts}


def reconcile_loads(work: Opened, _kept: Replicas, dry_run: bool) -> list[Line]:
    """RESPONSES has no list of handles that SAMPLE lost before a letter could leave, and `load` no key of a load that is whole."""
    ledger, responses = work.ledger(), work.vault("responses")
    unsent = loads.unsent(ledger, work.vault("sample"), responses)
    if not dry_run:
        for each in unsent:
            intake.forget(responses, each)
        for entry in ledger.entries("load"):
            work.keys.folder.destroy(f"load-{loads.load_of(entry)}")
    return [
        Line(
            "responses",
            "loads that this backup lacks and of which no letter had left: their codes are gone",
            len(unsent),
        )
    ]


def _batch(entry: Entry) -> Batch:
    said = entry.body
    kind: post.Kind = "reserve" if entry.kind == "reserve" else "replacement" if entry.kind == "replacement" else "wave"
    return Batch(
        entry.key.split()[1], str(said["wave"]), "released", entry.day,
        date.fromisoformat(str(said["dispatched_on"])), date.fromisoformat(str(said["delivered_by"])), int(said["count"]),
        str(said["digest"]), kind, int(said.get("part", 1)), int(said.get("parts", 1)), str(said["load"]) if "load" in said else None,
    )  # fmt: skip


def _lost_contacts(work: Opened, *, dry_run: bool) -> list[Line]:
    """Contacts that were loaded, are not here, and whose erasure nobody certified: gone for good all the same (P05)."""
    ledger, sample = work.ledger(), work.vault("sample")
    promise = work.pack.retention.contact.promise
    loaded = sum(int(entry.body["people"]) for entry in ledger.entries("load"))
    ends = [entry for entry in ledger.entries("erasure") if entry.body.get("promise") == promise]
    if post.unconfirmed(
        sample
    ):  # some are here whom the ledger does not know yet: when the load is finished, they are told apart
        return []
    found = Totals("sample.person", "restore", promise, loaded, ends, post.people(sample))
    return account("contacts", found, work, contact_erasable(work), dry_run=dry_run)
