"""A lost letter: the same sealed code once more while the contact lives, a code that stood by afterwards; no date moves later (P05, P06)."""

from __future__ import annotations

from contextlib import nullcontext
from dataclasses import replace
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select
from tests.support.contact_fixture import walk
from tests.support.contacts import RESERVE, Contacts, Killed, killer
from tests.support.wishing import lost, readout, resend, wished

from troth.fieldwork.batch import read_batch, write_batch
from troth.fieldwork.printroom.destroy import Destroying, sweep
from troth.fieldwork.printroom.journal import Journal
from troth.kit.errors import CannotOpen, Refused, StorageFailed
from troth.protocol.code import read_code
from troth.protocol.names import LetterRef
from troth.protocol.root import Cost, derive
from troth.retention.attest import copies
from troth.vaults.responses import schema as responses
from troth.vaults.sample import post, spare
from troth.vaults.sample.schema import person

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["walk"]
STEPS = ("batch prepared", "file written", "letters released", "ledger told")


def test_a_replacement_carries_the_same_code_and_nobody_else_gets_one(walk: Contacts) -> None:
    walk.load()
    one, two, three, *_ = (LetterRef(ref) for ref in walk.refs())
    with pytest.raises(Refused, match="no letter of theirs has left"):
        lost(walk).ask(one)
    codes = walk.opened(walk.release("invitation"))
    walk.clock.to_day(date(2027, 1, 18))
    assert lost(walk).ask(one) == date(2027, 1, 20)
    lost(walk).ask(one)
    lost(walk).ask(two)
    walk.letters().stop(two)
    for ref, said in ((two, "gets no more letters"), (LetterRef("BBBBBBBBBB"), "nobody here.*letters reserve")):
        with pytest.raises(Refused, match=said):
            lost(walk).ask(ref)
    dies = walk.dies()
    (done,) = resend(walk)
    assert walk.opened(done) == {one: codes[one]}
    manifest, _ = read_batch(done.file.read_bytes(), walk.age, walk.checking)
    assert (manifest.purpose, manifest.wave, manifest.postage) == ("replacement", "invitation", "first")
    assert walk.dies() == dies
    assert wished(walk) == {"replacement": 2, "opted_out": 1}
    assert [entry.body["count"] for entry in walk.ledger.entries("replacement")] == [1]
    outside = next(copy for copy in copies(walk.ledger.entries()) if copy.of.startswith("replacement"))
    assert outside.due == date(2027, 1, 25)  # five days after it came, and not on the day itself
    assert not outside.late(outside.due)
    with pytest.raises(Refused, match="no replacement waits"):
        resend(walk)
    walk.clock.to_day(date(2027, 1, 25))
    assert walk.opened(walk.release("reminder_one"))[one] == codes[one]  # the waves go on as if nothing had been lost
    lost(walk).ask(one)
    lost(walk).ask(three)
    (done,) = resend(walk)
    assert (sorted(walk.opened(done)), done.wave) == (sorted((one, three)), "reminder_one")


def test_a_replacement_never_makes_a_contact_live_longer(walk: Contacts) -> None:
    walk.load()
    ref = LetterRef(walk.refs()[0])
    for wave, day in (("invitation", None), ("reminder_one", date(2027, 1, 25)), ("reminder_two", date(2027, 2, 15))):
        if day:
            walk.clock.to_day(day)
        walk.release(wave)
    dies = walk.dies()
    assert dies[ref] == date(2027, 2, 28)
    walk.clock.to_day(date(2027, 2, 24))
    assert lost(walk).ask(ref) == date(2027, 2, 26)
    soon = LetterRef(walk.refs()[2])
    with (
        walk.sample.write() as connection
    ):  # on the very day of its coming is too late: the file lives until the day after
        connection.execute(person.update().where(person.c.ref == soon).values(dies_on=date(2027, 2, 26)))
    dies[soon] = date(2027, 2, 26)
    with pytest.raises(Refused, match="erased on 2027-02-26"):
        lost(walk).ask(soon)
    walk.clock.to_day(date(2027, 2, 26))
    with pytest.raises(Refused, match=r"erased on 2027-02-28.*letters reserve"):
        lost(walk).ask(LetterRef(walk.refs()[1]))
    with pytest.raises(Refused, match="1 replacements would come when their contacts are erased"):
        resend(walk)
    assert walk.dies() == dies
    walk.clock.to_day(date(2027, 2, 28))
    walk.erase()
    assert walk.count("person") == walk.count("reissue") == 0


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)  # what the database is plays no part here
def test_a_stopped_person_whose_replacement_is_on_its_way_dies_after_it_came(walk: Contacts) -> None:
    walk.load()
    ref = LetterRef(walk.refs()[0])
    walk.release("invitation")
    walk.clock.to_day(date(2027, 1, 18))
    lost(walk).ask(ref)
    (done,) = resend(walk)
    assert walk.letters().stop(ref) == done.delivered_by + timedelta(days=5)


