"""What PostgreSQL's log tells of a study's people: to which handle or record something was done, in order.

Which file is which table is read from the log itself, or from a copy (`nodes.json`, `pg_class`); whose row a place holds, from the
row's insertion in the log or, where the log no longer goes back so far, from the heap file of a copy.
"""

from __future__ import annotations

import json
import re
import struct
from typing import TYPE_CHECKING, Final

from troth.assurance.attacks.framed import Event
from troth.assurance.attacks.heap import heap_files, lying, relations
from troth.assurance.attacks.pglog import Change, changes, segments
from troth.assurance.attacks.raw import raw_copies

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from troth.assurance.attacks.loot import Loot

TABLES: Final = frozenset({"handle", "session", "step", "progress", "record"})
_CLASS: Final = 1259
_KEY: Final = 16
_SHORT: Final = _KEY + 1 << 1 | 1
"""How PostgreSQL begins a value of 16 bytes: its length with itself, shifted, and a 1."""
_FRESH: Final = re.compile(r"_fresh$")
_ORDER: Final = re.compile(r"_order$")


def row_events(logs: Sequence[Path], loot: Loot) -> Iterator[tuple[int, Event]]:
    """Transaction and what it did to a handle or a record, in order.

    A table that is being made in place of another goes by the other's name. An `Event` says `record` where a record was inserted,
    else e.g. `delete of step`; rows of an order's staging list (`storage.rewrite`) count too, as `insert into step_order`.
    """
    named: dict[tuple[int, int], str] = {}
    for copy in raw_copies(loot, "responses"):
        for number, relation in relations(copy.folder).items():
            named[0, number] = relation.name
        nodes = copy.folder / "nodes.json"
        for name, number in json.loads(nodes.read_text()).items() if nodes.is_file() else ():
            named[0, number] = name
    lies = {(0, *place): key for place, key in _in_heaps(loot, {number: name for (_, number), name in named.items()})}
    for change in changes(segments(logs)):
        if change.filenode == _CLASS and change.kind == "insert":
            if (found := _named(change.data)) is not None:
                named[change.database, found[0]] = found[1]
            continue
        name = named.get((change.database, change.filenode), named.get((0, change.filenode), ""))
        name = _FRESH.sub("", name)
        if _ORDER.sub("", name) in TABLES and (key := _whose(change, lies)):
            yield change.xid, Event(_what(change, name), key)


def _what(change: Change, name: str) -> str:
    if name == "record" and change.kind == "insert":
        return "record"
    joined = {"insert": "insert into", "delete": "delete of", "update": "update of"}[change.kind]
    return f"{joined} {name}"


def _whose(change: Change, lies: dict[tuple[int, int, int], bytes]) -> bytes:
    place = (change.database, change.filenode, change.ctid)
    if change.kind == "insert":
        lies[place] = _key(change.data)
        return lies[place]
    key = lies.get(place, lies.get((0, change.filenode, change.ctid), b""))
    if change.kind == "update":
        lies[change.database, change.filenode, change.becomes] = key
    return key


def _in_heaps(loot: Loot, named: Mapping[int, str]) -> Iterator[tuple[tuple[int, int], bytes]]:
    """File and place -> key, of the people's tables in all copies of heap files."""
    for copy in raw_copies(loot, "responses"):
        for number, path in heap_files(copy.folder):
            if _FRESH.sub("", named.get(number, "")) in TABLES:
                for row in lying(path.read_bytes()):
                    if key := _key(row.data):
                        yield (number, row.ctid), key


def _key(data: bytes) -> bytes:
    """The first column, where it has 16 bytes; else nothing."""
    return data[1 : 1 + _KEY] if data[:1] == bytes([_SHORT]) else b""


def _named(data: bytes) -> tuple[int, str] | None:
    """A table's file number and name, from its row in `pg_class`."""
    if len(data) < 4 + 64 + 24:
        return None
    return struct.unpack_from("<I", data, 88)[0], data[4:68].split(b"\0")[0].decode("utf-8", "replace")
