"""Suppressed, withdrawn, come back: unsent letters stay here, and the last that left fixes the death, a replacement too (P05)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select
from tests.support.contact_fixture import walk
from tests.support.contacts import Contacts, Killed, killer
from tests.support.wishing import came_back, lost, resend

from troth.protocol import blind_index
from troth.protocol.names import LetterRef
from troth.vaults.sample import erasable
from troth.vaults.sample import schema as sample

if TYPE_CHECKING:
    from collections.abc import Callable

__all__ = ["walk"]
A = "S1-0000000"


def whose(walk: Contacts, supplier: str = A) -> LetterRef:
    with walk.sample.read() as connection:
        mine = sample.person.c.supplier == blind_index.supplier_index(walk.index, supplier)
        return LetterRef(connection.scalar(select(sample.person.c.ref).where(mine)) or "")


def withdrawn(walk: Contacts) -> None:
    walk.letters().stop(whose(walk))


def suppressed(walk: Contacts) -> None:
    walk.suppress((A, "deceased"))


def returned(walk: Contacts) -> None:
    came_back(walk).run([whose(walk)])


@pytest.mark.parametrize("stop", [suppressed, withdrawn, returned])
def test_who_is_stopped_dies_after_the_replacement_that_is_on_its_way(
    walk: Contacts, stop: Callable[[Contacts], None]
) -> None:
    walk.load()
    walk.release("invitation")
    walk.clock.to_day(date(2027, 1, 18))
    lost(walk).ask(whose(walk))
    assert resend(walk)[0].delivered_by == date(2027, 1, 20)
    stop(walk)
    assert walk.dies()[whose(walk)] == date(2027, 1, 25)


@pytest.mark.parametrize("stop", [suppressed, withdrawn, returned])
def test_a_replacement_that_has_not_left_is_taken_out_and_counts_for_nothing(
    walk: Contacts, stop: Callable[[Contacts], None]
) -> None:
    walk.load()
    walk.release("invitation")
    walk.clock.to_day(date(2027, 1, 18))
    lost(walk).ask(whose(walk))
    with pytest.raises(Killed):
        resend(walk, killer(1))
    stop(walk)
    assert walk.dies()[whose(walk)] == date(2027, 1, 14)
    with walk.sample.read() as connection:
        assert [(row.batch, row.delivered_by) for row in connection.execute(select(sample.reissue))] == [(None, None)]


@pytest.mark.parametrize("stop", [suppressed, withdrawn])
def test_who_is_stopped_before_the_first_letter_left_dies_today_and_was_issued_none(
    walk: Contacts, stop: Callable[[Contacts], None]
) -> None:
    walk.load()
    with pytest.raises(Killed):
        walk.release("invitation", killer(1))
    ref = whose(walk)
    stop(walk)
    assert walk.dies()[ref] == walk.clock.today()
    walk.erase()
    assert {outcome for _, outcome in erasable.dispositions(walk.sample)} >= {"stopped", "erased"}
    assert "issued" not in {outcome for _, outcome in erasable.dispositions(walk.sample)}


def test_a_suppression_that_says_more_strengthens_the_reason_and_one_that_says_less_does_not(walk: Contacts) -> None:
    walk.load()
    withdrawn(walk)
    for told, stands in (("moved", "opted_out"), ("deceased", "deceased"), ("at_risk", "deceased")):
        run = walk.suppress((A, told))
        assert (run.already, run.deceased) == (1, 0)
        with walk.sample.read() as connection:
            mine = sample.person.c.ref == whose(walk)
            assert connection.scalar(select(sample.person.c.reason).where(mine)) == stands
