"""What the calendar asks for today, role by role: erase, flush and sort at each wave. Repeating a day changes nothing more.

Each part runs under its own role, with that role's keys and vaults. Where roles live on several hosts, each host runs its
own parts (`troth daily --role …`). Two runs at once take turns, by a lock per role.
"""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from troth.fieldwork.cancel import missed
from troth.fieldwork.printroom.destroy import sweep
from troth.fieldwork.printroom.journal import Journal
from troth.fieldwork.release import SUFFIX, batch_suffix, drafts
from troth.kit.errors import Refused, TrothError
from troth.vaults.holds import store as holds
from troth.vaults.sample import post, spare, wishes
from troth.wiring.attesting import late_copies
from troth.wiring.claims import interview_desk, voucher_desk
from troth.wiring.collection import flush_for
from troth.wiring.contact import receipts_today
from troth.wiring.erasing import erase_role, set_back
from troth.wiring.holding import reviews_near
from troth.wiring.keyring import PRINTROOM_KEYS
from troth.wiring.open import opened
from troth.wiring.replicas import follow

if TYPE_CHECKING:
    from collections.abc import Callable
    from contextlib import AbstractContextManager
    from pathlib import Path

    from troth.kit.clock import Clock
    from troth.retention.erase import Certificate
    from troth.wiring.open import Opened

ROLES: Final = ("flush", "letters", "printroom", "vouchers", "interviews", "holds", "findings")


@dataclass
class Day:
    """What was done today."""

    certificates: list[Certificate] = field(default_factory=list)
    outliving: int = 0
    """People whose data is there past their day after all this: more than none is an alarm."""
    late_copies: int = 0
    """Copies outside the house whose holders have not attested in time that they are destroyed: an alarm too."""
    reviews: int = 0
    """Holds whose review comes near: they are erased on its day unless two approvers renew them."""
    unfinished: int = 0
    """Moves to a hold that stopped half-way, the original there still: an alarm too."""
    records: int = 0
    sorted_claims: int = 0


def daily(home: Path, clock: Clock, roles: tuple[str, ...] = ROLES) -> Day:
    """Everything whose day has come is done. Without `roles`, those whose settings are on this machine.

    Raises:
        StorageFailed, KeyMissing: something refused; the other roles' parts were done all the same, and running again goes on.
        Refused: a role that has no part; or the clock was set back: what is due by it was done, and more may be.

    """
    day = Day()
    unknown = sorted(set(roles) - set(_PARTS))
    if unknown:
        raise Refused(
            f"the role {unknown[0]} has nothing to do by the calendar", where="daily", mend=f"one of {', '.join(ROLES)}"
        )
    failed: list[TrothError] = []
    early: list[TrothError] = []
    for role in roles:
        if roles is ROLES and not (home / "settings" / f"{role}.toml").is_file():
            continue  # it lives on another machine, where its own part is run
        try:
            with opened(home, role, clock, alone=True) as work, _one_moment(work):
                early += set_back(work, "daily")
                _PARTS[role](work, day)
        except TrothError as error:  # one vault's trouble lets nothing outlive its day in another
            failed.append(error)
    for trouble in (*failed, *early):
        raise trouble
    return day


def _one_moment(work: Opened) -> AbstractContextManager[None]:
    """The ledger is read once for all that a role does. Without one, or while it is away, whoever needs it says so."""
    try:
        return work.ledger().one_moment()
    except TrothError:
        return nullcontext()


def _erase(work: Opened, day: Day) -> None:
    erased = erase_role(work)
    day.certificates += erased.certificates
    day.outliving += erased.outliving


def _letters(work: Opened, day: Day) -> None:
    """P05: a batch file holds names and codes outside the buckets, sealed to the print room: it goes when its letters have come.

    That is before anybody in it can die. With the last contact go whatever files and drafts are left. Receipts come first, because who
    needs no reminder dies early, and so do those for whom no letter can come any more; one that is broken, or a ledger that takes no
    entry, keeps nothing else from its day.
    """
    broken: list[TrothError] = []
    for part in (receipts_today, _missed, lambda work: _erase(work, day), lambda work: _late(work, day), _tell_wishes):
        try:
            part(work)
        except TrothError as error:
            broken.append(error)
    outbox, sample = work.settings.home / "outbox", work.vault("sample")
    if work.clock.today() > min(work.pack.collection.closes, work.pack.retention.contact.latest):
        spare.forget_reserves(sample)  # no code opens anything any more, or nobody could print it
    gone = [*outbox.glob(f"*{SUFFIX}"), *drafts(outbox)] if post.dying(sample) is None else []
    kept: set[Path] = set()
    for batch in post.batches(sample):
        files = outbox.glob(f"*{batch_suffix(batch.id)}")
        if batch.delivered_by < work.clock.today():
            gone += files
        elif batch.kind == "reserve":  # no contact is in it, and it is asked for when the contacts are gone
            kept.update(files)
    for path in set(gone) - kept:
        path.unlink(missing_ok=True)
    try:
        follow(work)
    except TrothError as error:
        broken.append(error)
    if broken:
        raise broken[0]


