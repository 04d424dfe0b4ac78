"""After a backup was restored: what the replicas and the ledger know is done again, vault by vault, before anything is served.

In this order: the ledger's entries; keys that are certified as destroyed; then each vault by its own role. A backup brings back no
erased contact, no finished code, no used ticket, no letter that has left. What it lacks and no replica holds (answers, details,
addresses since) is lost, and is counted. Repeating changes nothing more.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from troth.care.sealing import data_key, open_terms
from troth.fieldwork.flush import living_strips, strip_name
from troth.keys.folder import KeyFolder
from troth.kit.errors import Refused
from troth.kit.steps import go_on
from troth.questionnaire import plan
from troth.vaults.claimbox import Batch as ClaimBatch
from troth.vaults.holds import store as holds
from troth.vaults.interviews import store as interviews
from troth.vaults.responses import ended, tranche
from troth.vaults.responses import flush as responses
from troth.vaults.sample import post, stopped
from troth.vaults.sample.post import Batch
from troth.vaults.sample.released_again import LEAVES, given_again, released_again, replaced_again, unknown
from troth.vaults.vouchers import store as vouchers
from troth.wiring.claims import interview_erasable, voucher_erasable
from troth.wiring.collection import flush_for
from troth.wiring.contact import contact_erasable
from troth.wiring.erasing import hold_erasable
from troth.wiring.findings import LOST, missing_records
from troth.wiring.holding import CONTACT, ContactSource
from troth.wiring.open import opened
from troth.wiring.replicas import follow, replicas_of
from troth.wiring.settings import settings_for

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from troth.kit.clock import Clock
    from troth.vaults.bucketed import BucketedRows
    from troth.vaults.claimbox import ClaimBox
    from troth.vaults.holds.store import Hold
    from troth.vaults.ledger.store import Entry, Ledger
    from troth.wiring.open import Opened
    from troth.wiring.replicas import Replicas

ROLES: Final = ("letters", "flush", "vouchers", "interviews", "holds")
_LEDGER: Final = (*ROLES, "findings", "load")
_RINGS: Final = {"letters": "contact", "vouchers": "voucher", "interviews": "interview", "holds": "hold"}


@dataclass(frozen=True)
class Line:
    """One thing that was found, by vault or folder, in words; and how often."""

    where: str
    what: str
    count: int


def reconcile(
    home: Path,
    clock: Clock,
    *,
    dry_run: bool = False,
    new_replica: bool = False,
    between: Callable[[str], None] = go_on,
) -> list[Line]:
    """Every vault of this machine agrees with the replicas and the ledger; gives what had to be done, or with `dry_run` would be.

    Args:
        home: the installation; roles whose settings are elsewhere are left to that machine.
        clock: says what day it is.
        dry_run: changes nothing. What follows from entries that the ledger itself lacks is not seen yet.
        new_replica: begin the replicas anew from the vaults where a file is missing: only when the replica's disk was lost.
        between: called with a step's name after each writing step; crash tests kill there.

    Raises:
        Refused: this installation has no replicas, or a file of them is missing.
        CannotOpen: the ledger went on after the restore, or the replica was changed. StorageFailed, KeyMissing, Invalid.

    """
    here = [role for role in _LEDGER if (home / "settings" / f"{role}.toml").is_file()]
    if not here:
        raise Refused(
            "no role of this machine keeps a vault", where=str(home), mend="name the installation with --home"
        )
    with opened(home, here[0], clock) as work:
        kept = replicas_of(work)
        if kept is None:
            mend = "name a folder on another disk as `replica` in every settings file, then run this with --new-replica"
            raise Refused("this installation has no replicas", where=str(home / "settings"), mend=mend)
        if new_replica and not dry_run:
            kept.begin()
        lines = _ledger(work, dry_run=dry_run)
        between("ledger whole")
        ledger = work.ledger()
        lines += _keys(home, ledger, dry_run=dry_run)
        between("keys destroyed")
    for role in ROLES:
        if role in here:
            with opened(home, role, clock, alone=not dry_run) as work:
                lines += [line for line in _BY_ROLE[role](work, kept, dry_run) if line.count]
                between(f"{role} reconciled")
                if not dry_run:
                    follow(work, forget=False)
    return lines


def _ledger(work: Opened, *, dry_run: bool) -> list[Line]:
    ledger = work.ledger()
    found = ledger.behind()
    if found and not dry_run:
        found = ledger.replay(work.keys.ledger_public())
    if not dry_run:
        ledger.follow()
    if found < 0:
        return [Line("ledger", "ledger that went on by itself after it was restored: see docs/restore.md", 1)]
    return [Line("ledger", "entries that only the replica had", found)] if found else []


def _keys(home: Path, ledger: Ledger, *, dry_run: bool) -> list[Line]:
    """What a certificate says is destroyed is destroyed, though a key folder was restored."""
    certified = {str(entry.body["bucket"]) for entry in ledger.entries("erasure")}
    strips = {strip_name(str(entry.body["strip"])) for entry in ledger.entries("flush")}
    severed = bool(ledger.entries("sever"))
    peppers = {str(entry.body["role"]) for entry in ledger.entries("pepper")}
    lines = []
    for role in ("letters", "vouchers", "interviews", "holds", "flush", "load", "respond"):
        if not (home / "settings" / f"{role}.toml").is_file():
            continue
        settings = settings_for(home, role)
        folder, public = KeyFolder(settings.keys), KeyFolder(settings.public_keys)
        names = set(folder.names())
        dead = {name for name in names if name.removesuffix(".key") in certified} if role in _RINGS else set()
        dead |= {name for name in names if name in strips or (severed and name.startswith("strip-"))}
        dead |= {"pepper"} & names if role in peppers else set()
        if dead:
            lines.append(Line(f"keys of {role}", "keys that are certified as destroyed", len(dead)))
        for name in dead if not dry_run else ():
            folder.destroy(name)
            if name.removesuffix(".key") in certified:
                public.destroy(f"{name.removesuffix('.key')}.pub")
    return lines


def _responses(work: Opened, kept: Replicas, dry_run: bool) -> list[Line]:
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


def _sample(work: Opened, kept: Replicas, dry_run: bool) -> list[Line]:
    database, ledger, pack = work.vault("sample"), work.ledger(), work.pack
    rule = contact_erasable(work)
    dead = rule.unopenable()
    facts = stopped.undone(database, kept.stopped.read())
    left = {entry.key.split()[1]: entry for kind in LEAVES for entry in ledger.entries(kind)}
    again = unknown(database, left)
    lines = [
        Line("sample", "contacts that no key opens any more, deleted again", dead),
        Line("sample", "people who had been stopped, and would have been written to", len(facts)),
        Line("sample", "batches of letters that had left, and would have left again", len(again)),
    ]
    if dry_run:
        return lines + _lost_contacts(work, dry_run=True)
    rule.forget_unopenable()
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
    return lines + _lost_contacts(work, dry_run=False)


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
    found = _Found("sample.person", "restore", promise, loaded, ends, post.people(sample))
    return _account("contacts", found, work, contact_erasable(work), dry_run=dry_run)


@dataclass(frozen=True)
class _Found:
    """What came into a vault and what is in it, as totals."""

    vault: str
    rule: str
    promise: str
    came: int
    ends: list[Entry]
    here: int


def _account(what: str, found: _Found, work: Opened, rule: BucketedRows, *, dry_run: bool) -> list[Line]:
    """What came, is not here and was not certified is certified as lost; what a later backup brought back is so no longer.

    Whoever counts certificates (the opening) must never count one person twice, while another one lives (P04, P05, P10).
    """
    certified = {str(entry.body["bucket"]) for entry in found.ends}
    pending = sum(each.count for each in rule.pending() if each.bucket.id not in certified)
    before = [entry for entry in found.ends if entry.key.startswith(f"erasure {found.vault} restore ")]
    lost = found.came - found.here - pending - sum(int(entry.body["count"]) for entry in found.ends)
    lost = max(lost, -sum(int(entry.body["count"]) for entry in before))
    if lost and not dry_run:
        n = len(before) + 1
        body: dict[str, str | int | list[str] | list[int]] = {
            "vault": found.vault, "bucket": f"lost with a restore, {n}", "rule": found.rule, "promise": found.promise, "count": lost,
        }  # fmt: skip
        work.ledger().enter("erasure", f"erasure {found.vault} restore {n}", work.clock.today(), body)
    return [
        Line(found.vault.split(".")[0], f"{what} that are lost with the backup, accounted for", max(0, lost)),
        Line(found.vault.split(".")[0], f"{what} that an earlier restore had lost, and are here again", max(0, -lost)),
    ]


def _vouchers(work: Opened, kept: Replicas, dry_run: bool) -> list[Line]:
    box, rule, ledger = vouchers.box(work.vault("vouchers")), voucher_erasable(work), work.ledger()
    lines = _claims("vouchers", box, rule, kept.spent("voucher").read(), dry_run)
    entries = ledger.entries("vouchers")
    if not dry_run:
        for entry in entries:
            if entry.key.startswith("order "):
                made = ClaimBatch(
                    entry.key.removeprefix("order "),
                    "sent",
                    entry.day,
                    int(entry.body["count"]),
                    str(entry.body["digest"]),
                )
                lines.append(Line("vouchers", "claims that count as ordered", box.ordered_again(made, "ordered")))
        for entry in entries:
            if entry.key.startswith("sent "):
                dies = date.fromisoformat(str(entry.body["erased by"]))
                _done(box, entry.key.removeprefix("sent "), entry.day, "sent", dies)
    return lines


def _interviews(work: Opened, kept: Replicas, dry_run: bool) -> list[Line]:
    box, rule, ledger = interviews.box(work.vault("interviews")), interview_erasable(work), work.ledger()
    lines = _claims("interviews", box, rule, kept.spent("interview").read(), dry_run)
    entries = ledger.entries("interviews")
    if not dry_run:
        for entry in entries:
            if entry.key.startswith("round "):
                made = ClaimBatch(entry.key.removeprefix("round "), "sent", entry.day, int(entry.body["count"]), None)
                lines.append(Line("interviews", "people who count as invited", box.ordered_again(made, "arranged")))
        for entry in entries:
            if entry.key.startswith("held "):
                _done(box, entry.key.removeprefix("held "), entry.day, "held", entry.day)
    return lines


def _holds(work: Opened, _kept: Replicas, dry_run: bool) -> list[Line]:
    rule, ledger, database = hold_erasable(work), work.ledger(), work.vault("holds")
    dead = rule.unopenable()
    if not dry_run:
        rule.forget_unopenable()
        for entry in ledger.entries("hold-released"):  # killed before its erasure, it would be held on
            holds.release(database, str(entry.body["hold"]), entry.day)
    told = {entry.key.removeprefix("hold "): int(entry.body["count"]) for entry in ledger.entries("hold")}
    ends = [entry for entry in ledger.entries("erasure") if entry.body.get("rule") == holds.RULE]
    here = [each for each in holds.holds(database) if each.bucket in {bucket.id for bucket in rule.ring.living()}]
    reviews = {str(entry.body["hold"]): str(entry.body["review"]) for entry in ledger.entries("hold-renewed")}
    renewed = sum(reviews.get(each.id, f"{each.review_on:%Y-%m}") != f"{each.review_on:%Y-%m}" for each in here)
    kept = sum(each.id in told for each in here)
    found = _Found("holds.held", holds.RULE, holds.PROMISE, sum(told.values()), ends, kept)
    return [
        Line("holds", "held records that no key opens any more, deleted again", dead),
        Line(
            "holds",
            "held records whose renewal is lost: erased on the earlier day, unless two approvers renew them again",
            renewed,
        ),
        Line("sample", "originals of held contacts, which are to die at once again", _originals(work, here, dry_run)),
        *_account("held records", found, work, rule, dry_run=dry_run),
    ]


def _originals(work: Opened, here: list[Hold], dry_run: bool) -> int:
    """Of each held contact the original dies today, if a backup of SAMPLE brought it back with a later day (P05)."""
    home, today, ring = work.settings.home, work.clock.today(), work.keys.ring("hold")
    if not (home / "settings" / "letters.toml").is_file():
        return 0
    source, count = ContactSource(home, work.clock), 0
    for each in here:
        if each.source == CONTACT:
            ref = open_terms(data_key(ring, each), each).ref
            day = source.dies_on(ref)
            if day is not None and day > today:
                count += 1
                if not dry_run:
                    source.withdraw(ref, today)
    return count


def _claims(vault: str, box: ClaimBox, rule: BucketedRows, spent: set[bytes], dry_run: bool) -> list[Line]:
    lost, dead = spent - box.spent_keys(), rule.unopenable()
    if not dry_run:
        box.spend_again(lost)
        rule.forget_unopenable()
    return [
        Line(vault, "tickets that were used, and would have been taken again; their details are lost", len(lost)),
        Line(vault, "claims that no key opens any more, deleted again", dead),
    ]


def _done(box: ClaimBox, batch: str, day: date, state: str, dies: date) -> None:
    """The batch is done and its people die on that day, as the ledger says; nothing where it was so already."""
    if any(each.id == batch and each.state != "done" for each in box.batches()):
        box.advance(batch, before="sent", after="done", day=day)
        box.set_death(batch, state, dies)


_BY_ROLE: Final = {
    "letters": _sample,
    "flush": _responses,
    "vouchers": _vouchers,
    "interviews": _interviews,
    "holds": _holds,
}
