"""A wave may leave in parts, each whole; killed between any two it goes on; and what would send twice or date wrongly is refused (P05, P06)."""

from __future__ import annotations

import dataclasses
from datetime import date, timedelta

import pytest
from sqlalchemy import delete, select
from tests.support.contact_fixture import walk
from tests.support.contacts import PEOPLE, Contacts, Killed, killer
from tests.support.wishing import came_back, lost

from troth.fieldwork.batch import Manifest, Part, read_batch, write_batch
from troth.fieldwork.draw import Draw
from troth.fieldwork.release import Release
from troth.fieldwork.suppress import Suppress
from troth.kit.clock import SimulatedClock
from troth.kit.errors import Refused
from troth.protocol.age import new_age_identity
from troth.protocol.chain import new_signing
from troth.protocol.code import new_letter_reference
from troth.protocol.names import LetterRef
from troth.vaults.sample import post
from troth.vaults.sample import schema as sample

__all__ = ["walk"]
LATEST = date(2027, 4, 5)


def in_parts(walk: Contacts) -> list[int]:
    """How many letters each part has."""
    walk.suppress()
    return [done.count for done in walk.letters().run_parts("invitation", walk.out, split=25)]


def test_a_wave_in_parts_is_everybody_once_and_each_part_says_which_it_is(walk: Contacts) -> None:
    walk.load()
    assert in_parts(walk) == [25, 25, 10]
    files = sorted(walk.out.iterdir())
    assert [file.name.rsplit("-", 1)[0] for file in files] == [f"sdcs-invitation-part-{n}-of-3" for n in (1, 2, 3)]
    found = [read_batch(file.read_bytes(), walk.age, walk.checking) for file in files]
    assert [(said.part, said.parts, said.count) for said, _ in found] == [(1, 3, 25), (2, 3, 25), (3, 3, 10)]
    assert len({said.batch for said, _ in found}) == 3
    assert sorted(part.ref for _, parts in found for part in parts) == walk.refs()
    assert [(e.body["part"], e.body["count"]) for e in walk.ledger.entries("release")] == [(1, 25), (2, 25), (3, 10)]
    with pytest.raises(Refused, match="this wave was released on"):
        in_parts(walk)


@pytest.mark.parametrize("first", [1, 4, 7])
def test_parts_killed_between_any_two_steps_go_on_with_the_same_parts(walk: Contacts, first: int) -> None:
    """Two parts have seven writing steps: one is killed at each, three waves a load."""
    walk.load()
    for number, wave in enumerate(("invitation", "reminder_one", "reminder_two")):
        at = first + number
        walk.near(wave)
        if at > 7:
            return
        walk.suppress()
        with pytest.raises(Killed):
            walk.letters(killer(at)).run_parts(wave, walk.out, split=30)
        prepared = {each.id: each.count for each in post.batches(walk.sample, wave)}
        if at < 3:
            with pytest.raises(Refused, match="release in parts is under way"):
                walk.release(wave)
        try:
            walk.letters().run_parts(wave, walk.out)  # however it is asked for, the parts stay those that were prepared
        except Refused as refused:
            assert (at >= 6, "was released on" in str(refused)) == (True, True)
        assert {each.id: each.count for each in post.batches(walk.sample, wave)} == prepared
        files = list(walk.out.glob(f"*-{wave}-*.age"))
        opened = [letter.ref for file in files for letter in walk.room().open(file)[1]]
        assert (len(files), sorted(opened)) == (2, walk.refs())
        assert len([entry for entry in walk.ledger.entries("release") if entry.body["wave"] == wave]) == 2


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)  # what the database is plays no part here
def test_a_clock_that_was_set_back_dates_nothing(walk: Contacts) -> None:
    walk.load()
    back = SimulatedClock(walk.clock.moment - timedelta(days=1))
    ref = LetterRef(walk.refs()[0])
    nobody = walk.folder / "nobody.csv"
    nobody.write_text("supplier_ref,reason\r\n")

    def at(moment: Release) -> Release:
        return dataclasses.replace(moment, clock=back)

    for act in (
        lambda: at(walk.letters()).run("invitation", walk.out),
        lambda: at(walk.letters()).preview("invitation"),
        lambda: at(walk.letters()).stop(ref),
        lambda: dataclasses.replace(lost(walk), clock=back).ask(ref),
        lambda: dataclasses.replace(lost(walk), clock=back).reserve("wales", walk.out),
        lambda: dataclasses.replace(came_back(walk), clock=back).run([ref]),
        lambda: Suppress(walk.pack, walk.sample, walk.ledger, walk.index, back).run(nobody),
        lambda: Draw(walk.pack, walk.ledger, walk.index, back).run(walk.file(), walk.folder / "drawn.csv", 10, "fixed"),
        lambda: dataclasses.replace(walk, clock=back).load(walk.file(40, seed=2)),
    ):
        with pytest.raises(Refused, match="clock says 2027-01-05, but the ledger was written on 2027-01-06"):
            act()
    assert set(walk.dies().values()) == {LATEST}
    assert post.batches(walk.sample) == []


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)  # what the database is plays no part here
def test_a_vault_that_was_restored_from_a_copy_sends_no_wave_twice(walk: Contacts) -> None:
    walk.load()
    walk.release("invitation")
    with walk.sample.write() as connection:  # as a copy of before has it
        connection.execute(delete(sample.batch))
        connection.execute(sample.letter.update().values(state="waiting", batch=None, delivered_by=None))
    with pytest.raises(Refused, match="restored from a copy"):
        walk.release("invitation")


