"""`troth findings`: from sealed records to microdata (P10)."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer

from troth.cli.options import Home, Json, err, give
from troth.keys.folder import KeyFolder
from troth.kit.errors import Refused
from troth.wiring.findings import ceremony, forget_unfinished, microdata_folder, publish_findings
from troth.wiring.open import opened

app = typer.Typer(help="From sealed records to a release.", no_args_is_help=True)


@app.command("open")
def open_(
    home: Home,
    share: Annotated[list[Path], typer.Option("--share", help="A key folder that holds a share; two are needed.")],
    out: Annotated[
        Path | None,
        typer.Option(
            "--out", help="A new folder for microdata.csv and codebook.csv; by default where they go on their day."
        ),
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Open every record with two of the three shares: only after close, sever and the erasure of all contacts.

    What comes out is not for release: disclosure control comes after it. Two years after the publication `troth daily` deletes
    what lies in the installation's own folder; what you write elsewhere with --out you delete yourself (P12).
    """
    if out is None:
        out = microdata_folder(home)
        with opened(home, "findings") as work:
            forget_unfinished(work)
    elif out.exists() and any(out.iterdir()):
        raise Refused("the folder is not empty", where=str(out), mend="name a new folder")
    shares = [KeyFolder(folder).get("analysis", "share").decode() for folder in share]
    with opened(home, "findings") as work, err.status("opening records") as status:
        done = ceremony(work, shares, out, progress=lambda count: status.update(f"{count} records opened"))
    result = {
        "records": done.records,
        "held": done.held,
        "microdata": str(done.microdata),
        "codebook": str(done.codebook),
    }
    apart = f", complete except {done.held} held" if done.held else ""
    give(result, as_json=as_json, text=f"{done.records} records in {done.microdata}{apart}")


@app.command()
def published(
    home: Home,
    on: Annotated[datetime, typer.Option("--on", formats=["%Y-%m-%d"], help="The day of the publication.")],
    *,
    as_json: Json = False,
) -> None:
    """Say that the findings were published on a day: it starts the clock at whose end records and microdata die (P12).

    The first word stands; said again with another day it changes nothing.
    """
    with opened(home, "findings") as work:
        dies = publish_findings(work, on.date())
    give({"erased_by": dies}, as_json=as_json, text=f"records and microdata are erased on {dies}")
