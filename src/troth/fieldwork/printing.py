"""The print room: a batch file is opened, its letters are read for the first time, and set as PDFs.

Holds the only keys that open codes, and no vault. What is opened lives in memory and in the PDFs, which only their owner
may read; the print room destroys them after posting; its attestation is not tracked yet (P05, P06).
"""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from troth.fieldwork.batch import read_batch
from troth.fieldwork.letter.page import OpenLetter, Press
from troth.fieldwork.letter.sheet import Sites
from troth.fieldwork.load import code_place, contact_place
from troth.kit.errors import CannotOpen, Invalid, Refused, StorageFailed
from troth.protocol.code import read_code
from troth.protocol.parcel import open_parcel

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from troth.fieldwork.batch import Manifest, Part
    from troth.protocol.names import AgeIdentity, RecipientPrivate, SigningPublic
    from troth.study import StudyPack

__all__ = ["PrintRoom", "Printed", "Sites"]


def quietly(_done: int, _all: int) -> None:
    """Nobody is watching."""


@dataclass(frozen=True)
class Printed:
    """What was printed."""

    manifest: Manifest
    files: tuple[Path, ...]
    letters: int


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

    def open(self, file: Path) -> tuple[Manifest, list[OpenLetter]]:
        """The batch's letters in the clear, every one of them or none.

        Raises:
            CannotOpen: not for this print room, not signed by this installation, or changed since. Invalid: no such file.
            Refused: a batch of another study.

        """
        try:
            data = file.read_bytes()
        except OSError as error:
            raise Invalid(f"the batch file cannot be read ({error.strerror})", where=file.name) from None
        manifest, parts = read_batch(data, self.identity, self.signed_by)
        if manifest.study != self.pack.id or manifest.wave not in {str(wave.id) for wave in self.pack.waves}:
            raise Refused(
                "this batch is of another study than this print room's",
                where=file.name,
                mend="use that study's print room",
            )
        return manifest, [self._open(manifest, part) for part in parts]

    def run(self, file: Path, out: Path, *, per_file: int) -> Printed:
        """The batch's letters stand in one PDF, or in numbered ones of at most `per_file` letters; mode 0600.

        Raises:
            Refused: a PDF of that name is there, or the batch has no letters; as `open`. StorageFailed: disk full.

        """
        manifest, letters = self.open(file)
        if not letters:
            raise Refused("this batch has no letters: all of them were stopped or erased", where=file.name)
        press = Press(self.pack, manifest.kind, manifest.dispatched_on, self.sites, self.fonts)
        groups = [letters[start : start + per_file] for start in range(0, len(letters), per_file)]
        files = tuple(
            out if len(groups) == 1 else out.with_name(f"{out.stem}-{n:03d}{out.suffix}")
            for n in range(1, len(groups) + 1)
        )
        if there := next((each for each in files if each.exists()), None):
            raise Refused("there is a file already", where=there.name, mend="name another one, or destroy it")
        done = 0
        for each, group in zip(files, groups, strict=True):
            _write_private(each, press.print(group))
            done += len(group)
            self.progress(done, len(letters))
        return Printed(manifest, files, len(letters))

    def _open(self, manifest: Manifest, part: Part) -> OpenLetter:
        contact = open_parcel(self.private, part.contact, contact_place(manifest.study, part.ref))
        code = open_parcel(self.private, part.code, code_place(manifest.study, part.ref, manifest.wave))
        try:
            said = json.loads(contact)
            lines = tuple(str(line) for line in said["lines"])
            return OpenLetter(part.ref, lines, str(said["language"]), read_code(code.decode()))
        except (ValueError, KeyError, TypeError, Invalid):
            raise CannotOpen("a letter holds something else than a contact and a code", where="batch") from None


def _write_private(file: Path, data: bytes) -> None:
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as handle:
            handle.write(data)
            handle.flush()
            os.fsync(handle.fileno())
    except OSError as error:
        file.unlink(missing_ok=True)
        raise StorageFailed(
            f"the PDF cannot be written ({error.strerror})", where=file.name, mend="Make room and print again"
        ) from None
