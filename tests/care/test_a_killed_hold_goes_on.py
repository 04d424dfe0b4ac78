"""A kill between any two writing steps leaves the original alone or both, and doing it again goes on (P05, P14)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from tests.care.conftest import REVIEW
from tests.support.contacts import Killed, killer

from troth.care.holding import end_moves
from troth.findings.opening import HELD
from troth.vaults.ledger.store import Ledger

if TYPE_CHECKING:
    from tests.care.conftest import Office

ADDING = ("record held", "original withdrawn", "ledger told", "settled")
ERASING = 4


def test_a_killed_move_goes_on_and_is_told_once(office: Office) -> None:
    day = office.contacts.clock.today()
    for step, (name, ref) in enumerate(zip(ADDING, office.refs, strict=False), start=1):
        id_ = office.propose(ref)
        with pytest.raises(Killed):
            office.agree(id_, ref, between=killer(step))
        assert ref in office.contacts.dies(), f"{name}: both, until the erasure"
        states = {each.id: each.state for each in office.found()}
        assert states[id_] == ("held" if name == "settled" else "moving")
        if name != "settled":
            assert office.agree(id_, ref) == "add"
        assert {each.state for each in office.found()} == {"held"}
        assert office.contacts.dies()[ref] == day
        assert [entry.key for entry in office.contacts.ledger.entries("hold")][step - 1 :] == [f"hold {id_}"]


def test_a_move_that_stopped_after_the_original_was_erased_still_ends(desk: Office) -> None:
    ref = desk.refs[5]
    id_ = desk.propose(ref)
    with pytest.raises(Killed):
        desk.agree(id_, ref, between=killer(2))
    desk.contacts.erase()
    assert ref not in desk.contacts.refs()
    desk.agree(id_, ref)
    assert [each.state for each in desk.found()] == ["held"]


@pytest.mark.parametrize(("takes_entries", "step"), [(True, 1), (False, 1), (False, 3)])
def test_a_move_that_nobody_ended_dies_on_its_day_and_counts_as_no_hold(
    office: Office, step: int, *, takes_entries: bool
) -> None:
    """Killed before the ledger was told, or after: a ledger that takes no entry may have this one."""
    ref, other = office.refs[:2]
    office.hold(other, review_on=date(2027, 4, 2))
    with pytest.raises(Killed):
        office.agree(office.propose(ref), ref, between=killer(step))
    walk = office.contacts
    walk.clock.to_day(REVIEW)
    ledger = walk.ledger if takes_entries else Ledger(walk.ledger_database)
    end_moves(office.holds, ledger, "P05", walk.clock.today())
    assert [each.count for each in office.erase()] == [int(takes_entries or step == ADDING.index("ledger told") + 1)]
    ends = sum(int(e.body["count"]) for e in walk.ledger.entries("erasure") if e.body["rule"] == HELD)
    assert len(walk.ledger.entries("hold")) - ends == len(office.found()) == 1


@pytest.mark.parametrize("kind", ["renew", "release"])
@pytest.mark.parametrize("step", [1, 2])
def test_a_killed_change_is_made_once(desk: Office, kind: str, step: int) -> None:
    id_ = desk.hold(desk.refs[0])
    day = date(2027, 5, 1) if kind == "renew" else None
    change = desk.at().propose_change(kind, id_, day, desk.approver("anne")).id
    with pytest.raises(Killed):
        desk.agree(change, between=killer(step))
    if step == 1:
        assert desk.agree(change) == kind
    assert len(desk.contacts.ledger.entries(f"hold-{kind}ed".replace("releaseed", "released"))) == 1
    assert [c.count for c in desk.erase()] == ([1] if kind == "release" else [])
    assert len(desk.found()) == (0 if kind == "release" else 1)


@pytest.mark.parametrize("step", range(1, ERASING + 1))
def test_a_killed_release_is_certified_once(desk: Office, step: int) -> None:
    id_ = desk.hold(desk.refs[0])
    change = desk.at().propose_change("release", id_, None, desk.approver("anne")).id
    desk.agree(change)
    with pytest.raises(Killed):
        desk.erase(killer(step))
    desk.erase()
    ends = [entry.body["count"] for entry in desk.contacts.ledger.entries("erasure") if entry.body["rule"] == HELD]
    assert ends == [1]
    assert desk.rows() == []
