"""After a backup was restored: the ledger, then keys that are certified as destroyed, then each vault by its own role."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from troth.fieldwork.flush import strip_name
from troth.keys.folder import KeyFolder
from troth.kit.errors import Refused
from troth.kit.steps import go_on
from troth.wiring.kept import replicas_of
from troth.wiring.open import opened
from troth.wiring.replicas import follow
from troth.wiring.restoring.claims import reconcile_interviews, reconcile_vouchers
from troth.wiring.restoring.holds import reconcile_holds
from troth.wiring.restoring.line import Line
from troth.wiring.restoring.responses import reconcile_responses
from troth.wiring.restoring.sample import reconcile_loads, reconcile_sample
from troth.wiring.settings import settings_for

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from troth.kit.clock import Clock
    from troth.vaults.ledger.store import Ledger
    from troth.wiring.open import Opened

ROLES: Final = ("letters", "load", "flush", "vouchers", "interviews", "holds")
_LEDGER: Final = (*ROLES, "findings")
_RINGS: Final = {"letters": "contact", "vouchers": "voucher", "interviews": "interview", "holds": "hold"}


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


_BY_ROLE: Final = {
    "letters": reconcile_sample,
    "load": reconcile_loads,
    "flush": reconcile_responses,
    "vouchers": reconcile_vouchers,
    "interviews": reconcile_interviews,
    "holds": reconcile_holds,
}
