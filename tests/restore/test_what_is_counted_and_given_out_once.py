"""After a restore nobody is counted as erased twice, no code is given out twice, no closed tranche opens, and a hold stays one."""

from __future__ import annotations

import shutil
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select
from tests.support.backups import back_up, restore
from tests.support.contacts import Killed
from tests.support.house import FEW, House, build
from typer.testing import CliRunner

from troth.care.holding import Wanted
from troth.cli.keeping import keep_up
from troth.cli.tree import app
from troth.kit.errors import CannotOpen, Invalid, Refused
from troth.kit.steps import go_on
from troth.protocol.names import LetterRef
from troth.vaults.holds import store as holds
from troth.vaults.responses.schema import handle
from troth.vaults.sample import post, receipts, spare
from troth.vaults.sample.schema import person
from troth.wiring.contact import release_for, stopping_for
from troth.wiring.daily import daily
from troth.wiring.erasing import erase_all
from troth.wiring.findings import ceremony
from troth.wiring.holding import agree, appoint, approver, holding
from troth.wiring.kept import Replicas
from troth.wiring.open import opened
from troth.wiring.replicas import follow, require_reconciled
from troth.wiring.restoring import reconcile
from troth.wiring.wishes import closing_for, lost_for

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.support.backups import Backup

PEOPLE = FEW
LOST = "that are lost with the backup, accounted for"


def saved(house: House, name: str) -> Backup:
    with opened(house.home, holder(name), house.clock) as work:
        return back_up(work.vault(name))


def put_back(house: House, name: str, backup: Backup) -> None:
    with opened(house.home, holder(name), house.clock) as work:
        restore(work.vault(name), backup)


def holder(name: str) -> str:
    return {"sample": "letters", "responses": "flush", "holds": "holds"}[name]


def did(house: House, *, dry_run: bool = False) -> dict[str, int]:
    return {line.what: line.count for line in reconcile(house.home, house.clock, dry_run=dry_run)}


def refs(house: House) -> list[LetterRef]:
    with opened(house.home, "letters", house.clock) as work, work.vault("sample").read() as connection:
        return [LetterRef(ref) for ref in connection.scalars(select(person.c.ref).order_by(person.c.ref))]


def certified(house: House) -> int:
    """How many contacts are certified as erased: what the opening counts."""
    with opened(house.home, "letters", house.clock) as work:
        ends = work.ledger().entries("erasure")
        return sum(int(entry.body["count"]) for entry in ends if entry.body["promise"] == "P05")


def stop(house: House, ref: LetterRef) -> None:
    with opened(house.home, "letters", house.clock) as work:
        release_for(work).stop(ref)
        follow(work)


def test_an_erasure_that_waits_for_its_certificate_is_not_lost_as_well(house: House) -> None:
    gone = refs(house)[0]
    with opened(house.home, "letters", house.clock) as work:
        day = release_for(work).stop(gone)
        follow(work)
    house.clock.to_day(day)
    (house.home / "replica" / "ledger").rename(house.home / "away")
    with pytest.raises(Refused, match="replica is not there"):
        erase_all(house.home, house.clock)
    (house.home / "away").rename(house.home / "replica" / "ledger")
    assert did(house) == {}
    erase_all(house.home, house.clock)
    assert certified(house) == 1
    assert did(house) == {}


def test_a_second_and_newer_backup_makes_nobody_erased_who_lives(house: House) -> None:
    everybody = refs(house)
    newer = saved(house, "sample")
    with opened(house.home, "letters", house.clock) as work, work.vault("sample").write() as connection:
        connection.execute(
            person.delete().where(person.c.ref.in_(everybody[:2]))
        )  # as if they came after the older backup
    older = saved(house, "sample")
    put_back(house, "sample", newer)
    stop(house, everybody[0])
    put_back(house, "sample", older)
    assert did(house, dry_run=True)[f"contacts {LOST}"] == 2
    did(house)
    assert certified(house) == 2
    put_back(house, "sample", newer)
    again = did(house)
    assert again["people who had been stopped, and would have been written to"] == 1
    assert again["contacts that an earlier restore had lost, and are here again"] == 2
    assert (certified(house), did(house)) == (0, {})


