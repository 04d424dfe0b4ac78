"""What SQLite's log tells of a study's people: in which frame a record first stands, and in which a handle last goes from a page."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from troth.assurance.attacks.physical import Pages, Unreadable, cells_on, read_file, read_log

if TYPE_CHECKING:
    from collections.abc import Container, Iterator

    from troth.assurance.attacks.loot import Copy
    from troth.assurance.attacks.physical import Frame

_KEY: Final = 16


@dataclass(frozen=True)
class Event:
    """Something was done to somebody's row. `what` is `record` where a record was written, else a table's or a page's change."""

    what: str
    key: bytes
    """The handle, or the record's id."""


def frame_events(copy: Copy, ids: Container[bytes]) -> Iterator[tuple[int, Event]]:
    """Round of the log, and event, in the order of the frames; of one frame, records come first. `ids` are those of all records."""
    for path in sorted(copy.folder.glob("*.db")):
        log = path.with_name(path.name + "-wal")
        frames = read_log(log.read_bytes()) if log.is_file() else []
        if not frames:
            continue
        try:
            before = read_file(path, with_log=False).pages
        except Unreadable:
            before = {}
        for number, frames_of_round in enumerate(_rounds(frames)):
            yield from ((number, event) for event in _of_round(frames_of_round, dict(before), ids))


def _rounds(frames: list[Frame]) -> list[list[Frame]]:
    found: dict[bytes, list[Frame]] = {}
    for frame in frames:
        found.setdefault(frame.salt, []).append(frame)
    return list(found.values())


def _of_round(frames: list[Frame], lies: dict[int, bytes], ids: Container[bytes]) -> list[Event]:
    size = len(frames[0].data)
    first: dict[bytes, int] = {}
    gone: dict[bytes, int] = {}
    held: dict[int, tuple[set[bytes], set[bytes]]] = {}
    nowhere = Pages(size, size, {})
    known = set[bytes]().union(*(_ids(nowhere, number, data, ids)[1] for number, data in lies.items()))
    for frame in frames:
        if frame.page not in held:
            held[frame.page] = _ids(nowhere, frame.page, lies.get(frame.page, b""), ids)
        handles, records = _ids(nowhere, frame.page, frame.data, ids)
        for record in records - known:
            first.setdefault(record, frame.number)
        for handle in held[frame.page][0] - handles:
            gone[handle] = frame.number  # the last time counts
        held[frame.page] = handles, records
    events = [(at, 0, Event("record", key)) for key, at in first.items()]
    events += [(at, 1, Event("a page without the handle", key)) for key, at in gone.items()]
    return [event for _, _, event in sorted(events, key=lambda found: found[:2])]


def _ids(pages: Pages, number: int, data: bytes, ids: Container[bytes]) -> tuple[set[bytes], set[bytes]]:
    """Keys of 16 bytes on a page: of steps, progress and their indexes (handle, number, ...), and of records, as `ids` knows them."""
    handles, records = set(), set()
    for cell in cells_on(pages, data, number):
        values = cell.values
        if not values or not isinstance(values[0], bytes) or len(values[0]) != _KEY:
            continue
        if values[0] in ids:
            records.add(values[0])
        elif len(values) > 2 and isinstance(values[1], int):  # noqa: PLR2004 - not an index of ids (id, row)
            handles.add(values[0])
    return handles, records
