"""What several attacks on raw files need of the nights: what a record is called, and in which order people came."""

from __future__ import annotations

import hashlib
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from troth.assurance.attacks.loot import Long

if TYPE_CHECKING:
    from datetime import date

    from troth.assurance.attacks.loot import Loot, Value

_DIGEST: Final = 16


def record_names(loot: Loot) -> dict[bytes, str]:
    """Record id -> what the record is called in a link (`attack.Link`), from every night."""
    found: dict[bytes, str] = {}
    for night in loot.each_night():
        table = night.table("responses", "record")
        for id_, boxes in zip(table.column("id"), table.column("boxes"), strict=True) if table.columns else ():
            if isinstance(id_, bytes):
                found[id_] = _name(boxes)
    return found


def _name(boxes: Value) -> str:
    if isinstance(boxes, Long):
        return boxes.digest.hex()
    return hashlib.sha256(boxes).digest()[:_DIGEST].hex() if isinstance(boxes, bytes) else ""


@dataclass
class Arrivals:
    """In which order handles were last answered, as nightly copies show it."""

    came: dict[bytes, tuple[date, int]] = field(default_factory=dict)
    """Handle -> the night by which it last had a step more, and where its last step lay then."""
    cells: dict[bytes, str] = field(default_factory=dict)
    left: dict[bytes, date] = field(default_factory=dict)
    """Handle -> the first night on which its steps were gone."""

    def between(self, after: date | None, until: date) -> list[bytes]:
        """Handles that left after the one night and until the other, in the order of their arrival."""
        found = [of for of, day in self.left.items() if day <= until and (after is None or day > after)]
        return sorted(found, key=lambda of: self.came[of])


def arrivals(loot: Loot) -> Arrivals:
    """Everybody's, from all nights."""
    found, counted = Arrivals(), Counter[bytes]()
    for night in loot.each_night():
        table = night.table("responses", "step")
        places = next((table.positions[name] for name in ("rowid", "ctid") if name in table.positions), ())
        now, last = Counter[bytes](), dict[bytes, int]()
        for number, handle in enumerate(table.column("handle") if table.columns else ()):
            if isinstance(handle, bytes):
                now[handle] += 1
                last[handle] = max(last.get(handle, -1), places[number] if places else number)
        for handle, count in now.items():
            if count > counted[handle]:
                found.came[handle] = (night.day, last[handle])
        for handle in found.came.keys() - now.keys():
            found.left.setdefault(handle, night.day)
        counted = now
        handles = night.table("responses", "handle")
        for handle, cell in (
            zip(handles.column("handle"), handles.column("cell"), strict=True) if handles.columns else ()
        ):
            if isinstance(handle, bytes):
                found.cells[handle] = str(cell)
    return found
