"""Nobody whom the supplier names gets a further letter, and no letter leaves without asking the supplier (P03, P05)."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import func, select, text
from tests.support.contact_fixture import here, walk
from tests.support.contacts import PEOPLE, Contacts, Killed, killer

from troth.fieldwork.suppress import read_suppression, working_days
from troth.kit.errors import Invalid, Refused
from troth.protocol import blind_index
from troth.vaults.sample import post, suppress
from troth.vaults.sample import schema as sample

if TYPE_CHECKING:
    from pathlib import Path

__all__ = ["here", "walk"]
A, B, C, D = (f"S1-{number:07d}" for number in range(4))


def states(walk: Contacts) -> dict[str, int]:
    with walk.sample.read() as connection:
        found = connection.execute(select(sample.person.c.reason, func.count()).group_by(sample.person.c.reason))
        return {reason or "": int(count) for reason, count in found}


def test_the_people_named_get_no_further_letter_and_die_early(walk: Contacts) -> None:
    # Given everybody had the invitation, and the supplier then reports four people, one of them twice
    walk.load()
    walk.release("invitation")
    walk.clock.to_day(date(2027, 1, 22))
    run = walk.suppress((A, "deceased"), (B, "opted_out"), (C.lower(), "moved"), (D, "at_risk"), (A, "deceased"))
    # Then each is stopped with the reason, and dies five days after their own last delivery
    assert (run.deceased, run.opted_out, run.moved, run.at_risk, run.unknown) == (1, 1, 1, 1, 0)
    assert states(walk) == {"": PEOPLE - 4, "deceased": 1, "opted_out": 1, "moved": 1, "at_risk": 1}
    early = [day for day in walk.dies().values() if day < walk.pack.retention.contact.latest]
    assert early == [date(2027, 1, 14)] * 4
    # And the reminder goes to the others
    assert walk.letters().run("reminder_one", walk.out).count == PEOPLE - 4


def test_who_never_had_a_letter_dies_today(here: Contacts) -> None:
    here.load()
    here.suppress((A, "deceased"))
    assert min(here.dies().values()) == here.clock.today()
    here.erase()
    assert here.count("person") == PEOPLE - 1


def test_the_same_file_again_changes_nothing_and_an_unknown_reference_is_counted_not_named(here: Contacts) -> None:
    here.load()
    first = here.suppress((A, "deceased"), ("ZQX-9", "moved"))
    assert (first.deceased, first.unknown) == (1, 1)
    again = here.suppress((A, "deceased"), ("ZQX-9", "moved"))
    assert again.id == first.id
    assert len(suppress.runs(here.sample)) == len(here.ledger.entries("suppression")) == 1
    here.clock.forward(timedelta(days=1))
    later = here.suppress((A, "opted_out"))
    assert (later.opted_out, later.already) == (0, 1)
    assert states(here)["deceased"] == 1  # the first reason stands
    told = str([entry.body for entry in here.ledger.entries()])
    assert "ZQX" not in told
    assert A not in told


def test_only_an_index_of_the_reference_is_stored_and_it_dies_with_the_contact(here: Contacts) -> None:
    here.load()
    with here.sample.read() as connection:
        stored = {bytes(value) for value in connection.scalars(select(sample.person.c.supplier))}
        rows = str(connection.execute(select(sample.person)).all())
    assert blind_index.supplier_index(here.index, A) in stored
    assert A not in rows
    other = blind_index.new_index_key()
    assert blind_index.supplier_index(other, A) not in stored
    here.suppress((A, "deceased"))
    here.erase()
    with here.sample.read() as connection:
        left = {bytes(value) for value in connection.scalars(select(sample.person.c.supplier))}
    assert stored - left == {blind_index.supplier_index(here.index, A)}


def test_a_letter_in_a_batch_that_has_not_left_is_dropped_from_it(walk: Contacts) -> None:
    walk.load()
    walk.suppress()
    with pytest.raises(Killed):
        walk.letters(killer(1)).run("invitation", walk.out)
    assert post.batches(walk.sample)[0].count == PEOPLE
    run = walk.suppress((A, "deceased"))
    assert run.dropped == 1
    assert min(walk.dies().values()) == walk.clock.today()  # nothing went out
    done = walk.letters().run("invitation", walk.out)
    assert done.count == PEOPLE - 1
    with walk.sample.read() as connection:
        waiting = connection.execute(select(sample.letter).where(sample.letter.c.state == "waiting")).all()
    assert not [row for row in waiting if row.batch]


def test_release_refuses_without_a_suppression_within_two_working_days(here: Contacts) -> None:
    here.load()
    release = here.letters()
    assert "never compared" in release.preview("invitation").suppression
    with pytest.raises(Refused, match="never compared"):
        release.run("invitation", here.out)
    assert post.batches(here.sample) == []
    here.suppress()  # on Wednesday 6 January: good until Friday
    here.clock.to_day(date(2027, 1, 8))
    assert release.preview("invitation").suppression == ""
    here.clock.to_day(date(2027, 1, 11))
    with pytest.raises(Refused, match="3 working days ago"):
        release.run("invitation", here.out)
    here.suppress()
    assert release.run("invitation", here.out).count == PEOPLE


def test_people_who_were_loaded_after_the_suppression_were_not_compared(here: Contacts) -> None:
    here.load()
    here.suppress()
    here.load(here.file(40, seed=2))
    with pytest.raises(Refused, match="never compared"):
        here.letters().run("invitation", here.out)
    # The same file, run again on the same day, compares them too
    here.suppress()
    assert here.letters().run("invitation", here.out).count == PEOPLE + 40


def test_who_comes_with_the_rest_of_a_killed_load_was_not_compared(here: Contacts) -> None:
    with pytest.raises(Killed):
        here.load(between=killer(3))
    here.suppress()
    here.load()
    with pytest.raises(Refused, match="never compared"):
        here.letters().run("invitation", here.out)


def test_the_same_file_again_stops_who_was_loaded_since(here: Contacts) -> None:
    here.load()
    late = "S2-0000001"
    assert here.suppress((late, "deceased")).unknown == 1
    here.load(here.file(40, seed=2))
    assert here.suppress((late, "deceased")).deceased == 1
    told = [entry.body["deceased"] for entry in here.ledger.entries("suppression")]
    assert told == [0, 1]


def test_a_batch_that_was_killed_needs_a_fresh_suppression_too(here: Contacts) -> None:
    here.load()
    here.suppress()
    with pytest.raises(Killed):
        here.letters(killer(1)).run("invitation", here.out)
    here.clock.to_day(date(2027, 1, 13))
    with pytest.raises(Refused, match="working days ago"):
        here.letters().run("invitation", here.out)


def test_a_study_without_the_rule_releases_as_before(here: Contacts) -> None:
    here.load()
    here.pack = here.pack.model_copy(update={"sample": here.pack.sample.model_copy(update={"suppression": "none"})})
    assert here.letters().run("invitation", here.out).count == PEOPLE


def test_a_clock_that_was_set_back_is_noticed(here: Contacts) -> None:
    here.load()
    here.suppress()
    here.clock.moment = datetime(2027, 1, 5, 9, tzinfo=UTC)
    with pytest.raises(Refused, match="set back"):
        here.suppress((A, "deceased"))
    with pytest.raises(Refused, match="set back"):
        here.letters().run("invitation", here.out)
    assert states(here) == {"": PEOPLE}


@pytest.mark.parametrize("at", [1, 2])
def test_a_run_killed_at_any_step_is_finished_by_running_it_again(walk: Contacts, at: int) -> None:
    walk.load()
    with pytest.raises(Killed):
        walk.suppress((A, "deceased"), between=killer(at))
    run = walk.suppress((A, "deceased"))
    assert (run.deceased, run.already) == (1, 0)
    assert [entry.body["deceased"] for entry in walk.ledger.entries("suppression")] == [1]
    assert [run.state for run in suppress.runs(walk.sample)] == ["told"]


def test_a_run_that_was_killed_is_told_even_when_another_file_comes_next(here: Contacts) -> None:
    here.load()
    with pytest.raises(Killed):
        here.suppress((A, "deceased"), between=killer(1))
    here.suppress((B, "moved"))
    assert sum(entry.body["deceased"] for entry in here.ledger.entries("suppression")) == 1


def test_a_disk_that_is_full_changes_nothing(here: Contacts) -> None:
    here.load()
    with here.sample.write() as connection:
        connection.execute(text("ALTER TABLE suppression RENAME TO elsewhere"))
    with pytest.raises(Exception, match="vault sample"):
        here.suppress((A, "deceased"))
    with here.sample.write() as connection:
        connection.execute(text("ALTER TABLE elsewhere RENAME TO suppression"))
    assert states(here) == {"": PEOPLE}


@pytest.mark.parametrize(
    ("content", "what"),
    [
        ("", "line 1: write the header"),
        ("ref,why\n", "line 1: the header is not supplier_ref,reason"),
        ("supplier_ref,reason\nZQX-1,dead\n", "line 2, column reason: one of deceased"),
        ("supplier_ref,reason\n,moved\n", "line 2, column supplier_ref: empty"),
        ("supplier_ref,reason\n--,moved\n", "line 2, column supplier_ref: empty"),
        ("supplier_ref,reason\nZQX-1,moved,x\n", "line 2: 3 values, not 2"),
        ("supplier_ref,reason\nZQX-1,moved\nzqx 1,deceased\n", "line 3: the same reference as on line 2"),
        ("supplier_ref,reason\nZQX-1,mov", "cut short"),
        ('supplier_ref,reason\n"ZQX-1,moved\n', "line 2: a quotation mark"),
    ],
)
def test_a_bad_file_is_refused_whole_by_line_and_never_by_value(content: str, what: str) -> None:
    _, faults = read_suppression(content.encode())
    assert any(what in fault for fault in faults)
    assert "ZQX" not in str(faults)
    assert "zqx" not in str(faults)


def test_a_bad_file_changes_nothing(here: Contacts, tmp_path: Path) -> None:
    here.load()
    with pytest.raises(Invalid, match="1 fault; nothing was changed"):
        here.suppress((A, "deceased"), (B, "dead"))
    assert states(here) == {"": PEOPLE}
    assert suppress.runs(here.sample) == []
    assert suppress.without_reference(here.sample) == 0
    here.pack = here.pack.model_copy(update={"sample_columns": here.pack.sample_columns[:-1]})
    with pytest.raises(Refused, match="no column supplier_ref"):
        here.suppress((A, "deceased"))


@given(
    st.binary(max_size=200)
    | st.text(max_size=100).map(lambda t: ("supplier_ref,reason\n" + t).encode("utf-8", "replace"))
)
@settings(max_examples=60, deadline=None)
def test_whatever_is_in_a_file_it_is_read_or_refused(data: bytes) -> None:
    named, faults = read_suppression(data)
    assert faults or data.removeprefix(b"\xef\xbb\xbf").startswith(b"supplier_ref,reason") or b'"' in data
    assert all(named.values())


def test_working_days_leave_out_weekends_and_bank_holidays() -> None:
    assert working_days(date(2027, 1, 8), date(2027, 1, 11)) == 1  # Friday to Monday
    assert working_days(date(2026, 12, 24), date(2026, 12, 29)) == 1  # Christmas, Boxing Day's substitute, a weekend
    assert working_days(date(2027, 1, 8), date(2027, 1, 8)) == 0
    assert working_days(date(2020, 1, 8), date(2027, 1, 8)) > 2
