"""Nobody gets two codes from two files unawares: who of a file is in SAMPLE from another load is counted before anybody is stored.

The same file is known by its digest; this knows the same people in another one, a corrected or a wider delivery, by the indexes that
SAMPLE keeps of everybody it holds. A study may want them all the same (their letters were lost, their codes closed): then it says why, and
whoever had been stopped comes in stopped, so that nobody is written to again who asked us not to (P03, P05, P32). Of somebody whose contact
was erased nothing is kept, and nothing here can know them.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from troth.kit.errors import Refused
from troth.protocol import blind_index
from troth.vaults.sample.met import CHUNK, Whom
from troth.vaults.sample.met import met as asked
from troth.vaults.sample.stopping import STRENGTH

if TYPE_CHECKING:
    from collections.abc import Sequence

    from troth.fieldwork.sample_file import Row
    from troth.protocol.names import IndexKey
    from troth.storage.database import Database


class Met:
    """Takes the rows of a file while it is checked, and counts whom SAMPLE knows, by load: memory for `CHUNK` rows, however many come."""

    def __init__(self, sample: Database, index: IndexKey) -> None:
        self._sample, self._index = sample, index
        self._rows: list[Whom] = []
        self._loads: Counter[frozenset[str]] = Counter()

    def __call__(self, row: Row) -> None:
        """That row is of the file."""
        self._rows.append(_whom(self._index, row))
        if len(self._rows) >= CHUNK:
            self._ask()

    def elsewhere(self, mine: str, gone: frozenset[str] = frozenset()) -> int:
        """How many rows are people who are here from another load than `mine` and those that are `gone` since."""
        self._ask()
        return sum(many for loads, many in self._loads.items() if loads - gone - {mine})

    def _ask(self) -> None:
        for known in asked(self._sample, self._rows):
            if known:
                self._loads[frozenset(each.intake for each in known)] += 1
        self._rows.clear()


def not_again(count: int, because: str) -> None:
    """Nobody of the file is here from another load, or the office says why they come again. Raises Refused; nothing was loaded."""
    if count and not because:
        people = "1 person of this file is" if count == 1 else f"{count} people of this file are"
        raise Refused(
            f"{people} here from another load, and would have two codes and two letters of each wave",
            where="sample load",
            mend='load a file without them; or, if they are to have a second code: --again-people "REASON"',
        )


def stopped_before(sample: Database, index: IndexKey, rows: Sequence[Row], mine: str) -> list[str | None]:
    """For each row why that person was stopped in another load, the reason that says most; None: they were not."""
    found: list[str | None] = []
    for known in asked(sample, [_whom(index, row) for row in rows]):
        why = [STRENGTH.index(each.reason) for each in known if each.reason and each.intake != mine]
        found.append(STRENGTH[max(why)] if why else None)
    return found


def _whom(index: IndexKey, row: Row) -> Whom:
    supplier = blind_index.supplier_index(index, row.supplier) if row.supplier else None
    return Whom(blind_index.index(index, row.name, row.postcode), supplier)
