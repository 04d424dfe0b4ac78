"""Idle: a session that nobody used for so long is over, so that whoever sits down next cannot go on in it (P09).

The time of the last use stands in the sealed cookie alone, to five minutes; no vault learns it. Nothing that was saved is lost.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from troth.fieldwork.admit import SessionOver

if TYPE_CHECKING:
    from datetime import datetime

    from troth.fieldwork.carried import Carried

STEP: Final = 5
"""Minutes: as fine as the time in the cookie is."""
LONGER: Final = 10
"""How many times longer somebody may have who asks for it (WCAG 2.2.1: ten times at least)."""


class LeftTooLong(SessionOver):
    """Nobody used the session for longer than the study allows."""


def used(carried: Carried, now: datetime) -> Carried:
    """The same, used just now."""
    return replace(carried, seen=moment(now))


def minutes(carried: Carried, usual: int) -> int:
    """How many minutes this person may leave a page."""
    return usual * LONGER if carried.longer else usual


def over(carried: Carried, usual: int, now: datetime) -> bool:
    """True once the page was left for longer than allowed: never earlier, and at most five minutes later."""
    return _left(carried, now) > minutes(carried, usual)


def looked(carried: Carried, now: datetime) -> int:
    """Minutes since the last use, to five: what a page took, for the coarse band that is sealed with the answers."""
    return max(0, _left(carried, now))


def due(carried: Carried, usual: int, now: datetime) -> bool:
    """True where the page itself may say that the time is up: a clock of its own counted to the minute."""
    return _left(carried, now) >= minutes(carried, usual)


def _left(carried: Carried, now: datetime) -> int:
    return (moment(now) - carried.seen) * STEP


def moment(now: datetime) -> int:
    """The five minutes, since 1970, that it is in."""
    return int(now.timestamp()) // (60 * STEP)
