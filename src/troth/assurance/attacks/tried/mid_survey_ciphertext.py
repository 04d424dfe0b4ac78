"""Ciphertext of unfinished responses sought in records: what is copied over unchanged links everybody (P04, P09; DESIGN §4).

A copy of `step` and `progress` shows boxes with their handles; a record shows boxes with no handle. The flush takes the strip layer
off, so no run of bytes of the one may stand in the other: 16 bytes are never equal by chance. Neither is the order of the copies
needed, nor which box of a record it is: any hit is a link.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

from troth.assurance.attacks.attack import Finding, Outcome, attack
from troth.assurance.attacks.backup import read_backup
from troth.assurance.attacks.raw import all_pieces
from troth.assurance.attacks.windows import WINDOW, Known, all_of, blocks, chunks, each_once, windows

if TYPE_CHECKING:
    from collections.abc import Iterator

    from troth.assurance.attacks.loot import Loot

_BOXES: Final = {"step": ("box",), "progress": ("exact", "common")}
"""Table -> columns; a piece without a column (of a PostgreSQL heap page) is taken whole."""


@attack(
    "mid-survey ciphertext in a record", ("P04", "P09"), deterministic=True, twin="records that keep the strip layer",
    says="Every run of 16 bytes of every saved page in raw copies and backups is sought in the records of all raw copies.",
)  # fmt: skip
def run(loot: Loot) -> Outcome:
    """No run of 16 bytes of a step's or progress's box stands in a record."""
    boxes: set[bytes] = set()
    records: dict[bytes, str] = {}
    for copy, pieces in all_pieces(loot, "responses"):
        for piece in pieces:
            if piece.table in _BOXES and piece.column in {"", *_BOXES[piece.table]}:
                boxes.add(piece.data)
            elif piece.table == "record" and piece.column in {"", "boxes"}:
                records.setdefault(piece.data, copy.folder.parent.name)
    for path in [each for each in loot.files("backups") if each.suffix == ".jsonl"]:
        for row in read_backup(path):
            boxes |= {row.bytes(name) for name in _BOXES.get(row.table, ()) if name in row.values}
    if not boxes or not records:
        return Outcome(0)
    hits = Counter(records[data] for data in _sharing(list(boxes), list(records)))
    findings = [
        Finding(where, f"{count} pieces of records hold bytes of a saved page") for where, count in hits.items()
    ]
    size = sum(map(len, records))
    note = f"{len(boxes)} boxes of unfinished responses, sought in {size / 1e6:.1f} MB of records."
    return Outcome(size, tuple(findings), note=note)


def _sharing(boxes: list[bytes], records: list[bytes]) -> Iterator[bytes]:
    """The records that have a run of 16 bytes of some box.

    Such a run has one of the record's blocks of 8 bytes whole. So the blocks of all records are sought at every place of all boxes,
    which is quick; and whole runs only where a block was found.
    """
    sought = Known(each_once([blocks(data) for data in records]))
    shared, holders = [], set[int]()
    for runs, whose in chunks(boxes):
        hit = sought.has(runs)
        shared.append(runs[hit])
        holders |= set(whose[hit].tolist())
    if not holders:
        return
    some, known = Known(each_once(shared)), Known(all_of(boxes[number] for number in sorted(holders)))
    yield from (data for data in records if some.has(blocks(data)).any() and _has_run(data, known))


def _has_run(data: bytes, known: Known) -> bool:
    """Whether two neighbouring runs of 8 bytes, which are 16 in a row, are both known."""
    hit = known.has(windows(data))
    return bool((hit[:-WINDOW] & hit[WINDOW:]).any())
