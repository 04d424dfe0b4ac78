"""`troth hold`: records kept past their day for a stated reason, by two approvers, under an officer's key, until a review."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from troth.care.holding import LONGEST, OPEN_FOR, WARNING, Wanted
from troth.cli.options import Home, Json, give
from troth.protocol.code import read_letter_reference
from troth.vaults.holds import store
from troth.wiring import holding as wired

if TYPE_CHECKING:
    from troth.vaults.holds.store import Proposal

app = typer.Typer(help="Holds: two approvers, an officer, a review date (docs/holds.md).", no_args_is_help=True)


class Reason(StrEnum):
    """Why a record is held."""

    safeguarding = "safeguarding"
    court_order = "court_order"
    complaint = "complaint"


Id = Annotated[str, typer.Argument(help="The hold's or proposal's id, as `troth hold list` shows it.")]
As = Annotated[str, typer.Option("--as", help="The approver who signs.")]
Key = Annotated[
    Path | None, typer.Option("--key", help="The folder with their key; by default under keys/.", file_okay=False)
]
ReviewOn = Annotated[
    datetime, typer.Option("--review-on", formats=["%Y-%m-%d"], help=f"Kept until then; at most {LONGEST.days} days.")
]
Name = Annotated[str, typer.Argument(help="A short word for them; it stands in lists, so no full name.")]


@app.command()
def approver(home: Home, name: Name, key: Key = None, *, as_json: Json = False) -> None:
    """Make an approver's key: they may sign for holds. The private half is theirs alone; the ledger gets the fingerprint."""
    _appoint(home, "approver", name, key, as_json=as_json)


@app.command()
def officer(home: Home, name: Name, key: Key = None, *, as_json: Json = False) -> None:
    """Make an officer's key: held records are sealed to it. The private half is theirs alone; the ledger gets the fingerprint."""
    _appoint(home, "officer", name, key, as_json=as_json)


@app.command()
def add(  # noqa: PLR0917 - the terms of a hold, each an option
    home: Home,
    reference: Annotated[str, typer.Argument(help="The letter reference, as it is printed.")],
    reason: Annotated[Reason, typer.Option("--reason", help="Why the record must be kept.")],
    officer_: Annotated[str, typer.Option("--officer", help="Whose key the record is sealed to.")],
    review_on: ReviewOn,
    by: As,
    key: Key = None,
    *,
    as_json: Json = False,
) -> None:
    """Propose to hold a contact, as the first approver. Nothing changes until another approver agrees."""
    wanted = Wanted(
        wired.CONTACT, read_letter_reference(reference), reason.value, officer_, review_on.date()
    )  # fmt: skip
    with wired.holding(home) as at:
        made = at.propose(wanted, wired.approver(at, home, by, key))
    _proposed(made, " with the reference", as_json=as_json)


