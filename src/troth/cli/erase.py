"""`troth erase`: what the calendar asks to forget, and the forgetting, with certificates."""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING, Annotated, Any

import typer

from troth.cli.options import Home, Json, give
from troth.wiring.erasing import RULES, erase_all
from troth.wiring.open import turn

if TYPE_CHECKING:
    from troth.wiring.erasing import Erased

app = typer.Typer(help="Retention: what is due, and erasing it.", no_args_is_help=True)


@app.command()
def due(home: Home, *, as_json: Json = False) -> None:
    """Say what would be erased today; change nothing."""
    _tell(erase_all(home, dry_run=True), as_json=as_json)


@app.command()
def run(
    home: Home,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would be erased; change nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Erase everything whose day has come, and write the certificates. Exit status 1 if anything outlives its rule."""
    with contextlib.ExitStack() as turns:
        for role in () if dry_run else RULES:
            if (home / "settings" / f"{role}.toml").is_file():
                turns.enter_context(turn(home, role))
        erased = erase_all(home, dry_run=dry_run)
    _tell(erased, as_json=as_json, ran=not dry_run)


def shown(erased: Erased) -> dict[str, Any]:
    """What an erasure run says, as `--json` prints it; never a person."""
    return {
        "due": [{"bucket": d.bucket.id, "rule": d.rule, "promise": d.promise, "people": d.dying} for d in erased.due],
        "certificates": [
            {"bucket": c.bucket, "rule": c.rule, "promise": c.promise, "people": c.count} for c in erased.certificates
        ],
        "outliving": erased.outliving,
    }


def _tell(erased: Erased, *, as_json: bool, ran: bool = False) -> None:
    lines = [
        f"due: {d.dying} under {d.bucket.id} ({d.rule}, {d.promise})" for d in erased.due if not erased.certificates
    ]
    lines += [
        f"erased: {c.count} under {c.bucket} ({c.rule}, {c.promise}), certificate written" for c in erased.certificates
    ]
    if ran and erased.outliving:
        lines.append(f"{erased.outliving} people are here longer than their rule allows")
    give(shown(erased), as_json=as_json, text="\n".join(lines) or "nothing is due")
    if ran and erased.outliving:
        raise typer.Exit(1)
