"""A rehearsal from end to end: a town is founded, the calendar runs, the attacks are tried, the report is written."""

from __future__ import annotations

import asyncio
import contextlib
import json
import shutil
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING, Literal

from troth.assurance.attacks.loot import About, WaveDay, write_about
from troth.assurance.attacks.run import attack_all, write_tallies
from troth.assurance.attacks.take import Thief
from troth.assurance.attacks.told import write_told
from troth.kit.clock import stopwatch
from troth.kit.errors import Refused
from troth.questionnaire import plan
from troth.rehearsal.course import Course
from troth.rehearsal.pack import STARTS
from troth.rehearsal.postgres import running
from troth.rehearsal.report.numbers import Numbers, numbers
from troth.rehearsal.report.page import page
from troth.rehearsal.town import found_town
from troth.retention.calendar import add_months
from troth.wiring.open import keeping_open, opened

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from datetime import date
    from pathlib import Path

    from troth.rehearsal.postgres import Server

Kind = Literal["sqlite", "postgresql"]
FEWEST = 40
"""Fewer people than this fill no group of k anywhere: nothing could be flushed before the close."""


@dataclass(frozen=True)
class Watcher:
    """Whom a long run tells how far it is."""

    say: Callable[[str], None] = lambda _text: None
    progress: Callable[[int, int, str], None] = lambda _done, _all, _what: None


def rehearse(
    study: Path,
    out: Path,
    *,
    people: int,
    days: int,
    seed: int,
    database: Kind,
    starts: date = STARTS,
    keep: bool = False,
    watcher: Watcher | None = None,
) -> Numbers:
    """The report stands in `out` as report.json and report.html, the thief's loot beside it in `out`/loot.

    Args:
        study: the folder of a study pack.
        out: a folder that is not there yet, or is empty.
        people: how many are invited.
        days: how long the collection is open.
        starts: the day on which the study is made; its collection opens on the first Monday at least a week later.
        seed: what people do is drawn from it.
        database: SQLite files, or a PostgreSQL server that is started for this and goes away.
        keep: leave the installation itself in `out`/work too.
        watcher: told how far it is.

    Raises:
        Refused: `out` is not empty, too few people or days, PostgreSQL is not here; or a site did what it should not.
        Invalid: the pack is broken.

    """
    watcher = watcher or Watcher()
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise Refused("something is there already", where=str(out), mend="name a new folder with --out")
    if people < FEWEST:
        raise Refused(f"{people} people are too few to rehearse", where="--people", mend=f"at least {FEWEST}")
    began = stopwatch()
    work, loot = out / "work", out / "loot"
    work.mkdir(parents=True, mode=0o700)
    loot.mkdir(mode=0o700)
    try:
        with _server(database) as server, keeping_open(), (loot / "log").open("w", encoding="utf-8") as log:
            with contextlib.redirect_stderr(log):  # what the served roles log belongs to the loot
                town = found_town(
                    work, study, people=people, days=days, starts=starts, seed=seed, server=server, say=watcher.say
                )
                thief = Thief(town.home, loot, server.data, server.settle) if server else Thief(town.home, loot)
                course = Course(town, loot, seed, thief, watcher.progress)
                try:
                    asyncio.run(course.run()).write(loot)
                finally:
                    thief.close()
            log.flush()
            thief.files("logs", [loot / "log"])
            write_about(loot, _about(course, database))
            scored = attack_all(loot, progress=lambda n, of, name: watcher.progress(n, of, f"attack: {name}"))
            with opened(town.home, "assurance", town.clock) as role:
                write_told(
                    town.home / "evidence",
                    role.keys.ledger(),
                    study=town.pack.id,
                    day=town.clock.today(),
                    kind="rehearsal",
                    scored=scored,
                )
            course.examine()
            told = numbers(course, scored, database=database, seconds=stopwatch() - began)
    finally:
        if not keep:  # keys, and the holders' shares, whatever happened
            shutil.rmtree(work, ignore_errors=True)
    (out / "report.json").write_text(json.dumps(told.as_json(), default=str, indent=1, sort_keys=True) + "\n")
    (out / "report.html").write_text(page(told, town.pack.title), encoding="utf-8")
    write_tallies(out / "tallies.json", list(scored))
    return told


@contextlib.contextmanager
def _server(database: Kind) -> Iterator[Server | None]:
    if database == "sqlite":
        yield None
    else:
        with running(durable=True, wal_megabytes=64) as server:  # P08 is asked of it, as in production
            yield server


def _about(course: Course, database: Kind) -> About:
    town, office = course.town, course.office
    pack = town.pack
    ends = {
        "P05": pack.retention.contact.latest,
        "P26": pack.retention.vouchers.latest,
        "P16": pack.retention.interviews.latest,
    }
    if office.published_on:
        years = pack.retention.microdata.years
        ends["P12"] = add_months(office.published_on, 12 * years)
    return About(
        kind="rehearsal",
        study=pack.id,
        database=database,
        k=pack.flush.minimum,
        slots=plan(pack.questionnaire).total_slots,
        opens=pack.collection.opens,
        closes=pack.collection.closes,
        waves=(
            *(WaveDay(str(wave.id), wave.dispatch_on) for wave in pack.waves),
            WaveDay("close", pack.collection.closes + timedelta(days=1)),
        ),
        cost_log2_n=pack.code_cost_log2_n,
        severed=office.severed_on,
        erased=ends,
    )
