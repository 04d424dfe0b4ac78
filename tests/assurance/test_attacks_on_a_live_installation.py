"""`troth attack --take`: copies of a live installation, the certain attacks judged, the result signed for `troth promises`."""

from __future__ import annotations

import shutil
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest

from troth.assurance.attacks.loot import Loot
from troth.assurance.attacks.run import attack_all
from troth.assurance.check import examining
from troth.assurance.examine import examine
from troth.assurance.live import sign_told, take_tonight
from troth.kit.errors import Invalid, Refused
from troth.wiring.open import opened

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.house import House


def hand_out_the_shares(house: House) -> None:
    """Each share goes to its holder, as before the first letter of a real study."""
    for share in (house.home / "keys").glob("share-*"):
        shutil.rmtree(share)


def test_two_nights_are_taken_the_certain_attacks_judged_and_the_promise_says_weaker(
    house: House, tmp_path: Path
) -> None:
    hand_out_the_shares(house)
    loot = tmp_path / "copies"
    first = house.clock.today()
    take_tonight(house.home, loot, house.clock)
    house.clock.forward(timedelta(days=1))
    take_tonight(house.home, loot, house.clock)
    assert Loot(loot).nights() == [first, first + timedelta(days=1)]
    scored = attack_all(loot)
    assert [each.name for each in scored if each.verdict == "broken"] == [], [each.way for each in scored]
    assert {each.verdict for each in scored if not each.deterministic} == {"not run"}, "nobody knows the truth"
    assert any(each.verdict == "held" and each.n > 100 for each in scored if each.deterministic)
    sign_told(house.home, loot, house.clock, scored)
    with examining(house.home, house.clock) as site:
        checks = {check.name: check for evidence in examine(site) for check in evidence.checks}
    told = checks["no attack links a contact to a response"]
    assert told.passed
    assert told.strength == "weaker", "only the certain attacks could be judged"


def test_shares_that_were_never_handed_out_are_found(house: House, tmp_path: Path) -> None:
    take_tonight(house.home, tmp_path / "copies", house.clock)
    scored = {each.name: each for each in attack_all(tmp_path / "copies")}
    assert scored["keys that should be dead"].verdict == "broken"
    assert "shares of the analysis key" in scored["keys that should be dead"].way


def test_logs_and_orders_of_the_installation_are_among_what_is_taken(house: House, tmp_path: Path) -> None:
    (house.home / "respond.log").write_text("a careless line\n")
    (house.home / "outbox" / "vouchers").mkdir(parents=True)
    (house.home / "outbox" / "vouchers" / "voucher-order-1.age").write_bytes(b"sealed")
    take_tonight(house.home, tmp_path / "copies", house.clock)
    loot = Loot(tmp_path / "copies")
    assert [path.name for path in loot.files("logs")] == ["respond.log"]
    assert [path.name for path in loot.files("queues")] == ["voucher-order-1.age"]


def test_copies_are_for_their_owner_alone_and_the_ledger_says_that_they_were_taken(
    house: House, tmp_path: Path
) -> None:
    loot = tmp_path / "copies"
    loot.mkdir(mode=0o755)
    take_tonight(house.home, loot, house.clock)
    assert [path.name for path in [loot, *loot.rglob("*")] if path.stat().st_mode & 0o077] == []
    with opened(house.home, "assurance", house.clock) as work:
        assert [entry.day for entry in work.ledger().entries("copy")] == [house.clock.today()]


def test_copies_are_refused_beside_a_rehearsals_truth(house: House, tmp_path: Path) -> None:
    (tmp_path / "copies").mkdir()
    (tmp_path / "copies" / "truth.json").write_text("{}")
    with pytest.raises(Refused, match="rehearsal"):
        take_tonight(house.home, tmp_path / "copies", house.clock)


def test_copies_are_refused_within_the_installation_and_beside_those_of_another_study(
    house: House, tmp_path: Path
) -> None:
    with pytest.raises(Refused, match="within the installation"):
        take_tonight(house.home, house.home / "copies", house.clock)
    take_tonight(house.home, tmp_path / "copies", house.clock)
    about = tmp_path / "copies" / "about.json"
    about.write_text(about.read_text().replace('"study": "sdcs"', '"study": "other"'))
    with pytest.raises(Refused, match="another study"):
        take_tonight(house.home, tmp_path / "copies", house.clock)


def test_a_folder_without_copies_and_an_attack_that_there_is_not_are_said_plainly(house: House, tmp_path: Path) -> None:
    with pytest.raises(Invalid, match="no loot"):
        attack_all(tmp_path)
    take_tonight(house.home, tmp_path / "copies", house.clock)
    with pytest.raises(Invalid, match="no attack called"):
        attack_all(tmp_path / "copies", only=["guessing"])
    shutil.rmtree(tmp_path / "copies")
