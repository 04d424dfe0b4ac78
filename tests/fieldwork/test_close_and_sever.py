"""P04, P07, P09, P10: at close nothing completed is discarded; after sever nothing links a record to a code, even with the list."""

from __future__ import annotations

import asyncio
from datetime import date
from typing import TYPE_CHECKING, Any, Literal

import pytest
from sqlalchemy import select
from tests.cast.house import House, Killed, Respondent, begun, completed, kill_at

from troth.fieldwork.admit import NotOpened, SessionOver, admit, where
from troth.fieldwork.close import MERGED, Closed, close, merge_cells, sever
from troth.kit.errors import Refused, TrothError
from troth.protocol.boxes import AnalysisSealer
from troth.protocol.code import show_code
from troth.vaults.responses import tranche
from troth.vaults.responses.flush import shut
from troth.vaults.responses.schema import handle, outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from troth.fieldwork.respondents import Respondents

DAY = date(2027, 3, 8)


def close_house(
    house: House, between: Callable[[str], None] = lambda _step: None, partials: Literal["keep", "erase"] = "keep"
) -> Closed:
    return close(
        house.flush(between), partials=partials, analysis=AnalysisSealer(house.analysis), plan=house.plan,
        context=house.context, day=DAY,
    )  # fmt: skip


def sever_house(house: House, between: Callable[[str], None] = lambda _step: None) -> dict[str, int]:
    return dict(sever(house.flush(between), {"respond": house.respond_keys, "load": house.load_keys}, DAY))


def outcomes(house: House) -> dict[tuple[str, str], int]:
    with house.responses.read() as connection:
        return {(row.cell, row.state): row.count for row in connection.execute(select(outcome))}  # type: ignore[misc]


def fill(house: House, room: Respondents) -> list[Respondent]:
    """Four completed in the north, two in the south, one in the west; three on the way; one never began."""
    people = completed(house, room, 4, cell="north")
    people += completed(house, room, 2, cell="south") + completed(house, room, 1, cell="west")
    people += begun(house, room, 3, cell="north")
    house.hand_out(1, cell="south")
    return people


def test_partials_are_kept_padded_and_small_cells_are_merged_and_nothing_is_discarded(
    house: House, room: Respondents
) -> None:
    fill(house, room)
    assert close_house(house) == Closed(complete=7, partial=3, erased=0)
    seen = house.snapshot()
    assert sorted(row["cell"] for row in seen["record"]) == [MERGED] * 3 + ["north"] * 7
    assert {frozenset(row) for row in seen["record"]} == {frozenset({"id", "cell", "boxes"})}, (
        "none says that it is partial"
    )
    assert len({len(row["boxes"]) for row in seen["record"]}) == 1  # a partial has the length of a whole one
    assert (seen["step"], seen["progress"], seen["session"]) == ([], [], [])
    assert house.states() == {"flushed": 10, "closed": 1}


def test_partials_are_erased_where_the_notice_says_so_and_counted(house: House, room: Respondents) -> None:
    fill(house, room)
    assert close_house(house, partials="erase") == Closed(complete=7, partial=0, erased=3)
    assert house.snapshot()["step"] == []
    assert house.ledger.entries("close")[0].body["erased"] == 3


def test_a_closed_code_opens_nothing_and_a_session_that_was_open_saves_nothing(house: House, room: Respondents) -> None:
    (mair,) = begun(house, room, 1)
    form = mair.form(room, mair.here(room))
    close_house(house)
    from troth.fieldwork.answer import answer

    async def walk() -> None:
        with pytest.raises(NotOpened):
            await admit(room, mair.code, language="en")
        with pytest.raises(SessionOver):
            await answer(room, mair.mine, form)

    asyncio.run(walk())


