"""How attacks are judged: luck is allowed, more than luck is not, one run is wide and pooled runs are narrow."""

from __future__ import annotations

import random

import pytest

from troth.assurance.attacks.attack import Attack, Finding, Guess, Link, Outcome, Trial
from troth.assurance.attacks.baseline import concede
from troth.assurance.attacks.score import (
    Scored,
    Tally,
    baselines,
    exceeds,
    fallen,
    limit,
    pool,
    score,
    sharp,
    surprising,
    tally,
    upper95,
)  # fmt: skip
from troth.assurance.attacks.truth import Somebody, Truth
from troth.promises import PromiseId

GROUPS, SIZE = 12, 10


def town() -> Truth:
    """Twelve groups of one wave and cell, ten people each; every second one claims without JavaScript."""
    people = []
    for number in range(GROUPS * SIZE):
        group = number // SIZE
        people.append(
            Somebody(f"ref{number}", "", f"cell{group}", f"{number:032x}", f"record{number}", "wave", f"cell{group}",
                     {"voucher": f"claim{number}"}, script=bool(number % 4)),
        )  # fmt: skip
    return Truth(tuple(people))


def attack(*, deterministic: bool = False, conceded: bool = False) -> Attack:
    return Attack("an attack", (PromiseId("P04"),), deterministic, "", "", lambda _loot: Outcome(0), conceded)


def guesses(right: int, truth: Truth) -> Trial:
    """So many are taken for their own record, the others for nobody's."""
    pairs = list(truth.right(Link.HANDLE_RECORD).items())
    made = [Guess(left, record if n < right else "nobody", SIZE) for n, (left, record) in enumerate(pairs)]
    return Trial("a way", Link.HANDLE_RECORD, tuple(made))


def judged(trial: Trial, *, ways: int = 1, conceded: bool = False) -> Scored:
    truth = town()
    return score(attack(conceded=conceded), Outcome(1, trials=(trial,)), truth, baselines(truth), ways)


def test_the_design_concedes_one_hit_a_group_and_says_how_large_crowds_are() -> None:
    conceded = concede(Link.HANDLE_RECORD, town())
    assert conceded.expected(town().right(Link.HANDLE_RECORD)) == pytest.approx(GROUPS)
    assert (conceded.anonymity, conceded.worst) == (pytest.approx(SIZE), pytest.approx(SIZE))


def test_as_many_hits_as_groups_are_luck_and_twice_as_many_and_more_are_not() -> None:
    truth = town()
    assert judged(guesses(GROUPS, truth)).verdict == "held"
    assert judged(guesses(3 * GROUPS, truth)).verdict == "broken"
    assert judged(guesses(3 * GROUPS, truth), conceded=True).verdict == "conceded"


def test_who_tries_many_ways_is_allowed_more_luck_in_each() -> None:
    just = Tally("a way", Link.HANDLE_RECORD.value, 22, GROUPS * SIZE, GROUPS)
    assert limit(just, 1) < 22 <= limit(just, 1000)
    assert surprising(just, 1)
    assert not surprising(just, 1000)


def test_a_random_matching_within_groups_is_seldom_called_broken() -> None:
    truth, draw, broken = town(), random.Random(5), 0
    for _ in range(300):
        made = []
        for group in range(GROUPS):
            people = truth.people[group * SIZE : (group + 1) * SIZE]
            records = [one.record for one in people]
            draw.shuffle(records)
            made += [Guess(one.handle, record, SIZE) for one, record in zip(people, records, strict=True)]
        broken += judged(Trial("a way", Link.HANDLE_RECORD, tuple(made))).verdict == "broken"
    assert broken <= 9  # 3 are expected of 300


def test_the_commonest_word_is_luck_and_better_than_that_is_not() -> None:
    truth = town()
    scripts = truth.right(Link.CLAIM_SCRIPT)
    always = Trial("always js", Link.CLAIM_SCRIPT, tuple(Guess(left, "js", 2) for left in scripts))
    knows = Trial("knows", Link.CLAIM_SCRIPT, tuple(Guess(left, right, 2) for left, right in scripts.items()))
    assert judged(always).verdict == "held"
    assert judged(knows).verdict == "broken"


