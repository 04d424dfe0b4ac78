"""What retention asks of whoever keeps rows under a bucket: say what is due, forget it, destroy the key, settle.

Stands here, below vaults and retention, because vaults fulfil it and retention drives it, and neither imports the other.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date  # noqa: TC003 - dataclass fields
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Sequence

    from troth.keys.ring import Bucket


@dataclass(frozen=True)
class Due:
    """A bucket in which somebody's day has come."""

    bucket: Bucket
    rule: str
    promise: str
    dying: int
    surviving: int


@dataclass(frozen=True)
class Pending:
    """Rows are gone and a key is about to go: written in the transaction that deleted the rows, so that a kill loses no count."""

    bucket: Bucket
    rule: str
    promise: str
    day: date
    count: int


class Erasable(Protocol):
    """One retention rule over one vault. Each method is one transaction at most, and may be repeated after a kill."""

    @property
    def name(self) -> str:
        """Vault and table, for certificates and messages."""
        ...

    def due(self, today: date) -> Sequence[Due]:
        """Every bucket with somebody whose day is `today` or earlier, and every bucket whose own day has come."""
        ...

    def forget(self, due: Due, today: date) -> None:
        """The dying rows are deleted, the survivors' data keys moved to a younger generation, and a `Pending` is noted."""
        ...

    def pending(self) -> Sequence[Pending]:
        """What was forgotten in rows and is not yet accounted for."""
        ...

    def destroy_key(self, pending: Pending) -> None:
        """Residue within reach is folded away and the bucket's key destroyed."""
        ...

    def settle(self, pending: Pending) -> None:
        """The certificate is written; the note goes."""
        ...
