"""`troth letters`: see what a wave would do, and release it to the print room."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from troth.cli.letters_preview import preview
from troth.cli.options import Home, Json, give, say
from troth.fieldwork.remind import waves_due
from troth.wiring.contact import release_for
from troth.wiring.open import opened

app = typer.Typer(help="Letters by wave: invitation and reminders.", no_args_is_help=True)
app.command()(preview)
Wave = Annotated[str, typer.Argument(help="The wave's id in the study, for example invitation.")]


@app.command()
def due(home: Home, *, as_json: Json = False) -> None:
    """Say which waves the calendar asks for today, and how many letters wait."""
    with opened(home, "letters") as work:
        found = waves_due(work.vault("sample"), work.pack, work.clock.today())
    text = "\n".join(f"{each.wave}: {each.letters} letters, planned for {each.planned}" for each in found)
    give({"waves": [asdict(each) for each in found]}, as_json=as_json, text=text or "no wave is due")


@app.command()
def release(
    home: Home,
    wave: Wave,
    out: Annotated[
        Path | None, typer.Option("--out", help="The folder for the batch file; HOME/outbox by default.")
    ] = None,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen; change nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Release a wave: one sealed batch file for the print room. The days on which contacts die are fixed by it (P05)."""
    with opened(home, "letters") as work:
        releasing = release_for(work)
        ahead = releasing.preview(wave)
        if dry_run:
            give(
                asdict(ahead),
                as_json=as_json,
                text=f"{ahead.count} letters, posted on {ahead.dispatched_on}, delivered by {ahead.delivered_by}; "
                f"{ahead.waiting} people wait for an earlier letter; "
                f"these contacts die between {ahead.dies_first} and {ahead.dies_last}",
            )
            return
        if ahead.planned > work.clock.today():
            say(f"this wave was planned for {ahead.planned}: the print room posts it on {ahead.dispatched_on}")
        done = releasing.run(wave, out or home / "outbox")
    if done.waiting:
        say(f"{done.waiting} people wait for an earlier letter first")
    give(
        asdict(done),
        as_json=as_json,
        text=f"{done.count} letters in {done.file}\nposted on {done.dispatched_on}, delivered by {done.delivered_by}",
    )
