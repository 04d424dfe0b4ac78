"""Everybody of a file is loaded once, whatever dies on the way; nothing that is stored joins a contact and a handle (P03, P04)."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import delete, select, text
from tests.support.contact_fixture import here, walk
from tests.support.contacts import PEOPLE, RESERVE, Contacts, Killed, killer

from troth.fieldwork.batch import read_batch
from troth.fieldwork.sample.packed import Packed
from troth.fieldwork.sample_file import BadSample, Reading, read_sample
from troth.kit.errors import CannotOpen, KeyMissing, Refused, StorageFailed
from troth.protocol.names import Code
from troth.protocol.parcel import open_parcel
from troth.protocol.root import Cost, derive
from troth.protocol.seal import Place, open_sealed
from troth.vaults.responses import schema as responses
from troth.vaults.sample import schema as sample

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["here", "walk"]
STEPS = 10
"""Begun, three parts, the codes that stand by, offered, confirmed, told, key destroyed, confirmed."""


def everything(walk: Contacts) -> tuple[list[list[object]], list[list[object]]]:
    """Every value of every row of SAMPLE and of RESPONSES."""
    found = []
    for database, metadata in ((walk.sample, sample.metadata), (walk.responses, responses.metadata)):
        with database.read() as connection:
            rows = [list(row) for table in metadata.tables.values() for row in connection.execute(select(table))]
        found.append([[bytes(v) if isinstance(v, memoryview) else v for v in row] for row in rows])
    return found[0], found[1]


def test_a_load_fills_both_vaults_and_tells_the_ledger(walk: Contacts) -> None:
    loaded = walk.load()
    cells = len({row.cell for row in read_sample(walk.file(), walk.pack)[0]})
    assert (loaded.people, loaded.reserves, loaded.repeated) == (PEOPLE, RESERVE * cells, 0)
    assert walk.count("person") == PEOPLE
    assert walk.count("letter") == PEOPLE * len(walk.pack.waves)
    assert walk.count("reserve") == RESERVE * cells
    assert walk.count("handle") == PEOPLE + RESERVE * cells
    entry = walk.ledger.entries("load")[0]
    assert entry.body["source"] == "NHS England"
    assert entry.body["lawful_basis"] == walk.pack.controller.lawful_basis
    assert entry.body["extracted"] == "2027-01-04"
    assert entry.body["columns"] == [column.name for column in walk.pack.sample_columns]
    assert entry.body["people"] == PEOPLE
    assert set(walk.dies().values()) == {walk.pack.retention.contact.latest}


def test_the_codes_in_the_letters_are_the_handles_and_nothing_stored_says_so(walk: Contacts) -> None:
    walk.load()
    codes = walk.opened(walk.release("invitation"))
    derived = {bytes(derive(Code(c), walk.pepper, walk.pack.id, Cost(4)).handle): ref for ref, c in codes.items()}
    with walk.responses.read() as connection:
        issued = list(connection.execute(select(responses.handle).where(responses.handle.c.reserve.is_(False))))
    with walk.sample.read() as connection:
        cells = {row.ref: row.cell for row in connection.execute(select(sample.person))}
    assert {bytes(row.handle) for row in issued} == set(derived)
    assert all(cells[derived[bytes(row.handle)]] == row.cell for row in issued)
    in_sample, in_responses = everything(walk)
    intake = {row[0] for row in in_sample if row[1] == "confirmed"}
    days_and_words = (str, int, bool, date, type(None))
    opaque = {v for row in in_sample for v in row if isinstance(v, bytes)} | set(cells)
    theirs = {v for row in in_responses for v in row if isinstance(v, bytes)}
    assert not opaque & theirs
    assert not set(derived) & opaque
    shared = {v for row in in_sample for v in row if isinstance(v, str)} & {
        v for row in in_responses for v in row if isinstance(v, str)
    }
    assert shared == intake | set(cells.values()) | {"confirmed"}  # a batch of all, cells of at least k, a word
    assert all(isinstance(v, (bytes, *days_and_words)) for row in in_sample + in_responses for v in row)


def test_the_rows_of_the_two_vaults_lie_in_different_orders_than_the_file(walk: Contacts) -> None:
    walk.load()
    codes = walk.opened(walk.release("invitation"))
    of = {bytes(derive(Code(c), walk.pepper, walk.pack.id, Cost(4)).handle): ref for ref, c in codes.items()}
    place = "rowid" if walk.sample.is_sqlite else "ctid"
    with walk.sample.read() as connection:
        people = [row[0] for row in connection.exec_driver_sql(f"SELECT ref FROM person ORDER BY {place}")]
        letters = [
            row[0]
            for row in connection.exec_driver_sql(f"SELECT ref FROM letter WHERE wave='invitation' ORDER BY {place}")
        ]
    with walk.responses.read() as connection:
        raw = connection.exec_driver_sql(f"SELECT handle FROM handle ORDER BY {place}")
        handles = [of[bytes(row[0])] for row in raw if bytes(row[0]) in of]
    name_of = {letter.ref: letter.lines[0] for letter in walk.room().open(next(walk.out.iterdir()))[1]}
    in_file = [row.name for row in read_sample(walk.file(), walk.pack)[0]]
    orders = [[name_of[ref] for ref in order] for order in (people, letters, handles)]
    assert all(sorted(order) == sorted(in_file) for order in orders)
    assert len({tuple(order) for order in [in_file, *orders]}) == 4
    # SAMPLE lies in the parts of the file; RESPONSES in no parts at all: by luck the first part's people come first in one cell of 16 (6 people,
    # 2 to 4 of them in the part); in 7 cells of 10 or more, four times in ten million. Were it in parts, it would be all 10.
    part, there = set(in_file[: walk.part]), orders[2]
    assert set(orders[0][: walk.part]) == part
    rows, _ = read_sample(walk.file(), walk.pack)
    crowds = [{row.name for row in rows if row.cell == cell} for cell in {row.cell for row in rows}]
    lying = [[name in part for name in there if name in crowd] for crowd in crowds]
    assert sum(each == sorted(each, reverse=True) for each in lying) < 7


def test_no_name_code_or_postcode_lies_in_any_vault(walk: Contacts) -> None:
    walk.load()
    codes = walk.opened(walk.release("invitation"))
    rows, _ = read_sample(walk.file(), walk.pack)
    secrets = {row.name for row in rows} | {row.postcode for row in rows} | set(codes.values())
    stored = b"".join(
        v if isinstance(v, bytes) else str(v).encode() for vault in everything(walk) for row in vault for v in row
    )
    assert not [s for s in secrets if s.encode() in stored]
    assert next(iter(codes)).encode() in stored  # the search finds what is there


def test_all_letters_of_a_person_carry_parts_of_one_size_whatever_the_address(walk: Contacts) -> None:
    walk.load()
    with walk.sample.read() as connection:
        people = connection.execute(select(sample.person)).all()
        letters = connection.execute(select(sample.letter)).all()
    assert len({len(row.contact_sealed) for row in people}) == 1
    assert len({len(row.code_sealed) for row in letters}) == 1


def test_the_print_room_reads_both_parts_and_the_custodian_the_contact_alone(walk: Contacts) -> None:
    walk.load()
    _, parts = read_batch(walk.release("invitation").file.read_bytes(), walk.age, walk.checking)
    ref, study = parts[0].ref, walk.pack.id
    contact, code = (
        Place("letter", ref.encode(), "contact", study),
        Place("letter", ref.encode(), "code invitation", study),
    )
    assert open_parcel(walk.custodian, parts[0].contact, contact) == open_parcel(
        walk.printroom, parts[0].contact, contact
    )
    assert len(open_parcel(walk.printroom, parts[0].code, code)) == 16
    with pytest.raises(CannotOpen):
        open_parcel(walk.custodian, parts[0].code, code)
    with pytest.raises(CannotOpen):  # nor does a code open in somebody else's letter
        open_parcel(walk.printroom, parts[1].code, code)


def test_the_same_file_is_not_loaded_twice(walk: Contacts) -> None:
    walk.load()
    with pytest.raises(Refused, match="was loaded on 2027-01-06"):
        walk.load()
    assert (walk.count("person"), len(walk.ledger.entries("load"))) == (PEOPLE, 1)


def test_a_second_file_joins_the_first_and_repeated_people_are_counted(walk: Contacts) -> None:
    walk.load()
    again = walk.folder / "again.csv"
    again.write_bytes(walk.file().read_bytes().replace(b"\r\n", b"\n"))  # the same people, another file
    assert walk.load(again, again="their letters were lost").repeated == PEOPLE
    assert walk.load(walk.file(40, seed=2)).repeated == 0
    assert walk.count("person") == 2 * PEOPLE + 40
    with walk.responses.read() as connection:
        tranches = {row.intake: row.tranche for row in connection.execute(select(responses.handle))}
    assert sorted(tranches.values()) == [1, 2, 3]


@pytest.mark.parametrize("at", range(1, STEPS + 1))
def test_a_load_killed_at_any_step_is_finished_by_running_it_again(walk: Contacts, at: int) -> None:
    with pytest.raises(Killed):
        walk.load(between=killer(at))
    if at == STEPS:
        with pytest.raises(Refused, match="was loaded"):
            walk.load()
    else:
        walk.load()
    codes = walk.opened(walk.release("invitation"))
    handles = {bytes(derive(Code(c), walk.pepper, walk.pack.id, Cost(4)).handle) for c in codes.values()}
    with walk.responses.read() as connection:
        issued = {
            bytes(h)
            for h in connection.scalars(select(responses.handle.c.handle).where(responses.handle.c.reserve.is_(False)))
        }
        states = [row.state for row in connection.execute(select(responses.intake))]
    assert (len(codes), handles, states) == (PEOPLE, issued, ["confirmed"])
    assert walk.count("reserve") == walk.count("handle") - PEOPLE
    assert walk.count("intake") == len(walk.ledger.entries("load")) == 1


def test_a_load_killed_before_anybody_was_stored_makes_way_for_another_file(walk: Contacts) -> None:
    with pytest.raises(Killed):
        walk.load(between=killer(1))
    walk.load(walk.file(40, seed=2))
    assert walk.count("person") == 40
    assert walk.count("handle") == 40 + walk.count("reserve")
    assert walk.count("intake") == 1


def test_a_load_killed_half_way_is_gone_on_with_and_not_begun_again(here: Contacts) -> None:
    with pytest.raises(Killed):
        here.load(between=killer(3))
    stored = set(here.refs())
    assert len(stored) == 2 * here.part
    assert here.count("handle") == 0
    here.load()
    assert stored < set(here.refs())
    assert here.count("person") == PEOPLE


def test_a_load_killed_half_way_is_finished_or_given_up_before_another_file(walk: Contacts) -> None:
    with pytest.raises(Killed):
        walk.load(between=killer(3))
    other = walk.file(40, seed=2)
    with pytest.raises(Refused, match="give it up"):
        walk.load(other)
    walk.load(other, give_up=True)
    assert (walk.count("person"), walk.count("intake"), walk.count("staged")) == (40, 1, 0)
    assert walk.count("handle") == 40 + walk.count("reserve")
    assert walk.load_keys.names() == []


@pytest.mark.parametrize("at", range(1, STEPS + 1))
def test_what_opens_the_lists_of_a_load_is_gone_before_a_letter_can_leave(here: Contacts, at: int) -> None:
    with pytest.raises(Killed):
        here.load(between=killer(at))
    if at < STEPS:
        with pytest.raises(Refused):
            here.letters().run("invitation", here.out)
        here.load()
    assert here.load_keys.names() == []
    assert here.count("staged") == 0


def test_a_list_of_handles_opens_only_with_the_key_of_its_load_and_names_no_person(here: Contacts) -> None:
    with pytest.raises(Killed):
        here.load(between=killer(5))
    (name,) = here.load_keys.names()
    with here.sample.read() as connection:
        rows = connection.execute(select(sample.staged)).all()
    key = here.load_keys.get(name, "load")
    place = Place("staged", rows[0].intake.encode(), f"handles {rows[0].n}", here.pack.id)
    assert open_sealed(key, bytes(rows[0].handles_sealed), place)
    with pytest.raises(CannotOpen):
        open_sealed(here.index, bytes(rows[0].handles_sealed), place)
    packed = Packed()
    packed.add(open_sealed(key, bytes(rows[0].handles_sealed), place))
    listed = [(each.cell, bytes(each.handle)) for each in packed]
    assert listed == sorted(listed)
    assert len(packed) == here.part
    with pytest.raises(CannotOpen, match="no list"):
        packed.add(b"{")


@pytest.mark.parametrize("at", [5, 6])
def test_a_load_that_lacks_only_its_confirmation_can_be_given_up(here: Contacts, at: int) -> None:
    with pytest.raises(Killed):
        here.load(between=killer(at))
    (name,) = here.load_keys.names()
    here.load_keys.put(name, "load", bytes(32), replace=True)
    with pytest.raises(CannotOpen, match="give the load up"):
        here.load()
    here.load(here.file(40, seed=2), give_up=True)
    assert (here.count("person"), here.count("intake")) == (40, 1)
    assert here.count("handle") == 40 + here.count("reserve")


def test_a_load_that_responses_confirmed_is_finished_and_not_given_up(here: Contacts) -> None:
    with pytest.raises(Killed):
        here.load(between=killer(7))
    with pytest.raises(Refused, match="load that file again first"):
        here.load(here.file(40, seed=2), give_up=True)
    here.load(give_up=True)
    assert here.count("person") == PEOPLE


def test_a_lost_key_is_told_and_the_load_is_begun_again_when_it_is_given_up(here: Contacts) -> None:
    with pytest.raises(Killed):
        here.load(between=killer(3))
    (name,) = here.load_keys.names()
    here.load_keys.destroy(name)
    with pytest.raises(KeyMissing):
        here.load()
    here.load(give_up=True)
    assert here.count("person") == PEOPLE


def test_a_file_that_changes_between_the_passes_is_refused_and_gives_nothing_unchecked(here: Contacts) -> None:
    file = here.file()
    whole = file.read_bytes()

    def between(step: str) -> None:
        if step == "part stored":
            lines = whole.splitlines(keepends=True)
            file.write_bytes(b"".join([*lines[:40], lines[40].replace(b",", b"X,", 1), *lines[41:]]))

    with pytest.raises(Refused, match="changed while"):
        here.load(between=between)
    assert here.count("person") % here.part == 0
    file.write_bytes(whole)
    here.load()
    assert here.count("person") == PEOPLE


def test_other_cells_merged_after_a_kill_are_refused(here: Contacts) -> None:
    rows = here.file().read_text(encoding="utf-8").splitlines(keepends=True)
    london = [row for row in rows if ",london," in row]
    few = here.folder / "few.csv"
    few.write_text("".join(row for row in rows if row not in london[4:]), encoding="utf-8")
    with pytest.raises(BadSample, match="--merge-small london="):
        here.load(few)
    with pytest.raises(Killed):
        here.load(few, killer(2), reading=Reading(merge={"london": "south_east"}))
    with pytest.raises(Refused, match="other cells merged"):
        here.load(few, reading=Reading(merge={"london": "wales"}))
    here.load(few, reading=Reading(merge={"london": "south_east"}))
    assert here.ledger.entries("load")[0].body["merged"] == ["london into south_east (4 people)"]
    with here.sample.read() as connection:
        assert "london" not in set(connection.scalars(select(sample.person.c.cell)))


def test_what_was_allowed_or_dropped_stands_in_the_ledger(here: Contacts) -> None:
    rows = here.file().read_text(encoding="utf-8").splitlines()
    second = rows[1].split(",")
    second[0], second[-1] = "Somebody Else", "S9-0000001"
    shared = here.folder / "shared.csv"
    shared.write_text(
        "".join(f"{row},x\r\n" for row in [f"{rows[0]}", *rows[1:], ",".join(second)]).replace(",x", ",note", 1)
    )
    here.pack = here.pack.model_copy(update={"sample": here.pack.sample.model_copy(update={"ignored": ("note",)})})
    with pytest.raises(BadSample, match="one person per address"):
        here.load(shared)
    here.load(shared, reading=Reading(shared="halls of residence"))
    body = here.ledger.entries("load")[0].body
    assert (body["people"], body["sharing"], body["shared_because"]) == (PEOPLE + 1, 1, "halls of residence")
    assert body["dropped"] == ["note"]
    assert "note" not in body["columns"]


def test_a_full_disk_stops_a_load_and_it_goes_on_when_there_is_room(walk: Contacts) -> None:
    def between(step: str) -> None:
        if step == "part stored":
            with walk.sample.write() as connection:
                connection.execute(text("ALTER TABLE letter RENAME TO elsewhere"))

    with pytest.raises(StorageFailed, match="vault sample"):
        walk.load(between=between)
    with walk.sample.write() as connection:
        connection.execute(text("ALTER TABLE elsewhere RENAME TO letter"))
    assert walk.count("person") == walk.part
    walk.load()
    assert walk.count("person") == PEOPLE
    assert walk.count("letter") == PEOPLE * len(walk.pack.waves)


def test_letters_wait_for_a_load_that_is_not_finished(walk: Contacts) -> None:
    with pytest.raises(Killed):
        walk.load(between=killer(6))
    with pytest.raises(Refused, match="not finished"):
        walk.release("invitation")
    with pytest.raises(Refused, match="load that file again first"):
        walk.load(walk.file(40, seed=2))


def test_a_bad_file_leaves_no_trace(walk: Contacts, tmp_path: Path) -> None:
    bad = tmp_path / "bad.csv"
    bad.write_bytes(walk.file().read_bytes() + b"Zed,1 Road,,,Nowhere,XX,london,en\r\n")
    before = everything(walk)
    with pytest.raises(BadSample):
        walk.load(bad)
    assert everything(walk) == before
    assert walk.ledger.entries() == []


def test_nobody_is_loaded_when_the_bucket_is_gone_or_dying(walk: Contacts) -> None:
    bucket = walk.ring.newest(walk.pack.retention.contact.latest)

    def dying(step: str) -> None:
        if step == "intake begun":
            with walk.sample.write() as connection:
                row = {"bucket": bucket.id, "rule": "contact", "day": walk.clock.today(), "count": 0}
                connection.execute(sample.erasing.insert(), row)

    with pytest.raises(Refused, match="overtaken"):
        walk.load(between=dying)
    assert walk.count("person") == 0
    with walk.sample.write() as connection:
        connection.execute(delete(sample.erasing))
    walk.ring.destroy(bucket)
    with pytest.raises(KeyMissing):
        walk.load()
    assert walk.count("person") == 0


def test_nobody_is_loaded_after_the_collection(walk: Contacts) -> None:
    walk.clock.to_day(walk.pack.collection.closes)
    with pytest.raises(Refused, match="nobody can be invited"):
        walk.load()
