"""`troth erase`: what the calendar asks to forget, and the forgetting, with certificates."""

from __future__ import annotations

import contextlib
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from troth.cli.options import Home, Json, give
from troth.kit.errors import Invalid
from troth.wiring.attesting import attest_copy, copies_outside
from troth.wiring.erasing import RULES, erase_all
from troth.wiring.open import turn

if TYPE_CHECKING:
    from troth.retention.attest import Copy
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


@app.command()
def copies(home: Home, *, as_json: Json = False) -> None:
    """Say what lies outside the house, with whom, until when, and what was attested. Exit status 1 if anything is late."""
    found, today = copies_outside(home)
    late = [copy for copy in found if copy.late(today)]
    give(
        {"copies": [_copy(copy, copy in late) for copy in found], "late": len(late)},
        as_json=as_json,
        text="\n".join(_line(copy, late=copy in late) for copy in found) or "nothing has left the house",
    )
    if late:
        raise typer.Exit(1)


@app.command()
def attest(
    home: Home,
    of: Annotated[str, typer.Argument(help="The batch, as `troth erase copies` names it.")],
    by: Annotated[
        str,
        typer.Option(
            "--by", help="Who says so: the printer, the provider; an organisation, as `erase copies` names it."
        ),
    ],
    destroyed_on: Annotated[
        datetime, typer.Option("--destroyed-on", formats=["%Y-%m-%d"], help="The day that its copies were destroyed.")
    ],
    statement: Annotated[
        Path | None,
        typer.Option(
            "--statement",
            help="The print room's signed attestation, which is checked; or, with --weaker, any file of the holder's. "
            "Its SHA-256 goes into the ledger.",
        ),
    ] = None,
    *,
    weaker: Annotated[
        bool, typer.Option("--weaker", help="Enter the holder's word unchecked; the ledger says that it is weaker.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Enter into the ledger that a holder outside destroyed its copies of a batch (P05, P25, P26)."""
    try:
        wrote = statement.read_bytes() if statement else None
    except OSError as error:
        raise Invalid(f"the statement cannot be read ({error.strerror})", where=str(statement)) from None
    day = destroyed_on.date()
    copy, today = attest_copy(home, of, by=by, destroyed=day, statement=wrote, weaker=weaker)
    give(_copy(copy, copy.late(today)), as_json=as_json, text=_line(copy, late=copy.late(today)))


def _copy(copy: Copy, late: bool) -> dict[str, Any]:
    return {
        "of": copy.of, "holder": copy.holder, "promise": copy.promise, "left": copy.left, "due": copy.due,
        "destroyed": copy.destroyed, "signed": copy.signed, "owing": copy.owing, "late": late,
    }  # fmt: skip


def _line(copy: Copy, *, late: bool) -> str:
    word = "by a checked signature" if copy.signed else "by word alone (weaker)"
    said = f"attested {word}, destroyed on {copy.destroyed}" if copy.destroyed else "not attested yet"
    if copy.owing:
        said += f"; nothing said yet by {', '.join(copy.owing)}"
    return f"{copy.of}: with {copy.holder} since {copy.left}, due by {copy.due} ({copy.promise}): {said}{', LATE' if late else ''}"


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
