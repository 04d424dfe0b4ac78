"""The rehearsal compares what vaults count with what people remember: a difference is told, and nothing is then called well."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest

from troth.rehearsal.report.page import page

if TYPE_CHECKING:
    from tests.rehearsal.conftest import Rehearsed

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("rehearsal"), pytest.mark.timeout(420)]


def test_a_disagreement_a_broken_promise_and_an_attack_that_found_something_are_said_first(
    on_sqlite: Rehearsed,
) -> None:
    numbers = dataclasses.replace(
        on_sqlite.numbers, attacks=tuple(e for e in on_sqlite.numbers.attacks if e.verdict != "broken")
    )
    assert numbers.well
    assert "vaults count what the people remember" in page(numbers, "A study")
    broken = {**numbers.promises, "broken": ["P05"]}
    hit = dataclasses.replace(numbers.attacks[0], verdict="broken", name="an attack that hits")
    for worse, words in (
        (dataclasses.replace(numbers, promises=broken), "P05"),
        (dataclasses.replace(numbers, attacks=(hit, *numbers.attacks[1:])), "an attack that hits"),
        (dataclasses.replace(numbers, disagreements=("completed: people remember 9, the vaults say 8",)), "remember 9"),
    ):
        assert not worse.well
        shown = page(worse, "A study")
        assert "Something is wrong" in shown
        assert words in shown
