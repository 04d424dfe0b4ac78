"""The print room opens a batch: its letters are read for the first time.

Holds the only keys that open codes, and no vault. What is opened lives in memory, letter by letter, and in what `printroom` makes
of it, which only its owner may read, and which the print room destroys after posting (P05, P06).
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from troth.fieldwork.batch import read_batch
from troth.fieldwork.letter.page import OpenLetter
from troth.fieldwork.letter.sheet import Sites
from troth.fieldwork.load import code_place, contact_place
from troth.kit.errors import CannotOpen, Invalid, Refused
from troth.kit.steps import quietly
from troth.protocol.code import read_code
from troth.protocol.parcel import open_parcel

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from troth.fieldwork.batch import Manifest, Part
    from troth.protocol.names import AgeIdentity, RecipientPrivate, SigningPublic
    from troth.study import StudyPack

__all__ = ["PrintRoom", "Sites"]

_WALES: Final = re.compile(r"(?:CF|LD|LL|NP|SA)[0-9]", re.IGNORECASE)


@dataclass(frozen=True)
class PrintRoom:
    """The role `printroom`: its own two private keys, and the installation's public signing key."""

    pack: StudyPack
    identity: AgeIdentity = field(repr=False)
    private: RecipientPrivate = field(repr=False)
    signed_by: SigningPublic
    sites: Sites
    fonts: Path
    progress: Callable[[int, int], None] = quietly

    def parts(self, file: Path) -> tuple[Manifest, list[Part]]:
        """The batch's letters, each still sealed.

        Raises:
            CannotOpen: not for this print room, not signed by this installation, or changed since. Invalid: no such file.
            Refused: a batch of another study, or a code without a contact.

        """
        try:
            data = file.read_bytes()
        except OSError as error:
            raise Invalid(f"the batch file cannot be read ({error.strerror})", where=file.name) from None
        manifest, parts = read_batch(data, self.identity, self.signed_by)
        if manifest.purpose == "reserve":
            raise Refused(
                "this is a code that stood by, for nobody yet", where=file.name, mend="`troth letters readout` opens it"
            )
        if manifest.study != self.pack.id or manifest.wave not in {str(wave.id) for wave in self.pack.waves}:
            raise Refused(
                "this batch is of another study than this print room's",
                where=file.name,
                mend="use that study's print room",
            )
        return manifest, parts

    def open(self, file: Path) -> tuple[Manifest, list[OpenLetter]]:
        """The batch's letters in the clear, every one of them or none. Raises as `parts`."""
        manifest, parts = self.parts(file)
        return manifest, [self.letter(manifest, part) for part in parts]

    def letter(self, manifest: Manifest, part: Part) -> OpenLetter:
        """One letter in the clear. Raises CannotOpen: it is another's, or holds something else."""
        contact = open_parcel(self.private, part.contact, contact_place(manifest.study, part.ref))
        code = open_parcel(self.private, part.code, code_place(manifest.study, part.ref, manifest.wave))
        try:
            said = json.loads(contact)
            lines = tuple(str(line) for line in said["lines"])
            return OpenLetter(
                part.ref,
                lines,
                str(said["language"]),
                read_code(code.decode()),
                large=said.get("large") is True,
                bilingual=bool(said.get("bilingual", any(_WALES.match(line) for line in lines[-2:]))),
            )
        except (ValueError, KeyError, TypeError, AttributeError, Invalid):
            raise CannotOpen("a letter holds something else than a contact and a code", where="batch") from None