def _missed(work: Opened) -> None:
    """P05: a wave that was called off, or that can be released in time no more, keeps nobody."""
    missed(work.pack, work.vault("sample"), work.ledger(), work.clock.now(), work.clock.today())


def _late(work: Opened, day: Day) -> None:
    """P05: copies outside the house."""
    day.late_copies += late_copies(work)


def _tell_wishes(work: Opened) -> None:
    """Every week that is over stands in the ledger, once: so many wishes of each kind, never whose (P32)."""
    over = wishes.weeks(work.vault("sample"), work.clock.today())
    if not over:
        return
    ledger = work.ledger()
    told = {entry.key for entry in ledger.entries("wishes")}
    for monday, kinds in over.items():
        if f"wishes {monday}" not in told:
            ledger.enter("wishes", f"wishes {monday}", work.clock.today(), dict(kinds))


def _printroom(work: Opened, _day: Day) -> None:
    """P05: on the latest date of every contact the print room's keys die: no copy of a batch, wherever it lies, opens after it.

    What it printed and nobody destroyed goes too, and its journal. The date was fixed when the keys were made: postponing a study makes
    it no later.
    """
    if work.clock.today() >= work.keys.keep_printroom_until(work.pack.retention.contact.latest):
        for name in PRINTROOM_KEYS:
            work.keys.folder.destroy(name)
        sweep(Journal(work.settings.home / "printroom"))


def _flush(work: Opened, day: Day) -> None:
    _erase(
        work, day
    )  # first: a vault that was restored and not reconciled erases all the same, and then says what it is
    follow(work)
    flush, today = flush_for(work), work.clock.today()
    flush.ready_while(work.pack.collection.closes >= today)
    come = [wave for wave in work.pack.waves if wave.dispatch_on <= today <= work.pack.collection.closes]
    done = {entry.key for entry in flush.ledger.entries("wave")} if come else set()
    for wave in come:
        key = f"flush at {wave.id}"
        if key not in done:
            day.records += flush.run(today).records
            follow(work)
            flush.ledger.enter("wave", key, today, {"wave": wave.id})
    if work.pack.collection.closes >= today:  # last: a queue that cannot be written keeps no answer from its flush
        flush.hand_over()  # a receipt file that was lost or spoiled is written again


def _vouchers(work: Opened, day: Day) -> None:
    _erase(work, day)
    day.late_copies += late_copies(work)
    follow(work)
    desk = voucher_desk(work)
    day.sorted_claims += _sort_at_waves(work, desk.sort, "vouchers")
    desk.tidy()


def _interviews(work: Opened, day: Day) -> None:
    _erase(work, day)
    follow(work)
    day.sorted_claims += _sort_at_waves(work, interview_desk(work).sort, "interviews")


def _holds(work: Opened, day: Day) -> None:
    """P14: proposals that nobody agreed to lapse, a hold dies on its review date, and one whose review comes near is told."""
    if holds.lapse(work.vault("holds"), work.clock.today()):
        work.vault("holds").forget_residue()
    _erase(work, day)
    day.reviews += reviews_near(work)
    day.unfinished += holds.unfinished(work.vault("holds"))


def _sort_at_waves(work: Opened, sort: Callable[..., int], name: str) -> int:
    """Claims are sorted when responses are flushed: at each wave, and after the close whatever is left."""
    today, ledger, moved = work.clock.today(), work.ledger(), 0
    done = {entry.key for entry in ledger.entries("wave")}
    for wave in work.pack.waves:
        key = f"sort {name} at {wave.id}"
        if wave.dispatch_on <= today and key not in done:
            moved += sort()
            ledger.enter("wave", key, today, {"wave": wave.id})
    if today > work.pack.collection.closes:
        moved += sort(last=True)
    return moved


_PARTS: Final = {
    "letters": _letters,
    "printroom": _printroom,
    "flush": _flush,
    "vouchers": _vouchers,
    "interviews": _interviews,
    "holds": _holds,
    "findings": _erase,
}