@app.command()
def approve(
    home: Home,
    id_: Id,
    by: As,
    reference: Annotated[
        str | None, typer.Argument(help="The letter reference again, where a contact is to be held.")
    ] = None,
    key: Key = None,
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Check everything; change nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Agree, as the second approver: the record moves to its officer, is renewed, or is erased. After a kill, say it again."""
    ref = None if reference is None else read_letter_reference(reference)
    done = wired.agree(home, id_, ref, by, folder=key, dry_run=dry_run)
    text = {
        "add": "held; the original is erased by the next `troth erase run`. A letter with the print room already goes out",
        "renew": "renewed; the key of the old review date dies on that day",
        "release": "released: deleted, its key destroyed, certificate written",
    }[done]
    give(
        {"id": id_, "kind": done, "done": not dry_run},
        as_json=as_json,
        text=f"would be: {text}" if dry_run else text,
    )


@app.command("list")
def list_(home: Home, *, as_json: Json = False) -> None:
    """Say what is held, why, with whom and until when, and what waits for a second approver; never whose it is."""
    with wired.holding(home) as at:
        today, held, waiting = at.day, store.holds(at.holds), store.proposals(at.holds)
    holds = [
        {
            "id": each.id, "source": each.source, "reason": each.reason, "officer": each.officer, "state": each.state,
            "review_on": each.review_on, "review_near": each.review_on <= today + WARNING,
        }
        for each in held
    ]  # fmt: skip
    proposals = [
        {
            "id": each.id, "kind": each.kind, "hold": each.hold, "source": each.source, "reason": each.reason,
            "officer": each.officer, "review_on": each.review_on, "lapses_on": each.lapses_on,
        }
        for each in waiting
    ]  # fmt: skip
    lines = [_line(each) for each in holds]
    lines += [
        f"{each['id']}: {each['kind']} proposed{' of ' + str(each['hold']) if each['hold'] else ''}, {each['reason']}, officer "
        f"{each['officer']}, until {each['review_on']}; lapses on {each['lapses_on']}"
        for each in proposals
    ]
    give({"holds": holds, "proposals": proposals}, as_json=as_json, text="\n".join(lines) or "nothing is held")


@app.command()
def read(
    home: Home,
    id_: Id,
    out: Annotated[
        Path, typer.Option("--out", help="The file for the record; it must not exist. Destroy it when it was read.")
    ],
    key: Key = None,
    *,
    as_json: Json = False,
) -> None:
    """Write a held record into a file, with its officer's key. Each reading stands in the ledger."""
    wired.read_to(home, id_, out, folder=key)
    give({"file": out}, as_json=as_json, text=f"{out}: destroy it when it was read")


@app.command()
def renew(home: Home, id_: Id, review_on: ReviewOn, by: As, key: Key = None, *, as_json: Json = False) -> None:
    """Propose to keep a held record until another day, as the first approver."""
    _change(home, "renew", id_, review_on.date(), by, key, as_json=as_json)


@app.command()
def release(home: Home, id_: Id, by: As, key: Key = None, *, as_json: Json = False) -> None:
    """Propose to end a hold, as the first approver: when another agrees, the record is erased."""
    _change(home, "release", id_, None, by, key, as_json=as_json)


@app.command()
def drop(home: Home, id_: Id, by: As, key: Key = None, *, as_json: Json = False) -> None:
    """Take a proposal back, as any approver: a slip, or a second approver who does not agree."""
    with wired.holding(home) as at:
        wired.approver(at, home, by, key)
        at.drop(id_)
    give({"id": id_}, as_json=as_json, text="the proposal is gone")


def _change(  # noqa: PLR0917
    home: Path, kind: str, id_: str, review_on: date | None, by: str, key: Path | None, *, as_json: bool
) -> None:
    with wired.holding(home) as at:
        made = at.propose_change(kind, id_, review_on, wired.approver(at, home, by, key))
    _proposed(made, "", as_json=as_json)


def _appoint(home: Path, what: str, name: str, key: Path | None, *, as_json: bool) -> None:
    fingerprint = wired.appoint(home, what, name, key)
    where = key or wired.key_folder(home, what, name)
    text = f"{what} {name}: {fingerprint}. Their key is in {where}; it belongs on a medium of their own"
    give({"what": what, "name": name, "fingerprint": fingerprint}, as_json=as_json, text=text)


def _proposed(made: Proposal, how: str, *, as_json: bool) -> None:
    give(
        {"id": made.id, "kind": made.kind, "lapses_on": made.lapses_on},
        as_json=as_json,
        text=f"proposed as {made.id}: another approver agrees with `troth hold approve {made.id}`{how} within {OPEN_FOR.days} days",
    )


def _line(hold: dict[str, Any]) -> str:
    near = ", REVIEW NEAR" if hold["review_near"] else ""
    moving = ", NOT FINISHED: approve it again" if hold["state"] == "moving" else ""
    until = f"until {hold['review_on']}"
    return f"{hold['id']}: a {hold['source']} held, {hold['reason']}, officer {hold['officer']}, {until}{near}{moving}"
