"""P15, P23: a completed handle has every step and no progress; only the same blinded values are ever signed again."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import TYPE_CHECKING

import pytest
from tests.cast.house import STUDY, House, Respondent, issuer_publics

from troth.fieldwork.admit import NotOpened, SessionOver, where
from troth.fieldwork.complete import begin_both, complete, finish_both, recover
from troth.protocol.claim import new_claim_secret, verify_ticket
from troth.protocol.code import Mistyped

if TYPE_CHECKING:
    from troth.fieldwork.respondents import Respondents


_TODAY = date(2027, 1, 25)


def test_a_completed_handle_has_exactly_total_slots_steps_and_no_progress(house: House, room: Respondents) -> None:
    people = [Respondent(code, seed=n) for n, code in enumerate(house.hand_out(3))]

    async def walk() -> None:
        for person in people:
            await person.all(room)
            await person.finish(room)
            assert where(room, person.mine) is None

    asyncio.run(walk())
    seen = house.snapshot()
    assert seen["progress"] == []
    assert house.states() == {"complete": 3}
    for person in people:
        mine = sorted(n for of, n in house.boxes() if of == person.mine.handle)
        assert mine == list(range(house.plan.total_slots))


def test_finishing_twice_with_the_same_values_gives_the_same_signatures_and_with_others_nothing(
    house: House, room: Respondents
) -> None:
    mair = Respondent(house.hand_out(1)[0])

    async def walk() -> None:
        await mair.all(room)
        first = await mair.finish(room)
        before = house.snapshot()
        assert await mair.finish(house.room()) == first
        greedy = Respondent(mair.code, carried=mair.carried)
        with pytest.raises(SessionOver):
            await complete(room, mair.mine, greedy.blinded())
        assert house.snapshot() == before

    asyncio.run(walk())


def test_two_finishes_at_once_with_different_values_sign_one_pair_only(house: House) -> None:
    mair = Respondent(house.hand_out(1)[0])
    rooms = [house.room(), house.room()]

    async def walk() -> list[object]:
        await mair.all(rooms[0])
        twin = Respondent(mair.code, carried=mair.carried)
        return list(
            await asyncio.gather(
                complete(rooms[0], mair.mine, mair.blinded()),
                complete(rooms[1], mair.mine, twin.blinded()),
                return_exceptions=True,
            )
        )

    told = asyncio.run(walk())
    assert sum(isinstance(outcome, SessionOver) for outcome in told) == 1
    assert sum(not isinstance(outcome, BaseException) for outcome in told) == 1


def test_nobody_finishes_before_the_end(house: House, room: Respondents) -> None:
    mair = Respondent(house.hand_out(1)[0])

    async def walk() -> None:
        await mair.enter(room)
        await mair.next(room)
        with pytest.raises(SessionOver):
            await mair.finish(room)
        assert house.states() == {"issued": 1}

    asyncio.run(walk())


def test_code_and_claim_secret_together_recover_both_tickets_also_after_the_flush(
    house: House, room: Respondents
) -> None:
    people = [Respondent(code, seed=n) for n, code in enumerate(house.hand_out(3))]
    publics = issuer_publics()

    async def walk() -> None:
        for person in people:
            await person.all(room)
            signed = await person.finish(room)
            given = finish_both(begin_both(STUDY, person.secret, publics), signed)
            for again in (1, 2):
                if again == 2 and person is people[-1]:
                    assert house.flush().run(_TODAY).records == 3
                found = await recover(room, person.code, person.secret, publics)
                assert {p: t.show() for p, t in found.items()} == {p: t.show() for p, t in given.items()}
                assert all(verify_ticket(ticket, STUDY, publics[p]) for p, ticket in found.items())
        for code, secret in (
            (people[0].code, people[1].secret), (people[0].code, new_claim_secret()),
        ):  # fmt: skip
            with pytest.raises(NotOpened):
                await recover(room, code, secret, publics)
        with pytest.raises(Mistyped):
            await recover(room, people[0].code[:-1] + "?", people[0].secret, publics)

    asyncio.run(walk())
