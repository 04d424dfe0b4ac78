"""What the calendar asks for today, role by role: erase, flush and sort at each wave. Repeating a day changes nothing more.

Each part runs under its own role, with that role's keys and vaults. Where roles live on several hosts, each host runs its
own parts (`troth daily --role …`). Two runs at once take turns, by a lock per role.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from troth.fieldwork.release import SUFFIX, drafts
from troth.vaults.sample import post
from troth.wiring.claims import interview_desk, voucher_desk
from troth.wiring.collection import flush_for
from troth.wiring.erasing import erase_role
from troth.wiring.open import opened

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from troth.kit.clock import Clock
    from troth.retention.erase import Certificate
    from troth.wiring.open import Opened

ROLES: Final = ("letters", "flush", "vouchers", "interviews")


@dataclass
class Day:
    """What was done today."""

    certificates: list[Certificate] = field(default_factory=list)
    outliving: int = 0
    """People whose data is there past their day after all this: more than none is an alarm."""
    records: int = 0
    sorted_claims: int = 0


def daily(home: Path, clock: Clock, roles: tuple[str, ...] = ROLES) -> Day:
    """Everything whose day has come is done.

    Raises:
        StorageFailed, KeyMissing: something refused; what was done stays done, and running again goes on from there.

    """
    day = Day()
    for role in roles:
        with opened(home, role, clock, alone=True) as work:
            _PARTS[role](work, day)
    return day


def _erase(work: Opened, day: Day) -> None:
    erased = erase_role(work)
    day.certificates += erased.certificates
    day.outliving += erased.outliving


def _letters(work: Opened, day: Day) -> None:
    """P05: with the last contact go the letters' batch files, which hold what is erased (sealed to the print room)."""
    _erase(work, day)
    if post.dying(work.vault("sample")) is None:
        outbox = work.settings.home / "outbox"
        for path in [*outbox.glob(f"*{SUFFIX}"), *drafts(outbox)]:
            path.unlink(missing_ok=True)


def _flush(work: Opened, day: Day) -> None:
    flush, today = flush_for(work), work.clock.today()
    flush.ready_while(work.pack.collection.closes >= today)
    done = {entry.key for entry in flush.ledger.entries("wave")}
    for wave in work.pack.waves:
        key = f"flush at {wave.id}"
        if wave.dispatch_on <= today <= work.pack.collection.closes and key not in done:
            day.records += flush.run(today).records
            flush.ledger.enter("wave", key, today, {"wave": wave.id})


def _vouchers(work: Opened, day: Day) -> None:
    desk = voucher_desk(work)
    day.sorted_claims += _sort_at_waves(work, desk.sort, "vouchers")
    _erase(work, day)
    desk.tidy()


def _interviews(work: Opened, day: Day) -> None:
    day.sorted_claims += _sort_at_waves(work, interview_desk(work).sort, "interviews")
    _erase(work, day)


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
    "flush": _flush,
    "vouchers": _vouchers,
    "interviews": _interviews,
}
