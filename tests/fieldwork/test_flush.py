"""P04, P09, P10: completed responses leave in groups of at least k; no older copy of the table links a record to a handle."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import event
from tests.cast.house import House, Killed, Respondent, begun, completed, kill_at

from troth.fieldwork.respondents import step_context
from troth.kit.errors import CannotOpen, KeyMissing, TrothError
from troth.protocol.boxes import StripOpener
from troth.protocol.names import Handle, StripPrivate
from troth.vaults.responses.flush import strips
from troth.vaults.responses.store import strip_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from troth.fieldwork.respondents import Respondents

DAY = date(2027, 1, 25)


def openers(house: House) -> list[StripOpener]:
    """Every strip key's private half that lies on the disk at this moment."""
    names = house.flush_keys.names("strip-")
    return [StripOpener(StripPrivate(house.flush_keys.get(name, "strip-private"))) for name in names]


def opens(house: House, keys: list[StripOpener], place: tuple[bytes, int], box: bytes) -> bytes | None:
    for key in keys:
        try:
            return key.open(box, step_context("short", Handle(place[0]), place[1]))
        except CannotOpen:
            continue
    return None


def test_only_cells_with_k_completed_are_flushed_and_the_others_are_said_to_wait(
    house: House, room: Respondents
) -> None:
    completed(house, room, 3, cell="north")
    completed(house, room, 2, cell="south")
    began = begun(house, room, 1, cell="north")
    told = house.flush().run(DAY)
    assert (told.records, dict(told.waiting)) == (3, {"south": 2})
    seen = house.snapshot()
    assert [row["cell"] for row in seen["record"]] == ["north"] * 3
    assert house.states() == {"flushed": 3, "complete": 2, "issued": 1}
    assert len(seen["step"]) == 2 * house.plan.total_slots + 2
    kept = {bytes(row["handle"]) for row in seen["progress"]}
    assert kept == {bytes(began[0].mine.handle)}
    assert house.flush().run(DAY).records == 0


def test_who_was_on_the_way_goes_on_after_a_flush_and_every_answer_is_still_there(
    house: House, room: Respondents
) -> None:
    completed(house, room, 3)
    (gwen,) = begun(house, room, 1)
    before = house.boxes()
    house.flush().run(DAY)
    after = house.boxes()
    assert after.keys() == {place for place in before if place[0] == gwen.mine.handle}
    assert all(after[place] != before[place] for place in after)  # sealed again, to the new strip key

    async def walk() -> None:
        while await gwen.next(room):
            pass
        await gwen.finish(room)

    asyncio.run(walk())
    assert len(house.boxes()) == house.plan.total_slots


def test_no_box_of_an_earlier_copy_is_in_any_record_and_the_destroyed_key_opens_none_of_them(
    house: House, room: Respondents
) -> None:
    completed(house, room, 3)
    stolen, keys_before = house.boxes(), openers(house)
    # Positive control: whoever has the strip key finds every inner box; were it copied unchanged, everybody were linked.
    inner = {place: opens(house, keys_before, place, box) for place, box in stolen.items()}
    assert all(inner.values())
    house.flush().run(DAY)
    records = b"".join(bytes(row["boxes"]) for row in house.snapshot()["record"])
    assert all(box not in records for box in stolen.values())
    assert all(box is not None and box in records for box in inner.values())
    assert all(opens(house, openers(house), place, box) is None for place, box in stolen.items())


def test_the_old_strip_key_is_gone_from_the_disk_and_exactly_one_is_left(house: House, room: Respondents) -> None:
    completed(house, room, 3)
    old = strip_key(house.responses)
    assert old is not None
    house.flush().run(DAY)
    assert house.flush_keys.names("strip-") == [f"strip-{strips(house.responses)[0]}.key"]
    assert not house.flush_keys.has(f"strip-{old.id}.key")


def test_records_lie_in_another_order_than_completions_and_handles_in_another_than_before(
    house: House, room: Respondents
) -> None:
    """12 people: that a fresh random order equals the old one happens once in 479 million."""
    completed(house, room, 12)
    before = [row["handle"] for row in house.snapshot()["handle"]]
    house.flush().run(DAY)
    seen = house.snapshot()
    assert [row["handle"] for row in seen["handle"]] != before
    ids = [row["id"] for row in seen["record"]]
    assert ids != sorted(ids)
    assert sorted(row["handle"] for row in seen["handle"]) == sorted(before)


