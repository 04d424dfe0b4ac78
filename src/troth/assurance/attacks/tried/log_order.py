"""Which record was whose, from the order in which the write-ahead log says things were written (P04, P15).

The log is a diary of the flush: records are inserted in it, and steps, sessions and progress deleted. If a record stands beside the
deletion of its own handle, whoever copies or archives the log reads the link. So the flush writes the records first, in random order,
and then deletes once. PostgreSQL's log is kept for long, and whole flushes are read in it; SQLite's is folded in and emptied by the
flush itself, and only a copy from the moment between shows anything.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from troth.assurance.attacks.attack import Guess, Link, Outcome, Trial, attack
from troth.assurance.attacks.framed import frame_events
from troth.assurance.attacks.logged import row_events
from troth.assurance.attacks.raw import log_folders, raw_copies
from troth.assurance.attacks.records import arrivals, records, side_by_side

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from troth.assurance.attacks.framed import Event
    from troth.assurance.attacks.loot import Loot

_RECORD: Final = "record"


@dataclass
class _Told:
    """The events of one round of writing: a transaction of PostgreSQL's, or one copy of SQLite's log."""

    events: list[Event] = field(default_factory=list)

    def first(self, what: str) -> list[bytes]:
        """Ids to which that happened, each where it happened first."""
        return list(dict.fromkeys(event.key for event in self.events if event.what == what))


@attack(
    "write-ahead log order", ("P04", "P15"),
    twin="a flush that writes a record and then deletes that handle's steps, one after another",
    says="In copies of the write-ahead log, records are put beside the handles whose rows were deleted or changed just before or after, "
    "or in the same place of the order.",
)  # fmt: skip
def run(loot: Loot) -> Outcome:
    """A guess for each record that a log tells of, in each of several ways."""
    known, cells = records(loot), arrivals(loot).cells
    rounds: dict[object, _Told] = defaultdict(_Told)
    logs = log_folders(loot)
    for xid, event in row_events(logs, loot):
        rounds[xid].events.append(event)
    for copy in raw_copies(loot, "responses"):
        for number, event in frame_events(copy, known):
            rounds[copy.folder, number].events.append(event)
    guesses: dict[str, dict[str, Guess]] = defaultdict(dict)
    told = 0
    for each in rounds.values():
        written = [key for key in each.first(_RECORD) if key in known]
        told += len(written)
        if len(written) < 2:  # noqa: PLR2004 - an order has two at least
            continue
        left = set(each.first("delete of step"))  # whoever moved at a flush; at sever nobody has steps any more
        for kind in sorted({event.what for event in each.events if "record" not in event.what}):
            handles = [key for key in each.first(kind) if key in left or not left]
            ways = {
                f"{kind}, next to the record": _beside(each.events, kind, written),
                f"{kind}, in the same order": side_by_side(written, handles, known, cells),
                f"{kind}, in the opposite order": side_by_side(written, handles[::-1], known, cells),
            }
            for name, pairs in ways.items():
                for record, handle in pairs:  # what a later round tells of the same record is no second chance
                    right = known[record].name
                    guesses[name].setdefault(right, Guess(handle.hex(), right, len(written)))
    trials = tuple(Trial(name, Link.HANDLE_RECORD, tuple(found.values())) for name, found in sorted(guesses.items()))
    note = f"The logs tell of {told} records in {len(logs) or len(raw_copies(loot, 'responses'))} copies."
    return Outcome(told, trials=trials, note=note)


def _beside(events: Sequence[Event], kind: str, records: Iterable[bytes]) -> list[tuple[bytes, bytes]]:
    """Record and the handle of the next such event after it."""
    wanted, waiting, found = set(records), b"", []
    for event in events:
        if event.what == _RECORD and event.key in wanted:
            wanted.discard(event.key)
            waiting = event.key
        elif event.what == kind and waiting:
            found.append((waiting, event.key))
            waiting = b""
    return found
