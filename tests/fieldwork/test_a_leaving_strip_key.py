"""P08, P09: an answer that was sealed to a strip key which is leaving by now is sealed once more, and nothing is lost."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any

from tests.cast.house import House, Respondent

from troth.fieldwork.admit import admit, leave, without_word
from troth.protocol.boxes import new_strip
from troth.vaults.responses.flush import change_strip
from troth.vaults.responses.store import Enter, Save, strip_key

if TYPE_CHECKING:
    from troth.fieldwork.respondents import Respondents


def change(house: House, name: str) -> None:
    private, public = new_strip()
    house.flush_keys.put(f"strip-{name}.key", "strip-private", private)
    change_strip(house.responses, name, public)


def test_a_page_sealed_before_the_change_and_submitted_after_it_is_resealed_once(
    house: House, room: Respondents
) -> None:
    mair = Respondent(house.hand_out(1)[0])
    submitted: list[Any] = []

    async def walk() -> None:
        await mair.enter(room)
        await mair.next(room)
        submit = room.writer.submit

        async def counting(job: Any) -> Any:
            if isinstance(job, (Save, Enter)):
                submitted.append(job)
                if len(submitted) == 1:
                    change(house, "second")
            return await submit(job)

        room.writer.submit = counting  # type: ignore[method-assign]
        at = mair.here(room).at.slot
        await mair.next(room)
        assert mair.here(room).at.slot == at + 1
        assert len(submitted) == 2
        await mair.next(room)
        assert len(submitted) == 3

    asyncio.run(walk())
    strips = {row["n"]: row["strip"] for row in house.snapshot()["step"]}
    assert strips[1] == strips[2] == "second" != strips[0]


def test_an_entry_sealed_before_the_change_is_resealed_with_all_its_dummies(house: House, room: Respondents) -> None:
    mair = Respondent(house.hand_out(1)[0])

    async def walk() -> None:
        await mair.enter(room)
        await mair.next(room)
        await leave(room, mair.mine)
        back = await admit(room, mair.code, language="en")
        change(house, "second")
        mair.carried = await without_word(room, back)

    asyncio.run(walk())
    strips = {row["n"]: row["strip"] for row in house.snapshot()["step"]}
    assert {strips[n] for n in strips if n} == {"second"}
    assert strip_key(house.responses).id == "second"  # type: ignore[union-attr]


def test_a_room_that_slept_through_two_changes_still_saves(house: House, room: Respondents) -> None:
    mair = Respondent(house.hand_out(1)[0])

    async def walk() -> None:
        await mair.enter(room)
        for n, name in enumerate(("second", "third"), start=1):
            change(house, name)
            await mair.next(room)
            assert mair.here(room).at.slot == n

    asyncio.run(walk())
