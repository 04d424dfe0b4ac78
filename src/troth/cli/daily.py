"""`troth daily`: what the calendar asks for today."""

from __future__ import annotations

from typing import Annotated

import typer

from troth.cli.options import Home, Json, give, say
from troth.kit.clock import SystemClock
from troth.wiring.daily import ROLES
from troth.wiring.daily import daily as do_daily


def daily(
    home: Home,
    role: Annotated[
        list[str] | None, typer.Option("--role", help="Only this role's part; for a host that has no other.")
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Erase what is due, flush and sort at each wave. Run it once a day, by cron or a timer; twice does no harm.

    Exit status 1 if anything outlives its rule afterwards, a copy outside is not attested in time, or a move to a hold is not finished.
    """
    done = do_daily(home, SystemClock(), tuple(role) if role else ROLES)
    certificates = [
        {"vault": c.name, "bucket": c.bucket, "promise": c.promise, "count": c.count} for c in done.certificates
    ]
    result = {
        "certificates": certificates,
        "outliving": done.outliving,
        "late_copies": done.late_copies,
        "reviews": done.reviews,
        "unfinished": done.unfinished,
        "records": done.records,
        "sorted": done.sorted_claims,
    }
    erased = sum(certificate.count for certificate in done.certificates)
    did = f"{done.records} records flushed; {done.sorted_claims} claims sorted"
    text = f"{erased} people's data erased under {len(certificates)} certificates; {did}"
    give(result, as_json=as_json, text=text)
    if done.reviews:
        say(
            f"{done.reviews} holds are to be reviewed soon, and erased on their day unless renewed. Look at `troth hold list`."
        )
    if done.outliving:
        say(f"ALARM: {done.outliving} outlive their rule. Look at `troth erase due` and the vaults' disks.")
    if done.late_copies:
        say(f"ALARM: {done.late_copies} copies outside are not attested in time. Look at `troth erase copies`.")
    if done.unfinished:
        say(
            f"ALARM: {done.unfinished} moves to a hold are not finished. Look at `troth hold list`, and approve them again."
        )
    if done.outliving or done.late_copies or done.unfinished:
        raise typer.Exit(1)
