"""The honest product, small and whole: every attack with keys, from outside and on residue looks at something and finds nothing."""

from __future__ import annotations

import pytest
from tests.attacks.swag import SURE, Swag, chance, clean, run
from tests.attacks.whole import EACH, Whole

pytestmark = pytest.mark.slow

QUIET = (
    "status oracle, bytes",
    "the letter's holder sees an answer",
    "the printer's batch",
    "the list of codes after sever",
    "contacts in the clear",
    "backups opened with the keys of after",
    "keys that should be dead",
    "the issuer marks somebody's key",
)


@pytest.mark.parametrize("name", QUIET)
def test_nothing_is_found(stolen: Swag, name: str) -> None:
    clean(name, stolen.loot)


@pytest.mark.parametrize("name", ["status oracle, time", "the letter's holder guesses the route"])
def test_who_guesses_looked_at_something(stolen: Swag, name: str) -> None:
    came = run(name, stolen.loot)
    assert came.examined > 10
    assert came.trials


def test_times_tell_no_state(whole: Whole) -> None:
    """Codes in four true states at the real door, three askings each."""
    assert chance(run("status oracle, time", whole.swag.loot), whole.states) > SURE


def test_the_pepper_and_the_codes_find_a_group_and_no_record(stolen: Swag) -> None:
    came = run("the list of codes with the pepper", stolen.loot)
    (trial,) = came.trials
    assert len(trial.guesses) == 2 * EACH + 6 + EACH + 18, (
        "who finished, early and late, and who was paused at the close"
    )
    assert min(guess.among for guess in trial.guesses) >= stolen.loot.about.k


def test_the_frame_shares_the_cell_alone_with_the_answers(stolen: Swag) -> None:
    came = run("demographic uniqueness", stolen.loot)
    assert came.trials == ()
    assert "shares the cell and 0" in came.note
