"""`troth letters`: see what a wave would do, and release it to the print room."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from troth.cli.keeping import keep_up
from troth.cli.letters_preview import preview
from troth.cli.options import Home, Json, give, say
from troth.fieldwork.cancel import Cancel
from troth.fieldwork.dispositions import write_exact
from troth.fieldwork.remind import waves_due
from troth.fieldwork.wishes.came_back import read_list
from troth.kit.errors import Invalid, Refused
from troth.protocol.code import read_letter_reference
from troth.vaults.sample import post, spare
from troth.wiring.contact import receiving_for, release_for
from troth.wiring.keyring import RECEIPTS_KEY
from troth.wiring.open import opened
from troth.wiring.replicas import require_reconciled
from troth.wiring.wishes import lost_for, outcomes_of, readout_for, returned_for

if TYPE_CHECKING:
    from troth.fieldwork.outgoing import Released
    from troth.wiring.open import Opened

Reference = Annotated[str, typer.Argument(help="The letter reference, as it is printed.")]
app = typer.Typer(help="Letters by wave: invitation and reminders.", no_args_is_help=True)
app.command()(preview)
Wave = Annotated[str, typer.Argument(help="The wave's id in the study, for example invitation; or `replacements`.")]
Out = Annotated[
    Path | None,
    typer.Option(
        "--out", help="The folder for the batch file; HOME/outbox by default, the only one that `troth daily` empties."
    ),
]
REPLACEMENTS: Final = "replacements"


@app.command()
def due(home: Home, *, as_json: Json = False) -> None:
    """Say which waves are to be released now (one that is posted on time, or late), how many letters wait, and how many replacements."""
    with opened(home, "letters") as work:
        found = waves_due(work.vault("sample"), work.pack, work.clock.today())
        again = spare.waiting(work.vault("sample"))
    lines = [f"{each.wave}: {each.letters} letters, planned for {each.planned}" for each in found]
    lines += [f"{REPLACEMENTS}: {again} letters"] if again else []
    result = {"waves": [asdict(each) for each in found], "replacements": again}
    give(result, as_json=as_json, text="\n".join(lines) or "no wave is due")


@app.command()
def release(
    home: Home,
    wave: Wave,
    out: Out = None,
    *,
    split: Annotated[int | None, typer.Option("--split", min=1, help="At most so many letters in one file.")] = None,
    by_load: Annotated[
        bool, typer.Option("--by-load", help="Keep loads apart, so that the codes of a lost file can be closed.")
    ] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen; change nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Release a wave: sealed batch files for the print room. The days on which contacts die are fixed by it (P05)."""
    if wave == REPLACEMENTS:
        _replacements(home, out, dry_run=dry_run, as_json=as_json)
        return
    with opened(home, "letters", alone=True) as work:
        releasing = release_for(work)
        _receipts_first(work, dry_run=dry_run)
        ahead = releasing.preview(wave)
        if dry_run:
            cells = "".join(
                f"\n  {each.cell}: {each.count} letters, these contacts die between {each.dies_first} and {each.dies_last}"
                for each in ahead.cells
            )
            if ahead.alike:
                cells += f"\n{ahead.alike} of them go to a name and postcode that another letter goes to as well"
            give(
                asdict(ahead),
                as_json=as_json,
                text=f"{ahead.count} letters, posted on {ahead.dispatched_on}, delivered by {ahead.delivered_by}; "
                f"{ahead.waiting} people wait for an earlier letter; "
                f"these contacts die between {ahead.dies_first} and {ahead.dies_last}{cells}"
                + "".join(f"\nit would be refused now: {why}" for why in (ahead.early, ahead.suppression) if why),
            )
            return
        if ahead.alike:
            say(
                f"{ahead.alike} letters go to a name and postcode that another letter goes to as well: was somebody loaded twice?"
            )
        if ahead.planned > work.clock.today():
            say(f"this wave was planned for {ahead.planned}: the print room posts it on {ahead.dispatched_on}")
        sent = releasing.run_parts(wave, out or home / "outbox", split=split, by_load=by_load)
    if sent[0].waiting:
        say(f"{sent[0].waiting} people wait for an earlier letter first")
    _give(sent, as_json=as_json)


