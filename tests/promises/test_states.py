"""What is not checked is never called kept."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from troth.promises import REGISTRY, CheckResult, PromiseId, State, combine, weigh

CHECKS = st.lists(
    st.builds(
        CheckResult,
        name=st.sampled_from(["wall", "attack", "clock"]),
        passed=st.booleans(),
        evidence=st.just("0 of 400 linked"),
        strength=st.sampled_from(["full", "weaker"]),
    ),
    max_size=5,
)
NEEDED = st.frozensets(st.sampled_from(["wall", "attack", "clock"]))


def test_there_are_thirty_four_promises_each_with_a_duty() -> None:
    assert list(REGISTRY) == [f"P{number:02d}" for number in range(1, 35)]
    assert all(promise.id == name and promise.sentence and promise.duty for name, promise in REGISTRY.items())
    assert len({promise.sentence for promise in REGISTRY.values()}) == 34


@given(CHECKS, NEEDED)
def test_a_promise_is_kept_only_where_all_it_needs_passed_in_full(
    checks: list[CheckResult], needed: frozenset[str]
) -> None:
    state = combine(checks, needed)
    if any(not check.passed for check in checks):
        assert state == State.BROKEN
    elif not checks:
        assert state == State.UNCHECKED
    elif state == State.KEPT:
        assert needed
        assert needed <= {check.name for check in checks if check.passed and check.strength == "full"}
        assert all(check.strength == "full" for check in checks)
    else:
        assert state == State.PARTIAL


@pytest.mark.parametrize(
    ("ran", "state"),
    [
        ([], State.UNCHECKED),
        ([("wall", True, "full")], State.PARTIAL),
        ([("wall", True, "full"), ("attack", True, "full")], State.KEPT),
        ([("wall", True, "full"), ("attack", True, "weaker")], State.PARTIAL),
        ([("wall", True, "full"), ("attack", False, "full")], State.BROKEN),
        ([("clock", False, "full")], State.BROKEN),
    ],
)
def test_checks_combine_to_one_state(ran: list[tuple[str, bool, str]], state: State) -> None:
    checks = [CheckResult(name=name, passed=ok, evidence="seen", strength=how) for name, ok, how in ran]  # type: ignore[arg-type]
    evidence = weigh(PromiseId("P04"), checks, frozenset({"wall", "attack"}))
    assert evidence.state == state
    assert evidence.checks == tuple(checks)
