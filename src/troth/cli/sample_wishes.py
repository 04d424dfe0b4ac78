"""`troth sample find/withdraw/correct/access`: what people may wish while their contact is here. Added to `troth sample`."""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Final

import typer

from troth.cli.keeping import keep_up
from troth.cli.options import Home, Json, err, give, say
from troth.kit.errors import Invalid
from troth.protocol.code import read_letter_reference, show_letter_reference
from troth.wiring.contact import stopping_for
from troth.wiring.open import opened
from troth.wiring.wishes import corrector_for, finder_for, tell

if TYPE_CHECKING:
    from collections.abc import Callable

Reference = Annotated[str, typer.Argument(help="The letter reference, as it is printed.")]


class Why(StrEnum):
    """Why somebody gets no more letters."""

    opted_out = "opted_out"
    objected = "objected"
    ineligible = "ineligible"
    deceased = "deceased"


def find(home: Home, *, as_json: Json = False) -> None:
    """Find a person by exact name and postcode, typed when asked: their letter reference and state, nothing else (P32)."""
    name, postcode = _ask("Name"), _ask("Postcode")
    with opened(home, "custodian") as work:
        found = finder_for(work).find(name, postcode)
    people = [
        {"reference": show_letter_reference(each.ref), "state": each.state, "reason": each.reason} for each in found
    ]
    text = "\n".join(
        f"{each['reference']}: {each['state']}{', ' + str(each['reason']) if each['reason'] else ''}" for each in people
    )
    give({"people": people}, as_json=as_json, text=text or "nobody of that name at that postcode is here")


def withdraw(
    home: Home,
    reference: Reference,
    reason: Annotated[Why, typer.Option("--reason", help="Why; it is counted, never for whom.")],
    *,
    as_json: Json = False,
) -> None:
    """Send this person no further letter, for a reason that is counted. Their contact dies days after their own last letter (P05)."""
    with opened(home, "letters") as work:
        day = stopping_for(work).stop(read_letter_reference(reference), reason.value)
        keep_up(work)
    give(
        {"dies_on": day, "reason": reason.value},
        as_json=as_json,
        text=f"no further letter; the contact is erased on {day}. A letter that is with the print room already goes out",
    )


def correct(
    home: Home,
    reference: Reference,
    file: Annotated[
        Path | None,
        typer.Option("--file", help="A JSON object with the new contact; `-` reads it from stdin. Else you are asked."),
    ] = None,
    *,
    as_json: Json = False,
) -> None:
    """Replace a person's name and address, whole. Their code is not opened and stays the same (P06, P32)."""
    ref = read_letter_reference(reference)
    with opened(home, "custodian") as work:
        corrector = corrector_for(work)
        values = _asked(corrector.columns()) if file is None else _read(file)
        done = corrector.correct(ref, values)
    if done.out:
        say(f"{done.out} letters are on their way to the old address")
    if not done.live:
        say("no further letter is due to this person")
    give({"on_their_way": done.out, "live": done.live}, as_json=as_json, text="corrected")


def access(
    home: Home,
    reference: Reference,
    out: Annotated[
        Path, typer.Option("--out", help="The file for the person; it must not exist. Destroy it when it was sent.")
    ],
    *,
    as_json: Json = False,
) -> None:
    """Write what is held about this person into a file for them. Of answers it says that nobody can tell (P32)."""
    day = tell(home, read_letter_reference(reference), out)
    give(
        {"file": out, "dies_on": day},
        as_json=as_json,
        text=f"{out}: send it to the person, then destroy it. What it says is erased on {day}",
    )


COMMANDS: Final[dict[str, Callable[..., None]]] = {
    "find": find, "withdraw": withdraw, "correct": correct, "access": access,
}  # fmt: skip


def _asked(columns: list[str]) -> dict[str, str]:
    err.print(
        "Leave empty what the new address does not have. Large print is yes or no: nobody here can read what it was."
    )
    return {name: _ask(name) for name in columns}


def _ask(what: str) -> str:
    """One line from stdin, a person's or a pipe's; the question goes to stderr, so that stdout stays clean."""
    err.print(f"{what}: ", end="", markup=False)
    line = sys.stdin.readline()
    if not line:
        raise Invalid(f"the {what.lower()} was asked for, and nothing was typed", where="stdin")
    return line.strip()


def _read(file: Path) -> dict[str, str]:
    mend = 'one JSON object of texts, for example {"name": …, "address_1": …, "postcode": …}'
    try:
        written = sys.stdin.read() if file == Path("-") else file.read_text(encoding="utf-8")
        values = json.loads(written)
    except OSError as error:
        raise Invalid(f"the new contact cannot be read ({error.strerror})", where=file.name) from None
    except ValueError:
        raise Invalid("the new contact is not JSON in UTF-8", where=file.name, mend=mend) from None
    if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
        raise Invalid("the new contact is not an object of texts", where=file.name, mend=mend)
    return values