@app.command()
def cancel(
    home: Home,
    wave: Annotated[str, typer.Argument(help="The wave's id in the study, for example reminder_two.")],
    reason: Annotated[str, typer.Option("--reason", help="Why, for the ledger; it names no person.")],
    *,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Say what would happen; change nothing.")] = False,
    as_json: Json = False,
) -> None:
    """Call a wave off, for good: what has not left goes to nobody, and whoever waits for no other letter is erased early (P05)."""
    with opened(home, "letters", alone=True) as work:
        require_reconciled(work)
        calling = Cancel(work.pack, work.vault("sample"), work.ledger(), work.clock)
        done = calling.preview(wave) if dry_run else calling.run(wave, reason)
    would = "would go" if dry_run else "go"
    give(
        {**asdict(done), "dry_run": dry_run},
        as_json=as_json,
        text=f"{wave}: {done.letters} letters {would} to nobody; who waits for no other letter is erased days after their own last one",
    )


@app.command()
def receipts(
    home: Home,
    files: Annotated[
        list[Path] | None,
        typer.Argument(
            help="Receipt batches that a flush wrote; all in HOME/receipts by default, which are deleted then."
        ),
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Where reminders are targeted: take in who has finished, at least k of a cell; they get no reminder, and their contact dies early."""
    with opened(home, "letters", alone=True) as work:
        receiving = receiving_for(work)
        if receiving is None:
            raise Refused(
                "this study is receipt-free: nobody is told who has finished",
                where="letters receipts",
                mend="reminders go to everybody (P06)",
            )
        done = receiving.run(files or ())
        missing = receiving.missing()
    if missing:
        say(
            f"{missing} receipt batches that the ledger knows of have not come here: bring their files before you release"
        )
    give(
        {**asdict(done), "missing": missing},
        as_json=as_json,
        text=f"{done.files} receipt batches; {done.known} people who are here get no reminder; {done.unknown} tags of nobody here"
        + ("" if files is None else ". Delete the files"),
    )


@app.command()
def batches(home: Home, *, as_json: Json = False) -> None:
    """List every batch: what it is, its size and days, the load it came from where loads were kept apart, its file's SHA-256."""
    with opened(home, "letters") as work:
        found = [asdict(each) for each in post.batches(work.vault("sample"))]
    lines = [
        f"{each['id'][:8]} {each['kind']} {each['wave']} {each['part']}/{each['parts']}: {each['count']} letters, {each['state']}, "
        f"delivered by {each['delivered_by']}" + (f", load {each['intake']}" if each["intake"] else "")
        for each in found
    ]
    give({"batches": found}, as_json=as_json, text="\n".join(lines) or "no batch yet")


@app.command()
def reissue(home: Home, reference: Reference, *, as_json: Json = False) -> None:
    """Ask for a replacement of a lost letter: the same code, which nobody reads. `letters release replacements` sends it (P06)."""
    with opened(home, "letters") as work:
        comes = lost_for(work).ask(read_letter_reference(reference))
    give(
        {"comes_by": comes}, as_json=as_json, text=f"a replacement waits; released today it comes by {comes}"
    )  # fmt: skip


@app.command()
def reserve(
    home: Home,
    cell: Annotated[str, typer.Argument(help="The person's cell (stratum), as the study names it.")],
    out: Out = None,
    *,
    as_json: Json = False,
) -> None:
    """Give out one code that stood by, for somebody whose contact is gone: sealed to the print room, drawn at random (P06)."""
    with opened(home, "letters", alone=True) as work:
        done = lost_for(work).reserve(cell, out or home / "outbox")
        left = spare.stock(work.vault("sample")).get(cell, 0)
    give(
        {"file": done.file, "batch": done.batch, "left": left},
        as_json=as_json,
        text=f"{done.file}: the print room opens it with `troth letters readout`; {left} codes of this cell are left",
    )


@app.command()
def readout(
    home: Home,
    batch: Annotated[Path, typer.Argument(help="The file that `troth letters reserve` wrote.")],
    out: Annotated[Path, typer.Option("--out", help="The file to write the code into; it must not exist.")],
    again: Annotated[str, typer.Option("--again", help="Why the same person's code is read out once more.")] = "",
    *,
    as_json: Json = False,
) -> None:
    """In the print room: open a code that stood by, to read it out or write it into a letter. Destroy the file then."""
    with opened(home, "printroom") as work:
        said = readout_for(work).run(batch, out, again)
    give({"batch": said.batch, "file": out}, as_json=as_json, text=f"{out}: read it out, then destroy it")


@app.command()
def returned(
    home: Home,
    file: Annotated[
        Path, typer.Argument(help="Letter references, one a line, as a barcode reader gives them; `-` is stdin.")
    ],
    *,
    as_json: Json = False,
) -> None:
    """Count letters that came back, and send no reminder after them. Destroy the letters then (P05)."""
    refs = read_list(sys.stdin.buffer.read() if file == Path("-") else _bytes(file))
    with opened(home, "letters", alone=True) as work:
        counted, fresh = returned_for(work).run(refs)
        keep_up(work)
    if not fresh:
        say(f"this list was counted on {counted.day}: nothing was changed")
    give(
        {"known": counted.known, "gone": counted.gone, "day": counted.day, "fresh": fresh},
        as_json=as_json,
        text=f"{counted.known} letters of people who are here: they get no other; {counted.gone} of people who are not here any more, "
        "or never were. Destroy the letters",
    )


@app.command()
def outcomes(
    home: Home,
    exact_to: Annotated[
        Path | None,
        typer.Option("--exact-to", help="Also write the exact counts into this CSV, for you only; it must not exist."),
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Say what became of everybody who was invited, cell by cell; small counts are hidden, and what would tell them."""
    with opened(home, "letters") as work:
        found = outcomes_of(work)
        if exact_to:
            write_exact(work.vault("sample"), exact_to)
            say(f"exact counts in {exact_to}: for weights and rates, not for showing")
    rows = [*found.cells.items(), ("all", found.total)]
    lines = [f"{cell}: " + ", ".join(f"{name} {_count(many)}" for name, many in mine.items()) for cell, mine in rows]
    lines.append(f"letters returned: {_count(found.letters_returned)}, after erasure: {_count(found.after_erasure)}")
    give(
        asdict(found),
        as_json=as_json,
        text="\n".join([*lines, f"(*) between 1 and {found.k - 1}, or next to one that is"]),
    )


def _receipts_first(work: Opened, *, dry_run: bool) -> None:
    """What lies in HOME/receipts is taken in, before anybody is chosen for a reminder; a dry run says only what is missing."""
    if work.pack.reminders == "receipt_free" or work.clock.today() > work.pack.collection.closes:
        return
    if not work.keys.folder.has(RECEIPTS_KEY):  # the collection was over once, and its last day was moved since
        say("the key that opens receipts is gone: everybody who is still here gets this reminder")
        return
    receiving = receiving_for(work)
    assert receiving is not None
    if not dry_run:
        receiving.run()
    if missing := receiving.missing():
        say(
            f"{missing} receipt batches have not been taken in: these people would get a reminder that they do not need"
        )


def _replacements(home: Path, out: Path | None, *, dry_run: bool, as_json: bool) -> None:
    with opened(home, "letters", alone=True) as work:
        if dry_run:
            many = spare.waiting(work.vault("sample"))
            give({"waiting": many}, as_json=as_json, text=f"{many} replacements wait")
            return
        sent = lost_for(work).release(out or home / "outbox")
    if sent[0].waiting:
        say(f"{sent[0].waiting} came too late: their contacts die before a letter comes. Give codes that stand by")
    _give(sent, as_json=as_json)


def _give(sent: list[Released], *, as_json: bool) -> None:
    """One batch as it always was; several as a list beside their sum."""
    text = "\n".join(
        f"{each.count} letters in {each.file}" + (f" (part {each.part} of {each.parts})" if each.parts > 1 else "")
        for each in sent
    )
    first = asdict(sent[0]) if len(sent) == 1 else {"count": sum(each.count for each in sent)}
    give(
        {**first, "batches": [asdict(each) for each in sent]},
        as_json=as_json,
        text=f"{text}\nposted on {sent[0].dispatched_on}, delivered by {sent[0].delivered_by}",
    )


def _count(many: int | None) -> str:
    return "*" if many is None else str(many)


def _bytes(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise Invalid(f"the list cannot be read ({error.strerror})", where=file.name) from None