def test_a_release_of_replacements_killed_at_any_step_sends_nothing_twice(walk: Contacts) -> None:
    walk.load()
    codes = walk.opened(walk.release("invitation"))
    for at, ref in enumerate(map(LetterRef, walk.refs()[: len(STEPS)]), start=1):
        lost(walk).ask(ref)
        with pytest.raises(Killed):
            resend(walk, killer(at))
        try:
            resend(walk)
        except Refused as refused:
            assert (at >= 3, "no replacement waits" in str(refused)) == (True, True)
        (batch,) = [each for each in post.batches(walk.sample, kind="replacement") if each.id[:8] in _newest(walk)]
        assert (batch.state, batch.count) == ("released", 1)
        told = {entry.key: entry.body for entry in walk.ledger.entries("replacement")}
        assert told[f"replacement {batch.id}"]["dies_by"] == (batch.delivered_by + timedelta(days=5)).isoformat()
        assert {each.ref: each.code for each in walk.room().open(walk.out / _newest(walk))[1]} == {ref: codes[ref]}
        assert len(walk.ledger.entries("replacement")) == at == len(list(walk.out.glob("*-again-*")))


def _newest(walk: Contacts) -> str:
    return max(walk.out.glob("*-again-*"), key=lambda file: file.stat().st_mtime_ns).name


def test_a_code_that_stood_by_is_given_once_and_opens_the_survey(walk: Contacts, tmp_path: Path) -> None:
    walk.load()
    walk.clock.to_day(date(2027, 2, 27))
    cell = next(iter(spare.stock(walk.sample)))
    seen = set()
    for n in range(RESERVE):
        done = lost(walk).reserve(cell, walk.out)
        out = tmp_path / f"code-{n}.txt"
        assert readout(walk, tmp_path).run(done.file, out).purpose == "reserve"
        assert out.stat().st_mode & 0o777 == 0o600
        seen.add(read_code(out.read_text().splitlines()[0]))
    assert len(seen) == RESERVE
    with pytest.raises(Refused, match="no code of this cell stands by"):
        lost(walk).reserve(cell, walk.out)
    with pytest.raises(Refused, match="no such cell"):
        lost(walk).reserve("atlantis", walk.out)
    with pytest.raises(Refused, match="a file already"):
        readout(walk, tmp_path).run(done.file, out, "they did not write it down")
    handles = [derive(code, walk.pepper, walk.pack.id, Cost(walk.pack.code_cost_log2_n)).handle for code in seen]
    with walk.responses.read() as connection:
        mine = select(responses.handle.c.reserve, responses.handle.c.cell, responses.handle.c.state)
        rows = connection.execute(mine.where(responses.handle.c.handle.in_(handles))).all()
    assert [tuple(row) for row in rows] == [(True, cell, "issued")] * RESERVE
    assert (wished(walk), len(walk.ledger.entries("reserve"))) == ({"reserve": RESERVE}, RESERVE)
    walk.clock.to_day(date(2027, 3, 8))
    with pytest.raises(Refused, match="closes on 2027-03-07"):
        lost(walk).reserve(next(iter(spare.stock(walk.sample))), walk.out)


