"""What a respondent remembers: every attempt, and whether it was acknowledged. The only witness that no kill can reach."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

Values = dict[str, Any]
"""The answers of one page, in the words of a record."""


@dataclass(frozen=True)
class Attempt:
    """A page that was sent. Acknowledged: the next page was shown."""

    values: Values
    acknowledged: bool


@dataclass
class Claiming:
    """Details that were sent with one ticket, one email address an attempt."""

    sent: list[str] = field(default_factory=list)
    acknowledged: str = ""
    """The address for which thanks were shown."""
    used: bool = False
    """The ticket was said to be used: an attempt whose reply was lost is in."""

    @property
    def settled(self) -> bool:
        return bool(self.acknowledged) or self.used


@dataclass
class Account:
    """One person's own account."""

    number: int
    attempts: list[Attempt] = field(default_factory=list)
    tickets: tuple[str, ...] = ()
    recoveries: int = 0
    """Tries to get the tickets again by code and claim words."""
    claims: dict[str, Claiming] = field(default_factory=dict)
    oddities: list[str] = field(default_factory=list)
    """What happened that must not, as it was seen."""

    @property
    def acknowledged(self) -> int:
        return sum(attempt.acknowledged for attempt in self.attempts)

    def unexplained(self, pages: list[Values]) -> list[str]:
        """What differs between this account and the pages of one response; nothing: they agree.

        Each acknowledged page is there. In its place may stand an attempt at the same page, sent just before without a reply:
        the first write wins. What is there beyond that was at least sent.
        """
        left = list(pages)
        lost: list[Values] = []
        before: list[Values] = []
        spare: list[Values] = []
        for attempt in self.attempts:
            if not attempt.acknowledged:
                before.append(attempt.values)
                continue
            if attempt.values in left:
                left.remove(attempt.values)
                spare += before
            else:
                twin = next((v for v in before if v.keys() == attempt.values.keys() and v in left), None)
                if twin is None:
                    lost.append(attempt.values)
                else:
                    left.remove(twin)
            before = []
        spare += before
        for values in spare:
            if values in left:
                left.remove(values)
        found = [f"an acknowledged page is lost ({', '.join(sorted(values))})" for values in lost]
        return found + [f"a page is there that was not sent, or twice ({', '.join(sorted(values))})" for values in left]
