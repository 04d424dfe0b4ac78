"""Close and sever: no code opens anything, what was completed is flushed, and nothing is left that a list of codes could link.

Close: completed responses are flushed, cells of fewer than k merged as the study declares, nothing discarded; partial
responses are kept, padded with dummies, or erased, as the notice says. Sever: the pepper dies, the records get new ids.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from troth.fieldwork.respondents import NO_TAG
from troth.kit.errors import Refused
from troth.questionnaire import cut_page
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
    vault.forget_receipts(database)  # nobody gets a reminder any more
    flush.between("codes shut")
    into, partial = _decide(flush, partials, day)
    flush.between("merging told")
    states: tuple[str, ...] = ("complete",)
    if partials == "erase":  # first: what is erased must not be wrapped for the next strip key
        vault.erase_partials(database, day)
        flush.between("partials erased")
    else:
        states = ("complete", "closed")
        wrap = flush.wrapper()

        def cut(of: Handle, n: int) -> tuple[bytes, str]:
            box = analysis.seal(cut_page(), plan.box_size, context)
            return wrap(of, n, box if flush.receipts is None else box + NO_TAG)  # as long as every other step

        vault.fill_partials(database, vault.started_by_cell(database).keys(), cut, plan.total_slots)
        flush.between("partials filled")
    # Together, and no record says which it is: a partial would else stand in a group of its own, smaller than k (P04).
    cells = sorted(vault.all_by_cell(database))
    flush.move(cells, states=states, cell_of=lambda cell: into.get(cell, MERGED), day=day)
    complete = vault.count_records(database) - partial
    counts = {"complete": complete, "partial": partial, "erased": vault.erased_partials(database)}
    flush.ledger.enter("close", "close", day, counts)
    return Closed(**counts)


def _decide(flush: Flush, partials: str, day: date) -> tuple[dict[str, str], int]:
    """Cell -> cell that its records show, and how many partials are kept; as the first try of this close found: the ledger keeps it.

    Found anew after a kill, what is left would look smaller than it was.
    """
    found = merge_cells(vault.all_by_cell(flush.database), flush.k)
    merged = sorted(cell for cell, shown in found.items() if shown == MERGED)
    kept = sum(vault.started_by_cell(flush.database).values()) if partials == "keep" else 0
    body: dict[str, str | int | list[str] | list[int]] = {
        "merged": merged, "own": sorted(set(found) - set(merged)), "partial": kept,
    }  # fmt: skip
    flush.ledger.enter("closing", "closing", day, body)
    told = flush.ledger.entries("closing")[0].body
    return dict.fromkeys(told["merged"], MERGED) | {cell: cell for cell in told["own"]}, int(told["partial"])


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
    counts = vault.sever(flush.database, flush.k)
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
