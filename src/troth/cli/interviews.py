"""`troth interviews`: the interview desk's work without the browser (P16)."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from troth.cli.options import Home, Json, give
from troth.fieldwork.private import write_private
from troth.kit.errors import Refused
from troth.wiring.claims import interview_desk
from troth.wiring.open import opened

if TYPE_CHECKING:
    from troth.claims.details import Details

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
    with opened(home, "interviews", alone=True) as work:
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
    if out.exists():  # before anything is asked; `write_private` asks again
        raise Refused("there is such a file already", where=str(out), mend="delete it, or name a new file")
    with opened(home, "interviews", alone=True) as work:
        batch = interview_desk(work).round(work.clock.today(), lambda people: write_private(out, _sheet(people)))
    if batch is None:
        give({"round": None, "count": 0}, as_json=as_json, text="nobody waits")
        return
    give({"round": batch.id, "count": batch.count, "file": str(out)}, as_json=as_json, text=f"{batch.count} in {out}")


@app.command()
def held(round_id: Round, home: Home, *, as_json: Json = False) -> None:
    """The interviews of that round took place: the details die with tonight's `troth daily` (P16)."""
    with opened(home, "interviews", alone=True) as work:
        count = interview_desk(work).held(round_id, work.clock.today())
    give({"round": round_id, "count": count}, as_json=as_json, text=f"{count} held; their details die today")


def _sheet(people: list[Details]) -> bytes:
    """The contact list, as CSV."""
    text = io.StringIO(newline="")
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow(["name", "email", "phone"])
    writer.writerows(person.row() for person in people)
    return text.getvalue().encode()
