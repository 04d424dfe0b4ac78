"""What people do is drawn from the seed and their place in the sample, and from nothing else."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from troth.rehearsal.person import Habits, character


def drawn(seed: int, number: int, habits: Habits | None = None) -> object:
    return character(seed, number, language="en", letters=3, pages=18, habits=habits or Habits())


@given(st.integers(0, 10**6), st.integers(0, 10**5))
def test_the_same_seed_and_place_give_the_same_person(seed: int, number: int) -> None:
    assert drawn(seed, number) == drawn(seed, number)


def test_another_seed_gives_other_people() -> None:
    assert [drawn(1, n) for n in range(50)] != [drawn(2, n) for n in range(50)]


def test_every_habit_is_met_among_many() -> None:
    people = [character(3, n, language="en", letters=3, pages=18) for n in range(2000)]
    assert {one.moved_by for one in people} == {None, 0, 1, 2}
    assert {pause.how for one in people for pause in one.pauses} == {"word", "no word", "left", "exit"}
    assert any(pause.holder for one in people for pause in one.pauses)
    for name in ("script", "mistypes", "calls", "reads_again", "holder_late"):
        assert {getattr(one, name) for one in people} == {True, False}
    assert any(one.deletes_at for one in people)
    assert any(one.loses for one in people)
    assert {one.voucher_hours is None for one in people} == {True, False}


def test_nobody_answers_a_letter_that_never_came() -> None:
    lossy = Habits(letter_lost=1.0, moved_by_invitation=1.0, moved_by_reminder=1.0)
    assert all(character(1, n, language="en", letters=3, pages=18, habits=lossy).moved_by is None for n in range(50))
