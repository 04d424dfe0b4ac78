"""A person is found by exact name and postcode, with the custodian's index key: their letter reference and state, nothing else (P32)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from troth.protocol import blind_index
from troth.vaults.sample import wishes

if TYPE_CHECKING:
    from troth.kit.clock import Clock
    from troth.protocol.names import IndexKey
    from troth.storage.database import Database
    from troth.vaults.sample.wishes import Found


@dataclass(frozen=True)
class Finder:
    """The custodian's finding: the index key, and no key that opens anything."""

    sample: Database
    index: IndexKey = field(repr=False)
    clock: Clock

    def find(self, name: str, postcode: str) -> list[Found]:
        """Everybody here of that name at that postcode; the search is counted, and what was searched for is kept nowhere.

        Raises:
            Invalid: no name or no postcode is left when spaces and punctuation are dropped.

        """
        return wishes.find(self.sample, blind_index.index(self.index, name, postcode), self.clock.today())
