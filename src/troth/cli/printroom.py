"""`troth print`: the print room opens a batch and prints it, or sends it. Runs where the print room's keys are, and nowhere else."""

from __future__ import annotations

import asyncio
import sys
from contextlib import contextmanager
from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from time import perf_counter
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
from typer.core import TyperGroup

from troth.cli.options import Home, Json, err, give, say
from troth.fieldwork.printroom.destroy import CANNOT
from troth.fieldwork.printroom.notify import FAILED, PRINTED
from troth.fieldwork.printroom.sendings import Sendings
from troth.fieldwork.printroom.sftp import upload
from troth.fieldwork.printroom.sheaves import SUFFIXES
from troth.kit.errors import Refused
from troth.wiring.open import opened
from troth.wiring.printing import (
    destination_for,
    destroying,
    journal_for,
    keep,
    notify_for,
    outputs,
    sheaves_for,
)

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from troth.fieldwork.printroom.sheaves import Quarantined


class Form(StrEnum):
    """What a batch becomes."""

    pdf = "pdf"
    file = "file"
    notify = "notify"


class _BatchFirst(TyperGroup):
    """`troth print FILE` is `troth print batch FILE`: what is no command is a batch."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] != "--help":
            args = ["batch", *args]
        return super().parse_args(ctx, args)


app = typer.Typer(help="The print room.", cls=_BatchFirst, no_args_is_help=True)
BatchName = Annotated[str, typer.Argument(help="The batch's name, or how it begins: `troth print` said it.")]

Late = Annotated[str, typer.Option("--late", help="Why letters go whose day of posting has passed.")]


@contextmanager
def _bar(what: str) -> Iterator[Callable[[int, int], None]]:
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn())
    with Progress(*columns, console=err, transient=True) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


@app.command()
def batch(  # noqa: PLR0917 - options of a command
    home: Home,
    batch: Annotated[Path, typer.Argument(help="The batch file that `troth letters release` wrote.")],
    out: Annotated[
        Path | None, typer.Option("--out", help="The file to write; numbered when there are several.")
    ] = None,
    form: Annotated[Form, typer.Option("--as", help="PDFs, the supplier's file, or through GOV.UK Notify.")] = Form.pdf,
    per_file: Annotated[int, typer.Option("--per-file", min=1, help="Letters in one file at most.")] = 500,
    again: Annotated[str, typer.Option("--again", help="Why a batch that was printed is printed once more.")] = "",
    late: Late = "",
    *,
    as_json: Json = False,
) -> None:
    """Print a batch, once: one letter per person. Destroy what was written when the letters are posted."""
    began = perf_counter()
    with opened(home, "printroom") as work:
        if form is Form.notify:
            if again:
                raise Refused(
                    "through GOV.UK Notify a batch goes once",
                    where="--again",
                    mend="print what it has not got yourself: --as pdf --again",
                )
            with _bar("sending") as progress:
                posted = notify_for(work, progress=progress).run(batch, late)
            _quarantine(posted.quarantined)
            give(
                {**asdict(posted), "batch": posted.manifest.batch, "manifest": None},
                as_json=as_json,
                text=f"batch {posted.manifest.batch[:8]}: {posted.sent} letters sent, {posted.before} before, "
                f"{posted.found} found at Notify, {len(posted.quarantined)} not sent",
            )
            return
        kind: Literal["pdf", "file"] = "file" if form is Form.file else "pdf"
        file = out or batch.with_name(f"{batch.name.split('.')[0]}{SUFFIXES[kind]}")
        with _bar("setting") as progress:
            printed = sheaves_for(work, progress=progress).run(
                batch, file, form=kind, per_file=per_file, again=again, late=late
            )
    say(f"{printed.letters / (perf_counter() - began):.0f} letters a second")
    _quarantine(printed.quarantined)
    said = printed.manifest
    files = [str(each) for each in printed.files]
    give(
        {
            "batch": said.batch,
            "wave": said.wave,
            "letters": printed.letters,
            "files": files,
            "posted_on": said.dispatched_on,
            "quarantined": [asdict(each) for each in printed.quarantined],
        },
        as_json=as_json,
        text=f"batch {said.batch[:8]}: {printed.letters} letters of {said.wave} in {', '.join(files)}; "
        f"to be posted on {said.dispatched_on}",
    )


def _quarantine(left: list[Quarantined]) -> None:
    if left:
        say(f"{len(left)} letters were not printed:")
    for each in left:
        say(f"  {each.reference}: {each.why}")


@app.command()
def status(
    home: Home,
    batch: Annotated[
        str,
        typer.Argument(help="The batch's file, to be told which letters failed; or its name, or how it begins."),
    ],
    *,
    as_json: Json = False,
) -> None:
    """Ask GOV.UK Notify how a batch stands; with its file, which letters it did not print."""
    file = Path(batch) if Path(batch).is_file() else None
    with opened(home, "printroom") as work:
        found = notify_for(work).status(batch, file)
    bad = sum(many for name, many in found.counts.items() if name in FAILED)
    if found.failed:
        say(
            f"{bad} letters were not printed at Notify; nobody gets them unless you replace them (`troth letters reissue`):"
        )
    elif bad:
        say(f"{bad} letters were not printed at Notify: name the batch's file instead, and they are listed")
    for each in found.failed:
        say(f"  {each.reference}: {each.why}")
    text = "\n".join(f"{name}: {many}" for name, many in found.counts.items())
    give(
        {"counts": found.counts, "failed": [asdict(each) for each in found.failed]},
        as_json=as_json,
        text=f"{text}\n({PRINTED}: printed and posted; nobody reports a delivery)",
    )


@app.command()
def send(
    home: Home,
    files: Annotated[list[Path], typer.Argument(help="Files that `troth print` wrote.")],
    to: Annotated[str, typer.Option("--to", help="The printer's host, as outputs.toml names it.")],
    again: Annotated[str, typer.Option("--again", help="Why a file that went there goes once more.")] = "",
    late: Late = "",
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be sent; connect to nobody.")] = False,
    as_json: Json = False,
) -> None:
    """Send files to the printer by SFTP, to the pinned host alone."""
    with opened(home, "printroom") as work:
        where, by = destination_for(work, to)
        if outputs(work).recipient and (bare := [each for each in files if each.suffix != ".age"]):
            raise Refused(
                "a file is not sealed to the printer",
                where=bare[0].name,
                mend="print it with the recipient in outputs.toml",
            )
        journal = journal_for(work)
        sendings = Sendings(journal, work.clock, to, again, late)
        with journal.turn():
            these = sendings.these(files)
            if dry_run:
                would = [str(each.path) for each in these if not sendings.went(each)]
                give({"would_send": would, "to": to}, as_json=as_json, text=f"{len(would)} files to {to}")
                return
            with _bar("sending") as progress:
                done = asyncio.run(upload(sendings, these, where, by, progress))
    if not all(each.read_back for each in done):
        say("the printer lets nobody read: only the size of some files was checked")
    fresh = sum(not each.already for each in done)
    give(
        {"sent": fresh, "already": len(done) - fresh, "to": to, "read_back": all(each.read_back for each in done)},
        as_json=as_json,
        text=f"{fresh} files sent to {to}, {len(done) - fresh} were sent before and did not go again",
    )


@app.command(name="destroy")
def destroy_(
    home: Home,
    batch: BatchName,
    who: Annotated[str, typer.Option("--who", help="Who destroys them, for the attestation.")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be removed; remove nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Remove a batch's files after posting, and sign an attestation."""
    with opened(home, "printroom") as work:
        done = destroying(work).run(batch, who, dry_run=dry_run)
    say(CANNOT)
    for each in done.left:
        say(f"{each} is left: it is another's, or something else now; remove it, and destroy and attest once more")
    give(
        asdict(done),
        as_json=as_json,
        text=f"{done.files} files {'would be' if dry_run else 'were'} removed, {done.missing} were gone already, "
        f"and {done.inputs} batch files that they were printed from"
        + (f"; attested in {done.attestation}" if done.attestation else ""),
    )


@app.command()
def key(
    home: Home,
    name: Annotated[str, typer.Argument(help="notify, sftp or sftp-password.")],
    *,
    as_json: Json = False,
) -> None:
    """Keep a key or password of another's service, read from standard input."""
    with opened(home, "printroom") as work:
        keep(work, name, sys.stdin.read())
    give({"kept": name}, as_json=as_json, text=f"{name} is kept with the print room's keys")
