"""`troth restore`: after a vault or a key folder came back from a backup (docs/restore.md)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from troth.cli.options import Home, Json, give, say
from troth.kit.clock import SystemClock
from troth.wiring.restoring import reconcile as reconcile_all

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from troth.wiring.restoring import Line

app = typer.Typer(help="After a backup was restored.", no_args_is_help=True)


@app.command()
def status(home: Home, *, as_json: Json = False) -> None:
    """Say what `troth restore reconcile` would do; change nothing. Exit status 1 if there is anything."""
    lines = _run(home, dry_run=True)
    _tell(lines, as_json=as_json, nothing="no vault of this machine was restored: there is nothing to reconcile")
    if lines:
        raise typer.Exit(1)


@app.command()
def reconcile(
    home: Home,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be done; change nothing.")] = False,
    new_replica: Annotated[
        bool,
        typer.Option(
            "--new-replica", help="Begin missing replicas anew from the vaults: only when their disk was lost."
        ),
    ] = False,
    as_json: Json = False,
) -> None:
    """Do again what the replicas and the ledger know: finished codes, used tickets, stopped letters, destroyed keys. Then serve again."""
    if dry_run:
        say("a dry run: nothing is changed")
    lines = _run(home, dry_run=dry_run, new_replica=new_replica)
    _tell(lines, as_json=as_json, nothing="nothing had to be done again")


def _run(home: Path, *, dry_run: bool, new_replica: bool = False) -> list[Line]:
    return reconcile_all(home, SystemClock(), dry_run=dry_run, new_replica=new_replica)


def _tell(lines: Sequence[Line], *, as_json: bool, nothing: str) -> None:
    told = [{"where": line.where, "what": line.what, "count": line.count} for line in lines]
    text = "\n".join(f"{line.where}: {line.count} {line.what}" for line in lines)
    give({"found": told}, as_json=as_json, text=text or nothing)
