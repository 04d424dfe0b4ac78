"""A whole study on a simulated calendar, on both databases: nothing broken, nothing found, everybody counted."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING

import pytest
from tests.rehearsal.conftest import DAYS, PEOPLE, Rehearsed, made, quick_pack

from troth.assurance.attacks.attack import ATTACKS
from troth.assurance.attacks.run import read_tallies
from troth.assurance.attacks.score import pool
from troth.assurance.attacks.truth import read_truth
from troth.kit.errors import Refused
from troth.rehearsal.rehearse import rehearse

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("rehearsal"), pytest.mark.timeout(420)]
KEYS = [
    "invited",
    "letters",
    "started",
    "completed",
    "partial",
    "withdrawn",
    "records",
    "claims",
    "certificates",
    "promises",
    "attacks",
    "seconds",
]


def nothing_found(rehearsed: Rehearsed, folder: Path) -> None:
    """No certain attack hit, and none that guesses was better than luck.

    One run in a hundred is called better by luck alone; then, and only then, another rehearsal must call the same attack so too: once
    in ten thousand by luck, nearly always where something leaks.
    """
    broken = [each for each in rehearsed.numbers.attacks if each.verdict == "broken"]
    assert [each.name for each in broken if each.deterministic] == [], [each.way for each in broken]
    if broken:
        again = made(folder, rehearsed.numbers.database, seed=8).numbers.attacks
        both = {each.name for each in broken} & {each.name for each in again if each.verdict == "broken"}
        assert both == set(), [each.way for each in broken]


def test_no_promise_breaks_and_no_attack_finds_anything_on_sqlite(on_sqlite: Rehearsed, tmp_path: Path) -> None:
    numbers = on_sqlite.numbers
    assert numbers.promises["broken"] == []
    assert {"P07", "P08", "P12", "P15", "P23"} <= {*numbers.promises["kept"], *numbers.promises["partial"]}
    assert numbers.disagreements == ()
    nothing_found(on_sqlite, tmp_path)


@pytest.mark.postgres
def test_no_promise_breaks_and_no_attack_finds_anything_on_postgresql(on_postgresql: Rehearsed, tmp_path: Path) -> None:
    numbers = on_postgresql.numbers
    assert numbers.promises["broken"] == []
    assert {"P04", "P07", "P08", "P15", "P23"} <= set(numbers.promises["kept"])
    assert numbers.disagreements == ()
    nothing_found(on_postgresql, tmp_path)


@pytest.mark.postgres
def test_the_same_seed_gives_the_same_counts_on_both_databases(on_sqlite: Rehearsed, on_postgresql: Rehearsed) -> None:
    assert on_sqlite.numbers.counts() == on_postgresql.numbers.counts()


def test_everybody_and_everything_is_counted(on_sqlite: Rehearsed) -> None:
    told = json.loads((on_sqlite.out / "report.json").read_text())
    assert set(KEYS) <= set(told)
    assert told["invited"] == PEOPLE
    assert told["days"] == DAYS
    assert told["letters"]["invitation"] == PEOPLE
    assert told["held_until"] in {str(death.day) for death in on_sqlite.numbers.deaths if death.vault == "holds.held"}
    assert told["started"] == told["completed"] + told["partial"] + told["withdrawn"]
    assert told["records"] == told["completed"] + told["partial"]
    assert told["claims"]["voucher"] > told["claims"]["interview"] > 0
    assert set(told["certificates"]) == {"P05", "P12", "P14", "P16", "P26"}
    assert {each["name"] for each in told["attacks"]} == {each.name for each in ATTACKS}
    for each in told["attacks"]:
        assert {"name", "hits", "n", "baseline", "upper95", "deterministic"} <= set(each)


def test_people_did_everything_that_people_do(on_sqlite: Rehearsed) -> None:
    numbers = on_sqlite.numbers
    assert numbers.completed > 20
    assert numbers.partial > 0
    assert numbers.letters_lost > 0
    assert numbers.holders > 0
    truth = read_truth(on_sqlite.out / "loot")
    assert truth is not None
    assert {one.script for one in truth.people if one.claims} == {True, False}
    assert len({one.wave for one in truth.people if one.record}) > 1, "flushed at a wave and at the close"


def test_the_report_names_nobody_and_fetches_nothing(on_sqlite: Rehearsed) -> None:
    page = (on_sqlite.out / "report.html").read_text()
    truth = read_truth(on_sqlite.out / "loot")
    assert truth is not None
    told = page + (on_sqlite.out / "report.json").read_text()
    for one in truth.people:
        assert not any(word in told for word in (one.ref, one.code, one.handle, *one.canaries))
    assert "<script" not in page
    assert re.findall(r'(?:src|href)="(?!#)[^"]*"', page) == []
    assert page.count("<svg") >= 3
    assert page.count("<table") >= page.count("<svg")


def test_no_installation_and_no_share_is_left_behind(on_sqlite: Rehearsed) -> None:
    assert sorted(path.name for path in on_sqlite.out.iterdir()) == [
        "loot",
        "report.html",
        "report.json",
        "tallies.json",
    ]


def test_tallies_of_two_runs_can_be_pooled(on_sqlite: Rehearsed) -> None:
    found = read_tallies(on_sqlite.out / "tallies.json")
    mine = next(tallies for tallies in found.values() if tallies)
    twice = {(each.trial, each.link): each for each in pool([mine, mine])}
    for each in mine:
        assert (twice[each.trial, each.link].hits, twice[each.trial, each.link].n) == (2 * each.hits, 2 * each.n)


def test_a_collection_in_which_a_reminder_would_come_too_late_is_refused_at_once(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="after its last day"):
        rehearse(quick_pack(tmp_path), tmp_path / "new", people=PEOPLE, days=21, seed=1, database="sqlite")
    assert not (tmp_path / "new" / "work").exists(), "no keys are left"


def test_a_folder_that_is_not_empty_or_too_few_people_or_days_are_refused(tmp_path: Path) -> None:
    pack, taken = quick_pack(tmp_path), tmp_path / "taken"
    taken.mkdir()
    (taken / "something").touch()
    for there in (taken, taken / "something"):
        with pytest.raises(Refused, match="there already"):
            rehearse(pack, there, people=PEOPLE, days=DAYS, seed=1, database="sqlite")
    with pytest.raises(Refused, match="there already"):
        rehearse(pack, taken, people=PEOPLE, days=DAYS, seed=1, database="sqlite")
    with pytest.raises(Refused, match="too few"):
        rehearse(pack, tmp_path / "new", people=10, days=DAYS, seed=1, database="sqlite")
    with pytest.raises(Refused, match="too short"):
        rehearse(pack, tmp_path / "new", people=PEOPLE, days=10, seed=1, database="sqlite")
