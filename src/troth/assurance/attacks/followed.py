"""What nightly dumps of RESPONSES show of a handle that somebody can derive: its cell, and with which batch its answers moved."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from troth.assurance.attacks.night import Long

if TYPE_CHECKING:
    from datetime import date

    from troth.assurance.attacks.loot import Loot
    from troth.assurance.attacks.night import Night


@dataclass
class Followed:
    """RESPONSES, night after night."""

    cell: dict[bytes, str] = field(default_factory=dict)
    """Handle -> stratum."""
    moved: dict[bytes, date] = field(default_factory=dict)
    """Handle -> the first night on which its answers were no longer with it."""
    came: dict[date, dict[str, list[str]]] = field(default_factory=dict)
    """Night -> cell as shown -> the records that were not there the night before, as `attack.Link` names them, sorted."""

    def candidates(self, handle: bytes) -> list[str]:
        """The records that may be this handle's: of its night and cell; of its night, where its cell was merged. Empty: none."""
        day = self.moved.get(handle)
        if day is None:
            return []
        groups = self.came.get(day, {})
        known = set(self.cell.values())
        merged = [record for cell, some in groups.items() if cell not in known for record in some]
        return groups.get(self.cell[handle]) or sorted(merged)


def follow(loot: Loot) -> Followed:
    """All nights, one in memory at a time."""
    found = Followed()
    held: set[bytes] = set()
    known: set[str] = set()
    for night in loot.each_night():
        rows = night.table("responses", "handle")
        states = {row["handle"]: row for row in rows.by("handle").values()} if rows.columns else {}
        for handle, row in states.items():
            if isinstance(handle, bytes):
                found.cell.setdefault(handle, str(row["cell"]))
                if row["state"] == "flushed":
                    found.moved.setdefault(handle, night.day)
        for handle in held - set(states):  # severed before the next night came
            found.moved.setdefault(handle, night.day)
        held = _holding(night)
        found.came[night.day] = _newcomers(night, known)
    return found


def record_name(boxes: object) -> str:
    """What a record is called by, from its boxes as a night keeps them. Raises ValueError: they are not long."""
    if not isinstance(boxes, Long):
        raise ValueError("a record's boxes are long")  # noqa: TRY004 - one kind of error for a broken loot
    return boxes.digest.hex()


def _holding(night: Night) -> set[bytes]:
    """The handles that have answers with them tonight."""
    steps = night.table("responses", "step")
    return {handle for handle in steps.column("handle") if isinstance(handle, bytes)} if steps.columns else set()


def _newcomers(night: Night, known: set[str]) -> dict[str, list[str]]:
    records = night.table("responses", "record")
    if not records.columns:
        return {}
    new: dict[str, list[str]] = defaultdict(list)
    for cell, boxes in zip(records.column("cell"), records.column("boxes"), strict=True):
        name = record_name(boxes)
        if name not in known:
            known.add(name)
            new[str(cell)].append(name)
    return {cell: sorted(names) for cell, names in new.items()}
