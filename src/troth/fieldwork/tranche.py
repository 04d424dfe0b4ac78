"""A batch of letters was lost, leaked or mis-sorted: the tranche of codes it came from is closed, for everybody in it (P04, P06).

How does one know which tranche, when SAMPLE knows no tranche and RESPONSES no batch? By the one fact that both always had: the load. A
tranche is drawn within one load, so a batch whose people all came with one load (`troth letters release --by-load`) names that load, and
all tranches of it are closed: some codes too many, and no new value that stands in two vaults. Whoever wants to be able to close
small parts loads the sample in several files, of 500 people or more each.

A tranche is closed by number only where it has as many codes as the study's `tranche`, or is the whole of its load: closing fewer
would let whoever holds the letters see which few handles they are.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from troth.fieldwork.today import today
from troth.kit.errors import Invalid, Refused
from troth.kit.steps import go_on
from troth.vaults.responses import tranche as vault

if TYPE_CHECKING:
    from collections.abc import Callable

    from troth.kit.clock import Clock
    from troth.storage.database import Database
    from troth.study import StudyPack
    from troth.vaults.ledger.store import Ledger
    from troth.vaults.responses.tranche import Shut, Tranche

MOST_WORDS: Final = 200
_WHERE: Final = "study close-tranche"


@dataclass(frozen=True)
class Closing:
    """The role `flush`, closing tranches."""

    pack: StudyPack
    responses: Database
    ledger: Ledger
    clock: Clock
    between: Callable[[str], None] = go_on

    def all(self) -> list[Tranche]:
        """Every tranche."""
        return vault.tranches(self.responses)

    def chosen(self, *, number: int | None = None, load: str | None = None) -> list[Tranche]:
        """The tranches that would be closed: that one, or all of that load.

        Raises:
            Refused: there is none such; a number and a load at once; or it has too few codes, and others of its load stay open.

        """
        if number is not None and load is not None:
            raise Refused("a tranche and a load are both named", where=_WHERE, mend="name one of them")
        found = [each for each in self.all() if each.number == number or (load and each.load == load)]
        if not found:
            what = "there is no such tranche or load"
            raise Refused(what, where=_WHERE, mend="without a number it lists them; after sever there are none")
        if load is None and found[0].codes < self.pack.tranche and not found[0].alone:
            what = f"the tranche has {found[0].codes} codes, fewer than {self.pack.tranche}"
            raise Refused(what, where=_WHERE, mend="close all of its load with --load")
        return found

    def told(self, codes: int, of_them: int) -> int | None:
        """So many of the codes are open, or were closed, as it may be said; None: fewer than k are, or are not.

        The others have finished: of a small load "all" or "all but two" would say of people whom the letters name that they have, or not.
        """
        k = self.pack.flush.minimum
        return of_them if min(of_them, codes - of_them) >= k else None

    def close(self, chosen: list[Tranche], reason: str) -> list[Shut]:
        """No code of these tranches opens anything any more, and the ledger says how many and why. Repeating changes nothing.

        Raises:
            Invalid: no reason, or more than 200 characters. Refused: the clock was set back. StorageFailed: run it again.

        """
        words = " ".join(reason.split())
        if not words or len(words) > MOST_WORDS or not words.isprintable():
            raise Invalid(f"a reason has 1 to {MOST_WORDS} characters", where=_WHERE, mend="and names no person")
        day = today(self.ledger, self.clock, _WHERE)
        shut = vault.shut(self.responses, [each.number for each in chosen], day, words)
        self.between("tranches closed")
        for each in shut:
            body: dict[str, str | int | list[str] | list[int]] = {
                "codes": each.codes, "reason": each.reason,
            }  # fmt: skip
            closed = self.told(each.codes, each.closed)
            body |= {} if closed is None else {"closed": closed}
            self.ledger.enter("tranche", f"close tranche {each.tranche}", each.day, body)
            self.between("ledger told")
        return shut
