"""P04, P05, P06: a study with targeted reminders from load to close, by its own commands; and what would break its word."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import text
from tests.support.house import House, answer_all, build, suppress_nobody
from typer.testing import CliRunner

from troth.assurance.check import examining
from troth.assurance.checks.contacts import day_of
from troth.assurance.examine import examine
from troth.cli.tree import app
from troth.kit.clock import SimulatedClock
from troth.kit.errors import CannotOpen, StorageFailed
from troth.vaults.responses.store import strip_key
from troth.vaults.sample import post, receipts
from troth.wiring import contact
from troth.wiring.collection import flush_for
from troth.wiring.daily import daily
from troth.wiring.keyring import RECEIPTS_KEY
from troth.wiring.open import opened

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

FULL = "receipts come for at least k people of a cell at once"


@pytest.fixture(scope="module")
def invited(tmp_path_factory: pytest.TempPathFactory) -> House:
    """In January 2026, before any clock that a command of today may read, 48 people were invited, 24 have finished and 3 are on their way."""
    folder, clock = tmp_path_factory.mktemp("targeted"), SimulatedClock(datetime(2026, 1, 5, 9, tzinfo=UTC))
    house = build(folder / "home", people=48, reminders="targeted", clock=clock)
    answer_all(house, house.codes[:24])
    answer_all(house, house.codes[24:27], pages=3)
    return house


@pytest.fixture
def house(invited: House, tmp_path: Path) -> House:
    """It is the day of the first reminder, and the flush has told."""
    found = invited.copy(tmp_path / "home")
    with opened(found.home, "flush", found.clock) as work:
        found.clock.to_day(work.pack.waves[1].dispatch_on)
        assert flush_for(work).run(found.clock.today()).receipts
    return found


def said(house: House) -> dict[str, tuple[bool, str]]:
    with examining(house.home, house.clock) as site:
        return {check.name: (check.passed, check.evidence) for found in examine(site) for check in found.checks}


def command(house: House, *words: str) -> dict[str, Any]:
    done = CliRunner().invoke(app, [*words, "--home", str(house.home), "--json"])
    assert done.exit_code == 0, done.output
    return dict(json.loads(done.stdout))


def change(house: House, statement: str) -> None:
    with opened(house.home, "letters", house.clock) as work, work.vault("sample").write() as connection:
        connection.execute(text(statement))


def test_a_queue_that_cannot_be_written_keeps_no_answers_from_the_days_flush(house: House) -> None:
    """Receipts of the last flush wait to be written again; the strip key of before dies all the same."""
    shutil.rmtree(house.home / "receipts")
    (house.home / "receipts").write_bytes(b"no folder")
    with opened(house.home, "flush", house.clock) as work:
        before = strip_key(work.vault("responses"))
    with pytest.raises(StorageFailed, match="cannot be written"):
        daily(house.home, house.clock, ("flush",))
    with opened(house.home, "flush", house.clock) as work:
        assert strip_key(work.vault("responses")) != before


def test_from_a_flush_to_a_reminder_that_leaves_out_who_has_finished(house: House) -> None:
    (file,) = (house.home / "receipts").iterdir()
    with opened(house.home, "flush", house.clock) as work:
        (told,) = work.ledger().entries("receipts")
    assert sum(told.body["counts"]) <= 24
    assert min(told.body["counts"]) >= 5
    suppress_nobody(house.home, house.clock)
    with opened(house.home, "letters", house.clock) as work:
        receiving = contact.receiving_for(work)
        assert receiving is not None
        assert receiving.missing() == 1
        came = receiving.run()
        assert (came.known, came.unknown, receiving.missing()) == (sum(told.body["counts"]), 0, 0)
        sent = contact.release_for(work).run("reminder_one", house.home / "outbox")
    assert sent.count == 48 - came.known
    assert not file.exists()
    assert said(house)["no contact may live longer than promised"][0] is True
    assert said(house)[FULL][0] is True
    with opened(house.home, "letters", house.clock) as work, work.vault("sample").read() as connection:
        dies = "SELECT max(dies_on) FROM person WHERE ref IN (SELECT ref FROM receipt)"
        house.clock.to_day(max(house.clock.today(), day_of(connection.execute(text(dies)).scalar_one())))
    day = daily(house.home, house.clock)
    assert (sum(each.count for each in day.certificates), day.outliving) == (came.known, 0)
    assert [name for name, (passed, _) in said(house).items() if not passed] == []
    with opened(house.home, "letters", house.clock) as work:
        assert receipts.held(work.vault("sample")) == (48 - came.known, 0)
        house.clock.to_day(work.pack.collection.closes + timedelta(days=1))
    assert said(house)[FULL][0] is False, "the collection is over, and tags are still here"
    daily(house.home, house.clock)
    assert said(house)[FULL][0] is True
    with opened(house.home, "letters", house.clock) as work:
        assert receipts.held(work.vault("sample")) == (0, 0)
        assert not work.keys.folder.has(RECEIPTS_KEY)
        assert post.dying(work.vault("sample")) is None, "nobody is kept for a reminder that can come no more"


def test_the_day_takes_receipts_in_and_a_broken_file_keeps_nobody_from_their_day(house: House) -> None:
    (file,) = (house.home / "receipts").iterdir()
    broken = file.with_name(f"a-{file.name}")
    broken.write_bytes(b"not a batch")
    change(house, "UPDATE person SET dies_on = '2026-01-01' WHERE ref = (SELECT min(ref) FROM person)")
    with pytest.raises(CannotOpen, match=broken.name):
        daily(house.home, house.clock)
    with opened(house.home, "letters", house.clock) as work:
        assert post.outliving(work.vault("sample"), house.clock.today()) == 0
    broken.unlink()
    daily(house.home, house.clock)
    assert not file.exists()


def test_a_lost_file_is_written_again_by_the_day_and_taken_in(house: House) -> None:
    (file,) = (house.home / "receipts").iterdir()
    assert (file.stat().st_mode & 0o777, file.parent.stat().st_mode & 0o777) == (0o600, 0o700)
    daily(house.home, house.clock, ("flush",))  # the wave's own flush is over
    file.unlink()
    daily(house.home, house.clock)
    with opened(house.home, "letters", house.clock) as work:
        assert [each.known >= 5 for each in receipts.taken(work.vault("sample")).values()] == [True]


def test_the_commands_say_counts_and_no_more(invited: House, tmp_path: Path) -> None:
    """As people type them."""
    house = invited.copy(tmp_path / "typed")
    assert command(house, "flush")["receipts"] >= 5
    dry = command(house, "letters", "release", "reminder_one", "--dry-run")
    first = command(house, "letters", "receipts")
    assert (first["files"], first["unknown"], first["missing"]) == (1, 0, 0)
    assert first["known"] >= 5
    after = command(house, "letters", "release", "reminder_one", "--dry-run")
    assert dry["count"] - after["count"] == first["known"]
    assert command(house, "letters", "receipts")["files"] == 0
    with opened(house.home, "letters", house.clock) as work, work.vault("sample").read() as connection:
        ref = connection.execute(text("SELECT ref FROM receipt LIMIT 1")).scalar_one()
        state = connection.execute(text("SELECT state, reason FROM person WHERE ref = :r"), {"r": ref}).one()
    assert tuple(state) == ("live", None)


def hand_over_three(house: House) -> None:
    with opened(house.home, "flush", house.clock) as work:
        body: dict[str, str | int | list[str] | list[int]] = {"cells": ["wales"], "counts": [3], "digest": "0" * 64}
        work.ledger().enter("receipts", "receipts x", house.clock.today(), body)


def take_in_from_elsewhere(house: House) -> None:
    change(house, "INSERT INTO receipts (digest, day, known, unknown) VALUES ('f', '2027-01-25', 1, 0)")


def mark_everybody(house: House) -> None:
    change(house, "INSERT INTO receipt SELECT ref FROM person")


@pytest.mark.parametrize("sabotage", [hand_over_three, take_in_from_elsewhere, mark_everybody])
def test_receipts_of_few_or_from_elsewhere_break_the_promise(sabotage: Callable[[House], None], house: House) -> None:
    assert said(house)[FULL][0] is True
    sabotage(house)
    assert said(house)[FULL][0] is False


def test_whose_contact_would_live_on_after_a_receipt_breaks_the_promise(house: House) -> None:
    with opened(house.home, "letters", house.clock) as work:
        contact.receipts_today(work)
    change(house, "UPDATE person SET dies_on = latest WHERE ref = (SELECT min(ref) FROM receipt)")
    assert said(house)["no contact may live longer than promised"][0] is False