def test_a_tranche_that_was_closed_opens_nothing_again(house: House) -> None:
    before = saved(house, "responses")
    with opened(house.home, "flush", house.clock) as work:
        closing = closing_for(work)
        closing.close(closing.all(), "a bag of letters was stolen")
        follow(work)
    put_back(house, "responses", before)
    for role in ("respond", "flush"):
        with opened(house.home, role, house.clock) as work, pytest.raises(Refused, match="restored from a backup"):
            follow(work)
    assert did(house, dry_run=True) == {"tranches of codes that had been closed, and would have opened again": 1}
    did(house)
    with opened(house.home, "flush", house.clock) as work, work.vault("responses").read() as connection:
        assert set(connection.scalars(select(handle.c.state))) == {"closed"}
    assert did(house) == {}


def test_without_the_file_of_endings_nothing_is_flushed_or_reconciled(house: House) -> None:
    (house.home / "replica" / "responses" / "ended").rename(house.home / "away")
    with opened(house.home, "flush", house.clock) as work, pytest.raises(Refused, match="replica is not there"):
        require_reconciled(work)
    with pytest.raises(Refused, match="replica is not there"):
        did(house)


def test_a_code_that_was_given_out_and_a_replacement_that_left_are_sent_to_nobody_again(house: House) -> None:
    outbox = house.home / "outbox"
    outbox.mkdir(exist_ok=True)
    with opened(house.home, "letters", house.clock) as work:
        lost_for(work).ask(refs(house)[0])
        cell = next(iter(spare.stock(work.vault("sample"))))
        before = back_up(work.vault("sample"))
        lost_for(work).release(outbox)
        lost_for(work).reserve(cell, outbox)
    put_back(house, "sample", before)
    with opened(house.home, "letters", house.clock) as work, pytest.raises(Refused, match="restored from a backup"):
        lost_for(work)
    told = did(house)
    assert told["replacements that count as sent"] == 1
    assert told["codes that stood by, one of which was given out: all are gone"] > 0
    with opened(house.home, "letters", house.clock) as work:
        assert (spare.waiting(work.vault("sample")), spare.stock(work.vault("sample"))) == (0, {})
    assert did(house) == {}


def hold(house: House, ref: LetterRef, between: Callable[[str], None] = go_on) -> str:
    for what, name in (("approver", "anne"), ("approver", "ben"), ("officer", "omar")):
        appoint(house.home, what, name, clock=house.clock)
    review = house.clock.today() + timedelta(days=90)
    with holding(house.home, house.clock) as at:
        wanted = Wanted("contact", ref, "safeguarding", "omar", review)
        id_ = at.propose(wanted, approver(at, house.home, "anne")).id
    agree(house.home, id_, ref, "ben", clock=house.clock, between=between)
    return id_


def test_the_original_of_a_held_contact_dies_today_though_a_backup_brought_it_back(house: House) -> None:
    ref = refs(house)[0]
    before = saved(house, "sample")
    hold(house, ref)
    put_back(house, "sample", before)
    with opened(house.home, "letters", house.clock) as work, pytest.raises(Refused, match="restored from a backup"):
        require_reconciled(work)
    told = did(house)
    assert told["people who had been stopped, and would have been written to"] == 1
    with opened(house.home, "letters", house.clock) as work:
        dying = post.dying(work.vault("sample"))
        assert dying is not None
        assert dying[0] == house.clock.today()
    daily(house.home, house.clock, ("letters",))
    assert ref not in refs(house)
    assert did(house) == {}


def test_a_hold_that_a_backup_lacks_is_told_and_accounted_for_once(house: House) -> None:
    before = saved(house, "holds")
    hold(house, refs(house)[0])
    after = saved(house, "holds")
    put_back(house, "holds", before)
    with pytest.raises(Refused, match="restored from a backup"), holding(house.home, house.clock):
        pass
    assert did(house, dry_run=True) == {f"held records {LOST}": 1}
    assert did(house) == {f"held records {LOST}": 1}
    assert did(house) == {}
    put_back(house, "holds", after)
    assert did(house) == {"held records that an earlier restore had lost, and are here again": 1}
    with opened(house.home, "holds", house.clock) as work:
        ends = [e.body for e in work.ledger().entries("erasure") if e.body["rule"] == holds.RULE]
        assert sum(int(body["count"]) for body in ends) == 0


def test_a_move_that_stopped_half_way_dies_on_its_day_counted_once_each_way(house: House) -> None:
    def between(_step: str) -> None:
        raise Killed

    with pytest.raises(Killed):
        hold(house, refs(house)[0], between)
    house.clock.to_day(house.clock.today() + timedelta(days=90))
    daily(house.home, house.clock, ("holds",))
    with opened(house.home, "holds", house.clock) as work:
        ends = [e.body["count"] for e in work.ledger().entries("erasure") if e.body["rule"] == holds.RULE]
        assert (len(work.ledger().entries("hold")), ends) == (1, [1])


