"""Whom a letter may not go to gets none by any way: replacements, loads that are not whole, batches that were left lying (P03, P05)."""

from __future__ import annotations

from datetime import date

import pytest
from tests.support.contact_fixture import here, walk
from tests.support.contacts import Contacts, Killed, killer
from tests.support.wishing import lost, resend

from troth.kit.errors import Refused
from troth.protocol.names import LetterRef

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
