"""Where a respondent is in a questionnaire."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

if TYPE_CHECKING:
    from troth.questionnaire.model import PageId


@dataclass(frozen=True)
class Position:
    """A page to show; its round, from 1, or 0 where the page is not repeated; the slot of its step, from 0."""

    page: PageId
    repeat: int
    slot: int


@dataclass(frozen=True)
class Finish:
    """Nothing is left to ask. `slot` is the plan's `total_slots`: dummies fill what is free below it."""

    slot: int


Next: TypeAlias = Position | Finish
