"""Whom a letter may not go to gets none by any way: replacements, loads that are not whole, batches that were left lying (P03, P05)."""

from __future__ import annotations

from datetime import date

import pytest
from tests.support.contact_fixture import here, walk
from tests.support.contacts import Contacts, Killed, killer
from tests.support.wishing import lost, resend

from troth.kit.errors import Refused
from troth.protocol.names import LetterRef
from troth.vaults.sample import spare, store

KILLED_WHEN_STORED = 5
__all__ = ["here", "walk"]


def test_replacements_need_a_fresh_suppression_new_and_killed(here: Contacts) -> None:
    here.load()
    here.release("invitation")
    here.clock.to_day(date(2027, 1, 18))
    lost(here).ask(LetterRef(here.refs()[0]))
    with pytest.raises(Refused, match="working days ago"):
        lost(here).release(here.out)
    with pytest.raises(Killed):
        resend(here, killer(1))
    here.clock.to_day(date(2027, 1, 22))
    with pytest.raises(Refused, match="working days ago"):
        lost(here).release(here.out)
    assert not list(here.out.glob("*-again-*"))


def test_an_unfinished_load_is_named_as_what_it_is_and_keeps_no_other_letter_back(here: Contacts) -> None:
    here.load()
    here.release("invitation")
    ref = LetterRef(here.refs()[0])
    with pytest.raises(Killed):
        here.load(here.file(40, seed=2), between=killer(3))
    assert "loading" in {each.state for each in store.intakes(here.sample)}
    here.clock.to_day(date(2027, 1, 18))
    lost(here).ask(ref)
    assert list(here.opened(resend(here)[0])) == [ref]
    here.clock.to_day(date(2027, 1, 25))
    here.suppress()
    with pytest.raises(Refused, match=r"a load is not finished.*troth sample load"):
        here.letters().run("reminder_one", here.out)


def test_a_code_of_a_load_that_is_not_whole_is_not_given_out(walk: Contacts) -> None:
    with pytest.raises(Killed):
        walk.load(between=killer(KILLED_WHEN_STORED))
    assert ({each.state for each in store.intakes(walk.sample)}, walk.count("reserve") > 0) == ({"loaded"}, True)
    assert spare.stock(walk.sample) == {}
    cell = str(walk.pack.flush.cells[0].id)
    with pytest.raises(Refused, match="no code of this cell"):
        lost(walk).reserve(cell, walk.out)
    walk.load()
    assert sum(spare.stock(walk.sample).values()) == walk.count("reserve")
