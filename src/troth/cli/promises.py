"""`troth promises`: what each promise's checks say on this installation, now."""

from __future__ import annotations

import typer
from rich.table import Table

from troth.assurance.check import examining
from troth.assurance.examine import examine, needed
from troth.cli.options import Home, Json, err, give
from troth.kit.clock import SystemClock
from troth.promises import REGISTRY, State
from troth.wiring.evidence import write_evidence


def promises(home: Home, *, as_json: Json = False) -> None:
    """Ask every check, say each promise's state with its evidence, and sign the evidence file that the public site shows.

    kept: every check it needs passed in full strength. partial: something could not be checked, or only in the weaker set-up.
    broken: a check failed (exit status 1). unchecked: nothing was checked.
    """
    clock = SystemClock()
    with examining(home, clock) as site:
        found = examine(site)
        work = site.role("assurance")
        if work.settings.evidence is not None:
            write_evidence(work.settings.evidence, work.keys.ledger(), work.pack.id, clock.today(), found)
    by_state = {state: [e.promise for e in found if e.state is state] for state in State}
    details = {
        e.promise: {
            "state": e.state.value,
            "checks": [c.model_dump() for c in e.checks],
            "not checked": sorted(needed(e.promise) - {c.name for c in e.checks}),
        }
        for e in found
    }
    if as_json:
        give({**{state.value: ids for state, ids in by_state.items()}, "evidence": details}, as_json=True)
    else:
        table = Table("promise", "state", "evidence", title=f"{clock.today()}")
        for evidence in found:
            if evidence.checks:
                lines = [
                    f"{'✓' if c.passed else '✗'} {c.name}: {c.evidence}"
                    + (" (weaker)" if c.strength == "weaker" else "")
                    for c in evidence.checks
                ]
                missing = sorted(needed(evidence.promise) - {c.name for c in evidence.checks})
                lines += [f"· not checked: {name}" for name in missing]
                table.add_row(evidence.promise, evidence.state.value, "\n".join(lines))
        err.print(table)
        unchecked = ", ".join(by_state[State.UNCHECKED])
        give({}, as_json=False, text=f"unchecked: {unchecked} ({len(REGISTRY)} promises in all)")
    if by_state[State.BROKEN]:
        raise typer.Exit(1)
