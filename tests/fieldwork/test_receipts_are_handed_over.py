"""P04, P06: where reminders are targeted, a flush tells who has finished, of at least k a cell at once, and nothing joins that to a record."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import secrets
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import select
from tests.cast.house import COST, STUDY, House, Killed, Respondent, begun, completed, kill_at
from tests.cast.survey import TEXT

from troth.fieldwork.admit import without_word
from troth.fieldwork.carried import decode
from troth.fieldwork.close import close, sever
from troth.fieldwork.receipts import FORMAT, Handing, Told, read_receipts, write_receipts
from troth.fieldwork.respondents import NO_TAG
from troth.kit.errors import CannotOpen, Refused
from troth.protocol.age import new_age_identity, open_age, seal_age
from troth.protocol.boxes import AnalysisSealer
from troth.protocol.chain import new_signing
from troth.protocol.names import Tag
from troth.protocol.root import derive
from troth.questionnaire import load, plan
from troth.vaults.responses import schema

if TYPE_CHECKING:
    from collections.abc import Callable

    from troth.fieldwork.flush import Flush


DAY = date(2027, 1, 25)
TAGS = tuple(Tag(secrets.token_bytes(16)) for _ in range(7))
GOOD = Told("b" * 32, STUDY, DAY, {"north": 4, "south": 3}, TAGS)


@pytest.fixture
def targeted(house: House) -> House:
    house.targeted = True
    return house


def tags_of(house: House, people: list[Respondent]) -> set[bytes]:
    return {bytes(derive(one.code, house.pepper, STUDY, COST).tag) for one in people}


def told(house: House) -> list[Told]:
    """Every receipt batch that lies in a file, the oldest first."""
    files = sorted((house.folder / "receipts").glob("*.receipts.age"), key=lambda path: path.stat().st_mtime_ns)
    read = [
        read_receipts(file.read_bytes(), house.identity, house.ledger_public, study=STUDY, k=house.k) for file in files
    ]
    return sorted(read, key=lambda each: each.day)


def everything(house: House) -> bytes:
    """Every value of RESPONSES, one after another."""
    found = b""
    with house.responses.read() as connection:
        for table in schema.metadata.tables.values():
            for row in connection.execute(select(table)):
                found += b"|".join(value if isinstance(value, bytes) else str(value).encode() for value in row)
    return found


def test_a_flush_tells_whoever_finished_in_a_full_cell_and_nobody_else(targeted: House) -> None:
    room = targeted.room()
    north = completed(targeted, room, 4, cell="north")
    completed(targeted, room, 2, cell="south")
    begun(targeted, room, 2, cell="north")
    done = targeted.flush().run(DAY)
    (batch,) = told(targeted)
    assert set(batch.tags) == tags_of(targeted, north)
    assert (batch.counts, done.receipts, done.records) == ({"north": 4}, 4, 4)
    assert [(entry.body["cells"], entry.body["counts"]) for entry in targeted.ledger.entries("receipts")] == [
        (["north"], [4])
    ]
    assert targeted.flush().run(DAY).receipts == 0, "told once"
    room = targeted.room()
    last = completed(targeted, room, 1, cell="south")
    targeted.flush().run(date(2027, 2, 8))
    both = told(targeted)[-1]
    assert both.counts == {"south": 3}
    assert tags_of(targeted, last) < set(both.tags)


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_partial_never_has_a_receipt_not_even_one_whose_every_page_is_answered(targeted: House) -> None:
    room = targeted.room()
    north = completed(targeted, room, 3)
    (code,) = targeted.hand_out(1)
    nearly = Respondent(code)
    asyncio.run(nearly.all(room))
    targeted.flush().run(DAY)
    (batch,) = told(targeted)
    assert set(batch.tags) == tags_of(targeted, north)
    assert not tags_of(targeted, [nearly]) & set(batch.tags)
    sealer, context = AnalysisSealer(targeted.analysis), targeted.context

    def shut(flush: Flush) -> None:
        close(flush, partials="keep", analysis=sealer, plan=targeted.plan, context=context, day=DAY)

    def die(step: str) -> None:
        if step == "partials filled":
            raise Killed

    begun(targeted, room, 3)
    with pytest.raises(Killed):
        shut(targeted.flush(die))
    assert len({len(box) for box in targeted.boxes().values()}) == 1, (
        "also what fills a partial's gaps has room for a tag"
    )
    shut(targeted.flush())
    assert len(told(targeted)) == 1, "at the close nobody is told anything: no reminder is due"
    size = targeted.plan.total_slots * (targeted.plan.box_size + 1136)
    assert {len(row["boxes"]) for row in targeted.snapshot()["record"]} == {size}


def test_no_vault_and_no_box_shows_a_tag_and_every_box_has_one_length(targeted: House) -> None:
    """Positive control: the same search finds the handles, which do stand there."""
    room = targeted.room()
    people = [*completed(targeted, room, 3), *begun(targeted, room, 2)]
    tags, handles = tags_of(targeted, people), [bytes(one.mine.handle) for one in people]
    for _ in range(2):
        seen = everything(targeted)
        assert all(each in seen for each in handles)
        assert not any(tag in seen for tag in tags)
        assert len({len(box) for box in targeted.boxes().values()}) == 1
        targeted.flush().run(DAY)
    (batch,) = told(targeted)
    names = b"".join(open_age(targeted.identity, next((targeted.folder / "receipts").iterdir()).read_bytes()).split())
    records = [bytes(row["id"]) for row in targeted.snapshot()["record"]]
    assert not [1 for each in (*handles, *records) if each in b"".join(batch.tags) or base64.b64encode(each) in names]


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_receipts_lie_in_another_order_than_completions_and_records(targeted: House) -> None:
    """12 people: that a fresh random order equals a given one happens once in 479 million."""
    room = targeted.room()
    people = completed(targeted, room, 12)
    of = {bytes(derive(one.code, targeted.pepper, STUDY, COST).tag): place for place, one in enumerate(people)}
    stood = [row["handle"] for row in targeted.snapshot()["handle"]]
    by_handle = {bytes(one.mine.handle): place for place, one in enumerate(people)}
    targeted.flush().run(DAY)
    order = [of[bytes(tag)] for tag in told(targeted)[0].tags]
    after = [row["handle"] for row in targeted.snapshot()["handle"]]
    assert sorted(order) == list(range(12))
    assert order != list(range(12))
    assert order != [by_handle[bytes(each)] for each in stood]
    assert order != [by_handle[bytes(each)] for each in after]


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)  # what the database is plays no part here
def test_whoever_goes_on_elsewhere_takes_their_tag_along(targeted: House) -> None:
    """Without the word, and with no common section left, they land at the end: what lies between is filled, and the last slot has the tag."""
    targeted.questionnaire = load(TEXT.replace("title: Now\n    common: true", "title: Now"), "short.yaml")
    targeted.plan = plan(targeted.questionnaire)
    room = targeted.room()
    people = completed(targeted, room, 2)
    (code,) = targeted.hand_out(1)

    async def on_two_devices() -> Respondent:
        first = Respondent(code)
        await first.enter(room)
        await first.next(room)
        again = Respondent(code)
        await again.enter(room)
        again.carried = await without_word(room, again.mine)
        assert not await again.next(room)
        await again.finish(room)
        return again

    people.append(asyncio.run(on_two_devices()))
    targeted.flush().run(DAY)
    assert set(told(targeted)[0].tags) == tags_of(targeted, people)


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_receipt_free_study_pays_not_one_byte(house: House) -> None:
    room = house.room()
    (one,) = begun(house, room, 1)
    inner = house.plan.box_size + 1136
    assert {len(box) for box in house.boxes().values()} == {inner + 48}
    assert len(one.mine.encode()) == 121
    assert decode(one.mine.encode()) == one.mine
    completed(house, room, 3)
    assert house.flush().run(DAY).receipts == 0
    assert not (house.folder / "receipts").exists()


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_who_began_before_the_study_was_targeted_gets_the_reminder_and_lessens_no_crowd(house: House) -> None:
    old = house.room()
    completed(house, old, 2)
    house.targeted = True
    completed(house, house.room(), 2)
    done = house.flush().run(DAY)
    assert (done.records, done.receipts) == (4, 0), "two tags are fewer than k, so none goes"
    assert {len(row["boxes"]) for row in house.snapshot()["record"]} == {
        house.plan.total_slots * (house.plan.box_size + 1136)
    }


def test_a_flush_killed_at_any_step_after_its_move_tells_the_same_people_once_for_all(
    new_house: Callable[[], House],
) -> None:
    """Before the move nothing is known yet, and `test_flush` kills there."""
    for step in ("records moved", "receipts written", "receipts told"):
        house = new_house()
        house.targeted = True
        people = completed(house, house.room(), 3)

        def die(named: str, step: str = step) -> None:
            if named == step:
                raise Killed

        with pytest.raises(Killed):
            house.flush(die).run(DAY)
        house.flush().run(DAY)
        assert {bytes(tag) for each in told(house) for tag in each.tags} == tags_of(house, people)
        assert len(told(house)) == len(house.ledger.entries("receipts")) == 1
        house.take_in()
        house.flush().run(DAY)
        with house.responses.read() as connection:
            assert connection.execute(select(schema.receipts)).all() == []


@pytest.mark.parametrize("spoil", [Path.unlink, lambda file: file.write_bytes(b"half of it")])
@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_a_lost_or_spoiled_file_is_written_again_until_it_was_taken_in(
    targeted: House, spoil: Callable[[Path], None]
) -> None:
    completed(targeted, targeted.room(), 3)
    targeted.flush().run(DAY)
    (batch,) = told(targeted)
    (file,) = (targeted.folder / "receipts").iterdir()
    spoil(file)
    assert targeted.flush().hand_over() == 0, "it was told before"
    assert told(targeted) == [batch]
    targeted.take_in()
    file.unlink()
    assert targeted.flush().hand_over() == 0
    assert told(targeted) == []
    assert len(targeted.ledger.entries("receipts")) == 1


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)
def test_what_a_kill_left_to_be_handed_over_is_gone_with_the_close(targeted: House) -> None:
    completed(targeted, targeted.room(), 3)
    with pytest.raises(Killed):
        targeted.flush(kill_at(3)).run(DAY)
    with targeted.responses.read() as connection:
        assert len(connection.execute(select(schema.receipts)).all()) == 1
    sealer = AnalysisSealer(targeted.analysis)
    close(targeted.flush(), partials="erase", analysis=sealer, plan=targeted.plan, context=targeted.context, day=DAY)
    sever(targeted.flush(), {"respond": targeted.respond_keys, "load": targeted.load_keys}, DAY)
    with targeted.responses.read() as connection:
        assert connection.execute(select(schema.receipts_cell)).all() == []
    assert told(targeted) == []


def test_a_batch_is_read_as_it_was_written_and_refused_when_it_is_another(tmp_path: Path) -> None:
    signing, checking = new_signing()
    identity, recipient = new_age_identity()
    data = write_receipts(GOOD, signing, recipient)
    assert read_receipts(data, identity, checking, study=STUDY, k=3) == GOOD
    assert not any(tag.hex() in repr(GOOD) for tag in TAGS)
    with pytest.raises(CannotOpen):
        read_receipts(data, new_age_identity()[0], checking, study=STUDY, k=3)
    with pytest.raises(CannotOpen, match="not signed"):
        read_receipts(data, identity, new_signing()[1], study=STUDY, k=3)
    with pytest.raises(Refused, match="another study"):
        read_receipts(data, identity, checking, study="other", k=3)
    with pytest.raises(Refused, match="fewer than 4"):
        read_receipts(data, identity, checking, study=STUDY, k=4)
    head, signature, body = open_age(identity, data).split(b"\n")
    fewer = base64.b64encode(b"".join(TAGS[:-1]))
    for lines in (
        [head, signature, fewer],
        [head.replace(b'"south":3', b'"south":4'), signature, body],
        [head, signature, base64.b64encode(b"".join((*TAGS[1:], Tag(bytes(16)))))],
        [head, signature, body, b""],
        [head, signature],
        [b"[]", signature, body],
        [b"nothing"],
    ):
        with pytest.raises(CannotOpen):
            read_receipts(seal_age([recipient], b"\n".join(lines)), identity, checking, study=STUDY, k=3)
    assert FORMAT.encode() in head
    twice = Told("b" * 32, STUDY, DAY, {"north": 2}, (TAGS[0], TAGS[0]))
    with pytest.raises(CannotOpen):
        read_receipts(write_receipts(twice, signing, recipient), identity, checking, study=STUDY, k=2)
    handing = Handing(STUDY, 3, signing, recipient, tmp_path)
    assert handing.batch({"north": TAGS[:2], "south": [*TAGS[:2], NO_TAG, b""]}, DAY) is None
    many = [secrets.token_bytes(16) for _ in range(12)]
    mixed = handing.batch({"south": many}, DAY)
    assert mixed is not None
    read = read_receipts(mixed.sealed, identity, checking, study=STUDY, k=3).tags
    assert (set(read) == set(many), list(read) == many) == (True, False), "not in the order of the records"
    made = handing.batch({"north": TAGS[:3], "south": TAGS[3:5]}, DAY)
    assert made is not None
    assert (made.counts, set(read_receipts(made.sealed, identity, checking, study=STUDY, k=3).tags)) == (
        {"north": 3}, set(TAGS[:3]),
    )  # fmt: skip
    assert hashlib.sha256(made.sealed).hexdigest() not in repr(made)
