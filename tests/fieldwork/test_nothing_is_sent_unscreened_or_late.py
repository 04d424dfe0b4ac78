"""Whom a letter may not go to gets none by any way: replacements, loads that are not whole, batches that were left lying (P03, P05)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from tests.support.contact_fixture import here, walk
from tests.support.contacts import PEOPLE, Contacts, Killed, killer
from tests.support.wishing import lost, resend

from troth.fieldwork.batch import read_batch
from troth.kit.errors import Refused
from troth.protocol.names import LetterRef
from troth.vaults.sample import post, spare, store
from troth.vaults.sample.schema import person

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


def test_a_wave_that_was_left_lying_is_dated_anew_and_nobody_dies_later(walk: Contacts) -> None:
    walk.load()
    with pytest.raises(Killed):
        walk.release("invitation", killer(2))
    old = post.batches(walk.sample)[0]
    walk.clock.to_day(date(2027, 1, 13))
    dies = walk.dies()
    done = walk.release("invitation")
    assert (done.batch, done.count, len(list(walk.out.iterdir()))) == (old.id, PEOPLE, 1)
    assert old.delivered_by < walk.clock.today() < done.dispatched_on < done.delivered_by
    now = post.batches(walk.sample)[0]
    assert (now.day, now.delivered_by) == (walk.clock.today(), done.delivered_by)
    manifest, _ = read_batch(done.file.read_bytes(), walk.age, walk.checking)
    assert (manifest.dispatched_on, manifest.delivered_by) == (done.dispatched_on, done.delivered_by)
    (told,) = walk.ledger.entries("release")
    assert told.body["delivered_by"] == done.delivered_by.isoformat()
    assert walk.dies() == dies
    walk.letters().stop(LetterRef(walk.refs()[0]))
    assert walk.dies()[walk.refs()[0]] == done.delivered_by + timedelta(days=5)


def test_a_last_wave_left_lying_goes_only_while_it_comes_before_its_contacts_die(here: Contacts) -> None:
    here.load()
    for wave, day in (("invitation", 6), ("reminder_one", 25)):
        here.clock.to_day(date(2027, 1, day))
        here.release(wave)
    here.clock.to_day(date(2027, 2, 15))
    with pytest.raises(Killed):
        here.release("reminder_two", killer(2))
    dies = here.dies()
    assert set(dies.values()) == {date(2027, 2, 28)}
    here.clock.to_day(date(2027, 2, 22))
    with pytest.raises(Refused, match=r"erased from 2027-02-28.*no more"):
        here.release("reminder_two")
    here.clock.to_day(date(2027, 2, 28))
    here.erase()
    with pytest.raises(Refused, match="can help nobody any more"):
        here.release("reminder_two")
    assert [each.wave for each in post.batches(here.sample)] == ["invitation", "reminder_one"]
    assert not list(here.out.glob("*reminder_two*"))
    assert len(here.ledger.entries("release")) == 2


def test_replacements_left_lying_are_dated_anew_or_wait_in_vain_and_an_empty_batch_is_none(walk: Contacts) -> None:
    walk.load()
    codes = walk.opened(walk.release("invitation"))
    walk.clock.to_day(date(2027, 1, 18))
    goes, dies, stops = (LetterRef(ref) for ref in walk.refs()[:3])
    for ref in (goes, dies, stops):
        lost(walk).ask(ref)
    with pytest.raises(Killed):
        resend(walk, killer(2))
    walk.letters().stop(stops)
    with walk.sample.write() as connection:
        connection.execute(person.update().where(person.c.ref == dies).values(dies_on=date(2027, 1, 28)))
    walk.clock.to_day(date(2027, 1, 26))
    (done,) = resend(walk)
    assert (walk.opened(done), done.delivered_by, done.waiting) == ({goes: codes[goes]}, date(2027, 1, 28), 1)
    assert len(list(walk.out.glob("*-again-*"))) == 1
    lost(walk).ask(goes)
    with pytest.raises(Killed):
        resend(walk, killer(2))
    walk.letters().stop(goes)
    with pytest.raises(Refused, match="erased already"):
        resend(walk)
    assert len(list(walk.out.glob("*-again-*"))) == len(walk.ledger.entries("replacement")) == 1
