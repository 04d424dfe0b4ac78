"""Somebody complains: their contact is held for the officer who answers, by two approvers, until a review date (P05, P14)."""

from __future__ import annotations

import random  # noqa: TID251 - who complains is drawn from the seed
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from troth.care.holding import Wanted
from troth.protocol.names import LetterRef
from troth.wiring.holding import CONTACT, agree, appoint, approver, holding

if TYPE_CHECKING:
    from collections.abc import Sequence

    from troth.rehearsal.resident import Resident
    from troth.rehearsal.town import Town

REVIEW: Final = timedelta(days=120)
_PEOPLE: Final = {"approver": ("first", "second"), "officer": ("complaints",)}


def complains(residents: Sequence[Resident], seed: int) -> Resident:
    """One of all, and of those who ask for nothing else, if there are any."""
    quiet = [one for one in residents if not (one.who.calls or one.who.asks_again)]
    return random.Random(f"{seed}:complaint").choice(quiet or list(residents))  # noqa: S311


def hold(town: Town, ref: str) -> date | None:
    """The contact is held, and its original dies today; gives the review date. None: it is here no longer.

    Approvers and officer are appointed first, and keep their keys elsewhere (docs/holds.md).
    """
    day, folder = town.clock.today(), town.holders
    for what, names in _PEOPLE.items():
        for name in names:
            appoint(town.home, what, name, folder / f"{what}-{name}", town.clock)
    first, second = _PEOPLE["approver"]
    review = day + REVIEW
    with holding(town.home, town.clock) as at:
        if at.sources[CONTACT].dies_on(ref) is None:
            return None
        wanted = Wanted(CONTACT, LetterRef(ref), "complaint", _PEOPLE["officer"][0], review)
        made = at.propose(wanted, approver(at, town.home, first, folder / f"approver-{first}"))
    agree(town.home, made.id, ref, second, folder=folder / f"approver-{second}", clock=town.clock)
    return review
