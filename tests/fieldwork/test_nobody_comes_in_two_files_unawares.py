"""Somebody of a second file who is here already is known; who was stopped is not written to because they came again (P03, P05, P32)."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select
from tests.support.contact_fixture import here, walk
from tests.support.contacts import PEOPLE, Contacts, Killed, killer

from troth.fieldwork.met import Met
from troth.fieldwork.sample_file import read_sample
from troth.kit.errors import Invalid, Refused
from troth.vaults.sample import schema as sample
from troth.vaults.sample.met import CHUNK, Known, Whom, met

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["here", "walk"]
BECAUSE = "the first letters were lost in the post, and their codes are closed"


def another(walk: Contacts, change: Callable[[dict[str, str]], None], *, more: int = 0) -> Path:
    """The same people in the other order, each changed; and so many others of another delivery."""
    with walk.file().open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    for row in rows:
        change(row)
    if more:
        with walk.file(more, seed=2).open(encoding="utf-8", newline="") as file:
            rows += list(csv.DictReader(file))
    path = walk.folder / "another.csv"
    with path.open("w", encoding="utf-8", newline="") as out:
        writer = csv.DictWriter(out, rows[0], lineterminator="\r\n")
        writer.writeheader()
        writer.writerows(reversed(rows))
    return path


def corrected(row: dict[str, str]) -> None:
    """The supplier has found out what they are really called."""
    row["name"] = f"{row['name']} Smith"


def test_a_second_delivery_that_overlaps_the_first_is_refused_by_count_before_anything_is_stored(
    walk: Contacts,
) -> None:
    walk.load()
    with pytest.raises(Refused, match="60 people of this file are here from another load") as refused:
        walk.load(another(walk, corrected, more=40))
    assert "--again-people" in str(refused.value)
    assert (walk.count("person"), walk.count("intake"), walk.count("handle")) == (
        PEOPLE, 1, PEOPLE + walk.count("reserve"),
    )  # fmt: skip
    assert walk.load_keys.names() == []


def test_with_a_reason_they_come_again_and_who_was_stopped_stays_stopped_and_dies_at_once(walk: Contacts) -> None:
    walk.load()
    refs = walk.refs()
    with walk.sample.read() as connection:
        person = connection.execute(select(sample.person).where(sample.person.c.ref == refs[0])).one()
    walk.letters().stop(person.ref, "objected")
    loaded = walk.load(another(walk, corrected, more=40), again=f"  {BECAUSE}\n")
    assert (loaded.people, loaded.again, loaded.stopped) == (PEOPLE + 40, PEOPLE, 1)
    body = walk.ledger.entries("load")[-1].body
    assert (body["again"], body["again_because"]) == (PEOPLE, BECAUSE)
    with walk.sample.read() as connection:
        same = sample.person.c.supplier == person.supplier
        rows = connection.execute(select(sample.person).where(same, sample.person.c.ref != person.ref)).all()
    assert [(row.state, row.reason, row.dies_on) for row in rows] == [("stopped", "objected", walk.clock.today())]
    assert walk.release("invitation").count == 2 * PEOPLE + 40 - 2
    walk.erase()
    assert {rows[0].ref, person.ref}.isdisjoint(walk.refs())


def test_a_load_of_people_who_come_again_is_gone_on_with_by_the_same_reason(here: Contacts) -> None:
    here.load()
    here.letters().stop(here.refs()[0], "deceased")
    file = another(here, corrected)
    with pytest.raises(Killed):
        here.load(file, between=killer(3), again=BECAUSE)
    with pytest.raises(Refused, match="60 people"):
        here.load(file)
    loaded = here.load(file, again=BECAUSE)
    assert (loaded.again, loaded.stopped, here.count("person")) == (PEOPLE, 1, 2 * PEOPLE)


def test_what_a_killed_load_of_the_same_file_stored_is_nobody_elses(here: Contacts) -> None:
    with pytest.raises(Killed):
        here.load(between=killer(3))
    assert here.load().again == 0
    assert here.ledger.entries("load")[0].body["again_because"] == ""
    rows, _ = read_sample(here.file(), here.pack)
    seen = Met(here.sample, here.index)
    for row in rows:
        seen(row)
    (intake,) = [entry.key.removeprefix("load ") for entry in here.ledger.entries("load")]
    assert (seen.elsewhere(""), seen.elsewhere(intake), seen.elsewhere("", frozenset({intake}))) == (PEOPLE, 0, 0)


def test_without_a_suppliers_reference_name_and_postcode_tell(here: Contacts) -> None:
    columns = tuple(column for column in here.pack.sample_columns if column.name != "supplier_ref")
    whole, here.pack = here.pack, here.pack.model_copy(update={"sample_columns": columns})
    here.load()
    here.pack = whole  # the second delivery has references: they name nobody of the first
    (here.folder / f"sample-{PEOPLE}-1.csv").unlink()
    with pytest.raises(Refused, match="60 people"):
        here.load(another(here, lambda row: row.update(address_1=f"Flat 1, {row['address_1']}")))


def test_two_of_one_name_and_postcode_with_references_of_their_own_are_two_people(here: Contacts) -> None:
    here.load()
    with here.sample.read() as connection:
        rows = connection.execute(select(sample.person).limit(2)).all()
    mine, other = (Whom(bytes(row.lookup), bytes(row.supplier)) for row in rows)
    known = [Known(rows[0].intake, None)]
    assert met(here.sample, [mine, Whom(mine.lookup, b"x" * 16), Whom(mine.lookup, None)]) == [known, [], known]
    many = [Whom(bytes(16), None)] * CHUNK + [other]
    assert [len(each) for each in met(here.sample, many)] == [0] * CHUNK + [1]


def test_a_reason_is_of_one_line_and_not_too_long(here: Contacts) -> None:
    with pytest.raises(Invalid, match="--again-people"):
        here.load(again="x" * 201)
