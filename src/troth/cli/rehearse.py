"""`troth rehearse`: a whole study with people who do not exist, on a calendar that is moved."""

from __future__ import annotations

import contextlib
import sys
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

from troth.cli.options import Json, err, give, say
from troth.cli.study import pack_folder
from troth.kit.errors import Refused

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

    from troth.assurance.attacks.score import Scored
    from troth.rehearsal.report.numbers import Numbers


class Kind(StrEnum):
    """Where the vaults of a rehearsal lie."""

    sqlite = "sqlite"
    postgresql = "postgresql"


def rehearse(  # noqa: PLR0917 - typer reads options from parameters
    people: Annotated[int, typer.Option("--people", min=40, max=100_000, help="How many are invited.")] = 400,
    days: Annotated[int, typer.Option("--days", min=21, max=400, help="How long the collection is open.")] = 42,
    starts: Annotated[
        datetime,
        typer.Option(
            "--starts",
            formats=["%Y-%m-%d"],
            help="The day the study is made; it opens on the first Monday a week later or more.",
        ),
    ] = datetime(2027, 1, 4),  # noqa: DTZ001 - typer reads days as moments; it is taken as a day
    seed: Annotated[
        int, typer.Option("--seed", help="What people do is drawn from it; the same seed, the same counts.")
    ] = 7,
    study: Annotated[
        Path, typer.Option("--study", help="A study pack's folder; the bundled study is called sdcs.")
    ] = Path("sdcs"),
    database: Annotated[
        Kind, typer.Option("--database", help="PostgreSQL is started for this, and goes away.")
    ] = Kind.sqlite,
    out: Annotated[Path, typer.Option("--out", help="A new folder for report.html, report.json and loot/.")] = Path(
        "var/rehearsal"
    ),
    *,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the installation itself in work/ beside them.")] = False,
    as_json: Json = False,
) -> None:
    """Run a whole study with people who do not exist: letters, answers, claims, erasure, opening, until the last clock has struck.

    Everything goes through the real sites, in this process, on a simulated calendar. Then the attacks are tried on what a thief
    could have copied. Exit status 1 if a promise broke, an attack found something, or the vaults count otherwise than the people.
    """
    try:
        from troth.rehearsal import rehearse as room  # noqa: PLC0415 - scipy and matplotlib, which a serving machine has not
    except ModuleNotFoundError as missing:
        raise Refused(
            f"the package {missing.name} is not installed", where="rehearse", mend="pip install 'troth[assurance]'"
        ) from None
    terminal = sys.stderr  # a rehearsal sends what its sites log to a file meanwhile
    with bar() as progress:
        told = room.rehearse(
            pack_folder(study), out, people=people, days=days, starts=starts.date(), seed=seed, database=database.value, keep=keep,
            watcher=room.Watcher(lambda text: print(text, file=terminal), progress),
        )  # fmt: skip
    say(f"report: {out / 'report.html'}")
    if not as_json:
        show_attacks(told.attacks)
    give(told.as_json(), as_json=as_json, text=_summary(told))
    if not told.well:
        raise typer.Exit(1)


@contextlib.contextmanager
def bar() -> Iterator[Callable[[int, int, str], None]]:
    """A progress bar on stderr."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        TextColumn("{task.completed}/{task.total}"),
        TimeElapsedColumn(),
    )
    # Bound to the terminal as it is now: a rehearsal sends what its sites log to a file meanwhile.
    terminal = Console(file=sys.stderr, highlight=False, soft_wrap=True)
    with Progress(*columns, console=terminal, transient=True) as progress:
        task = progress.add_task("", total=None)
        yield lambda done, of, what: progress.update(task, completed=done, total=of, description=what)


def show_attacks(scored: Sequence[Scored]) -> None:
    """A table on stderr."""
    table = Table("attack", "hits", "of", "conceded", "upper 95%", "verdict", title="attacks")
    for each in scored:
        rates = ("", "") if each.deterministic else (f"{each.baseline:.1%}", f"{each.upper95:.1%}")
        table.add_row(each.name, str(each.hits), str(each.n), *rates, each.verdict)
    err.print(table)


def _summary(told: Numbers) -> str:
    lines = [
        f"{told.invited} invited, {told.started} started, {told.completed} completed, {told.partial} partial, {told.withdrawn} deleted",
        f"{told.records} records opened; claims: {told.claims['voucher']} vouchers, {told.claims['interview']} interviews",
        f"promises broken: {', '.join(told.promises['broken']) or 'none'}",
        f"attacks that found something: {', '.join(e.name for e in told.attacks if e.verdict == 'broken') or 'none'}",
        *told.disagreements,
    ]
    return "\n".join(lines)
