"""Close and sever: no code opens anything, what was completed is flushed, and nothing is left that a list of codes could link.

Close: completed responses are flushed, cells of fewer than k merged as the study declares, nothing discarded; partial
responses are kept, padded with dummies, or erased, as the notice says. Sever: the pepper dies, the records get new ids.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from troth.kit.errors import Refused
from troth.questionnaire import dummy_page
from troth.vaults.responses import flush as vault

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping
    from datetime import date

    from troth.fieldwork.flush import Flush
    from troth.keys.folder import KeyFolder
    from troth.protocol.boxes import AnalysisSealer
    from troth.protocol.names import Handle
    from troth.questionnaire import Plan

PEPPER_HOLDERS: Final = ("load", "respond")
MERGED: Final = "merged"
"""The cell of records whose own cell had fewer than k."""


@dataclass(frozen=True)
class Closed:
    """All records there are, and the partial responses that were erased."""

    complete: int
    partial: int
    erased: int


def merge_cells(counts: Mapping[str, int], k: int) -> dict[str, str]:
    """Cell -> cell that its records show: itself with k or more, else `MERGED`; the smallest others join until that has k too.

    Where all that is left is fewer than k, it is merged into one group of that size: nothing is discarded (docs/threat-model.md).
    """
    small = sorted((count, cell) for cell, count in counts.items())
    merged: set[str] = {cell for count, cell in small if count < k}
    total = sum(counts[cell] for cell in merged)
    for count, cell in small:
        if not merged or total >= k:
            break
        if cell not in merged:
            merged.add(cell)
            total += count
    return {cell: MERGED if cell in merged else cell for cell in counts}


def close(
    flush: Flush,
    *,
    partials: Literal["keep", "erase"],
    analysis: AnalysisSealer,
    plan: Plan,
    context: bytes,
    day: date,
) -> Closed:
    """The study is closed; repeating after a kill goes on from where it stopped.

    Raises:
        KeyMissing, StorageFailed: what was done stays done.

    """
    database = flush.database
    vault.shut(database)  # first, or who completes while the rest is under way would be in no total
    flush.between("codes shut")
    into = _merging(flush, day)
    flush.between("merging told")
    if partials == "erase":  # first: what is erased must not be wrapped for the next strip key
        vault.erase_partials(database, day)
        flush.between("partials erased")
    _move_all(flush, "complete", into, day)
    if partials == "keep":
        wrap = flush.wrapper()

        def dummy(of: Handle, n: int) -> tuple[bytes, str]:
            return wrap(of, n, analysis.seal(dummy_page(), plan.box_size, context))

        vault.fill_partials(database, vault.started_by_cell(database).keys(), dummy, plan.total_slots)
        flush.between("partials filled")
        _move_all(flush, "closed", into, day)
    counts = vault.totals(database)
    flush.ledger.enter("close", "close", day, dict(counts))
    return Closed(**counts)


def _merging(flush: Flush, day: date) -> dict[str, str]:
    """Cell -> cell that its records show, as the first try of this close decided: the ledger keeps it.

    Decided anew after a kill, when the complete responses have moved, the few that are left would look smaller than they were.
    """
    found = merge_cells(vault.all_by_cell(flush.database), flush.k)
    merged = sorted(cell for cell, shown in found.items() if shown == MERGED)
    flush.ledger.enter("merging", "merging", day, {"merged": merged, "kept": sorted(set(found) - set(merged))})
    told = flush.ledger.entries("merging")[0].body
    return dict.fromkeys(told["merged"], MERGED) | {cell: cell for cell in told["kept"]}


def _move_all(flush: Flush, state: str, into: Mapping[str, str], day: date) -> None:
    count = vault.completed_by_cell if state == "complete" else vault.started_by_cell
    counts = count(flush.database)
    flush.move(sorted(counts), state=state, cell_of=lambda cell: into.get(cell, MERGED), day=day)


def sever(
    flush: Flush, pepper_folders: Mapping[str, KeyFolder], day: date, *, destroyed_elsewhere: Collection[str] = ()
) -> Mapping[str, int]:
    """Even the list of codes links nothing any more: no pepper, no handles, new record ids.

    Args:
        flush: the vault's owner.
        pepper_folders: role -> key folder, of those holders of the pepper that are on this machine.
        day: today.
        destroyed_elsewhere: the holders whose operators say that they destroyed it on another machine; the ledger keeps that word.

    Raises:
        Refused: the study is not closed yet, or a holder is neither here nor spoken for; nothing was changed.

    """
    if not flush.ledger.entries("close"):
        raise Refused("the study is not closed", where="sever", mend="run `troth study close` first")
    seen = {entry.key for entry in flush.ledger.entries("pepper")}
    for role in PEPPER_HOLDERS:
        if f"pepper {role}" in seen:
            continue  # an earlier run saw to it
        here = role in pepper_folders and pepper_folders[role].has("pepper")
        if not here and role not in destroyed_elsewhere:
            what = f"the pepper of the role {role} is not on this machine"
            raise Refused(what, where="sever", mend=f"destroy it where it is, then say --destroyed-elsewhere {role}")
    for role in PEPPER_HOLDERS:
        if f"pepper {role}" in seen:
            continue
        here = role in pepper_folders and pepper_folders[role].has("pepper")
        # Told before it is done: a kill between leaves a key that the next line of the next run destroys, never a lie that stays.
        flush.ledger.enter(
            "pepper", f"pepper {role}", day, {"role": role, "where": "here" if here else "elsewhere, attested"}
        )
        flush.between("pepper told")
    for folder in pepper_folders.values():
        folder.destroy("pepper")
        flush.between("pepper destroyed")
    counts = vault.sever(flush.database)
    flush.between("records renamed")
    flush.database.forget_residue()
    for name in flush.keys.names("strip-"):  # also one that was made and, killed between, never came into use
        flush.keys.destroy(name)
        flush.between("strip destroyed")
    current, leaving = vault.strips(flush.database)
    for strip_id in (*leaving, *((current,) if current else ())):
        vault.forget_strip(flush.database, strip_id)
        flush.between("strip forgotten")
    flush.ledger.enter("sever", "sever", day, dict(counts))
    return counts
