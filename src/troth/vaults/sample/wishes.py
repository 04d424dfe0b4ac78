"""What people wish while their contact is here: found, stopped, corrected, told what is held. Each is counted by week, never by whom (P32).

A count is raised in the transaction that does what was wished, so a kill loses none and counts none twice. Every date only ever
moves earlier (P05).
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Final, Literal

from sqlalchemy import Date, bindparam, func, null, select, text, update

from troth.protocol.names import LetterRef
from troth.vaults.sample.post import lock
from troth.vaults.sample.schema import batch, intake, letter, person, receipt, reissue, wish
from troth.vaults.sample.stopping import no_more, weaker

if TYPE_CHECKING:
    from datetime import date

    from sqlalchemy import Connection

    from troth.protocol.bucket import Locked
    from troth.storage.database import Database

Reason = Literal["opted_out", "objected", "ineligible", "deceased", "moved", "at_risk", "returned"]


@dataclass(frozen=True)
class Found:
    """One person who answers to a name and postcode: what the finder may see of them."""

    ref: LetterRef
    state: str
    reason: str | None


@dataclass(frozen=True)
class Sent:
    """One letter that went out: its wave, when it was posted, when it had come at the latest."""

    wave: str
    posted: date
    delivered_by: date
    again: bool
    """A replacement."""
    returned: date | None = None
    """The day that it was counted among the letters that came back."""


@dataclass(frozen=True)
class Held:
    """Everything that SAMPLE holds of one person. The `repr` tells nothing."""

    ref: LetterRef = field(repr=False)
    state: str
    reason: str | None
    cell: str = field(repr=False)
    intake: str
    loaded_on: date
    bucket: str
    contact_wrapped: bytes = field(repr=False)
    contact_sealed: bytes = field(repr=False)
    latest: date
    dies_on: date
    sent: tuple[Sent, ...]
    asked: int = 0
    """So many replacements wait."""
    supplier: bool = False
    """Whether a keyed index of the supplier's own reference is held."""
    tag: bool = False
    """Whether a tag of their code is held; only where reminders are targeted."""
    receipt: bool = False
    """Whether it was told that they have finished; only there."""


def week_of(day: date) -> date:
    """The Monday of that day's week."""
    return day - timedelta(days=day.weekday())


def find(database: Database, lookup: bytes, day: date) -> list[Found]:
    """Everybody here with that blind index; the search is counted, whether or not it finds somebody."""
    columns = (person.c.ref, person.c.state, person.c.reason)
    with database.write() as connection:
        count(connection, "find", day)
        rows = connection.execute(select(*columns).where(person.c.lookup == lookup).order_by(person.c.ref)).all()
    return [Found(LetterRef(row.ref), row.state, row.reason) for row in rows]


def withdraw(database: Database, ref: LetterRef, reason: Reason, day: date, days: timedelta) -> date | None:
    """No further letter goes to this person, and those in a batch that has not left are out of it. Gives the day of their death.

    They die `days` after their own last delivery, on `day` where none went out, or earlier if they were to (P05). None: nobody here has
    this reference. Counted under its reason, once a person; a stronger reason replaces a weaker one, and is counted too.
    """
    with database.write() as connection:
        lock(connection)
        no_more(connection, [ref], day, days)
        mine = person.c.ref == ref
        new = (person.c.state == "live") | person.c.reason.is_(None) | person.c.reason.in_(weaker(reason))
        changed = update(person).where(mine & new).values(state="stopped", reason=reason)
        if connection.execute(changed).rowcount:
            count(connection, reason, day)
        found: date | None = connection.scalar(select(person.c.dies_on).where(mine))
    return found


def where_sealed(database: Database, ref: LetterRef) -> tuple[str, str, str] | None:
    """(Bucket, cell, state) of a person; None when they are not here."""
    with database.read() as connection:
        row = connection.execute(
            select(person.c.bucket, person.c.cell, person.c.state).where(person.c.ref == ref)
        ).first()
    return None if row is None else (row.bucket, row.cell, row.state)


