"""What became of everybody exists after their contact died, and what is shown tells no small count, nor lets one be worked out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.contact_fixture import walk
from tests.support.contacts import PEOPLE, Contacts, Killed, killer
from tests.support.wishing import came_back

from troth.fieldwork.dispositions import BY_CELL, OUTCOMES, REASONS, exact, outcomes, shown, write_exact
from troth.kit.errors import Refused
from troth.protocol.names import LetterRef

__all__ = ["walk"]


def test_outcomes_are_the_same_before_and_after_the_contacts_die(walk: Contacts) -> None:
    walk.load()
    refs = [LetterRef(ref) for ref in walk.refs()]
    walk.letters().stop(refs[0], "ineligible")
    walk.release("invitation")
    for ref, why in zip(refs[1:5], ("opted_out", "deceased", "objected", "deceased"), strict=True):
        walk.letters().stop(ref, why)  # type: ignore[arg-type]
    came_back(walk).run(refs[5:8])
    before = exact(walk.sample)
    totals = {name: sum(mine[name] for mine in before.values()) for name in OUTCOMES}
    assert totals == {
        "loaded": PEOPLE, "issued": PEOPLE - 1, "stopped": 8, "returned": 3, "deceased": 2, "ineligible": 1, "opted_out": 1,
        "moved": 0, "at_risk": 0, "objected": 1,
    }  # fmt: skip
    walk.clock.to_day(walk.dies()[refs[5]])
    walk.erase()
    assert walk.count("person") == PEOPLE - 8
    assert exact(walk.sample) == before
    walk.clock.to_day(walk.pack.retention.contact.latest)
    walk.erase()
    assert exact(walk.sample) == before
    table = walk.folder / "exact.csv"
    write_exact(walk.sample, table)
    lines = table.read_text().splitlines()
    assert sum(int(line.rsplit(",", 1)[1]) for line in lines if ",deceased," in line) == 2
    assert (lines[0], table.stat().st_mode & 0o777) == ("cell,outcome,count", 0o600)
    with pytest.raises(Refused, match="a file already"):
        write_exact(walk.sample, table)
    told = outcomes(walk.sample, 10)
    assert set(next(iter(told.cells.values()))) == set(BY_CELL)
    assert [told.total[name] for name in ("deceased", "returned", "issued", "stopped")] == [None] * 4
    assert (told.letters_returned, told.after_erasure) == (None, None)


def test_a_letter_in_a_batch_that_never_left_is_none_that_was_issued(walk: Contacts) -> None:
    walk.load()
    with pytest.raises(Killed):
        walk.release("invitation", killer(1))
    assert sum(mine["issued"] for mine in exact(walk.sample).values()) == 0
    walk.clock.to_day(walk.pack.retention.contact.latest)
    walk.erase()
    assert sum(mine["issued"] for mine in exact(walk.sample).values()) == 0


K = 4
ROW = st.tuples(st.integers(0, 9), st.integers(0, 6), st.lists(st.integers(0, 6), min_size=3, max_size=3))


def table(rows: list[tuple[int, int, list[int]]]) -> dict[str, dict[str, int]]:
    """Per row: who is live, who never had a letter, and why others were stopped (three of the seven reasons)."""
    made = {}
    for number, (live, never, why) in enumerate(rows):
        reasons = dict.fromkeys(REASONS, 0) | dict(zip(REASONS, why, strict=False))
        stopped = sum(why)
        made[f"cell {number}"] = {
            "loaded": live + never + stopped, "issued": live + stopped, "stopped": stopped, **reasons,
        }  # fmt: skip
    return made


@given(st.lists(ROW, min_size=1, max_size=5))
def test_no_small_count_is_shown_and_every_hidden_one_may_have_been_any(rows: list[tuple[int, int, list[int]]]) -> None:
    found = table(rows)
    cells, total = shown(found, K)
    for mine in (*cells.values(), total):
        assert not [name for name, many in mine.items() if many is not None and 0 < many < K]
        if mine["loaded"] is not None and mine["issued"] is not None:
            assert not 0 < mine["loaded"] - mine["issued"] < K
    for name in BY_CELL:
        hidden = [found[cell][name] for cell in cells if cells[cell][name] is None]
        if hidden and total[name] is not None:  # somebody who knows the rule takes away what is shown beside it
            rest = range(len(hidden) - 1, (len(hidden) - 1) * (K - 1) + 1)
            assert all(sum(hidden) - one in rest for one in range(1, K))
    if total["stopped"] is None:
        assert [total[reason] for reason in REASONS] == [None] * len(REASONS)
    assert len({total[reason] is None for reason in REASONS}) == 1, (
        "all or none: one alone would follow from the others"
    )


def test_reasons_are_told_over_all_cells_where_none_is_small() -> None:
    _, total = shown(table([(9, 0, [4, 4, 0]), (9, 0, [0, 4, 5])]), K)
    assert [total[reason] for reason in REASONS[:3]] == [4, 8, 5]
