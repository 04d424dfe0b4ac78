"""What several attacks on raw files need of the nights: what a record is called, and in which order people came."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from troth.assurance.attacks.night import Long

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from datetime import date

    from troth.assurance.attacks.loot import Loot
    from troth.assurance.attacks.night import Value

_DIGEST: Final = 16


@dataclass(frozen=True)
class Record:
    """What a night says of a record."""

    name: str
    """What it is called in a link (`attack.Link`)."""
    cell: str


def records(loot: Loot) -> dict[bytes, Record]:
    """Record id -> what is known of it, from every night."""
    return loot.once("records", lambda: _records(loot))


def _records(loot: Loot) -> dict[bytes, Record]:
    found: dict[bytes, Record] = {}
    for night in loot.each_night():
        table = night.table("responses", "record")
        for row in table.by("id").values() if table.columns else ():
            if isinstance(row["id"], bytes):
                found[row["id"]] = Record(_name(row["boxes"]), str(row["cell"]))
    return found


def _name(boxes: Value) -> str:
    if isinstance(boxes, Long):
        return boxes.digest.hex()
    return hashlib.sha256(boxes).digest()[:_DIGEST].hex() if isinstance(boxes, bytes) else ""


def side_by_side(
    keys: Sequence[bytes], handles: Sequence[bytes], known: Mapping[bytes, Record], cells: Mapping[bytes, str]
) -> Iterator[tuple[bytes, bytes]]:
    """Each key and the handle at the same share of the way, records within their cell; claims have none.

    A record whose cell no handle has shows a merged one: it is among the handles of all cells that no record shows.
    """
    shown = {known[key].cell for key in keys if key in known}
    by_cell: dict[str, list[bytes]] = defaultdict(list)
    for handle in handles:
        cell = cells.get(handle, "")
        by_cell[cell if cell in shown else ""].append(handle)
    groups: dict[str, list[bytes]] = defaultdict(list)
    for key in keys:
        cell = known[key].cell if key in known else ""
        groups[cell if cell in by_cell else ""].append(key)
    for cell, group in groups.items():
        among = by_cell[cell] or handles
        for place, key in enumerate(group if among else ()):
            yield key, among[place * len(among) // len(group)]


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
    return loot.once("arrivals", lambda: _arrivals(loot))


def _arrivals(loot: Loot) -> Arrivals:
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
