"""Replicas, held against: who follows which, and who refuses to go on while a restored vault contradicts one (`wiring.kept` has them)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from troth.fieldwork import loads
from troth.kit.errors import Refused
from troth.vaults.holds import store as holds
from troth.vaults.interviews import store as interviews
from troth.vaults.responses import ended
from troth.vaults.responses.tranche import was_shut
from troth.vaults.sample import stopped
from troth.vaults.sample.released_again import LEAVES as LETTERS
from troth.vaults.sample.released_again import unknown
from troth.vaults.vouchers import store as vouchers
from troth.wiring.kept import replicas_of
from troth.wiring.settings import ROLES, settings_for

if TYPE_CHECKING:
    from pathlib import Path

    from troth.wiring.kept import Replicas
    from troth.wiring.open import Opened

_BOX: Final = {"voucher": ("vouchers", vouchers.box), "interview": ("interviews", interviews.box)}
_LEAVES: Final = {"vouchers": "order ", "interviews": "round "}
_FOLLOWED: Final = tuple(role for role, vaults in ROLES.items() if vaults and role not in {"custodian", "assurance"})
_MEND: Final = "run `troth restore status`, then `troth restore reconcile`; nothing was changed"


def without_replica(home: Path) -> list[str]:
    """The roles of this machine that keep something a replica should follow, and whose settings name none: they were made before."""
    here = [role for role in _FOLLOWED if (home / "settings" / f"{role}.toml").is_file()]
    return [role for role in here if settings_for(home, role).replica is None]


def require_reconciled(work: Opened) -> None:
    """What this role is about to go on with is no restored backup. Asked once while the role is at work.

    Raises:
        Refused: it lacks what a replica has, or a replica is not there. StorageFailed, Invalid: a replica cannot be read.

    """
    kept = replicas_of(work)
    if kept is None or work.reconciled:
        return
    for vault, found in _contradictions(work, kept).items():
        if found:
            raise Refused(
                f"the vault {vault} was restored from a backup and is not reconciled", where=vault, mend=_MEND
            )
    work.reconciled = True


def _contradictions(work: Opened, kept: Replicas) -> dict[str, int]:
    role, found = work.settings.role, dict.fromkeys(work.settings.vaults, 0)
    if "ledger" in found and (behind := work.ledger().behind()):
        return {"ledger": behind}  # what the others are held against is not whole itself
    if role == "respond" or (role == "flush" and (kept.ended.there or not work.ledger().entries("sever"))):
        found["responses"] = len(ended.undone(work.vault("responses"), kept.ended.read()))  # says if it is not there
    if role == "flush" and work.ledger().entries("sever"):
        found["responses"] += ended.handles(work.vault("responses"))
    for purpose, (vault, box) in _BOX.items():
        if role in {"claim", vault}:
            found[vault] = len(kept.spent(purpose).read() - box(work.vault(vault)).spent_keys())
        if role == vault:
            left = [
                entry.key.split()[1] for entry in work.ledger().entries(vault) if entry.key.startswith(_LEAVES[vault])
            ]
            found[vault] += len(set(left) - {batch.id for batch in box(work.vault(vault)).batches()})
    if role in {"letters", "load"}:
        found["sample"] = len(stopped.undone(work.vault("sample"), kept.stopped.read()))
        found["sample"] += len(loads.untold(work.ledger(), work.vault("sample"))[0])
    if role == "load":
        found["sample"] += len(loads.unsent(work.ledger(), work.vault("sample"), work.vault("responses")))
    if role == "letters":
        left = [entry.key.split()[1] for kind in LETTERS for entry in work.ledger().entries(kind)]
        found["sample"] += len(unknown(work.vault("sample"), left))
    if role == "holds":
        found["holds"] = _lost_holds(work)
    return found


def _lost_holds(work: Opened) -> int:
    """How many holds the ledger knows that are not here and did not end."""
    database, ledger = work.vault("holds"), work.ledger()
    told = {entry.key.removeprefix("hold "): int(entry.body["count"]) for entry in ledger.entries("hold")}
    ends = [entry.body for entry in ledger.entries("erasure") if entry.body.get("rule") == holds.RULE]
    certified = {str(body["bucket"]) for body in ends}
    pending = holds.erasable(database, work.keys.ring("hold"), work.clock.today()).pending()
    ended = sum(int(body["count"]) for body in ends)
    ended += sum(each.count for each in pending if each.bucket.id not in certified)
    return max(0, sum(told.values()) - ended - sum(each.id in told for each in holds.holds(database)))


def follow(work: Opened, *, forget: bool = True) -> None:
    """The replicas have what this role's vaults have: what a kill or a full disk kept from them, and what is not told singly.

    With `forget` the stops of contacts that are here no longer are forgotten. Not where a backup was just reconciled: it may be older than
    a contact, and be put aside for a newer one, which would write to them again.

    Raises as `require_reconciled`, which is asked first.
    """
    kept = replicas_of(work)
    if kept is None:
        return
    require_reconciled(work)
    role = work.settings.role
    if "ledger" in work.settings.vaults:
        work.ledger().follow()
    if role == "flush" and work.ledger().entries("sever"):
        kept.ended.destroy()  # the sever was killed before it: handles are in it (P04)
    elif role in {"respond", "flush"} and kept.ended.there:
        facts = ended.ended(work.vault("responses"))
        if role == "flush":
            facts |= ended.dead_strips([str(entry.body["strip"]) for entry in work.ledger().entries("flush")])
            facts |= ended.shut_tranches([shut.tranche for shut in was_shut(work.vault("responses"))])
        kept.ended.add(sorted(facts - kept.ended.read()))
    for purpose, (vault, box) in _BOX.items():
        if role in {"claim", vault}:
            spent = kept.spent(purpose)
            spent.add(sorted(box(work.vault(vault)).spent_keys() - spent.read()))
    if role in {"letters", "load"}:
        sample = work.vault("sample")
        if forget:
            kept.stopped.match(lambda: stopped.stopped(sample))
        else:
            kept.stopped.add(sorted(stopped.stopped(sample) - kept.stopped.read()))
