"""A code that stood by is opened in the print room, to be read out or written into a letter: it belongs to nobody yet (P06)."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from troth.fieldwork.batch import read_batch
from troth.fieldwork.load import code_place
from troth.fieldwork.outgoing import write_whole
from troth.fieldwork.wishes.replacement import RESERVE
from troth.kit.errors import Invalid, Refused
from troth.protocol.code import read_code, show_code
from troth.protocol.parcel import open_parcel

if TYPE_CHECKING:
    from pathlib import Path

    from troth.fieldwork.batch import Manifest
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

    def run(self, file: Path, out: Path) -> Manifest:
        """The code stands in that file, in four groups, with the address where it is typed; only its owner may read it.

        Raises:
            CannotOpen: not for this print room, or changed. Invalid: no such file. Refused: letters to people, another study's, or
                there is a file already. StorageFailed: disk full.

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
        if out.exists():
            raise Refused("there is a file already", where=out.name, mend="name another one, or destroy it")
        codes = [
            read_code(open_parcel(self.private, part.code, code_place(manifest.study, part.ref, RESERVE)).decode())
            for part in parts
        ]
        text = "".join(f"{show_code(code)}\n" for code in codes) + f"{self.respond}\nDestroy this when it was used.\n"
        write_whole(out, text.encode())
        return manifest
