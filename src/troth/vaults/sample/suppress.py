"""What suppression asks of SAMPLE: who is stopped and why, runs that were noted, and how fresh the screening of each load is."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any, Final

from sqlalchemy import exists, func, insert, select, text, update

from troth.vaults.sample.schema import intake, person, suppression
from troth.vaults.sample.stopping import no_more, unsent, weaker

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sqlalchemy import Connection

    from troth.storage.database import Database

REASONS: Final = ("deceased", "moved", "opted_out", "at_risk")
_CHUNK: Final = 500


@dataclass(frozen=True)
class Run:
    """One suppression file that was run: counts only."""

    id: str
    state: str
    day: date
    digest: str
    deceased: int = 0
    moved: int = 0
    opted_out: int = 0
    at_risk: int = 0
    already: int = 0
    unknown: int = 0
    dropped: int = 0


@dataclass(frozen=True)
class Screened:
    """A load with people who still get letters: the day it was loaded, and the day it was last screened."""

    day: date
    screened_on: date | None


def runs(database: Database) -> list[Run]:
    """Every run, the oldest first."""
    with database.read() as connection:
        found = connection.execute(select(suppression).order_by(suppression.c.day, suppression.c.id)).mappings()
        return [Run(**row) for row in found]


def screening(database: Database) -> list[Screened]:
    """Every confirmed load of which somebody may still get a letter. One that is not confirmed sends nothing."""
    living = exists().where((person.c.intake == intake.c.id) & (person.c.state == "live"))
    columns = (intake.c.day, intake.c.screened_on)
    with database.read() as connection:
        found = connection.execute(select(*columns).where(living, intake.c.state == "confirmed")).all()
    return [Screened(row.day, row.screened_on) for row in found]


def without_reference(database: Database) -> int:
    """How many live people have no index of a supplier's reference: no file can name them."""
    with database.read() as connection:
        mine = (person.c.state == "live") & person.c.supplier.is_(None)
        return int(connection.scalar(select(func.count()).select_from(person).where(mine)) or 0)


def meets(database: Database, named: Mapping[bytes, str]) -> Run:
    """What `apply` would count now; nothing is changed."""
    with database.read() as connection:
        counts, _, _, dropped = _weigh(connection, named)
    return Run("", "noted", date.min, "", **counts, dropped=dropped)


def apply(database: Database, run_id: str, day: date, digest: str, named: Mapping[bytes, str], *, days: int) -> Run:
    """The people named are stopped with their reason and die early, and the run is noted: all in one transaction.

    Each dies `days` after the latest delivery of their own last letter, a replacement too, today where none went out, or earlier if
    they were to (P05). Their letters in a batch that has not left are out of it. Who was stopped before keeps day and count, and
    gets the reason if it says more than theirs. Every load that is whole is screened as of today. The same file on
    the same day is the same run: it is given again, unchanged.

    Args:
        database: SAMPLE.
        run_id: drawn for this run.
        day: today.
        digest: keyed digest of the file.
        named: index of the supplier's reference -> reason.
        days: from a delivery to a death.

    """
    with database.write() as connection:
        if connection.dialect.name == "postgresql":  # a batch that is being prepared, and an erasure, finish first
            connection.execute(text("LOCK TABLE person IN EXCLUSIVE MODE"))
        same = (suppression.c.digest == digest) & (suppression.c.day == day)
        if before := connection.execute(select(suppression).where(same)).mappings().first():
            # Who was loaded since, on the same day, is compared too: counted by nobody twice.
            counts, dropped = _all(connection, named, day, days)
            more = {name: before[name] + counts[name] for name in REASONS} | {"dropped": before["dropped"] + dropped}
            if any(counts[name] for name in REASONS):
                connection.execute(update(suppression).where(same).values(**more, state="noted"))
            return Run(**{**before, **more})
        counts, dropped = _all(connection, named, day, days)
        row = {"id": run_id, "state": "noted", "day": day, "digest": digest, **counts, "dropped": dropped}
        connection.execute(insert(suppression), row)
        return Run(**row)  # type: ignore[arg-type]


def told(database: Database, run_id: str) -> None:
    """The ledger has that run."""
    with database.write() as connection:
        connection.execute(update(suppression).where(suppression.c.id == run_id).values(state="told"))


def _all(connection: Connection, named: Mapping[bytes, str], day: date, days: int) -> tuple[dict[str, int], int]:
    """People are stopped, reasons strengthened, loads screened; gives counts by reason, and how many letters left a batch."""
    counts, stop, again, dropped = _weigh(connection, named)
    _stop(connection, stop, day, days)
    _strengthen(connection, again)
    _screened(connection, day)
    return counts, dropped


def _weigh(
    connection: Connection, named: Mapping[bytes, str]
) -> tuple[dict[str, int], dict[str, str], dict[str, str], int]:
    """Counts by reason; reference -> reason of those to be stopped, of those stopped before; how many letters leave a batch."""
    counts = dict.fromkeys((*REASONS, "already", "unknown"), 0)
    stop: dict[str, str] = {}
    again: dict[str, str] = {}
    known: set[bytes] = set()
    for some in _chunks(list(named)):
        rows = connection.execute(
            select(person.c.ref, person.c.supplier, person.c.state).where(person.c.supplier.in_(some))
        )
        for row in rows:
            known.add(bytes(row.supplier))
            (stop if row.state == "live" else again)[row.ref] = named[bytes(row.supplier)]
    for reason in stop.values():
        counts[reason] += 1
    counts["already"], counts["unknown"] = len(again), len(named) - len(known)
    dropped = sum(unsent(connection, some) for some in _chunks(list(stop)))
    return counts, stop, again, dropped


def _stop(connection: Connection, stop: Mapping[str, str], today: date, days: int) -> None:
    for some in _chunks(list(stop)):
        no_more(connection, some, today, timedelta(days=days))
        for reason in set(stop.values()):
            mine = person.c.ref.in_([ref for ref in some if stop[ref] == reason])
            connection.execute(update(person).where(mine).values(state="stopped", reason=reason))


def _strengthen(connection: Connection, again: Mapping[str, str]) -> None:
    for reason in set(again.values()):
        less = person.c.reason.is_(None) | person.c.reason.in_(weaker(reason))
        for some in _chunks([ref for ref, why in again.items() if why == reason]):
            connection.execute(update(person).where(person.c.ref.in_(some) & less).values(reason=reason))


def _screened(connection: Connection, day: date) -> None:
    """Every load that is whole was compared; of one that is not, whoever is still to come was not."""
    whole = intake.c.state.in_(("loaded", "confirmed"))
    connection.execute(update(intake).where(whole).values(screened_on=day))


def _chunks(items: list[Any]) -> list[list[Any]]:
    return [items[start : start + _CHUNK] for start in range(0, len(items), _CHUNK)]
