"""P05, P06: of whom there is a receipt, they get no reminder, their contact dies as whoever is stopped, and nobody who asks is told."""

from __future__ import annotations

import secrets
from datetime import date, timedelta
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select
from tests.support.contact_fixture import walk
from tests.support.contacts import Contacts, Killed, killer
from tests.support.wishing import came_back, finder, lost, resend

from troth.fieldwork.receipts import Told, write_receipts
from troth.fieldwork.receiving import Received, Receiving
from troth.fieldwork.remind import waves_due
from troth.fieldwork.sample_file import read_sample
from troth.fieldwork.wishes.access import answer_access, uncover
from troth.kit.errors import CannotOpen, Invalid, Refused
from troth.kit.steps import go_on
from troth.protocol.age import new_age_identity
from troth.protocol.chain import new_signing
from troth.protocol.names import LetterRef, Tag
from troth.protocol.root import Cost, derive
from troth.vaults.responses import schema as responses
from troth.vaults.sample import post, receipts
from troth.vaults.sample import schema as sample

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["walk"]
REMINDED = date(2027, 1, 25)
IDENTITY, RECIPIENT = new_age_identity()


@pytest.fixture
def targeted(walk: Contacts) -> Contacts:
    walk.pack = walk.pack.model_copy(update={"reminders": "targeted"})
    return walk


@pytest.fixture
def lived(targeted: Contacts) -> Contacts:
    """Everybody was invited, and it is the day of the first reminder."""
    targeted.load()
    targeted.release("invitation")
    targeted.clock.to_day(REMINDED)
    return targeted


def tags(walk: Contacts) -> dict[str, bytes]:
    """Letter reference -> tag, of those who have one."""
    with walk.sample.read() as connection:
        rows = connection.execute(
            select(sample.person.c.ref, sample.person.c.tag).where(sample.person.c.tag.is_not(None))
        )
        return {row.ref: bytes(row.tag) for row in rows}


def marked(walk: Contacts) -> set[str]:
    with walk.sample.read() as connection:
        return set(connection.scalars(select(sample.receipt.c.ref)))


def batch(walk: Contacts, some: list[bytes], **other: object) -> Path:
    """A receipt batch as a flush hands it over."""
    said = Told(
        secrets.token_hex(16), walk.pack.id, walk.clock.today(), {"all": len(some)}, tuple(Tag(tag) for tag in some)
    )
    file = walk.folder / "receipts" / f"{secrets.token_hex(4)}.receipts.age"
    file.parent.mkdir(exist_ok=True)
    file.write_bytes(write_receipts(said, other.get("signing", walk.signing), other.get("to", RECIPIENT)))  # type: ignore[arg-type]
    return file


def receiving(walk: Contacts, between: Callable[[str], None] = go_on) -> Receiving:
    folder = walk.folder / "receipts"
    return Receiving(walk.pack, walk.sample, walk.ledger, IDENTITY, walk.checking, folder, walk.clock, between)


def some_of(walk: Contacts, many: int = 6) -> tuple[list[str], list[bytes]]:
    """The references and tags of the first people, the tags in another order."""
    found = dict(sorted(tags(walk).items())[:many])
    return list(found), sorted(found.values())


def test_a_load_writes_the_tag_of_the_code_in_each_letter_and_only_where_reminders_are_targeted(walk: Contacts) -> None:
    walk.load()
    assert tags(walk) == {}
    walk.pack = walk.pack.model_copy(update={"reminders": "targeted"})
    walk.load(walk.file(30, seed=5))
    codes = walk.opened(walk.release("invitation"))
    cost = Cost(walk.pack.code_cost_log2_n)
    made = {ref: derive(code, walk.pepper, walk.pack.id, cost) for ref, code in codes.items()}
    assert len(tags(walk)) == 30
    assert tags(walk) == {ref: bytes(made[ref].tag) for ref in tags(walk)}
    with walk.responses.read() as connection:
        offered = {bytes(each) for each in connection.scalars(select(responses.handle.c.handle))}
    assert {bytes(each.handle) for each in made.values()} < offered
    values = {bytes(value) for row in rows_of(walk) for value in row if isinstance(value, bytes)}
    assert not values & offered, "no value of SAMPLE is a handle"
    assert not set(tags(walk).values()) & offered


