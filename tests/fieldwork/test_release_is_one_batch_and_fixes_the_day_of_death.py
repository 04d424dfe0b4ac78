"""A wave leaves in one batch, once; whoever gets no other letter dies days after that delivery (P05, P06)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select
from tests.support.contact_fixture import walk
from tests.support.contacts import PEOPLE, Contacts, Killed, killer

from troth.fieldwork.batch import read_batch, write_batch
from troth.fieldwork.remind import waves_due
from troth.kit.errors import CannotOpen, Refused
from troth.protocol.age import new_age_identity, open_age, seal_age
from troth.protocol.chain import new_signing
from troth.protocol.names import LetterRef
from troth.vaults.sample import post
from troth.vaults.sample import schema as sample

__all__ = ["walk"]
LATEST = date(2027, 4, 5)


def test_a_wave_leaves_in_one_batch_and_the_ledger_counts_it(walk: Contacts) -> None:
    walk.load()
    done = walk.release("invitation")
    assert (done.count, done.dispatched_on, done.delivered_by) == (PEOPLE, date(2027, 1, 8), date(2027, 1, 9))
    assert done.file.stat().st_mode & 0o777 == 0o600
    assert sorted(walk.opened(done)) == walk.refs()
    entry = walk.ledger.entries("release")[0]
    assert (entry.body["count"], entry.body["digest"]) == (PEOPLE, done.digest)
    assert walk.ledger.check(walk.checking) == 3


def test_every_reminder_carries_the_code_of_the_invitation(walk: Contacts) -> None:
    walk.load()
    first = walk.opened(walk.release("invitation"))
    walk.clock.to_day(date(2027, 1, 25))
    assert walk.opened(walk.release("reminder_one")) == first
    walk.clock.to_day(date(2027, 2, 15))
    assert walk.opened(walk.release("reminder_two")) == first


def test_a_contact_dies_days_after_the_last_letter_and_not_before(walk: Contacts) -> None:
    walk.load()
    walk.release("invitation")
    assert set(walk.dies().values()) == {LATEST}
    walk.clock.to_day(date(2027, 1, 25))
    walk.release("reminder_one")
    assert set(walk.dies().values()) == {LATEST}
    walk.clock.to_day(date(2027, 2, 15))
    last = walk.release("reminder_two")
    assert last.delivered_by == date(2027, 2, 23)
    assert set(walk.dies().values()) == {date(2027, 2, 28)}


def test_a_wave_is_released_once_and_in_its_turn(walk: Contacts) -> None:
    with pytest.raises(Refused, match="load a sample first"):
        walk.release("invitation")
    walk.load()
    walk.near("reminder_one")
    with pytest.raises(Refused, match=r"wait for an earlier letter first.*release invitation first"):
        walk.release("reminder_one")
    walk.release("invitation")
    with pytest.raises(Refused, match="this wave was released on 2027-01-22"):
        walk.release("invitation")
    with pytest.raises(Refused, match="no wave christmas"):
        walk.release("christmas")
    assert len(list(walk.out.iterdir())) == 1


def test_people_loaded_later_get_their_invitation_before_a_reminder(walk: Contacts) -> None:
    walk.load()
    walk.release("invitation")
    walk.load(walk.file(40, seed=2))
    walk.clock.to_day(date(2027, 1, 25))
    ahead = walk.letters().preview("reminder_one")
    assert (ahead.count, ahead.waiting) == (PEOPLE, 40)
    done = walk.release("reminder_one")
    assert (done.count, done.waiting) == (PEOPLE, 40)
    assert walk.release("invitation").count == 40
    assert walk.release("reminder_one").count == 40


@pytest.mark.parametrize("at", range(1, 5))
def test_a_release_killed_at_any_step_goes_on_with_the_same_batch(walk: Contacts, at: int) -> None:
    walk.load()
    with pytest.raises(Killed):
        walk.release("invitation", between=killer(at))
    if at < 3:
        done = walk.release("invitation")
        assert done.count == PEOPLE
    else:
        with pytest.raises(Refused, match="was released on"):
            walk.release("invitation")
    files = [file for file in walk.out.iterdir() if not file.name.startswith(".")]
    batches = post.batches(walk.sample)
    assert (len(files), len(batches), batches[0].state, batches[0].count) == (1, 1, "released", PEOPLE)
    entries = walk.ledger.entries("release")
    assert [(e.key, e.body["digest"]) for e in entries] == [(f"release {batches[0].id}", batches[0].digest)]
    manifest, parts = read_batch(files[0].read_bytes(), walk.age, walk.checking)
    assert (manifest.batch, len(parts)) == (batches[0].id, PEOPLE)


@pytest.mark.parametrize(("days", "comes"), [(1, 9), (4, 12)])
def test_a_release_that_goes_on_keeps_its_dates_until_its_posting_has_passed(
    walk: Contacts, days: int, comes: int
) -> None:
    walk.load()
    with pytest.raises(Killed):
        walk.release("invitation", between=killer(1))
    walk.clock.forward(timedelta(days=days))
    assert walk.release("invitation").delivered_by == date(2027, 1, comes)


def test_somebody_who_is_stopped_gets_no_letter_and_dies_after_their_own_last_one(walk: Contacts) -> None:
    walk.load()
    never, once, *_ = (LetterRef(ref) for ref in walk.refs())
    assert walk.letters().stop(never) == walk.clock.today()
    walk.release("invitation")
    assert walk.letters().stop(once) == date(2027, 1, 14)
    assert walk.letters().stop(once) == date(2027, 1, 14)
    walk.clock.to_day(date(2027, 1, 25))
    got = walk.opened(walk.release("reminder_one"))
    assert len(got) == PEOPLE - 2
    assert not {never, once} & set(got)
    with walk.sample.read() as connection:
        theirs = sample.letter.c.ref.in_([never, once]) & (sample.letter.c.wave == "reminder_one")
        rows = connection.execute(select(sample.letter).where(theirs)).all()
    assert {(row.state, row.batch, row.delivered_by) for row in rows} == {("waiting", None, None)}
    dies = walk.dies()
    assert (dies[never], dies[once]) == (date(2027, 1, 6), date(2027, 1, 14))
    with pytest.raises(Refused, match="nobody here has this letter reference"):
        walk.letters().stop(LetterRef("BBBBBBBBBB"))


def test_somebody_stopped_between_the_steps_is_left_out_and_still_dies_in_time(walk: Contacts) -> None:
    walk.load()
    with pytest.raises(Killed):
        walk.release("invitation", between=killer(1))
    gone = LetterRef(walk.refs()[0])
    assert walk.letters().stop(gone) == walk.clock.today()  # nothing of theirs ever went out
    done = walk.release("invitation")
    assert done.count == PEOPLE - 1
    assert gone not in walk.opened(done)
    assert post.batches(walk.sample)[0].count == PEOPLE - 1


def test_a_preview_says_the_days_of_death_and_changes_nothing(walk: Contacts) -> None:
    walk.load()
    ahead = walk.letters().preview("invitation")
    assert (ahead.count, ahead.waiting, ahead.last) == (PEOPLE, 0, 0)
    assert (ahead.dies_first, ahead.dies_last) == (LATEST, LATEST)
    assert post.batches(walk.sample) == []
    for wave in ("invitation", "reminder_one"):
        walk.near(wave)
        walk.release(wave)
    ahead = walk.letters().preview("reminder_two")
    assert (ahead.last, ahead.dies_first, ahead.dies_last) == (PEOPLE, date(2027, 2, 27), date(2027, 2, 27))
    walk.near("reminder_two")
    walk.release("reminder_two")
    assert set(walk.dies().values()) == {ahead.dies_first}


def test_no_date_ever_moves_later(walk: Contacts) -> None:
    walk.load()
    ref = LetterRef(walk.refs()[0])
    with walk.sample.write() as connection:
        connection.execute(sample.person.update().values(dies_on=date(2027, 1, 7)))
    for wave in ("invitation", "reminder_one", "reminder_two"):
        walk.near(wave)
        walk.release(wave)
    walk.letters().stop(ref)
    assert set(walk.dies().values()) == {date(2027, 1, 7)}


def test_a_letter_that_would_come_too_late_is_refused(walk: Contacts) -> None:
    walk.load()
    walk.clock.to_day(date(2027, 3, 5))
    with pytest.raises(Refused, match="after 2027-03-07"):
        walk.release("invitation")


def test_the_calendar_says_which_waves_are_due(walk: Contacts) -> None:
    walk.load()
    assert waves_due(walk.sample, walk.pack, date(2027, 1, 6)) == []
    assert [(d.wave, d.letters) for d in waves_due(walk.sample, walk.pack, date(2027, 1, 7))] == [
        ("invitation", PEOPLE)
    ]
    walk.release("invitation")
    assert waves_due(walk.sample, walk.pack, date(2027, 1, 21)) == []
    assert [d.wave for d in waves_due(walk.sample, walk.pack, date(2027, 1, 22))] == ["reminder_one"]


def test_the_letters_role_reads_neither_part_and_a_changed_batch_does_not_open(walk: Contacts) -> None:
    walk.load()
    done = walk.release("invitation")
    data = done.file.read_bytes()
    plain = open_age(walk.age, data)
    for code in walk.opened(done).values():
        assert code.encode() not in plain
    manifest, parts = read_batch(data, walk.age, walk.checking)

    def refuse(changed: bytes) -> None:
        with pytest.raises(CannotOpen):
            read_batch(seal_age([walk.age_public], changed), walk.age, walk.checking)

    head, signature, *lines = plain.split(b"\n")
    refuse(b"\n".join([head, signature, *lines[1:]]))
    refuse(b"\n".join([head, signature, *lines[::-1]]))
    refuse(b"\n".join([head, signature, lines[1], *lines[1:]]))
    refuse(b"\n".join([head.replace(b'"invitation"', b'"reminder_one"'), signature, *lines]))
    refuse(b"\n".join([head, b"00" * 64, *lines]))
    refuse(b"not a batch")
    forged, _ = new_signing()
    with pytest.raises(CannotOpen, match="not signed by this installation"):
        read_batch(write_batch(manifest, parts, forged, walk.age_public), walk.age, walk.checking)
    with pytest.raises(CannotOpen):
        read_batch(data, new_age_identity()[0], walk.checking)
    swapped = [*parts[:-1], type(parts[0])(parts[-1].ref, parts[0].contact, parts[-1].code)]
    done.file.write_bytes(write_batch(manifest, swapped, walk.signing, walk.age_public))
    with pytest.raises(CannotOpen):  # even the letters role cannot put one person's address on another's code
        walk.room().open(done.file)


def test_the_released_rows_say_so(walk: Contacts) -> None:
    walk.load()
    done = walk.release("invitation")
    with walk.sample.read() as connection:
        rows = connection.execute(select(sample.letter).where(sample.letter.c.wave == "invitation")).all()
    assert {(row.state, row.batch, row.delivered_by) for row in rows} == {("released", done.batch, done.delivered_by)}


def test_a_draft_that_a_kill_left_is_gone_when_the_release_goes_on(walk: Contacts) -> None:
    """It holds every contact and code of the wave, sealed to the print room, and no bucket's death reaches it (P05)."""
    walk.load()
    with pytest.raises(Killed):
        walk.release("invitation", killer(2))  # the file is written
    (written,) = walk.out.iterdir()
    draft = written.rename(written.with_name(f".{written.name}.0a1b2c3d"))
    done = walk.release("invitation")
    assert done.file == written
    assert not draft.exists()