def test_a_reference_that_stands_in_a_batch_twice_is_refused() -> None:
    part = Part(new_letter_reference(), b"contact", b"code")
    said = Manifest("b" * 32, "sdcs", "invitation", "invitation", "first", LATEST, LATEST, 2)
    with pytest.raises(Refused, match="twice"):
        write_batch(said, [part, part], new_signing()[0], new_age_identity()[1])


def test_a_preview_says_cell_by_cell_when_contacts_die(walk: Contacts) -> None:
    walk.load()
    for wave in ("invitation", "reminder_one"):
        walk.near(wave)
        ahead = walk.letters().preview(wave)
        assert sum(each.count for each in ahead.cells) == PEOPLE
        assert {(each.dies_first, each.dies_last) for each in ahead.cells} == {(LATEST, LATEST)}
        walk.release(wave)
    early, alike, *_ = (LetterRef(ref) for ref in walk.refs())
    assert ahead.alike == 0
    with walk.sample.write() as connection:
        lookup = select(sample.person.c.lookup).where(sample.person.c.ref == early).scalar_subquery()
        connection.execute(sample.person.update().where(sample.person.c.ref == alike).values(lookup=lookup))
        mine = sample.person.c.ref == early
        cell = connection.scalar(select(sample.person.c.cell).where(mine))
        connection.execute(sample.person.update().where(mine).values(dies_on=date(2027, 2, 1)))
    ahead = walk.letters().preview("reminder_two")
    assert {each.cell: each.dies_first for each in ahead.cells}[cell] == date(2027, 2, 1)
    assert {each.dies_last for each in ahead.cells} == {date(2027, 2, 27)}
    assert ahead.alike == 2
    assert "from 2027-02-11 on" in ahead.early
    with pytest.raises(Refused, match="posted on 2027-02-15: they can be released from 2027-02-11 on"):
        walk.release("reminder_two")
    walk.clock.to_day(date(2027, 2, 10))
    with pytest.raises(Refused, match="can be released from"):
        walk.release("reminder_two")
    walk.clock.to_day(date(2027, 2, 11))
    assert walk.letters().preview("reminder_two").early == ""
    walk.release("reminder_two")
    assert {each.dies_last for each in ahead.cells} == {max(walk.dies().values())}


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)  # what the database is plays no part here
def test_a_wave_postponed_or_a_collection_extended_lengthens_no_contacts_life(walk: Contacts) -> None:
    walk.load()
    pack = walk.pack
    later = [wave.model_copy(update={"dispatch_on": wave.dispatch_on + timedelta(days=36)}) for wave in pack.waves]
    kept = pack.retention.model_copy(
        update={"contact": pack.retention.contact.model_copy(update={"latest": LATEST + timedelta(days=90)})}
    )
    walk.pack = pack.model_copy(
        update={
            "waves": tuple(later),
            "retention": kept,
            "collection": pack.collection.model_copy(update={"closes": date(2027, 6, 30)}),
        }
    )
    for wave in later[:2]:
        walk.clock.to_day(wave.dispatch_on)
        walk.release(str(wave.id))
    assert set(walk.dies().values()) == {LATEST}
    walk.clock.to_day(later[2].dispatch_on)
    too_late = dataclasses.replace(walk.letters(), clock=SimulatedClock(walk.clock.moment + timedelta(days=5)))
    with pytest.raises(Refused, match="after 2027-04-05"):
        too_late.run("reminder_two", walk.out)
    done = walk.release("reminder_two")
    assert done.delivered_by > LATEST - timedelta(days=5)
    assert set(walk.dies().values()) == {LATEST}
    with walk.sample.read() as connection:
        assert set(connection.scalars(select(sample.person.c.latest))) == {LATEST}
    walk.clock.to_day(LATEST)
    walk.erase()
    assert walk.count("person") == 0