def rows_of(walk: Contacts) -> list[tuple[object, ...]]:
    with walk.sample.read() as connection:
        return [tuple(row) for row in connection.execute(select(sample.person))]


def test_a_reminder_leaves_out_who_has_finished_and_they_die_after_their_own_last_letter(lived: Contacts) -> None:
    refs, theirs = some_of(lived)
    before = lived.dies()
    assert receiving(lived).run([batch(lived, theirs)]) == Received(1, 6, 0)
    assert marked(lived) == set(refs)
    came = {each.delivered_by for each in post.batches(lived.sample)}
    after = lived.dies()
    assert {after[ref] for ref in refs} == {max(came) + timedelta(days=lived.pack.retention.contact.days)}
    assert {ref: day for ref, day in after.items() if ref not in refs} == {
        ref: day for ref, day in before.items() if ref not in refs
    }
    (due,) = waves_due(lived.sample, lived.pack, REMINDED)
    sent = lived.release("reminder_one")
    assert due.letters == sent.count == len(before) - 6
    assert not set(lived.opened(sent)) & set(refs)
    with pytest.raises(Refused, match="was released"):
        lived.release("reminder_one")
    (certificate,) = lived.erase()
    assert certificate.count == 6
    assert marked(lived) == set()
    assert not set(lived.refs()) & set(refs)


def test_a_batch_taken_twice_changes_nothing_and_one_of_nobody_is_counted(lived: Contacts) -> None:
    _, theirs = some_of(lived)
    strangers = [secrets.token_bytes(16) for _ in range(5)]
    file = batch(lived, [*theirs, *strangers])
    copy = lived.folder / "copy.receipts.age"
    copy.write_bytes(file.read_bytes())
    assert receiving(lived).run() == Received(1, 6, 5)
    assert not file.exists(), "what lies in the installation's own folder is deleted"
    rows = rows_of(lived)
    assert receiving(lived).run([copy]) == Received(0, 0, 0)
    again = batch(lived, theirs)  # the same people in another batch: their tags are gone
    assert receiving(lived).run([again]) == Received(1, 0, 6)
    assert rows_of(lived) == rows
    assert [entry.body["known"] for entry in lived.ledger.entries("receipted")] == [6, 0]
    assert len(marked(lived)) == 6


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)  # what the database is plays no part here
def test_a_batch_that_is_not_this_studys_own_is_refused_and_nothing_is_marked(lived: Contacts) -> None:
    _, theirs = some_of(lived)
    few = batch(lived, theirs[:4])
    forged = batch(lived, theirs, signing=new_signing()[0])
    foreign = batch(lived, theirs, to=new_age_identity()[1])
    lived.pack = lived.pack.model_copy(update={"id": "other"})
    other = batch(lived, theirs)
    lived.pack = lived.pack.model_copy(update={"id": "sdcs"})
    changed = batch(lived, theirs)
    changed.write_bytes(changed.read_bytes()[:-1] + b"x")
    for file, why in (
        (few, Refused), (forged, CannotOpen), (foreign, CannotOpen), (other, Refused), (changed, CannotOpen),
        (lived.folder / "nothing", Invalid),
    ):  # fmt: skip
        with pytest.raises(why) as refused:
            receiving(lived).run([file])
        assert file.name in str(refused.value)
    assert (marked(lived), lived.ledger.entries("receipted")) == (set(), [])
    assert len(tags(lived)) == len(lived.refs())


def test_taking_in_killed_between_any_two_steps_ends_the_same(lived: Contacts) -> None:
    whole: set[str] = set()
    for at in (1, 2, 3):
        refs, theirs = some_of(lived)
        whole |= set(refs)
        file = batch(lived, theirs)
        with pytest.raises(Killed):
            receiving(lived, killer(at)).run()
        receiving(lived).run()
        assert marked(lived) == whole
        assert (file.exists(), len(lived.ledger.entries("receipted"))) == (False, at)


