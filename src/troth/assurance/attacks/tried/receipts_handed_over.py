"""Receipts beside what was flushed: where reminders are targeted, who was told of, in whatever order, against handles and records (P04).

A receipt says that somebody has finished, and so that their handle is one of those of their cell that left with that flush: the crowd that
the design concedes (ADR 0014). This tries to say which: by where their rows lie before and after, by the order of the rows of receipts,
and by the order of the tags in the batch itself, opened with the key of `letters` (HOME/receipts, or RESPONSES where it waits).
"""

from __future__ import annotations

import base64
import binascii
from collections import defaultdict
from typing import TYPE_CHECKING

from troth.assurance.attacks.attack import Guess, Link, Outcome, Trial, attack
from troth.assurance.attacks.keystore import first_keys
from troth.assurance.attacks.moves import changes, move
from troth.assurance.attacks.orders import Order, align_in_cells, name, pairs, rank, steady
from troth.kit.errors import TrothError
from troth.protocol.age import open_age
from troth.protocol.names import AgeIdentity

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from troth.assurance.attacks.loot import Loot
    from troth.assurance.attacks.moves import Change, Move
    from troth.assurance.attacks.night import Night

_TAG = 16


@attack(
    "receipts beside what was flushed", ("P04",), twin="receipts in the order of completion",
    says="Where reminders are targeted: people whose tag went between two nights, in the orders of their rows, of the rows of receipts and "
    "of the tags in an opened batch, are aligned, cell by cell, with the handles that were flushed and the records that came.",
)  # fmt: skip
def run(loot: Loot) -> Outcome:
    """All flushes are guessed alike, so one pair of orders is one trial over the whole study."""
    found: dict[tuple[Link, str], list[Guess]] = defaultdict(list)
    batches = list(_opened(loot))
    looked = read = 0
    open_ = (change for change in changes(loot) if change.day <= loot.about.closes)  # at the close nobody is told of
    for change in open_:
        gone, moving = _gone(change), move(change)
        if not gone or moving is None:
            continue
        looked += len(gone)
        told = [
            Order(f"batch {n}", tuple(ref for tag in tags if (ref := gone.get(tag))), "place")
            for n, tags in enumerate(batches)
        ]
        told = [Order("tags of the batch", each.ids, each.kind) for each in told if each.ids]
        read += sum(len(each.ids) for each in told)
        for link, label, guesses in _guesses(change, moving, set(gone.values()), told):
            found[link, label] += guesses
    trials = tuple(Trial(label, link, tuple(guesses)) for (link, label), guesses in found.items() if guesses)
    note = (
        f"{looked} people's tags went with a flush; the place of {read} in an opened batch was seen." if looked else ""
    )
    return Outcome(
        looked, trials=trials, note=note or "no tag stands in SAMPLE on any night: reminders go to everybody"
    )


def _gone(change: Change) -> dict[bytes, str]:
    """Tag -> letter reference of those who had it the night before, and have it no more."""
    before, after = _tags(change.before), _tags(change.after)
    return {tag: ref for tag, ref in before.items() if tag not in after}


def _tags(night: Night) -> dict[bytes, str]:
    rows = night.table("sample", "person")
    if "tag" not in rows.columns:
        return {}
    both = zip(rows.column("tag"), rows.column("ref"), strict=True)
    return {tag: name(ref) for tag, ref in both if isinstance(tag, bytes)}


def _guesses(
    change: Change, moving: Move, told: set[str], batches: list[Order]
) -> Iterator[tuple[Link, str, list[Guess]]]:
    people = rank(change.before, "person", only=told)
    rows = rank(change.after, "receipt", only=told)
    lefts = [*steady(people.orders), *steady(rows.orders), *batches]
    sides: list[tuple[Link, str, list[Order], Mapping[str, str]]] = [
        (Link.RECEIPT_HANDLE, "before", moving.handles_before.orders, moving.handles_before.cell),
        (Link.RECEIPT_HANDLE, "after", moving.handles_after.orders, moving.handles_before.cell),
        (Link.PERSON_RECORD, "records", moving.records.orders, moving.records.cell),
    ]
    for link, when, orders, cells in sides:
        for label, one, other in pairs(lefts, orders if link is Link.PERSON_RECORD else steady(orders)):
            yield link, f"{when}, {label}", list(align_in_cells(one.ids, other.ids, people.cell, cells))


def _opened(loot: Loot) -> Iterator[list[bytes]]:
    """The tags of each batch that lay about, as they stand in it, where any key of the first day opens it."""
    identities = [AgeIdentity(key.key.decode()) for key in first_keys(loot) if key.kind == "age-identity"]
    for file in loot.files("receipts"):
        for identity in identities:
            try:
                body = base64.b64decode(open_age(identity, file.read_bytes()).split(b"\n")[2], validate=True)
            except (TrothError, IndexError, binascii.Error):
                continue
            yield [body[at : at + _TAG] for at in range(0, len(body), _TAG)]
            break
