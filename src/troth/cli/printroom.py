"""`troth print`: the print room opens a batch and sets its letters. Runs where the print room's keys are, and nowhere else."""

from __future__ import annotations

from pathlib import Path
from time import perf_counter
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn

from troth.cli.options import Home, Json, err, give, say
from troth.wiring.open import opened
from troth.wiring.printing import printroom_for

app = typer.Typer(help="The print room.")


@app.command(name="print")
def print_(
    home: Home,
    batch: Annotated[Path, typer.Argument(help="The batch file that `troth letters release` wrote.")],
    out: Annotated[Path, typer.Option("--out", help="The PDF to write; numbered when there are several.")],
    per_file: Annotated[int, typer.Option("--per-file", min=1, help="Letters in one PDF at most.")] = 500,
    *,
    as_json: Json = False,
) -> None:
    """Print a batch: one PDF, one letter per person. Destroy the PDF when the letters are posted."""
    columns = (TextColumn("setting"), BarColumn(), MofNCompleteColumn())
    began = perf_counter()
    with Progress(*columns, console=err, transient=True) as bar, opened(home, "printroom") as work:
        task = bar.add_task("setting", total=None)
        room = printroom_for(work, progress=lambda done, total: bar.update(task, completed=done, total=total))
        printed = room.run(batch, out, per_file=per_file)
    rate = printed.letters / (perf_counter() - began)
    say(f"{rate:.0f} letters a second")
    files = [str(file) for file in printed.files]
    said = printed.manifest
    give(
        {
            "batch": said.batch,
            "wave": said.wave,
            "letters": printed.letters,
            "files": files,
            "posted_on": said.dispatched_on,
        },
        as_json=as_json,
        text=f"{printed.letters} letters of {said.wave} in {', '.join(files)}; to be posted on {said.dispatched_on}",
    )
