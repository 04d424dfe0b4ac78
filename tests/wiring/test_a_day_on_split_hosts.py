"""`troth daily`: each host runs its own part, and one role's trouble stops no other's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from tests.support.house import build

from troth.fieldwork.printroom.journal import Journal
from troth.kit.errors import KeyMissing, Refused, TrothError
from troth.wiring.daily import daily
from troth.wiring.findings import forget_unfinished, microdata_folder
from troth.wiring.open import opened

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.house import House


@pytest.fixture
def house(tmp_path: Path) -> House:
    return build(tmp_path / "home", people=60)


def test_a_role_whose_settings_are_elsewhere_is_left_to_its_own_machine(house: House) -> None:
    for role in ("printroom", "findings"):
        (house.home / "settings" / f"{role}.toml").unlink()
    assert daily(house.home, house.clock).outliving == 0
    with pytest.raises(TrothError):
        daily(house.home, house.clock, ("printroom",))


def test_one_roles_trouble_is_told_and_lets_nothing_outlive_its_day_elsewhere(house: House) -> None:
    with opened(house.home, "letters", house.clock) as work:
        house.clock.to_day(work.pack.retention.contact.latest)
    (house.home / "keys" / "letters" / "ledger").unlink()
    left = house.home / "letters.pdf"
    left.write_bytes(b"names and codes")
    journal = Journal(house.home / "printroom")
    with journal.turn():
        journal.write(
            "printed", batch="b", wave="invitation", letters=1, refs=[], files=[{"path": str(left), "sha256": ""}]
        )
    with pytest.raises(KeyMissing):
        daily(house.home, house.clock)
    assert not (house.home / "keys" / "printroom" / "printroom.age").exists(), "the print room's part was done"
    assert not left.exists(), "what it had printed and nobody destroyed is gone too"
    assert journal.lines() == []


def test_a_role_without_a_part_is_refused_by_name(house: House) -> None:
    with pytest.raises(Refused, match="the role public has nothing to do"):
        daily(house.home, house.clock, ("public",))


def test_what_a_killed_opening_left_goes_and_what_a_finished_one_wrote_stays(house: House) -> None:
    folder = microdata_folder(house.home)
    folder.mkdir()
    (folder / "microdata.part").write_text("half of it")
    with opened(house.home, "findings", house.clock) as work:
        forget_unfinished(work)
        assert not folder.exists()
        forget_unfinished(work)
        folder.mkdir()
        work.ledger().enter("open", "open x", house.clock.today(), {"records": 1})
        with pytest.raises(Refused, match="opened already"):
            forget_unfinished(work)
    assert folder.exists()
