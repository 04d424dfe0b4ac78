"""A lost batch: the codes of its load open nothing any more, what was saved stays, and no value joins the two vaults (P04, P06)."""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING

import pytest
from sqlalchemy import insert, select
from tests.support.contact_fixture import walk
from tests.support.contacts import PEOPLE, RESERVE, Contacts, Killed, killer
from tests.support.wishing import closing

from troth.fieldwork.batch import read_batch
from troth.kit.errors import Invalid, Refused
from troth.vaults.responses import schema as responses
from troth.vaults.responses import tranche
from troth.vaults.responses.intake import NewHandle, confirm, offer
from troth.vaults.sample import post

if TYPE_CHECKING:
    from troth.protocol.names import Handle
    from troth.storage.database import Database

__all__ = ["walk"]


def handles(database: Database, load: str, count: int, *, size: int) -> None:
    """A load of bare handles, in tranches of that size."""
    made: list[Handle] = [f"{load:<12}{n:04}".encode() for n in range(count)]  # type: ignore[misc]
    offer(database, load, [NewHandle(each, "wales", reserve=False) for each in made], tranche=size)
    confirm(database, load)


def states(database: Database) -> dict[int, set[str]]:
    found: dict[int, set[str]] = {}
    with database.read() as connection:
        for row in connection.execute(select(responses.handle)):
            found.setdefault(row.tranche, set()).add(row.state)
    return found


def test_a_lost_batch_names_its_load_and_the_codes_of_that_load_are_closed(walk: Contacts) -> None:
    walk.load()
    walk.load(walk.file(40, seed=2))
    walk.suppress()
    sent = walk.letters().run_parts("invitation", walk.out, by_load=True)
    assert [(each.count, each.part, each.parts) for each in sent] in (
        [(60, 1, 2), (40, 2, 2)],
        [(40, 1, 2), (60, 2, 2)],
    )
    small = next(each for each in sent if each.count == 40)
    assert {each.intake for each in post.batches(walk.sample)} == {each.load for each in sent}
    chosen = closing(walk).chosen(load=small.load)
    assert sum(each.codes for each in chosen) == 40 + RESERVE * (
        walk.count("reserve") // RESERVE - len({row.cell for row in _people(walk, other=small.load)})
    )
    (shut,) = closing(walk).close(chosen, "  lost in\nthe post ")
    assert (shut.closed, shut.codes, shut.reason) == (chosen[0].codes, chosen[0].codes, "lost in the post")
    assert states(walk.responses) == {chosen[0].number: {"closed"}, 3 - chosen[0].number: {"issued"}}
    assert closing(walk).close(chosen, "again") == [shut]
    (entry,) = walk.ledger.entries("tranche")
    assert entry.body["reason"] == "lost in the post"
    assert "closed" not in entry.body, "all of them: nobody of a small load finished, which is nobody's to know"
    role = closing(walk)
    k = walk.pack.flush.minimum
    assert [role.told(40, of) for of in (0, k - 1, k, 40 - k, 41 - k, 40)] == [None, None, k, 40 - k, None, None]
    with pytest.raises(Refused, match="both named"):
        role.chosen(number=1, load=small.load)
    manifest, _ = read_batch(small.file.read_bytes(), walk.age, walk.checking)
    assert (manifest.load, manifest.count) == (small.load, 40)


def _people(walk: Contacts, *, other: str) -> list[tuple[str, str]]:
    from troth.vaults.sample.schema import person

    with walk.sample.read() as connection:
        return list(connection.execute(select(person.c.ref, person.c.cell).where(person.c.intake != other)).all())  # type: ignore[arg-type]


def test_what_was_saved_stays_and_whoever_is_answering_is_stopped(walk: Contacts) -> None:
    handles(walk.responses, "load", 12, size=6)
    with walk.responses.read() as connection:
        rows = connection.execute(select(responses.handle).order_by(responses.handle.c.tranche)).all()
    mine, other = rows[0], rows[-1]
    done, *_ = [row for row in rows if row.tranche == mine.tranche and row.handle != mine.handle]
    with walk.responses.write() as connection:
        for row in (mine, other):
            of = {"handle": row.handle}
            connection.execute(insert(responses.step), {**of, "n": 0, "box": b"sealed", "strip": "s"})
            connection.execute(insert(responses.session), {**of, "hash": bytes(32), "tries": 0})
            connection.execute(insert(responses.progress), {**of, "n": 1, "exact": b"e", "common": b"c"})
        complete = responses.handle.c.handle == done.handle
        connection.execute(responses.handle.update().where(complete).values(state="complete"))
    role = dataclasses.replace(closing(walk), pack=walk.pack.model_copy(update={"tranche": 6}))
    (shut,) = role.close(role.chosen(number=mine.tranche), "left on a train")
    assert (shut.codes, shut.closed) == (6, 5)
    with walk.responses.read() as connection:
        left = {
            name: set(connection.scalars(select(responses.metadata.tables[name].c.handle)))
            for name in ("step", "session", "progress")
        }
        state = connection.scalar(select(responses.handle.c.state).where(complete))
    assert {name: {bytes(each) for each in found} for name, found in left.items()} == {
        "step": {bytes(mine.handle), bytes(other.handle)}, "session": {bytes(other.handle)}, "progress": {bytes(other.handle)},
    }  # fmt: skip
    assert state == "complete"


@pytest.mark.parametrize("database_kind", ["sqlite"], indirect=True)  # what the database is plays no part here
def test_too_few_codes_are_not_closed_alone_nor_without_a_reason(walk: Contacts) -> None:
    handles(walk.responses, "load", 12, size=6)
    role = closing(walk)
    with pytest.raises(Refused, match=r"fewer than 500.*--load"):
        role.chosen(number=1)
    for wanted in ({"number": 9}, {"load": "another"}):
        with pytest.raises(Refused, match="no such tranche"):
            role.chosen(**wanted)  # type: ignore[arg-type]
    both = role.chosen(load="load")
    assert [each.codes for each in both] == [6, 6]
    for reason in (" ", "x" * 201, "\x00"):
        with pytest.raises(Invalid, match="1 to 200"):
            role.close(both, reason)
    assert tranche.was_shut(walk.responses) == []


def test_a_closing_killed_at_any_step_keeps_its_counts(walk: Contacts) -> None:
    for at in (1, 2):
        handles(walk.responses, f"load {at}", PEOPLE, size=500)
        with pytest.raises(Killed):
            closing(walk, killer(at)).close(closing(walk).chosen(load=f"load {at}"), "lost")
        closing(walk).close(closing(walk).chosen(load=f"load {at}"), "lost")
        assert [entry.body["codes"] for entry in walk.ledger.entries("tranche")] == [PEOPLE] * at
