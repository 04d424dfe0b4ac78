"""`troth study`: a study pack and its life."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from troth.cli.keeping import keep_up
from troth.cli.options import Home, Json, give, say
from troth.fieldwork.letter.sheet import complete_letters
from troth.kit.clock import SystemClock
from troth.kit.errors import Refused
from troth.questionnaire import plan
from troth.questionnaire.lint import lint
from troth.study import bundled, load_pack, untranslated
from troth.study.targeted import doubts
from troth.wiring.collection import close_study, flush_for, sever_study
from troth.wiring.create import create
from troth.wiring.grants import Cluster
from troth.wiring.open import opened
from troth.wiring.wishes import closing_for

app = typer.Typer(help="A study pack and its life: new, check, open, close, sever.", no_args_is_help=True)
Pack = Annotated[Path, typer.Argument(help="The folder of a study pack; the bundled study is called sdcs.")]


def pack_folder(named: Path) -> Path:
    """The folder of a pack; `sdcs` is the bundled one."""
    return bundled("sdcs") if named == Path("sdcs") and not named.exists() else named


@app.command()
def new(
    pack: Pack,
    home: Home,
    *,
    postgres: Annotated[str, typer.Option("--postgres", help="Host or socket folder; SQLite files otherwise.")] = "",
    port: Annotated[int, typer.Option("--port", help="Of the PostgreSQL server.")] = 5432,
    prefix: Annotated[str, typer.Option("--prefix", help="As given to `troth grants`.")] = "troth",
    provider: Annotated[
        str | None,
        typer.Option("--provider", help="The voucher provider's age recipient, age1…; a demonstration needs none."),
    ] = None,
) -> None:
    """Make an installation: study pack, keys (analysis key split 2 of 3, every pair tried), settings per role, empty vaults.

    On PostgreSQL the administrator runs `troth grants | psql` once before.
    """
    cluster = Cluster(postgres, port, prefix) if postgres else None
    create(home, pack_folder(pack), cluster=cluster, provider=provider, say=say)
    with opened(home, "flush") as work:
        flush_for(work).ready()
    say(f"made {home}")


@app.command()
def check(pack: Pack, *, as_json: Json = False) -> None:
    """Check a study pack: every problem with file, line, column and mend. Nothing is changed."""
    found = load_pack(pack_folder(pack))
    complete_letters(found)
    findings = [*doubts(found), *lint(found.questionnaire), *untranslated(found)]
    shape = plan(found.questionnaire)
    say(
        f"{found.id}: {len(found.questionnaire.pages)} pages, {shape.total_slots} slots, boxes of {shape.box_size} bytes"
    )
    rows = [{"rule": f.rule, "where": f.where, "what": f.what, "mend": f.mend} for f in findings]
    give(
        {"study": found.id, "findings": rows},
        as_json=as_json,
        text="\n".join(f"{r['where']}: {r['what']}" for r in rows),
    )


@app.command()
def close(
    home: Home, *, yes: Annotated[bool, typer.Option("--yes", help="Do it.")] = False, as_json: Json = False
) -> None:
    """Close the study after its last day: flush what is complete, keep or erase partials as the study says."""
    clock = SystemClock()
    with opened(home, "flush", clock, alone=True) as work:
        last = work.pack.collection.closes
        if clock.today() <= last:
            raise Refused(
                f"the collection is open until {last}", where="study close", mend="wait, or change the study's dates"
            )
        if not yes:
            say("This ends the collection for good. Say --yes to do it.")
            raise typer.Exit(1)
        done = close_study(work)
    give(vars(done), as_json=as_json, text=f"{done.complete} complete, {done.partial} partial, {done.erased} erased")


@app.command()
def sever(
    home: Home,
    destroyed_elsewhere: Annotated[
        list[str] | None,
        typer.Option("--destroyed-elsewhere", help="A role whose pepper its operator destroyed on another machine."),
    ] = None,
    *,
    yes: Annotated[bool, typer.Option("--yes", help="Do it.")] = False,
    as_json: Json = False,
) -> None:
    """Destroy the pepper and rename every record: from then on not even the list of codes links anything."""
    with opened(home, "flush", alone=True) as work:
        if not yes:
            say("This cannot be undone; lost tickets cannot be recovered afterwards. Say --yes to do it.")
            raise typer.Exit(1)
        counts = sever_study(work, destroyed_elsewhere=destroyed_elsewhere or ())
    give(dict(counts), as_json=as_json, text=", ".join(f"{count} {state}" for state, count in counts.items()))


@app.command()
def dates(pack: Pack, *, as_json: Json = False) -> None:
    """Show the study's calendar."""
    found = load_pack(pack_folder(pack))
    rows = {"opens": found.collection.opens, "closes": found.collection.closes}
    rows |= {f"letter {wave.id}": wave.dispatch_on for wave in found.waves}
    rows |= {"contacts gone at the latest": found.retention.contact.latest}
    rows |= {"close command possible": found.collection.closes + timedelta(days=1)}
    give(
        rows,
        as_json=as_json,
        text="\n".join(f"{day}  {what}" for what, day in sorted(rows.items(), key=lambda row: row[1])),
    )


def _told(many: int | None, what: str, instead: str) -> str:
    return instead if many is None else f"{many} {what}"


@app.command("close-tranche")
def close_tranche(
    home: Home,
    number: Annotated[int | None, typer.Argument(help="The tranche's number; without it they are listed.")] = None,
    load: Annotated[
        str, typer.Option("--load", help="All tranches of this load, as `troth letters batches` names it.")
    ] = "",
    reason: Annotated[str, typer.Option("--reason", help="Why, in your words, for the ledger; never a person.")] = "",
    *,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say how many codes would be closed; change nothing.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Close the codes of a lost, leaked or mis-sorted batch of letters: they open nothing any more; what was saved stays (P06)."""
    with opened(home, "flush") as work:
        closing = closing_for(work)
        if number is None and not load:
            found, done = closing.all(), False
        else:
            found, done = closing.chosen(number=number, load=load or None), not dry_run
        shut = closing.close(found, reason) if done else []
        if shut:
            keep_up(work)  # no backup opens them again
        listed = [{**vars(e), "closed": closing.told(e.codes, e.closed)} for e in shut]
        listed = listed or [{**vars(e), "open": closing.told(e.codes, e.open)} for e in found]
    some = "how many finished before is not told, so few are on one side"
    lines = [
        f"tranche {e['tranche']} closed on {e['day']}: {e['codes']} codes, {_told(e['closed'], 'closed now', some)}"
        for e in listed
        if shut
    ]
    lines += [
        f"tranche {e['number']} of load {e['load']}: {e['codes']} codes, {_told(e['open'], 'of them open', some)}"
        for e in listed
        if not shut
    ]
    give({"closed": bool(shut), "tranches": listed}, as_json=as_json, text="\n".join(lines) or "no tranche yet")
