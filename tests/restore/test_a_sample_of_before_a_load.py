"""SAMPLE or RESPONSES is put back to before a load: nobody gets a second code while the old one opens, and no tranche's number comes twice."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select
from tests.support.backups import back_up, restore
from tests.support.contact_fixture import here, walk
from tests.support.contacts import Contacts, Killed

from troth.assurance.check import examining
from troth.assurance.checks.answers import handles_match_load
from troth.fieldwork import loads
from troth.fieldwork.synthesise import write_sample
from troth.fieldwork.tranche import Closing
from troth.kit.errors import Invalid, Refused
from troth.vaults.responses import intake
from troth.vaults.responses.schema import handle
from troth.vaults.sample import store
from troth.wiring.contact import load_for, release_for
from troth.wiring.open import opened
from troth.wiring.restoring import reconcile
from troth.wiring.restoring.sample import LOST_LOADS

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.backups import Backup
    from tests.support.house import House

__all__ = ["here", "walk"]
UNSENT = "loads that this backup lacks and of which no letter had left: their codes are gone"


def dying_at(step: str) -> Callable[[str], None]:
    def between(now: str) -> None:
        if now == step:
            raise Killed

    return between


def close_all(walk: Contacts) -> None:
    closing = Closing(walk.pack, walk.responses, walk.ledger, walk.clock)
    closing.close(closing.all(), "their letters cannot be traced")


def numbers(walk: Contacts) -> set[int]:
    with walk.responses.read() as connection:
        return set(connection.scalars(select(handle.c.tranche)))


def test_a_lost_load_is_loaded_again_only_when_its_codes_are_closed(walk: Contacts) -> None:
    empty = back_up(walk.sample)
    first = walk.load()
    restore(walk.sample, empty)
    with pytest.raises(Refused, match="these people are lost with a backup") as again:
        walk.load(others="another frame")
    assert first.intake in str(again.value)
    with pytest.raises(Refused, match=r"the people of the load of .* are lost with a backup") as another:
        walk.load(walk.file(seed=8))
    assert "--other-people" in str(another.value)
    for words in ("a" * 201, "another\x07frame"):
        with pytest.raises(Invalid, match="a reason has at most 200 characters"):
            walk.load(walk.file(seed=8), others=words)
    walk.load(walk.file(seed=8), others="the frame of\nanother region")
    assert walk.ledger.entries("load")[1].body["other_people"] == "the frame of another region"
    close_all(walk)
    walk.load()
    assert walk.ledger.entries("load")[2].body["tranches"] == [3, 3]


def test_a_tranches_number_is_never_given_twice(here: Contacts) -> None:
    empty = back_up(here.responses)
    here.load()
    close_all(here)
    restore(here.responses, empty)
    here.load(here.file(seed=8))
    assert numbers(here) == {2}


def test_loads_of_before_they_told_their_tranches_are_reckoned_high(here: Contacts) -> None:
    day = here.clock.today()
    here.ledger.enter("load", "load a", day, {"people": 1400, "reserve": 200})
    here.ledger.enter("load", "load b", day, {"people": 20})
    assert loads.highest_tranche(here.ledger) == 4
    here.ledger.enter("tranche", "close tranche 7", day, {})
    assert loads.highest_tranche(here.ledger) == 7


def test_what_is_lost_is_told_once_and_again_when_a_newer_backup_has_it(here: Contacts) -> None:
    empty = back_up(here.sample)
    id_, day = here.load().intake, here.clock.today()
    full = back_up(here.sample)
    for backup, expected in ((empty, ([id_], [])), (full, ([], [id_])), (empty, ([id_], []))):
        restore(here.sample, backup)
        assert loads.untold(here.ledger, here.sample) == expected
        loads.tell(here.ledger, here.sample, day)
        assert loads.untold(here.ledger, here.sample) == ([], [])


def put_back(house: House, backup: Backup) -> None:
    with opened(house.home, "letters", house.clock) as work:
        restore(work.vault("sample"), backup)


def did(house: House, *, dry_run: bool = False) -> dict[str, int]:
    return {line.what: line.count for line in reconcile(house.home, house.clock, dry_run=dry_run)}


def test_a_sample_of_before_a_load_sends_and_loads_nothing_until_it_is_reconciled(house: House, tmp_path: Path) -> None:
    another = tmp_path / "another.csv"
    told: dict[str, Any] = {"source": "NHS England", "extracted": house.clock.today()}
    with opened(house.home, "load", house.clock) as work:
        write_sample(work.pack, 6, 8, another)
        with load_for(work) as loading:
            before = back_up(work.vault("sample"))
            with pytest.raises(Killed):
                replace(loading, between=dying_at("part stored")).run(another, **told)
            a_part = back_up(work.vault("sample"))
            loading.run(another, **told)
            whole = back_up(work.vault("sample"))
    for lacking, then in ((a_part, None), (a_part, whole), (before, None)):
        put_back(house, lacking)
        with opened(house.home, "letters", house.clock) as work, pytest.raises(Refused, match="not reconciled"):
            release_for(work)
        with (
            opened(house.home, "load", house.clock) as work,
            pytest.raises(Refused, match="not reconciled"),
            load_for(work),
        ):
            pass
        assert did(house, dry_run=True)[LOST_LOADS] == 1
        did(house)
        assert did(house) == {}
        with opened(house.home, "letters", house.clock) as work:
            assert len(store.intakes(release_for(work).sample)) == 1
        if then:
            put_back(house, then)
            did(house)
    with (
        opened(house.home, "load", house.clock) as work,
        load_for(work) as loading,
        pytest.raises(Refused, match="have codes that still open"),
    ):
        loading.run(another, **told)


def test_a_responses_of_before_a_load_says_whose_letters_open_nothing(house: House, tmp_path: Path) -> None:
    another = tmp_path / "another.csv"
    with opened(house.home, "load", house.clock) as work:
        write_sample(work.pack, 6, 8, another)
        before = back_up(work.vault("responses"))
        with load_for(work) as loading:
            done = loading.run(another, source="NHS England", extracted=house.clock.today())
    with examining(house.home, house.clock) as site:
        assert handles_match_load(site).passed  # type: ignore[union-attr]
    with opened(house.home, "flush", house.clock) as work:
        restore(work.vault("responses"), before)
    with examining(house.home, house.clock) as site:
        assert not handles_match_load(site).passed  # type: ignore[union-attr]
    told = {"codes in letters that this backup does not know: they open nothing": done.people + done.reserves}
    assert did(house, dry_run=True) == told
    assert did(house) == told
    assert did(house) == {}


def test_codes_of_which_no_letter_left_are_gone_with_a_sample_that_never_was_whole(
    house: House, tmp_path: Path
) -> None:
    another = tmp_path / "another.csv"
    with opened(house.home, "load", house.clock) as work:
        write_sample(work.pack, 6, 8, another)
        before = back_up(work.vault("sample"))
        with load_for(work) as loading, pytest.raises(Killed):
            replace(loading, between=dying_at("handles confirmed")).run(
                another, source="NHS England", extracted=house.clock.today()
            )
    put_back(house, before)
    with (
        opened(house.home, "load", house.clock) as work,
        pytest.raises(Refused, match="not reconciled"),
        load_for(work),
    ):
        pass
    assert did(house) == {UNSENT: 1}
    assert did(house) == {}
    with opened(house.home, "load", house.clock) as work, load_for(work) as loading:
        assert len(intake.lists(work.vault("responses"))) == 1
        loading.run(another, source="NHS England", extracted=house.clock.today())
