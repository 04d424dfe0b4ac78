"""Returned letters: a list of references, checked whole, counted once, and no reminder goes to the same wrong address (P05)."""

from __future__ import annotations

from datetime import date

import pytest
from tests.support.contact_fixture import walk
from tests.support.contacts import PEOPLE, Contacts, Killed, killer
from tests.support.wishing import came_back

from troth.fieldwork.wishes.came_back import read_list
from troth.kit.errors import Invalid
from troth.protocol.code import new_letter_reference, show_letter_reference
from troth.protocol.names import LetterRef
from troth.vaults.sample import returned

__all__ = ["walk"]


def test_a_list_is_read_as_readers_and_people_write_it() -> None:
    one, two = new_letter_reference(), new_letter_reference()
    written = f"\ufeff{show_letter_reference(one)}\r\n\r\n  {two.lower()} \n{one}\n"
    assert read_list(written.encode()) == [one, two]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "no letter reference in the list"),
        (b"\xff\xfe\x00", "not UTF-8"),
        (b"SECRETNAME\n", "on line 1"),
        (b"\n\n1234567890\n", "on line 3"),
        (b"x" * 16_000_001, "too long"),
        (b"no\n" * 60, "and 10 more"),
    ],
)
def test_a_bad_list_is_refused_whole_by_line_and_never_by_value(data: bytes, said: str) -> None:
    with pytest.raises(Invalid, match=said) as caught:
        read_list(data)
    assert "SECRET" not in str(caught.value)


def test_letters_that_came_back_are_counted_once_and_stop_their_people(walk: Contacts) -> None:
    walk.load()
    walk.release("invitation")
    back = [LetterRef(ref) for ref in walk.refs()[:3]]
    stopped = LetterRef(walk.refs()[3])
    walk.letters().stop(stopped)
    strangers = [new_letter_reference(), new_letter_reference()]
    counted, fresh = came_back(walk).run([*back, stopped, *strangers])
    assert (counted.known, counted.gone, fresh) == (4, 2, True)
    again, fresh = came_back(walk).run([*strangers, stopped, *back])
    assert (again, fresh) == (counted, False)
    found = returned.counts(walk.sample)
    assert (found.pop(("-", "-")), sum(found.values()), {wave for _, wave in found}) == (2, 4, {"invitation"})
    assert {walk.dies()[ref] for ref in back} == {date(2027, 1, 14)}
    walk.clock.to_day(date(2027, 1, 25))
    assert len(walk.opened(walk.release("reminder_one"))) == PEOPLE - 4
    (entry,) = walk.ledger.entries("returned")
    assert {name: entry.body[name] for name in ("known", "gone")} == {"known": 4, "gone": 2}
    assert not [ref for ref in (*back, *strangers) if ref in str(entry)]
    walk.erase()  # whose letter comes back once more is counted, and nothing of them is kept
    assert came_back(walk).run([back[0]])[0].gone == 1
    if walk.sample.is_sqlite:
        walk.sample.forget_residue()
        assert back[0].encode() not in walk.sample.path.read_bytes()


def test_a_count_killed_at_any_step_is_finished_by_the_next(walk: Contacts) -> None:
    walk.load()
    walk.release("invitation")
    refs = [LetterRef(ref) for ref in walk.refs()]
    for at in (1, 2):
        back = refs[2 * at : 2 * at + 2]
        with pytest.raises(Killed):
            came_back(walk, killer(at)).run(back)
        came_back(walk).run(back)
        assert sum(returned.counts(walk.sample).values()) == 2 * at
        assert len(walk.ledger.entries("returned")) == at