def test_a_sever_that_was_killed_leaves_the_endings_to_the_next_day_at_most(house: House) -> None:
    with opened(house.home, "flush", house.clock) as work:
        with work.vault("responses").write() as connection:
            connection.execute(handle.delete())
        work.ledger().enter("sever", "sever", house.clock.today(), {})
        follow(work)
        assert not (house.home / "replica" / "responses" / "ended").exists()
        require_reconciled(work)


def test_a_wish_is_saved_without_the_replica_and_its_reference_goes_with_the_contact(
    house: House, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = refs(house)[0]
    disk, away = house.home / "replica", house.home / "away"
    disk.rename(away)
    with opened(house.home, "letters", house.clock) as work:  # as `troth sample stop` does
        stopping_for(work).stop(gone)
        keep_up(work)
    assert "it is saved; but" in capsys.readouterr().err
    away.rename(disk)
    with opened(house.home, "letters", house.clock) as work:
        follow(work)
        assert Replicas(disk).stopped.read() == {gone.encode() + b"\2"}
        found = work.vault("sample")
        with found.read() as connection:
            day = connection.scalar(select(person.c.dies_on).where(person.c.ref == gone))
    house.clock.to_day(day)
    erase_all(house.home, house.clock)
    assert gone not in refs(house)
    assert Replicas(disk).stopped.read() == set()


def test_an_installation_of_before_is_told_how_to_begin_its_replicas(house: House) -> None:
    for file in (house.home / "settings").glob("*.toml"):
        lines = file.read_text().splitlines(keepends=True)
        file.write_text("".join(line for line in lines if not line.startswith("replica")))
    shutil.rmtree(house.home / "replica")
    daily(house.home, house.clock)
    done = CliRunner().invoke(app, ["vaults", "migrate", "--home", str(house.home), "--json"])
    assert done.exit_code == 0
    assert "no replica is kept by load, letters, respond" in done.stderr
    with pytest.raises(Refused, match="has no replicas"):
        did(house)
    for file in (house.home / "settings").glob("*.toml"):
        file.write_text(f'replica = "{house.home / "replica"}"\n' + file.read_text())
    assert CliRunner().invoke(app, ["vaults", "migrate", "--home", str(house.home)]).stderr == ""
    assert reconcile(house.home, house.clock, new_replica=True) == []
    assert did(house) == {}
    daily(house.home, house.clock)


def test_tags_that_a_backup_brought_back_after_the_collection_go_with_the_next_day(tmp_path: Path) -> None:
    house = build(tmp_path / "home", people=PEOPLE, reminders="targeted")
    before = saved(house, "sample")
    with opened(house.home, "letters", house.clock) as work:
        assert receipts.held(work.vault("sample")) == (PEOPLE, 0)
        house.clock.to_day(work.pack.collection.closes + timedelta(days=1))
    daily(house.home, house.clock, ("letters",))
    put_back(house, "sample", before)
    daily(house.home, house.clock, ("letters",))
    with opened(house.home, "letters", house.clock) as work:
        assert receipts.held(work.vault("sample")) == (0, 0)


def test_nothing_is_opened_from_a_restored_vault_that_lacks_records_or_is_not_severed(house: House) -> None:
    day = house.clock.today()
    with opened(
        house.home, "flush", house.clock
    ) as work:  # as the ledger is after a flush, the sever and every erasure
        body = {"records": 3, "strip": "00" * 16, "state": "complete"}
        work.ledger().enter("flush", f"flush {body['strip']}", day, body)
        work.ledger().enter("sever", "sever", day, {})
        work.ledger().enter(
            "erasure", "erasure all", day, {"count": PEOPLE, "promise": "P05", "bucket": "x", "rule": "x"}
        )
        with pytest.raises(Refused, match="restored from a backup"):
            require_reconciled(work)
    with opened(house.home, "findings", house.clock) as work, pytest.raises(Refused, match="3 records that the ledger"):
        ceremony(work, [], house.home / "microdata")
    assert did(house)["records made since the backup, which are lost"] == 3
    assert not did(house).get("records made since the backup, which are lost")
    with opened(house.home, "findings", house.clock) as work, pytest.raises((Refused, CannotOpen, Invalid)) as asked:
        ceremony(work, [], house.home / "microdata")
    assert "share" in str(asked.value)
