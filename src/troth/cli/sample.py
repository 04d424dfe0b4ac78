"""`troth sample`: make a synthetic sample, load one, and stop letters to somebody who asked for that."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from troth.cli.keeping import keep_up
from troth.cli.options import Home, Json, err, give
from troth.cli.sample_wishes import COMMANDS
from troth.fieldwork.sample.delimited import ENCODINGS
from troth.fieldwork.sample_file import Reading, examine
from troth.fieldwork.suppress import REASONS
from troth.fieldwork.synthesise import write_sample
from troth.kit.errors import Refused
from troth.protocol.blind_index import commitment
from troth.protocol.code import read_letter_reference
from troth.wiring.contact import load_for, stopping_for
from troth.wiring.open import opened
from troth.wiring.sample import draw_for, suppress_for

_DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}

app = typer.Typer(help="The people who are invited.", no_args_is_help=True)


@app.command()
def synthesise(
    home: Home,
    people: Annotated[int, typer.Option("--people", min=1, help="How many people.")],
    seed: Annotated[int, typer.Option("--seed", help="The same seed gives the same people.")],
    out: Annotated[Path, typer.Option("--out", help="The CSV file to write; it must not exist.")],
    *,
    as_json: Json = False,
) -> None:
    """Write a sample file of people who do not exist, with exactly this study's columns."""
    with opened(home, "load") as work:
        count = write_sample(work.pack, people, seed, out)
    give({"people": count, "file": out}, as_json=as_json, text=f"{count} synthetic people in {out}")


Encoding = Annotated[
    str, typer.Option("--encoding", help="utf-8, utf-16 or windows-1252; UTF-8 unless the file has a mark.")
]
Delimiter = Annotated[
    str, typer.Option("--delimiter", help="comma, semicolon, tab or bar; found by the header unless said.")
]
Sheet = Annotated[str, typer.Option("--sheet", help="The sheet of a workbook; the first unless said.")]
Merge = Annotated[
    list[str] | None,
    typer.Option("--merge-small", help="CELL=INTO: a cell with too few people joins another; told in the ledger."),
]
Shared = Annotated[
    str, typer.Option("--allow-shared-addresses", help="Why several people may have one address; told in the ledger.")
]
SampleFile = Annotated[Path, typer.Argument(help="The sample file: CSV or XLSX with the study's columns.")]


def _reading(encoding: str, delimiter: str, sheet: str, merge: list[str] | None, shared: str) -> Reading:
    if encoding and encoding not in ENCODINGS:
        raise Refused("there is no such encoding here", where="--encoding", mend=f"one of {', '.join(ENCODINGS)}")
    if delimiter and delimiter not in _DELIMITERS:
        raise Refused("there is no such delimiter here", where="--delimiter", mend=f"one of {', '.join(_DELIMITERS)}")
    pairs = [each.partition("=") for each in merge or []]
    if not all(cell and into for cell, _, into in pairs):
        raise Refused("a merge names two cells", where="--merge-small", mend="write CELL=INTO")
    found = {cell: into for cell, _, into in pairs}
    return Reading(encoding, _DELIMITERS.get(delimiter, ""), sheet, found, shared.strip())


@app.command()
def check(
    home: Home,
    file: SampleFile,
    *,
    encoding: Encoding = "",
    delimiter: Delimiter = "",
    sheet: Sheet = "",
    merge_small: Merge = None,
    allow_shared_addresses: Shared = "",
    as_json: Json = False,
) -> None:
    """Say everything that is wrong with a sample file, by line and column, or how many people of which cell are in it. Loads nothing."""
    reading = _reading(encoding, delimiter, sheet, merge_small, allow_shared_addresses)
    with Progress(TextColumn("checking"), MofNCompleteColumn(), console=err, transient=True) as bar:
        task = bar.add_task("checking", total=None)
        with opened(home, "load") as work:
            found = examine(file, work.pack, reading, told=lambda rows: bar.update(task, completed=rows))
    cells = ", ".join(f"{cell} {count}" for cell, count in found.cells.items())
    give(
        {
            "people": found.people,
            "cells": found.cells,
            "dropped": list(found.dropped),
            "sharing": found.sharing,
            "merged": found.joined,
        },
        as_json=as_json,
        text=f"a sound file: {found.people} people ({cells}); {len(found.dropped)} columns dropped unread; "
        f"{found.sharing} people share an address",
    )