def test_who_presses_the_last_button_while_the_study_is_closing_is_in_or_told_never_in_between(
    house: House, room: Respondents
) -> None:
    """After the codes are shut, completing changes nothing: so no response is completed that no total counts."""
    people = begun(house, room, 4, pages=20)

    async def finish(person: Respondent) -> bool:
        try:
            await person.finish(room)
        except SessionOver:
            return False
        return True

    done = [asyncio.run(finish(person)) for person in people[:3]]
    late: list[bool] = []

    def between(step: str) -> None:
        if step in {"codes shut", "records moved"}:
            late.append(asyncio.run(finish(people[3])))

    told = close_house(house, between)
    assert done == [True] * 3
    assert late
    assert not any(late)
    assert told == Closed(complete=3, partial=1, erased=0)
    assert sever_house(house)


@pytest.mark.parametrize("partials", ["keep", "erase"])
def test_a_close_killed_between_any_two_steps_and_run_again_ends_the_same(
    new_house: Callable[[], House], partials: Literal["keep", "erase"]
) -> None:
    killed, n = True, 0
    ends: list[Any] = []
    while killed:
        n += 1
        house = new_house()
        room = house.room()
        completed(house, room, 3)
        begun(house, room, 1)  # with the three a group of k, alone it would be merged: decided once, whatever is killed
        killed = False
        try:
            close_house(house, kill_at(n), partials)
        except Killed:
            killed = True
        told = close_house(house, partials=partials)
        totals: dict[str, int] = {}
        for entry in house.ledger.entries("flush"):
            state = entry.body["state"]
            totals[state] = totals.get(state, 0) + entry.body["records"]
        entries = [dict(entry.body) for entry in house.ledger.entries("close")]
        for body in entries:
            body.pop("key", None)
        assert [row["cell"] for row in house.snapshot()["record"]] == ["north"] * (4 if partials == "keep" else 3), n
        ends.append((told, {s: c for s, c in totals.items() if c}, entries, house.states(), len(house.boxes())))
        house.close()
    assert all(end == ends[-1] for end in ends), ends
    assert len(ends[-1][2]) == 1
    assert n > 5


def test_sever_leaves_no_handle_no_pepper_no_strip_key_and_new_ids(house: House, room: Respondents) -> None:
    fill(house, room)
    with pytest.raises(Refused, match="not closed"):
        sever_house(house)
    close_house(house)
    before = {bytes(row["id"]): bytes(row["boxes"]) for row in house.snapshot()["record"]}
    order = [bytes(row["boxes"]) for row in house.snapshot()["record"]]
    told = sever_house(house)
    seen = house.snapshot()
    after = {bytes(row["id"]): bytes(row["boxes"]) for row in seen["record"]}
    assert not before.keys() & after.keys()
    assert sorted(before.values()) == sorted(after.values())
    assert [bytes(row["boxes"]) for row in seen["record"]] != order
    assert (seen["handle"], seen["session"], seen["step"], seen["progress"]) == ([], [], [], [])
    assert not house.respond_keys.has("pepper")
    assert not house.load_keys.has("pepper")
    assert house.flush_keys.names("strip-") == []
    assert told == {"flushed": 10, "closed": 1}
    assert outcomes(house) == {
        ("north", "flushed"): 7, ("south", "flushed"): 2, ("west", "flushed"): 1, ("south", "closed"): 1,
    }  # fmt: skip


def test_records_of_codes_that_stood_by_are_counted_where_they_are_many_and_marked_nowhere(
    house: House, room: Respondents
) -> None:
    fill(house, room)
    with house.responses.write() as connection:  # who completed in the north and south had lost their letters
        lost = handle.c.cell.in_(("north", "south")) & (handle.c.state == "complete")
        connection.execute(handle.update().where(lost).values(reserve=True))
    close_house(house)
    assert {frozenset(row) for row in house.snapshot()["record"]} == {frozenset({"id", "cell", "boxes"})}
    told = sever_house(house)
    assert told == {"flushed": 10, "closed": 1}
    assert outcomes(house)["north", "spare used"] == 4
    assert ("south", "spare used") not in outcomes(house)  # two of them: fewer than k


