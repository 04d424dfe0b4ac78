"""Contacts are gone five days after their own last delivery, from backups too, with a certificate in the chain (P05)."""

from __future__ import annotations

from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

import pytest
from sqlalchemy import select
from tests.support.contact_fixture import walk
from tests.support.contacts import PEOPLE, RESERVE, Contacts, Killed, killer

from troth.keys.ring import read_bucket_id
from troth.kit.errors import CannotOpen, KeyMissing, Refused
from troth.protocol.bucket import Locked, unlock
from troth.protocol.names import LetterRef
from troth.protocol.seal import Place
from troth.vaults.sample import post
from troth.vaults.sample import schema as sample
from troth.vaults.sample.erasable import dispositions

if TYPE_CHECKING:
    from collections.abc import Sequence

__all__ = ["walk"]
LAST_DELIVERY = date(2027, 2, 23)
STEPS = ("forgotten", "key destroyed", "certified", "settled")


def all_waves(walk: Contacts) -> None:
    for wave, day in (("invitation", None), ("reminder_one", date(2027, 1, 25)), ("reminder_two", date(2027, 2, 15))):
        if day:
            walk.clock.to_day(day)
        assert walk.release(wave).count


def backup(walk: Contacts) -> Sequence[Any]:
    """Every person's row, as a backup of that day would hold it."""
    with walk.sample.read() as connection:
        return connection.execute(select(sample.person)).all()


def opens(walk: Contacts, row: Any) -> bool:
    """Whether any key that is left opens that row of a backup."""
    for bucket in walk.ring.living():
        try:
            unlock(
                walk.ring.private(bucket),
                Locked(bytes(row.contact_wrapped), bytes(row.contact_sealed)),
                Place("person", row.ref.encode(), "contact"),
            )
        except CannotOpen:
            continue
        return True
    return False


def test_contacts_are_gone_five_days_after_the_last_delivery_and_not_a_day_earlier(walk: Contacts) -> None:
    walk.load()
    all_waves(walk)
    walk.clock.to_day(LAST_DELIVERY + timedelta(days=4))
    assert walk.erase() == []
    assert walk.count("person") == PEOPLE
    walk.clock.to_day(LAST_DELIVERY + timedelta(days=5))
    certificates = walk.erase()
    assert [(c.count, c.promise, c.rule, c.day) for c in certificates] == [
        (PEOPLE, "P05", "contact", walk.clock.today())
    ]
    assert [walk.count(t) for t in ("person", "letter", "reissue", "erasing")] == [0, 0, 0, 0]
    assert walk.count(
        "reserve"
    )  # a code for whoever lost their letter: it belongs to nobody, and goes when no code opens anything
    # What sealed anybody is gone; the younger generation that stands by (for claims that may still come) never sealed one.
    assert [bucket.generation for bucket in walk.ring.living()] == [2]
    assert post.outliving(walk.sample, walk.clock.today()) == 0
    assert walk.erase() == []


def test_the_certificate_stands_in_the_chain(walk: Contacts) -> None:
    walk.load()
    all_waves(walk)
    walk.clock.to_day(LAST_DELIVERY + timedelta(days=5))
    walk.erase()
    entry = walk.ledger.entries("erasure")[0]
    assert (entry.body["count"], entry.body["promise"], entry.body["bucket"]) == (
        PEOPLE,
        "P05",
        "contact@2027-04-05.g1",
    )
    assert walk.ledger.check(walk.checking) == 8  # a load, and of each wave a suppression and a release
    stored = str(entry)
    assert not [ref for ref in walk.refs() if ref in stored]


def test_a_backup_taken_before_yields_nothing_with_the_keys_of_after(walk: Contacts) -> None:
    walk.load()
    all_waves(walk)
    rows = backup(walk)
    assert all(opens(walk, row) for row in rows)  # on the day of the backup it did
    before = _bytes(walk)
    walk.clock.to_day(LAST_DELIVERY + timedelta(days=5))
    walk.erase()
    assert not any(opens(walk, row) for row in rows)
    for row in rows:
        with pytest.raises(KeyMissing):
            walk.ring.private(read_bucket_id(row.bucket))
    if walk.sample.is_sqlite:  # and the live file and its log hold no residue of the rows
        assert all(row.ref.encode() in before for row in rows)
        assert not [row.ref for row in rows if row.ref.encode() in _bytes(walk)]


def _bytes(walk: Contacts) -> bytes:
    """All that lies on the disk of SAMPLE, where it is a file."""
    if not walk.sample.is_sqlite:
        return b""
    return b"".join(file.read_bytes() for file in walk.sample.path.parent.glob("sample.db*"))