@app.command()
def load(
    home: Home,
    file: SampleFile,
    source: Annotated[str, typer.Option("--source", help="Who provided it, for the ledger (P03).")],
    extract_date: Annotated[
        datetime, typer.Option("--extract-date", formats=["%Y-%m-%d"], help="The day it was drawn.")
    ],
    *,
    encoding: Encoding = "",
    delimiter: Delimiter = "",
    sheet: Sheet = "",
    merge_small: Merge = None,
    allow_shared_addresses: Shared = "",
    give_up: Annotated[
        bool, typer.Option("--give-up", help="Take back what a load stored that was killed and is not whole.")
    ] = False,
    other_people: Annotated[
        str,
        typer.Option(
            "--other-people",
            help="Why nobody in this file was in a load that is lost with a backup; told in the ledger.",
        ),
    ] = "",
    again_people: Annotated[
        str,
        typer.Option(
            "--again-people",
            help="Why people who are here from another load get a second code; told in the ledger. Who was stopped stays stopped.",
        ),
    ] = "",
    as_json: Json = False,
) -> None:
    """Load everybody in a sample file, once: codes made, contacts sealed. The file is not kept; delete it afterwards.

    A load that was killed goes on where it stopped when the same file is loaded again.
    """
    reading = _reading(encoding, delimiter, sheet, merge_small, allow_shared_addresses)
    columns = (TextColumn("sealing"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=err, transient=True) as bar, opened(home, "load") as work:
        task = bar.add_task("sealing", total=None)
        with load_for(work, progress=lambda done, total: bar.update(task, completed=done, total=total)) as loading:
            day = extract_date.date()
            loaded = loading.run(
                file, source=source, extracted=day, reading=reading, give_up=give_up, others=other_people, again=again_people
            )  # fmt: skip
        if loaded.stopped:
            keep_up(work)
    more = f"; {loaded.again} come again, {loaded.stopped} get no letter as before" if loaded.again else ""
    give(
        {
            "people": loaded.people,
            "reserve": loaded.reserves,
            "repeated": loaded.repeated,
            "again": loaded.again,
            "stopped": loaded.stopped,
            "intake": loaded.intake,
        },
        as_json=as_json,
        text=f"{loaded.people} people loaded, {loaded.reserves} codes stand by, {loaded.repeated} share name and postcode{more}",
    )


@app.command()
def draw(
    home: Home,
    frame: Annotated[
        Path, typer.Argument(help="The frame: CSV or XLSX with the study's columns, of everybody who could be drawn.")
    ],
    size: Annotated[int, typer.Option("--size", min=1, help="How many people in all.")],
    *,
    out: Annotated[Path, typer.Option("--out", help="The sample file to write; it must not exist.")],
    allocation: Annotated[
        str, typer.Option("--allocation", help="proportional, fixed, or the path of a CSV with the header cell,size.")
    ] = "proportional",
    seed_file: Annotated[
        Path | None,
        typer.Option(
            "--seed-file", help="64 hex characters to which somebody committed in public; drawn here unless given."
        ),
    ] = None,
    seed_commitment: Annotated[
        str,
        typer.Option("--seed-commitment", help="The SHA-256 of that seed, as it was published: the two must agree."),
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Show the allocation; draw nothing.")] = False,
    encoding: Encoding = "",
    delimiter: Delimiter = "",
    sheet: Sheet = "",
    allow_shared_addresses: Shared = "",
    as_json: Json = False,
) -> None:
    """Draw a stratified random sample from a frame. The seed's commitment is in the ledger before the draw, the seed after it."""
    reading = _reading(encoding, delimiter, sheet, None, allow_shared_addresses)
    seed = _seed(seed_file, seed_commitment)
    with Progress(TextColumn("weighing"), MofNCompleteColumn(), console=err, transient=True) as bar:
        task = bar.add_task("weighing", total=None)
        with opened(home, "load") as work:
            drawing = draw_for(work, progress=lambda rows: bar.update(task, completed=rows))
            if dry_run:
                cells, told = drawing.preview(frame, size, allocation, reading), {}
            else:
                drawn = drawing.run(frame, out, size, allocation, reading=reading, seed=seed)
                cells, told = (
                    drawn.cells,
                    {"id": drawn.id, "commitment": drawn.commitment, "seed": drawn.seed, "file": out},
                )
    table = [{"cell": each.cell, "frame": each.frame, "drawn": each.drawn, "weight": each.weight} for each in cells]
    lines = [f"{each.cell}: {each.drawn} of {each.frame}, weight {each.weight}" for each in cells]
    lines += [] if dry_run else [f"{size} people in {out}"]
    give({"cells": table, **told}, as_json=as_json, text="\n".join(lines))


def _seed(file: Path | None, published: str) -> bytes | None:
    if file is None:
        if published:
            raise Refused("a commitment without its seed", where="--seed-commitment", mend="give --seed-file too")
        return None
    try:
        seed = bytes.fromhex(file.read_text(encoding="ascii").strip())
    except (OSError, ValueError):
        raise Refused("not 64 hex characters in a file that can be read", where="--seed-file") from None
    if published and commitment(seed) != published.strip().lower():
        raise Refused(
            "the seed is not the one that was committed to", where="--seed-commitment", mend="ask who published it"
        )
    return seed


@app.command()
def suppress(
    home: Home,
    file: Annotated[Path, typer.Argument(help="The supplier's file: CSV, UTF-8, header supplier_ref,reason.")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen; change nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Send no further letter to whom the supplier names: deceased, moved, opted_out or at_risk. Their contacts die early (P03, P05).

    A file with its header alone is a run too. Delete the file afterwards.
    """
    with opened(home, "load") as work:
        suppressing = suppress_for(work)
        run = suppressing.preview(file) if dry_run else suppressing.run(file)
        if not dry_run:
            keep_up(work)
    counts = {name: getattr(run, name) for name in (*REASONS, "already", "unknown", "dropped")}
    told = ", ".join(f"{count} {name}" for name, count in counts.items() if name in REASONS)
    give(
        {**counts, "day": None if dry_run else run.day, "dry_run": dry_run},
        as_json=as_json,
        text=f"{'would be stopped' if dry_run else 'stopped'}: {told}; {run.already} were stopped before, "
        f"{run.unknown} references are nobody's here, {run.dropped} letters leave a batch that had not left",
    )


@app.command()
def stop(
    home: Home,
    reference: Annotated[str, typer.Argument(help="The letter reference, as it is printed.")],
    *,
    as_json: Json = False,
) -> None:
    """Send this person no further letter. Their contact dies early: days after their own last letter (P05)."""
    with opened(home, "letters") as work:
        day = stopping_for(work).stop(read_letter_reference(reference))
        keep_up(work)
    give({"dies_on": day}, as_json=as_json, text=f"no further letter; the contact is erased on {day}")


for _name, _wish in COMMANDS.items():
    app.command(_name)(_wish)
