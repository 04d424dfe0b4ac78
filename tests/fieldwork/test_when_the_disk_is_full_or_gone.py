"""P08: a write that failed is told, acknowledges nothing and loses nothing; when the trouble is over, answers are saved again."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import text
from tests.cast.house import House, Respondent, completed

from troth.fieldwork.admit import where
from troth.kit.errors import Busy, KeyMissing, StorageFailed
from troth.vaults.responses.store import strip_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from troth.fieldwork.respondents import Respondents

FULL = """
CREATE FUNCTION full_disk() RETURNS trigger LANGUAGE plpgsql AS
$$ BEGIN RAISE EXCEPTION USING ERRCODE = 'disk_full', MESSAGE = 'no space left, marker-value'; END $$
"""


def fill_disk(house: House) -> Callable[[], None]:
    """The disk is full for `step`, until the function given is called.

    SQLite: every page of the file is taken, and it may not grow. PostgreSQL: its own `disk_full` error is raised at the insert;
    a tablespace that is really full needs a file system of its own.
    """
    if house.responses.is_sqlite:
        with house.responses.write() as connection:
            connection.execute(text("CREATE TABLE filler (x BLOB)"))
        house.responses.forget_residue()
        pages = []
        for made in range(12):  # every connection of the pool: the limit is a connection's own
            connection = house.responses.engine.connect()
            pages.append(connection)
            count = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {count}")
            assert made < 12
        for connection in pages:
            connection.close()

        def free() -> None:
            house.responses.engine.dispose()

        return free
    with house.responses.write() as connection:
        connection.execute(text(FULL))
        connection.execute(text("CREATE TRIGGER full_disk BEFORE INSERT ON step EXECUTE FUNCTION full_disk()"))

    def free() -> None:
        with house.responses.write() as connection:
            connection.execute(text("DROP TRIGGER full_disk ON step"))

    return free


def test_a_full_disk_is_told_without_a_word_of_the_answer_and_the_same_form_is_saved_later(
    house: House, room: Respondents
) -> None:
    people = [Respondent(code, seed=n) for n, code in enumerate(house.hand_out(12))]

    async def walk() -> None:
        for person in people:
            await person.enter(room)
        free = fill_disk(house)
        failed = []
        for _ in range(3):
            for person in people:
                at = person.here(room).at
                before = {place for place in house.boxes() if place[0] == person.mine.handle}
                try:
                    await person.next(room)
                except StorageFailed as error:
                    failed.append(error)
                    assert person.here(room).at == at
                    assert {place for place in house.boxes() if place[0] == person.mine.handle} == before
        assert failed
        assert all("marker-value" not in str(error) and "INSERT" not in str(error) for error in failed)
        free()
        for person in people:
            while await person.next(room):
                pass
            await person.finish(room)

    asyncio.run(walk())
    assert house.states() == {"complete": 12}


def test_a_database_that_is_gone_is_told_as_such_and_quotes_nothing(house: House, room: Respondents) -> None:
    mair = Respondent(house.hand_out(1)[0])

    async def walk() -> None:
        await mair.enter(room)
        form_slot = mair.here(room).at.slot
        with house.responses.write() as connection:
            connection.execute(text("ALTER TABLE step RENAME TO elsewhere"))
        with pytest.raises(StorageFailed) as told:
            await mair.next(room)
        assert mair.mine.handle.hex() not in str(told.value)
        with house.responses.write() as connection:
            connection.execute(text("ALTER TABLE elsewhere RENAME TO step"))
        assert mair.here(room).at.slot == form_slot
        assert await mair.next(room)

    asyncio.run(walk())


def test_a_process_that_is_stopping_says_busy_and_nobody_waits_for_ever(house: House, room: Respondents) -> None:
    mair = Respondent(house.hand_out(1)[0])

    async def walk() -> None:
        await mair.enter(room)
        room.writer.close()
        with pytest.raises(Busy):
            await asyncio.wait_for(mair.next(room), 5)
        assert where(room, mair.mine) is not None
        assert await mair.next(house.room())

    asyncio.run(walk())


@pytest.mark.parametrize(
    "content", ["", "not a key", "troth-key-v1 strip-private !!!", "troth-key-v1 pepper AAAA", "\ud800"]
)
def test_a_broken_or_wrong_strip_key_stops_the_flush_before_anything_moves(
    house: House, room: Respondents, content: str
) -> None:
    from datetime import date

    completed(house, room, 3)
    found = strip_key(house.responses)
    assert found is not None
    path = house.flush_keys.path / f"strip-{found.id}.key"
    path.write_bytes(content.encode("utf-8", "surrogatepass"))
    before = house.boxes()
    with pytest.raises(KeyMissing) as told:
        house.flush().run(date(2027, 1, 25))
    assert "AAAA" not in str(told.value)
    assert house.boxes() == before
    assert house.states() == {"complete": 3}
