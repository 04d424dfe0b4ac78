"""People's wishes, lost letters, returned post and closed tranches, composed: each by its role, with that role's keys."""

from __future__ import annotations

from typing import TYPE_CHECKING

from troth.fieldwork.dispositions import outcomes
from troth.fieldwork.printroom.journal import Journal
from troth.fieldwork.readout import Readout
from troth.fieldwork.tranche import Closing
from troth.fieldwork.wishes.access import answer_access, uncover
from troth.fieldwork.wishes.came_back import CameBack
from troth.fieldwork.wishes.correct import Corrector
from troth.fieldwork.wishes.find import Finder
from troth.fieldwork.wishes.replacement import Lost
from troth.kit.clock import SystemClock
from troth.kit.steps import go_on
from troth.vaults.sample import wishes
from troth.wiring.open import opened
from troth.wiring.replicas import require_reconciled

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from pathlib import Path

    from troth.fieldwork.dispositions import Outcomes
    from troth.kit.clock import Clock
    from troth.protocol.names import LetterRef
    from troth.wiring.open import Opened


def finder_for(work: Opened) -> Finder:
    """The role `custodian`, finding."""
    return Finder(work.vault("sample"), work.keys.index(), work.clock)


def corrector_for(work: Opened) -> Corrector:
    """The role `custodian`, correcting. Raises Refused: the print room's key is somebody else's."""
    keys = work.keys
    keys.require_apart()
    return Corrector(
        pack=work.pack,
        sample=work.vault("sample"),
        index=keys.index(),
        printroom=keys.recipient_public("printroom"),
        custodian=keys.recipient_public("custodian"),
        ring=keys.sealing_ring("contact"),
        clock=work.clock,
    )


def lost_for(work: Opened, *, between: Callable[[str], None] = go_on) -> Lost:
    """The role `letters`, for lost letters. Raises Refused: the print room's key is somebody else's, or SAMPLE is not reconciled."""
    keys = work.keys
    keys.require_apart()
    require_reconciled(work)
    return Lost(
        pack=work.pack,
        sample=work.vault("sample"),
        ledger=work.ledger(),
        ring=keys.ring("contact"),
        signing=keys.ledger(),
        printroom=keys.age_recipient("printroom"),
        clock=work.clock,
        between=between,
    )


def returned_for(work: Opened, *, between: Callable[[str], None] = go_on) -> CameBack:
    """The role `letters`, at the returned post."""
    return CameBack(work.pack, work.vault("sample"), work.ledger(), work.keys.ledger(), work.clock, between)


def closing_for(work: Opened, *, between: Callable[[str], None] = go_on) -> Closing:
    """The role `flush`, closing tranches."""
    return Closing(work.pack, work.vault("responses"), work.ledger(), work.clock, between)


def readout_for(work: Opened) -> Readout:
    """The role `printroom`, for codes that stood by."""
    keys = work.keys
    return Readout(
        work.pack,
        keys.age_identity("printroom"),
        keys.recipient("printroom"),
        keys.ledger_public(),
        work.settings.origins.respond,
        Journal(work.settings.home / "printroom"),
        work.clock,
    )


def outcomes_of(work: Opened) -> Outcomes:
    """What became of everybody, as it may be shown; by the role `letters`."""
    return outcomes(work.vault("sample"), work.pack.flush.minimum)


def tell(home: Path, ref: LetterRef, out: Path, clock: Clock | None = None) -> date:
    """What is held about that person stands in that file; gives the day of its death.

    First `letters`, then the custodian. It is counted before anything is opened: an access that failed, or found nobody, was one too.

    Raises:
        Refused, CannotOpen, StorageFailed, KeyMissing: as `fieldwork.wishes.access`.

    """
    clock = clock or SystemClock()
    with opened(home, "letters", clock) as work:
        wishes.told(work.vault("sample"), clock.today())
        found = uncover(work.vault("sample"), work.keys.ring("contact"), work.ledger(), ref)
    with opened(home, "custodian", clock) as custody:
        answer_access(found, custody.keys.recipient("custodian"), custody.pack, out)
    return found.held.dies_on