def test_between_two_records_nothing_is_written_that_names_a_handle(house: House, room: Respondents) -> None:
    """A write-ahead log keeps the order of writes: record, that handle's deletes, record, … would tell whose each is."""
    completed(house, room, 5)
    written: list[str] = []

    def note(_c: object, _cursor: object, statement: str, *_more: object) -> None:
        words = statement.split()
        if words[0] in {"INSERT", "UPDATE", "DELETE"}:
            written.append(f"{words[0]} {words[2] if words[0] != 'UPDATE' else words[1]}")

    event.listen(house.responses.engine, "before_cursor_execute", note)
    house.flush().run(DAY)
    first, last = written.index("INSERT record"), len(written) - written[::-1].index("INSERT record")
    assert written[first:last] == ["INSERT record"] * 5
    assert written.count("DELETE step") == 1


def test_a_missing_strip_key_moves_nothing_and_says_which(house: House, room: Respondents) -> None:
    completed(house, room, 3)
    for name in house.flush_keys.names("strip-"):
        house.flush_keys.destroy(name)
    before = house.boxes()
    with pytest.raises(KeyMissing):
        house.flush().run(DAY)
    assert house.boxes() == before
    assert house.states() == {"complete": 3}


def test_a_response_that_lacks_a_step_stops_the_flush_and_nothing_moves(house: House, room: Respondents) -> None:
    from sqlalchemy import delete

    from troth.vaults.responses.schema import step

    completed(house, room, 3)
    with house.responses.write() as connection:
        connection.execute(delete(step).where(step.c.n == 4))
    before = house.boxes()
    with pytest.raises(TrothError, match="lacks a step"):
        house.flush().run(DAY)
    assert (house.boxes(), house.states()) == (before, {"complete": 3})


def test_a_flush_killed_between_any_two_steps_and_run_again_ends_the_same(new_house: Callable[[], House]) -> None:
    killed, n = True, 0
    while killed:
        n += 1
        house = new_house()
        room = house.room()
        completed(house, room, 3)
        begun(house, room, 1)
        killed = False
        try:
            house.flush(kill_at(n)).run(DAY)
        except Killed:
            killed = True
        house.flush().run(DAY)
        assert house.states() == {"flushed": 3, "issued": 1}, n
        assert len(house.snapshot()["record"]) == 3
        assert len(house.boxes()) == 2
        entries = house.ledger.entries("flush")
        assert [count for entry in entries if (count := entry.body["records"])] == [3], n
        assert strips(house.responses)[1] == ()
        house.close()
    assert n > 4  # there were steps to be killed at


def test_a_flush_killed_after_its_move_does_not_keep_later_completions_out_of_the_next(
    house: House, room: Respondents
) -> None:
    """The next run first accounts for what was moved, then flushes those who completed since."""
    completed(house, room, 3)
    with pytest.raises(Killed):
        house.flush(kill_at(3)).run(DAY)  # after "records moved"
    completed(house, room, 4)
    told = house.flush().run(DAY)
    assert told.records == 7
    assert house.states() == {"flushed": 7}
    assert sorted(entry.body["records"] for entry in house.ledger.entries("flush")) == [3, 4]


def test_answers_given_while_a_flush_runs_are_neither_lost_nor_left_under_the_old_key(
    house: House, room: Respondents
) -> None:
    """Others answer and read all through three flushes. On PostgreSQL a ring of locks would stop one of them."""
    people = [Respondent(code, seed=n) for n, code in enumerate(house.hand_out(8))]

    async def answering() -> None:
        async def one(person: Respondent) -> None:
            await person.all(room)
            await person.finish(room)

        async def flushing() -> int:
            total = 0
            for _ in range(3):
                await asyncio.sleep(0.05)
                total += (await asyncio.to_thread(house.flush().run, DAY)).records
            return total

        await asyncio.gather(flushing(), *(one(person) for person in people))

    asyncio.run(answering())
    house.flush().run(DAY)
    left = house.states()
    assert left.get("flushed", 0) + left.get("complete", 0) == 8
    current, leaving = strips(house.responses)
    assert leaving == ()
    assert {row["strip"] for row in house.snapshot()["step"]} <= {current}
    assert len(house.snapshot()["record"]) == left.get("flushed", 0)


def test_a_wave_with_no_full_cell_still_changes_the_strip_key_and_the_order(house: House, room: Respondents) -> None:
    """What was stopped and deleted before it must not open from a copy of that time, and no row may lie in arrival order."""
    completed(house, room, 2, cell="north")
    before, keys = house.boxes(), set(house.flush_keys.names("strip-"))
    told = house.flush().run(DAY)
    assert (told.records, dict(told.waiting)) == (0, {"north": 2})
    after = house.boxes()
    assert set(after) == set(before), "every step is there"
    assert not set(after.values()) & set(before.values()), "and every one is wrapped anew"
    assert not keys & set(house.flush_keys.names("strip-")), "for another key"