def test_a_tranche_that_is_closed_opens_to_nobody_and_its_partials_are_kept(house: House, room: Respondents) -> None:
    completed(house, room, 3)
    (someone, *_) = begun(house, room, 1)
    (unused,) = house.hand_out(1)
    with house.responses.write() as connection:
        connection.execute(handle.update().values(tranche=1))
    (other,) = house.hand_out(1)
    theirs = next(of for of, code in house.codes.items() if code == other)
    with house.responses.write() as connection:
        connection.execute(handle.update().where(handle.c.handle == theirs).values(tranche=2))
    (told,) = tranche.shut(house.responses, [1], DAY, "lost")
    assert (told.codes, told.closed) == (5, 2)
    for code in (unused, someone.code):
        with pytest.raises(NotOpened, match="does not open the survey"):
            asyncio.run(admit(room, show_code(code), language="en"))
    with pytest.raises(SessionOver):
        where(room, someone.mine)
    asyncio.run(admit(room, show_code(other), language="en"))
    assert close_house(house) == Closed(complete=3, partial=1, erased=0)


def test_a_sever_killed_between_any_two_steps_counts_outcomes_once(new_house: Callable[[], House]) -> None:
    killed, n = True, 0
    while killed:
        n += 1
        house = new_house()
        room = house.room()
        completed(house, room, 3)
        house.hand_out(2)
        close_house(house)
        killed = False
        try:
            sever_house(house, kill_at(n))
        except Killed:
            killed = True
        assert sever_house(house) == {"flushed": 3, "closed": 2}, n
        assert outcomes(house) == {("north", "flushed"): 3, ("north", "closed"): 2}
        assert len(house.snapshot()["record"]) == 3
        assert len(house.ledger.entries("sever")) == 1
        assert house.flush_keys.names("strip-") == []
        assert not house.respond_keys.has("pepper")
        house.close()
    assert n > 5


def test_sever_refuses_while_steps_are_left_and_changes_nothing(house: House, room: Respondents) -> None:
    from troth.vaults.responses import flush as vault

    completed(house, room, 3)
    before = house.snapshot()
    with pytest.raises(TrothError, match="steps are left"):
        vault.sever(house.responses, house.k)
    assert house.snapshot() == before


def test_shutting_twice_is_shutting_once(house: House, room: Respondents) -> None:
    completed(house, room, 1)
    begun(house, room, 2)
    shut(house.responses)
    before = house.snapshot()
    shut(house.responses)
    assert house.snapshot() == before
    assert house.states() == {"complete": 1, "closed": 2}


@pytest.mark.parametrize(
    ("counts", "into"),
    [
        ({"a": 5, "b": 9}, {"a": "a", "b": "b"}),
        ({"a": 2, "b": 9}, {"a": MERGED, "b": MERGED}),
        ({"a": 1, "b": 2, "c": 9}, {"a": MERGED, "b": MERGED, "c": "c"}),
        ({"a": 1, "b": 4, "c": 9}, {"a": MERGED, "b": MERGED, "c": "c"}),
        ({"a": 1}, {"a": MERGED}),
        ({}, {}),
    ],
)
def test_no_merged_cell_is_smaller_than_k_while_another_could_join(
    counts: dict[str, int], into: dict[str, str]
) -> None:
    assert merge_cells(counts, 3) == into


def test_sever_refuses_while_a_pepper_is_neither_here_nor_spoken_for(house: House, room: Respondents) -> None:
    fill(house, room)
    close_house(house)
    before = house.snapshot()
    with pytest.raises(Refused, match="role load"):
        sever(house.flush(), {"respond": house.respond_keys}, DAY)
    assert house.snapshot() == before
    assert house.respond_keys.has("pepper")
    sever(house.flush(), {"respond": house.respond_keys}, DAY, destroyed_elsewhere=["load"])
    said = {entry.body["role"]: entry.body["where"] for entry in house.ledger.entries("pepper")}
    assert said == {"load": "elsewhere, attested", "respond": "here"}
