"""The print room's files: how one is written, and which of them the journal stands for, also those of a print that a kill cut short (P05).

The journal names a finished print's files one by one. Of a print that was begun and not finished it knows only where it was going: what
bears a name of that print there is taken for it, since nothing did when it was begun. Only what another finished print names is not.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

    from troth.fieldwork.printroom.journal import Journal, Line

ENDS = ("printed", "destroyed")
"""The lines after which a batch has no print under way."""
INPUT = "input"
"""The line that names a batch file that was printed, sent or read out."""
READOUT = "readout"
"""The form of a print that is one file of codes that stood by."""


def named(lines: Sequence[Line]) -> dict[Path, str]:
    """Every file of a finished print -> the batch that it was last printed for."""
    return {
        Path(each["path"]): str(line["batch"]) for line in lines if line["what"] == "printed" for each in line["files"]
    }


def unfinished(lines: Sequence[Line], batch: str | None = None) -> list[Path]:
    """What prints that were begun and not finished left lying, drafts too; of that batch, or of all."""
    begun: dict[str, Line] = {}
    for line in lines:
        if line["what"] == "begun":
            begun[str(line["batch"])] = line
        elif line["what"] in ENDS:
            begun.pop(str(line["batch"]), None)
    others, found = named(lines), set()
    for whose, line in begun.items():
        out = Path(line["out"])
        if batch in {None, whose} and out.parent.is_dir():
            alone = line.get("form") == READOUT
            found |= {each for each in out.parent.iterdir() if is_of(each.name, out, alone=alone)} - set(others)
    return sorted(each for each in found if each.is_file())


def note_input(journal: Journal, batch: str, file: Path) -> None:
    """The journal says of which file the batch is printed, so that destroying reaches it too. In its turn only. Raises StorageFailed."""
    path, digest = str(file.resolve()), hashlib.sha256(file.read_bytes()).hexdigest()
    if not any(
        line["what"] == INPUT and (line["batch"], line["path"], line["sha256"]) == (batch, path, digest)
        for line in journal.lines()
    ):
        journal.write(INPUT, batch=batch, path=path, sha256=digest)


def inputs(lines: Sequence[Line], batch: str) -> tuple[list[Path], list[Path]]:
    """Of the files that the batch was printed from and that are there: those as they were then, and those that are something else now."""
    same: set[Path] = set()
    other: set[Path] = set()
    for line in lines:
        if line["what"] == INPUT and line["batch"] == batch and (path := Path(line["path"])).is_file():
            (same if hashlib.sha256(path.read_bytes()).hexdigest() == line["sha256"] else other).add(path)
    return sorted(same), sorted(other - same)


def is_of(name: str, out: Path, *, alone: bool = False, drafts: bool = True) -> bool:
    """Whether a file of that name is one that a print to `out` writes.

    `alone`: it writes that one only, none with a number. `drafts`: also what it writes before a file is whole.
    """
    stem, suffix = re.escape(out.stem) + ("" if alone else "(-large)?(-[0-9]{3,})?"), re.escape(out.suffix)
    draft = drafts and re.fullmatch(rf"\.{stem}({suffix})?\.[0-9a-f]{{8}}", name)
    return bool(draft or re.fullmatch(rf"{stem}{suffix}(\.age)?", name))