def test_giving_a_code_killed_at_any_step_gives_one(walk: Contacts) -> None:
    walk.load()
    spare_one, *cells = spare.stock(walk.sample)
    given = 0
    for at, cell in enumerate(cells[: len(STEPS)], start=1):
        with pytest.raises(Killed):
            lost(walk, killer(at)).reserve(cell, walk.out)
        if at == 1:
            lost(walk).reserve(spare_one, walk.out)  # somebody else's in between
            given += 1
        lost(walk).reserve(cell, walk.out)
        given += 1 if at < 3 else 2  # from the release on it was given; run again, another one is
        batches = post.batches(walk.sample, kind="reserve")
        assert [batch.state for batch in batches] == ["released"] * given
        assert len(walk.ledger.entries("reserve")) == given
        assert walk.count("reserve") - sum(spare.stock(walk.sample).values()) == given


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)  # what the database is plays no part here
def test_letters_to_people_are_not_read_out_and_a_full_disk_leaves_nothing(walk: Contacts, tmp_path: Path) -> None:
    walk.load()
    sent = walk.release("invitation")
    with pytest.raises(Refused, match="letters to people"):
        readout(walk, tmp_path).run(sent.file, tmp_path / "codes.txt")
    done = lost(walk).reserve(next(iter(spare.stock(walk.sample))), walk.out)
    done.file.write_bytes(done.file.read_bytes()[:-1])
    with pytest.raises(CannotOpen):
        readout(walk, tmp_path).run(done.file, tmp_path / "codes.txt")
    with pytest.raises(StorageFailed):
        lost(walk).reserve(next(iter(spare.stock(walk.sample))), sent.file / "not a folder")
    assert not (tmp_path / "codes.txt").exists()


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)  # what the database is plays no part here
def test_a_code_that_was_read_out_does_not_outlive_the_print_rooms_last_day_even_after_a_kill(
    walk: Contacts, tmp_path: Path
) -> None:
    walk.load()
    done = lost(walk).reserve(next(iter(spare.stock(walk.sample))), walk.out)
    journal, folder, batch = Journal(tmp_path / "printroom"), tmp_path / "read out", done.file.read_bytes()
    for at in (1, 2, 3):  # before the file, behind it, and not at all
        with pytest.raises(Killed) if at < 3 else nullcontext():
            readout(walk, tmp_path, killer(at)).run(done.file, folder / f"code-{at}.txt")
    assert [each.name for each in folder.iterdir()] == ["code-3.txt"]
    with pytest.raises(Killed):
        readout(walk, tmp_path, killer(2)).run(done.file, folder / "code.txt", "the line was bad")
    (folder / "code-001.txt").touch()  # no code's: a read-out writes one file
    destroyed = Destroying(journal, walk.clock, walk.signing, tmp_path / "attested", walk.pack.id).run(
        done.batch, "Print Room"
    )
    assert (destroyed.files, [each.name for each in folder.iterdir()]) == (2, ["code-001.txt"])
    assert not done.file.exists()
    done.file.write_bytes(batch)
    readout(walk, tmp_path).run(done.file, folder / "code.txt", "the line was bad")
    assert sweep(journal) == 1
    assert [each.name for each in folder.iterdir()] == ["code-001.txt"]


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)  # what the database is plays no part here
def test_a_code_that_was_read_out_is_nobody_elses(walk: Contacts, tmp_path: Path) -> None:
    walk.load()
    cell = next(iter(spare.stock(walk.sample)))
    with pytest.raises(Killed):
        lost(walk, killer(2)).reserve(cell, walk.out)  # its file is there, and is read out to one person
    (file,) = walk.out.glob("*-reserve-*")
    first = readout(walk, tmp_path).run(file, tmp_path / "first.txt")
    resumed = lost(walk).reserve(cell, walk.out)  # for the next person
    assert resumed.batch == first.batch
    with pytest.raises(Refused, match="read out already"):
        readout(walk, tmp_path).run(resumed.file, tmp_path / "second.txt")
    _, parts = read_batch(file.read_bytes(), walk.age, walk.checking)
    other = tmp_path / "other.age"  # of a SAMPLE that was restored from before: the same code in another batch
    other.write_bytes(write_batch(replace(first, batch="ab" * 16), parts, walk.signing, walk.age_public))
    with pytest.raises(Refused, match="read out already"):
        readout(walk, tmp_path).run(other, tmp_path / "second.txt")
    assert not (tmp_path / "second.txt").exists()
    readout(walk, tmp_path).run(resumed.file, tmp_path / "again.txt", "the line was bad")
    assert (tmp_path / "again.txt").read_text() == (tmp_path / "first.txt").read_text()
