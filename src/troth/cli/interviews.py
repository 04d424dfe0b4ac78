"""`troth interviews`: the interview desk's work without the browser (P16)."""

from __future__ import annotations

import csv
import os
from pathlib import Path
from typing import Annotated

import typer

from troth.cli.options import Home, Json, give
from troth.kit.errors import Refused
from troth.wiring.claims import interview_desk
from troth.wiring.open import opened

app = typer.Typer(help="Interviews: who offered one, rounds, what took place.", no_args_is_help=True)
Round = Annotated[str, typer.Argument(help="The id of a round, from `troth interviews list`.")]


@app.command("list")
def list_(home: Home, *, as_json: Json = False) -> None:
    """Counts by state, and the rounds."""
    with opened(home, "interviews") as work:
        desk = interview_desk(work)
        counts = desk.box.counts()
        rounds = [{"id": b.id, "state": b.state, "day": b.day, "count": b.count} for b in desk.box.batches()]
    lines = [f"{count} {state}" for state, count in counts.items()]
    lines += [f"round {found['id']}: {found['count']} {found['state']} since {found['day']}" for found in rounds]
    give({"counts": counts, "rounds": rounds}, as_json=as_json, text="\n".join(lines))


@app.command()
def sort(
    home: Home,
    *,
    last: Annotated[bool, typer.Option("--last", help="After the collection: however few.")] = False,
    as_json: Json = False,
) -> None:
    """Sort what came in, in groups of at least k, so that no row lies in arrival order."""
    with opened(home, "interviews") as work:
        moved = interview_desk(work).sort(last=last)
    give({"sorted": moved}, as_json=as_json, text=f"{moved} sorted")


@app.command("round")
def round_(
    home: Home,
    out: Annotated[
        Path, typer.Option("--out", help="Where the contact list goes; readable by you only. Delete it after use.")
    ],
    *,
    as_json: Json = False,
) -> None:
    """Put all who wait into one round and write their contact details, to arrange interviews and for nothing else."""
    if out.exists():
        raise Refused("there is such a file already", where=str(out), mend="name a new file")
    with opened(home, "interviews") as work:
        made = interview_desk(work).round(work.clock.today())
    if made is None:
        give({"round": None, "count": 0}, as_json=as_json, text="nobody waits")
        return
    batch, people = made
    with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", newline="") as handle:
        writer = csv.writer(handle)
        writer.writerow(["name", "email", "phone"])
        writer.writerows([person.name, person.email, person.phone] for person in people)
    give({"round": batch.id, "count": batch.count, "file": str(out)}, as_json=as_json, text=f"{batch.count} in {out}")


@app.command()
def held(round_id: Round, home: Home, *, as_json: Json = False) -> None:
    """The interviews of that round took place: the details die with tonight's `troth daily` (P16)."""
    with opened(home, "interviews") as work:
        count = interview_desk(work).held(round_id, work.clock.today())
    give({"round": round_id, "count": count}, as_json=as_json, text=f"{count} held; their details die today")
