"""A code that stood by is opened in the print room, to be read out or written into a letter: it belongs to nobody yet (P06)."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from troth.fieldwork.batch import read_batch
from troth.fieldwork.load import code_place
from troth.fieldwork.printroom.files import READOUT, note_input, unfinished
from troth.fieldwork.private import write_private
from troth.fieldwork.wishes.replacement import RESERVE
from troth.kit.errors import Invalid, Refused
from troth.kit.steps import go_on
from troth.protocol.code import read_code, show_code
from troth.protocol.parcel import open_parcel

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from troth.fieldwork.batch import Manifest
    from troth.fieldwork.printroom.journal import Journal
    from troth.kit.clock import Clock
    from troth.protocol.names import AgeIdentity, RecipientPrivate, SigningPublic
    from troth.study import StudyPack


@dataclass(frozen=True)
class Readout:
    """The role `printroom`, for batches of the purpose `reserve`."""

    pack: StudyPack
    identity: AgeIdentity = field(repr=False)
    private: RecipientPrivate = field(repr=False)
    signed_by: SigningPublic
    respond: str
    """The respond site's origin."""
    journal: Journal
    clock: Clock
    between: Callable[[str], None] = go_on

    def run(self, file: Path, out: Path, again: str = "") -> Manifest:
        """The code stands in that file, in four groups, with the address where it is typed; only its owner may read it.

        The journal names the file before it is there, so that `troth print destroy`, or the last day, takes it away (P05). A code is
        read out once, whichever batch it came in: a release that was killed and gone on with gives the next caller the same one (P06).

        Raises:
            CannotOpen: not for this print room, or changed. Invalid: no such file. Refused: it was read out, and `again` names no reason;
                letters to people, another study's, or there is a file already; another print is under way. StorageFailed: disk full.

        """
        try:
            data = file.read_bytes()
        except OSError as error:
            raise Invalid(f"the batch file cannot be read ({error.strerror})", where=file.name) from None
        manifest, parts = read_batch(data, self.identity, self.signed_by)
        if manifest.study != self.pack.id:
            raise Refused("this batch is of another study", where=file.name, mend="use that study's print room")
        if manifest.purpose != RESERVE:
            raise Refused("these are letters to people", where=file.name, mend="print them with `troth print`")
        codes = [
            read_code(open_parcel(self.private, part.code, code_place(manifest.study, part.ref, RESERVE)).decode())
            for part in parts
        ]
        text = "".join(f"{show_code(code)}\n" for code in codes) + f"{self.respond}\nDestroy this when it was used.\n"
        out = out.resolve()
        with self.journal.turn():
            refs = [self.journal.digest(part.ref) for part in parts]
            if not again:
                self._require_fresh(manifest, refs)
            for each in unfinished(self.journal.lines(), manifest.batch):
                each.unlink(missing_ok=True)
            if out.exists():
                raise Refused("there is a file already", where=out.name, mend="name another one, or destroy it")
            note_input(self.journal, manifest.batch, file)
            said = {"batch": manifest.batch, "wave": RESERVE, "form": READOUT, "day": self.clock.today()}
            self.journal.write("begun", out=str(out), again=again, **said)
            self.between("begun")
            write_private(out, text.encode())
            self.between("file written")
            written = {"path": str(out), "sha256": hashlib.sha256(text.encode()).hexdigest()}
            self.journal.write("printed", letters=len(codes), refs=refs, files=[written], quarantined=0, **said)
        return manifest

    def _require_fresh(self, manifest: Manifest, refs: list[str]) -> None:
        read = [line for line in self.journal.lines() if line["what"] == "printed" and line.get("form") == READOUT]
        if any(line["batch"] == manifest.batch or not set(refs).isdisjoint(line["refs"]) for line in read):
            raise Refused(
                "this code was read out already: it may be somebody else's",
                where=f"batch {manifest.batch[:8]}",
                mend="ask for another one with `troth letters reserve`; for the same person, say why with --again",
            )
