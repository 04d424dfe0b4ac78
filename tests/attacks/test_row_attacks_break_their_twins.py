"""Attacks on rows break a double that leaks in one way, and find nothing in an honest double of the same size."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import pytest
from tests.attacks.double import Double, K, Leaks

from troth.assurance.attacks.attack import ATTACKS, Link
from troth.assurance.attacks.run import attack_all
from troth.assurance.attacks.score import limit

if TYPE_CHECKING:
    from pathlib import Path

    from troth.assurance.attacks.score import Scored

RANKS = "rank alignment"
NIGHTS = "snapshot differences"
CLAIMS = "completion to claim"
DAY = "completion to claim, the handle"
SCRIPT = "script or no script"
BOXES = "box length and count"
RECEIPTS = "receipts beside what was flushed"
ARRIVAL = "rank alignment, the arrival"
TOLD = (DAY, ARRIVAL)
JUDGED = (RANKS, NIGHTS, CLAIMS, SCRIPT, BOXES)
ALL = (*JUDGED, *TOLD)
SEED = 20270104


def tried(folder: Path, leaks: Leaks, *names: str, seed: int = SEED) -> dict[str, Scored]:
    """Attack -> how it did on such a double, all of them counting as ways."""
    Double(leaks, seed).write(folder)
    return {each.name: each for each in attack_all(folder, only=names or ALL)}


def broken(folder: Path, leaks: Leaks, name: str) -> Scored:
    """Found by that attack."""
    came = tried(folder, leaks, name)[name]
    assert came.verdict == "broken", came
    return came


@pytest.mark.parametrize("seed", range(SEED, SEED + 2))
def test_an_honest_double_holds(tmp_path: Path, seed: int) -> None:
    came = tried(tmp_path, Leaks(), seed=seed)
    assert {name: came[name].verdict for name in ALL} == dict.fromkeys(JUDGED, "held") | dict.fromkeys(TOLD, "conceded")
    assert all(came[name].hits <= came[name].limit for name in TOLD), "nobody claimed within three nights of completion"
    assert all(each.n for each in came.values())


def test_numbers_that_count_up_link_people_to_handles(tmp_path: Path) -> None:
    came = broken(tmp_path, Leaks(counting_ids=True), RANKS)
    assert "sample.person ref x responses.handle handle" in came.way
    assert came.hits == came.n


def test_records_in_the_order_of_handles_are_their_handles(tmp_path: Path) -> None:
    came = broken(tmp_path, Leaks(records_by_handle=True), RANKS)
    assert "responses.handle handle x responses.record rowid" in came.way


def test_a_time_in_both_places_joins_them(tmp_path: Path) -> None:
    assert "responses.handle at x responses.record at" in broken(tmp_path, Leaks(times=True), RANKS).way


def test_a_claim_with_its_records_id_is_that_record(tmp_path: Path) -> None:
    came = broken(tmp_path, Leaks(claims_keyed_by_record=True), RANKS)
    assert "the same value on both sides" in came.way
    assert came.hits == came.n


def test_claims_and_records_that_both_keep_their_order_are_aligned(tmp_path: Path) -> None:
    leaks = Leaks(claims_soon=True, claims_unsorted=True, records_by_completion=True)
    assert "claim rowid x responses.record rowid" in broken(tmp_path, leaks, RANKS).way


def test_records_in_the_order_of_completion_show_against_the_night_before(tmp_path: Path) -> None:
    came = broken(tmp_path, Leaks(records_by_completion=True), NIGHTS)
    assert came.way == "before, responses.step rowid, last row x responses.record rowid"


def test_a_receipt_a_day_links_people_to_the_handles_that_finished(tmp_path: Path) -> None:
    assert broken(tmp_path, Leaks(daily_receipt=True), NIGHTS).way.startswith("finished on the night of a change")


def test_receipts_a_day_lead_from_people_to_records_that_keep_their_order(tmp_path: Path) -> None:
    came = broken(tmp_path, Leaks(daily_receipt=True, records_by_completion=True), NIGHTS)
    found = {each.link: each for each in sorted(came.tallies, key=lambda each: each.surprise, reverse=True)}
    best = found[Link.PERSON_RECORD.value]
    assert best.trial.startswith("night of change")
    assert best.hits > limit(best, came.ways)


def test_a_claim_made_at_completion_leads_to_a_record_that_keeps_its_order(tmp_path: Path) -> None:
    came = broken(tmp_path, Leaks(claims_soon=True, records_by_completion=True), CLAIMS)
    assert "0 nights after" in came.way


def test_a_claim_made_at_completion_leads_to_its_handle_and_not_to_its_record(tmp_path: Path) -> None:
    """What the threat model concedes, and what it does not."""
    came = tried(tmp_path, Leaks(claims_soon=True))
    assert {name: came[name].verdict for name in ALL} == dict.fromkeys(JUDGED, "held") | dict.fromkeys(TOLD, "conceded")
    assert all(came[name].hits > came[name].limit for name in TOLD)


def test_a_byte_more_without_javascript_tells_who_had_none(tmp_path: Path) -> None:
    came = broken(tmp_path, Leaks(script_column=True), SCRIPT)
    assert "length of sealed" in came.way
    assert came.hits == came.n


@pytest.mark.parametrize(
    ("leak", "where"),
    [("lengths_by_route", "responses.step.box"), ("unpadded", "responses.step"), ("gap", "responses.step.n")],
)
def test_boxes_that_follow_the_route_are_found(tmp_path: Path, leak: str, where: str) -> None:
    came = tried(tmp_path, Leaks(**{leak: True}), BOXES)[BOXES]
    assert came.verdict == "broken"
    assert came.way.startswith(f"{where}:")


@pytest.mark.parametrize("seed", range(SEED, SEED + 2))
def test_receipts_in_an_order_of_their_own_say_no_more_than_the_flush(tmp_path: Path, seed: int) -> None:
    came = tried(tmp_path, Leaks(targeted=True), RECEIPTS, NIGHTS, RANKS, seed=seed)
    assert {each.verdict for each in came.values()} == {"held"}
    assert {each.link for each in came[RECEIPTS].tallies} == {Link.RECEIPT_HANDLE.value, Link.PERSON_RECORD.value}
    assert came[RECEIPTS].anonymity >= K


def test_receipts_in_the_order_of_completion_are_their_handles(tmp_path: Path) -> None:
    """Once in the rows of SAMPLE, and once in the batch."""
    came = broken(tmp_path, Leaks(targeted=True, receipts_by_completion=True), RECEIPTS)
    ways = {each.trial for each in came.tallies if each.hits > limit(each, came.ways)}
    for left in ("sample.receipt rowid", "tags of the batch"):
        assert f"before, {left} x responses.step rowid, last row" in ways


def test_a_receipt_free_study_has_nothing_to_look_at(tmp_path: Path) -> None:
    came = tried(tmp_path, Leaks(), RECEIPTS)[RECEIPTS]
    assert (came.verdict, came.n) == ("not run", 0)
    assert "everybody" in came.note


def test_the_double_is_honest_unless_told_otherwise() -> None:
    assert not any(asdict(Leaks()).values())
    assert {each.name for each in ATTACKS} >= set(ALL)