def test_a_letter_in_a_batch_that_has_not_left_is_taken_out_and_a_release_goes_on_without(lived: Contacts) -> None:
    with pytest.raises(Killed):
        lived.release("reminder_one", between=killer(1))
    refs, theirs = some_of(lived)
    dies = lived.dies()
    receiving(lived).run([batch(lived, theirs)])
    sent = lived.release("reminder_one")
    assert not set(lived.opened(sent)) & set(refs)
    assert all(lived.dies()[ref] < dies[ref] for ref in refs)


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_who_asks_by_name_or_for_a_replacement_learns_the_same_before_and_after(targeted: Contacts) -> None:
    """The household must not learn from the enquiry line that somebody has finished."""
    targeted.load()
    targeted.release("invitation")
    lived, (sent,) = targeted, post.batches(targeted.sample)
    lived.clock.to_day(sent.dispatched_on)  # their contacts live on for some days, with a receipt or without
    rows, _ = read_sample(lived.file(), lived.pack)
    (found,) = finder(lived).find(rows[0].name, rows[0].postcode)
    _, theirs = some_of(lived, 5)
    mine = tags(lived)[found.ref]
    receiving(lived).run([batch(lived, list({*theirs, mine}))])
    assert found.ref in marked(lived)
    assert finder(lived).find(rows[0].name, rows[0].postcode) == [found]
    dies = lived.dies()[found.ref]
    assert lost(lived).ask(found.ref) < dies
    (again,) = resend(lived)
    assert list(lived.opened(again)) == [found.ref]
    assert lived.dies()[found.ref] == dies, "a replacement moves no date"


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_who_was_stopped_stays_stopped_and_who_has_a_receipt_may_still_object(lived: Contacts) -> None:
    refs, theirs = some_of(lived)
    stopped, objects, returned = (LetterRef(ref) for ref in refs[:3])
    lived.letters().stop(stopped, "deceased")
    receiving(lived).run([batch(lived, theirs)])
    assert stopped not in marked(lived)
    assert stopped not in tags(lived)
    before = lived.dies()
    assert lived.letters().stop(objects, "objected") == before[objects]
    came_back(lived).run([returned])
    assert lived.dies() == before
    assert len(lived.erase()) == 1


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_access_says_truthfully_what_is_held_of_taking_part(lived: Contacts) -> None:
    refs, theirs = some_of(lived)
    receiving(lived).run([batch(lived, theirs)])
    receipts.forget_tags(lived.sample)
    lived.load(lived.file(30, seed=5))
    fresh = next(ref for ref in tags(lived))
    without = next(ref for ref in lived.refs() if ref not in refs and ref not in tags(lived))
    said = {}
    for ref in (refs[0], fresh, without):
        out = lived.folder / f"{ref}.txt"
        answer_access(uncover(lived.sample, lived.ring, lived.ledger, LetterRef(ref)), lived.custodian, lived.pack, out)
        said[ref] = out.read_text()
    assert "It has been told that you finished, so you get no reminder" in said[refs[0]]
    assert "At present no more letters are due" in said[refs[0]]
    assert "a number made from your code is held" in said[fresh]
    assert "holds nothing any more by which it could be told" in said[without]
    assert all(
        "at least 5 people of an\narea together" in text and "nothing joins the two" in text for text in said.values()
    )
    lived.pack = lived.pack.model_copy(update={"reminders": "receipt_free"})
    out = lived.folder / "free.txt"
    answer_access(uncover(lived.sample, lived.ring, lived.ledger, LetterRef(without)), lived.custodian, lived.pack, out)
    assert "Whether you took part, and what you answered, cannot be told" in out.read_text()


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_batch_that_never_came_is_missed_and_when_the_collection_is_over_nothing_is_left(lived: Contacts) -> None:
    _, theirs = some_of(lived)
    body: dict[str, str | int | list[str] | list[int]] = {"cells": ["all"], "counts": [6], "digest": "0" * 64}
    lived.ledger.enter("receipts", "receipts x", REMINDED, body)
    file = batch(lived, theirs)
    draft = file.with_name(f".{file.name}.0a0a0a0a")
    draft.write_bytes(b"half")
    assert receiving(lived).missing() == 1
    receiving(lived).over()
    assert (tags(lived), file.exists(), draft.exists()) == ({}, False, False)
    assert receipts.held(lived.sample) == (0, 0)