def replace_contact(
    database: Database, ref: LetterRef, bucket: str, contact: Locked, *, lookup: bytes, day: date
) -> bool:
    """The new contact part stands instead of the old one; False: the person is not in that bucket any more, nothing was changed.

    Erasure moves survivors' keys to a younger bucket under a lock on the table: whoever comes after it misses the bucket here.
    """
    with database.write() as connection:
        mine = (person.c.ref == ref) & (person.c.bucket == bucket)
        values = {"contact_wrapped": contact.wrapped, "contact_sealed": contact.sealed, "lookup": lookup}
        if not connection.execute(update(person).where(mine).values(**values)).rowcount:
            return False
        count(connection, "correction", day)
    return True


def letters_out(database: Database, ref: LetterRef, day: date) -> int:
    """How many letters of theirs are released and may not have come on that day yet: they go where they were addressed."""
    found = 0
    with database.read() as connection:
        for table in (letter, reissue):
            out = (table.c.ref == ref) & (table.c.state == "released") & (table.c.delivered_by >= day)
            found += int(connection.scalar(select(func.count()).select_from(table).where(out)) or 0)
    return found


def held(database: Database, ref: LetterRef) -> Held | None:
    """Everything that is held of a person, sealed parts sealed; None when they are not here."""
    with database.read() as connection:
        row = connection.execute(select(person).where(person.c.ref == ref)).first()
        if row is None:
            return None
        loaded = connection.scalar(select(intake.c.day).where(intake.c.id == row.intake))
        sent = []
        for table, again in ((letter, False), (reissue, True)):
            joined = table.join(batch, batch.c.id == table.c.batch)
            back = letter.c.returned if table is letter else null()
            columns = (table.c.wave, batch.c.dispatched_on, table.c.delivered_by, back)
            out = select(*columns).select_from(joined).where(table.c.ref == ref, table.c.state == "released")
            sent += [Sent(wave, posted, came, again, home) for wave, posted, came, home in connection.execute(out)]
        waits = (reissue.c.ref == ref) & (reissue.c.state == "waiting")
        asked = int(connection.scalar(select(func.count()).select_from(reissue).where(waits)) or 0)
        done = bool(connection.scalar(select(func.count()).select_from(receipt).where(receipt.c.ref == ref)))
    return Held(
        LetterRef(row.ref), row.state, row.reason, row.cell, row.intake, loaded or row.latest, row.bucket,
        bytes(row.contact_wrapped), bytes(row.contact_sealed), row.latest, row.dies_on,
        tuple(sorted(sent, key=lambda each: (each.posted, each.again))), asked, row.supplier is not None,
        row.tag is not None, done,
    )  # fmt: skip


def told(database: Database, day: date) -> None:
    """Somebody is about to be told what is held about them: counted."""
    with database.write() as connection:
        count(connection, "access", day)


_COUNT: Final = text(
    "INSERT INTO wish (week, kind, count) VALUES (:week, :kind, :many) "
    "ON CONFLICT (week, kind) DO UPDATE SET count = wish.count + excluded.count"
).bindparams(bindparam("week", type_=Date))


def count(connection: Connection, kind: str, day: date, many: int = 1) -> None:
    """The week's wishes of that kind are so many more; inside the caller's transaction."""
    connection.execute(_COUNT, {"week": week_of(day), "kind": kind, "many": many})


def weeks(database: Database, before: date) -> dict[date, dict[str, int]]:
    """Monday -> kind -> how many, of every week that was over before the week of that day."""
    found: dict[date, dict[str, int]] = {}
    for row in database.rows(select(wish).where(wish.c.week < week_of(before)).order_by(wish.c.week)):
        found.setdefault(row.week, {})[row.kind] = row._mapping["count"]  # noqa: SLF001 - SQLAlchemy's documented name
    return found