def test_luck_among_codes_is_among_those_that_were_typed_at_one_moment() -> None:
    """While the collection is open a third of the codes is in each state; later others are typed too, in states of their own."""
    moments = {f"{moment} {number}": moment for moment in ("open", "closed") for number in range(30)}
    kinds = {
        "open": ("unknown", "used", "deleted"),
        "closed": ("unknown", "used", "deleted", "never used", "withdrawn"),
    }
    states = {left: kinds[moment][int(left.split()[1]) % len(kinds[moment])] for left, moment in moments.items()}
    truth = Truth((), states, moments)
    said = Trial(
        "all used", Link.CODE_STATE, tuple(Guess(left, "used", 3) for left in states if moments[left] == "open")
    )
    assert tally(said, truth, {}) == Tally("all used", Link.CODE_STATE.value, 10, 30, pytest.approx(10))
    assert concede(Link.CODE_STATE, truth).chances["open 0"] == pytest.approx(1 / 3)
    assert concede(Link.CODE_STATE, truth).chances["closed 0"] == pytest.approx(1 / 5)


def test_naming_only_those_of_whom_one_is_sure_is_not_luck() -> None:
    truth = town()
    rare = [left for left, right in truth.right(Link.CLAIM_SCRIPT).items() if right == "no-js"]
    assert (
        judged(Trial("the rare", Link.CLAIM_SCRIPT, tuple(Guess(left, "no-js", 2) for left in rare))).verdict
        == "broken"
    )


def test_a_way_that_could_never_be_called_more_than_luck_says_nothing() -> None:
    truth = town()
    few = list(truth.right(Link.HANDLE_RECORD).items())[:2]
    sure = Trial("two people", Link.HANDLE_RECORD, tuple(Guess(left, right, SIZE) for left, right in few))
    came = judged(sure, ways=1000)
    assert (came.verdict, came.note) == ("not run", "too few to tell luck from more")


def test_a_certain_attack_may_not_hit_once_and_one_that_looked_at_nothing_has_not_run() -> None:
    truth = town()
    found = Outcome(9, findings=(Finding("a log", "a code"),))
    sure = attack(deterministic=True)
    assert score(sure, found, truth, {}, 1).verdict == "broken"
    assert score(sure, Outcome(9), truth, {}, 1).verdict == "held"
    assert score(sure, Outcome(0), truth, {}, 1).verdict == "not run"
    assert score(sure, found, None, {}, 1).verdict == "broken", "on a live installation too"


def test_nobody_knows_the_truth_of_a_live_installation_so_no_guess_is_judged() -> None:
    truth = town()
    assert score(attack(), Outcome(9, trials=(guesses(99, truth),)), None, {}, 1).verdict == "not run"


def test_an_attack_that_looked_and_could_guess_nobody_has_held_and_one_that_fell_over_has_not() -> None:
    assert score(attack(), Outcome(9), town(), baselines(town()), 1).verdict == "held"
    assert fallen(attack(), "KeyError in a file").verdict == "failed"


def test_guesses_about_people_of_whom_there_is_no_truth_are_left_out() -> None:
    truth = town()
    stranger = Trial("a way", Link.HANDLE_RECORD, (Guess("a stranger", "record1", 1),))
    assert tally(stranger, truth, baselines(truth)).n == 0


def test_pooled_runs_are_narrow_enough_to_see_two_percentage_points() -> None:
    one = Tally("a way", Link.HANDLE_RECORD.value, 27, 600, 26.0)
    leak = Tally("a way", Link.HANDLE_RECORD.value, 40, 600, 26.0)
    assert not sharp(one), "one run is wide"
    (luck,), (leaks,) = pool([[one]] * 30), pool([[leak]] * 30)
    assert sharp(luck)
    assert exceeds(luck) <= 0
    assert exceeds(leaks) > 0


def test_the_upper_bound_is_clopper_and_pearsons() -> None:
    assert upper95(0, 100) == pytest.approx(1 - 0.05 ** (1 / 100))
    assert upper95(10, 10) == 1.0
    assert upper95(0, 0) == 1.0
