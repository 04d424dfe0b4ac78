"""`troth letters preview`: a wave's letter to look at, and what an envelope would show of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from troth.cli.options import Home, Json, give, say
from troth.fieldwork.letter.envelope import refuse
from troth.fieldwork.letter.preview import preview as look
from troth.fieldwork.private import write_private
from troth.kit.errors import Refused
from troth.wiring.open import opened
from troth.wiring.printing import letter_fonts, sites_for


def preview(
    home: Home,
    wave: Annotated[str, typer.Argument(help="The wave's id in the study, for example invitation.")],
    out: Annotated[Path, typer.Option("--out", help="The folder to write into; it is made.")],
    language: Annotated[str, typer.Option("--lang", help="The language that somebody asked for.")] = "en",
    *,
    large: Annotated[bool, typer.Option("--large", help="Large print.")] = False,
    as_json: Json = False,
) -> None:
    """Show a letter before anything is released: PDF with people who do not exist, and a proof of each envelope."""
    with opened(home, "letters") as work:
        planned = next((each for each in work.pack.waves if each.id == wave), None)
        if planned is None or language not in work.pack.languages:
            known = ", ".join([*(str(each.id) for each in work.pack.waves), *work.pack.languages])
            raise Refused("this study has no such wave or language", where="letters preview", mend=f"there are {known}")
        shown = look(
            work.pack,
            wave,
            language,
            large=large,
            posted=planned.dispatch_on,
            sites=sites_for(work),
            fonts=letter_fonts(),
        )
    for name, data in shown.files.items():
        write_private(out / name, data)
    for proof in shown.proofs[:3]:
        say(f"{proof.envelope.name}: {proof.envelope.order}")
    rooms = {
        each.envelope.name: min(p.room for p in shown.proofs if p.envelope == each.envelope) for each in shown.proofs
    }
    slack = {each.envelope.name: each.envelope.slack[1] for each in shown.proofs}
    for name, room in rooms.items():
        if room < slack[name]:
            say(f"{name}: a tall address shows whole while the sheet slides by {room:g} mm of {slack[name]:g}")
    refuse(shown.proofs)
    files = [str(out / name) for name in shown.files]
    give(
        {"files": files, "pages": shown.pages, "room_mm": rooms, "slack_mm": slack},
        as_json=as_json,
        text=f"{len(files)} files in {out}; {shown.pages} pages a letter; nothing but the address can show",
    )
