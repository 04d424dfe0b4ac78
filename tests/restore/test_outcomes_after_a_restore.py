"""What became of whom a restored backup brought back, and no key opens, is frozen as the ledger and the replica know it (P05, P32)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sqlalchemy import select
from tests.support.backups import back_up, restore
from tests.support.house import FEW, suppress_nobody

from troth.fieldwork.dispositions import exact
from troth.fieldwork.synthesise import write_sample
from troth.protocol.names import LetterRef
from troth.vaults.sample import post
from troth.vaults.sample.schema import letter
from troth.wiring.contact import load_for, release_for
from troth.wiring.daily import daily
from troth.wiring.open import opened
from troth.wiring.replicas import follow
from troth.wiring.restoring import reconcile
from troth.wiring.restoring.sample import UNKNOWN_STOPS

if TYPE_CHECKING:
    from tests.support.house import House


def totals(house: House, *names: str) -> list[int]:
    with opened(house.home, "letters", house.clock) as work:
        found = exact(work.vault("sample")).values()
    return [sum(each[name] for each in found) for name in names]


def test_letters_and_stops_since_the_backup_count_for_whoever_is_deleted_again(house: House) -> None:
    with opened(house.home, "load", house.clock) as work:
        write_sample(work.pack, FEW, 8, house.home / "more.csv")
        with load_for(work) as loading:
            loading.run(house.home / "more.csv", source="NHS England", extracted=house.clock.today())
    suppress_nobody(house.home, house.clock)
    with opened(house.home, "letters", house.clock) as work:
        backup = back_up(work.vault("sample"))
        release_for(work).run("invitation", house.home / "outbox")
        refs = list(work.vault("sample").rows(select(letter.c.ref).where(letter.c.state == "released")))
        early, late = (LetterRef(refs[n].ref) for n in (0, -1))
        dies = release_for(work).stop(early, "deceased")
        house.clock.to_day(dies)
    daily(house.home, house.clock, ("letters",))
    with opened(house.home, "letters", house.clock) as work:
        release_for(work).stop(late, "opted_out")
        follow(work)
    assert totals(house, "loaded", "issued", "stopped") == [2 * FEW, 2 * FEW, 2]
    with opened(house.home, "letters", house.clock) as work:
        restore(work.vault("sample"), backup)
    found = {line.what: line.count for line in reconcile(house.home, house.clock)}
    with opened(house.home, "letters", house.clock) as work:
        assert post.people(work.vault("sample")) == 0
    assert totals(house, "loaded", "issued", "stopped", "opted_out") == [2 * FEW, 2 * FEW, 1, 1]
    assert found[UNKNOWN_STOPS] == 2 * FEW - 1