def test_one_person_dies_early_and_the_others_are_printed_still(walk: Contacts) -> None:
    walk.load()
    first = walk.opened(walk.release("invitation"))
    gone = LetterRef(walk.refs()[0])
    rows = {row.ref: row for row in backup(walk)}
    day = walk.letters().stop(gone)
    walk.clock.to_day(day)
    certificates = walk.erase()
    assert [(c.count, c.bucket) for c in certificates] == [(1, "contact@2027-04-05.g1")]
    assert [bucket.id for bucket in walk.ring.living()] == ["contact@2027-04-05.g2"]
    assert gone not in walk.refs()
    assert not opens(walk, rows[gone])
    walk.clock.to_day(date(2027, 1, 25))
    assert walk.opened(walk.release("reminder_one")) == {ref: code for ref, code in first.items() if ref != gone}
    assert walk.count("reserve")
    walk.load(walk.file(40, seed=2))  # who comes later lies under the younger generation
    assert {row.bucket for row in backup(walk)} == {"contact@2027-04-05.g2"}


def test_whoever_gets_no_last_letter_dies_on_the_latest_day(walk: Contacts) -> None:
    walk.load()
    walk.release("invitation")
    latest = walk.pack.retention.contact.latest
    walk.clock.to_day(latest - timedelta(days=1))
    assert walk.erase() == []
    walk.clock.to_day(latest)
    assert [c.count for c in walk.erase()] == [PEOPLE]
    assert walk.count("person") == walk.count("letter") == 0


def test_counts_by_cell_are_frozen_before_the_contacts_die(walk: Contacts) -> None:
    walk.load()
    cells = {row.ref: row.cell for row in backup(walk)}
    never, once = (LetterRef(ref) for ref in sorted(cells)[:2])
    walk.letters().stop(never)
    walk.erase()
    walk.release("invitation")
    walk.clock.to_day(walk.letters().stop(once))
    walk.erase()
    for wave in ("reminder_one", "reminder_two"):
        walk.near(wave)
        walk.release(wave)
    walk.clock.to_day(walk.pack.retention.contact.latest)
    walk.erase()
    counts = dispositions(walk.sample)
    assert sum(n for (_, outcome), n in counts.items() if outcome == "erased") == PEOPLE
    assert sum(n for (_, outcome), n in counts.items() if outcome == "issued") == PEOPLE - 1
    assert sum(n for (_, outcome), n in counts.items() if outcome == "stopped") == 2
    for cell in set(cells.values()):
        assert counts[(cell, "erased")] == list(cells.values()).count(cell)


@pytest.mark.parametrize("early", [False, True], ids=["everybody", "one of many"])
@pytest.mark.parametrize("at", range(1, len(STEPS) + 1), ids=STEPS)
def test_an_erasure_killed_at_any_step_is_finished_by_the_next_run(walk: Contacts, at: int, early: bool) -> None:
    walk.load()
    if early:
        walk.release("invitation")
        walk.clock.to_day(walk.letters().stop(LetterRef(walk.refs()[0])))
    else:
        walk.clock.to_day(walk.pack.retention.contact.latest)
    rows = backup(walk)
    with pytest.raises(Killed):
        walk.erase(between=killer(at))
    walk.erase()
    died = 1 if early else PEOPLE
    assert walk.count("person") == PEOPLE - died
    assert walk.count("erasing") == 0
    assert [(e.body["count"], e.body["bucket"]) for e in walk.ledger.entries("erasure")] == [
        (died, "contact@2027-04-05.g1")
    ]
    assert not any(opens(walk, row) for row in rows)
    assert sum(n for (_, outcome), n in dispositions(walk.sample).items() if outcome == "erased") == died
    if early:
        walk.near("reminder_one")
        assert len(walk.opened(walk.release("reminder_one"))) == PEOPLE - 1
        assert walk.count("reserve") == RESERVE * len({row.cell for row in rows})


def test_a_person_who_outlives_the_rule_is_counted(walk: Contacts) -> None:
    walk.load()
    today = walk.pack.retention.contact.latest
    assert post.outliving(walk.sample, today - timedelta(days=1)) == 0
    assert post.outliving(walk.sample, today) == PEOPLE


def test_a_ledger_that_refuses_keeps_nobody_from_their_day_two_days_running(
    walk: Contacts, monkeypatch: pytest.MonkeyPatch
) -> None:
    walk.load()
    walk.release("invitation")
    first, second = (LetterRef(ref) for ref in walk.refs()[:2])
    day = walk.letters().stop(first)
    rows = {row.ref: row for row in backup(walk)}
    walk.clock.to_day(day)
    with monkeypatch.context() as away:
        away.setattr(type(walk.ledger), "enter", _refuse)
        with pytest.raises(Refused, match="lacks entries"):
            walk.erase()
        assert not opens(walk, rows[first])
        with walk.sample.write() as connection:  # whose day is the next
            theirs = sample.person.c.ref == second
            connection.execute(sample.person.update().where(theirs).values(dies_on=day + timedelta(days=1)))
        walk.clock.to_day(day + timedelta(days=1))
        rows = {row.ref: row for row in backup(walk)}
        with pytest.raises(Refused, match="lacks entries"):
            walk.erase()
    assert second not in walk.refs()
    assert not opens(walk, rows[second])
    assert sorted(each.count for each in walk.erase()) == [1, 1]


def _refuse(*_args: object, **_more: object) -> bool:
    raise Refused("the ledger lacks entries that its replica has", where="ledger")
