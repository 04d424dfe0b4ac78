"""A batch becomes files: PDFs, or the supplier's file, split as asked, sealed to the printer where one is named, each batch once.

A reference that stands twice in a batch, or went out in another batch of the same wave, is *quarantined*: that letter is not printed and
is listed by its reference. So is one that cannot be set. What was begun and not finished is taken away before it is begun again.
"""

from __future__ import annotations

import hashlib
import io
from collections import Counter
from dataclasses import dataclass, field
from datetime import date
from typing import TYPE_CHECKING, Final, Literal

from troth.fieldwork.letter.page import Press
from troth.fieldwork.printroom.days import require_not_late
from troth.fieldwork.printroom.files import is_of, note_input, unfinished
from troth.fieldwork.printroom.supplier import supplier_file
from troth.fieldwork.private import write_private
from troth.kit.errors import Refused
from troth.kit.steps import go_on
from troth.protocol.age import seal_age
from troth.protocol.code import show_letter_reference

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from troth.fieldwork.batch import Manifest, Part
    from troth.fieldwork.letter.address import CannotPrint
    from troth.fieldwork.letter.page import OpenLetter
    from troth.fieldwork.printing import PrintRoom
    from troth.fieldwork.printroom.journal import Journal, Line
    from troth.kit.clock import Clock
    from troth.protocol.names import AgeRecipient

Form = Literal["pdf", "file"]
SUFFIXES: Final[dict[Form, str]] = {"pdf": ".pdf", "file": ".csv"}


@dataclass(frozen=True)
class Quarantined:
    """A letter that was not printed, and why: by reference alone."""

    reference: str
    why: str


@dataclass
class Printed:
    """What was printed."""

    manifest: Manifest
    files: list[Path] = field(default_factory=list)
    letters: int = 0
    quarantined: list[Quarantined] = field(default_factory=list)


@dataclass(frozen=True)
class Sheaves:
    """Prints batches into files."""

    room: PrintRoom
    journal: Journal
    clock: Clock
    seal_to: AgeRecipient | None = None
    """The printer's recipient: then no file lies here in the clear."""
    between: Callable[[str], None] = go_on

    def run(self, file: Path, out: Path, *, form: Form, per_file: int, again: str = "", late: str = "") -> Printed:
        """The batch's letters lie in `out`, or in numbered files of at most `per_file` letters beside it; mode 0600.

        Large print lies in files of its own, `…-large…`: it is another job for the printer. What GOV.UK Notify has is not printed.

        Raises:
            Refused: its day of posting has passed and `late` names no reason, or so has the day on which it was to have come (P05);
                it was printed already and `again` names no reason; Notify has every letter; a file of that name is there; it
                has no letters; as `PrintRoom.parts`. StorageFailed: disk full; run it again.

        """
        manifest, parts = self.room.parts(file)
        if not parts:
            raise Refused("this batch has no letters: all of them were stopped or erased", where=file.name)
        where = f"batch {manifest.batch[:8]}"
        require_not_late(self.clock.today(), manifest.dispatched_on, manifest.delivered_by, late, where=where)
        with self.journal.turn():
            good, quarantined = sort_out(self.journal, manifest, parts, again)
            good = self._left(manifest, good, quarantined)
            self._clear(manifest)
            printed = Printed(manifest, quarantined=quarantined)
            out = out.resolve()
            taken = sorted(out.parent.glob(f"{out.stem}*{out.suffix}*")) if out.parent.is_dir() else []
            if there := next((each for each in taken if is_of(each.name, out, drafts=False)), None):
                raise Refused("there is a file already", where=there.name, mend="name another one, or destroy it")
            names = _Names(out, numbered=len(good) > per_file, sealed=self.seal_to is not None)
            note_input(self.journal, manifest.batch, file)
            self.journal.write(
                "begun",
                batch=manifest.batch,
                wave=posting(manifest),
                form=form,
                day=self.clock.today(),
                out=str(out),
                again=again,
                late=late,
            )
            self.between("begun")
            done: list[str] = []
            press = None
            if form == "pdf":
                press = Press(self.room.pack, manifest.kind, manifest.dispatched_on, self.room.sites, self.room.fonts)
            for large, group in self._groups(manifest, good, per_file):
                data, refs = self._make(manifest, press, group, printed)
                if refs:
                    path = names.next(large=large)
                    write_private(path, seal_age([self.seal_to], data) if self.seal_to else data)
                    printed.files.append(path)
                    done += refs
                self.between("file written")
            printed.letters = len(done)
            self.journal.write(
                "printed", batch=manifest.batch, wave=posting(manifest), form=form, day=self.clock.today(), letters=len(done), refs=done,
                files=[{"path": str(each), "sha256": _digest(each)} for each in printed.files], quarantined=len(printed.quarantined),
                posted_on=manifest.dispatched_on, comes_by=manifest.delivered_by, late=late,
            )  # fmt: skip
            self.between("printed")
        return printed

    def _groups(self, manifest: Manifest, parts: list[Part], per_file: int) -> Iterator[tuple[bool, list[OpenLetter]]]:
        """Opened a file's worth at a time: more letters are never in the clear in memory."""
        held: dict[bool, list[OpenLetter]] = {False: [], True: []}
        for done, part in enumerate(parts, start=1):
            letter = self.room.letter(manifest, part)
            held[letter.large].append(letter)
            if len(held[letter.large]) == per_file:
                yield letter.large, held[letter.large]
                held[letter.large] = []
            self.room.progress(done, len(parts))
        for large, letters in held.items():
            if letters:
                yield large, letters

    def _make(
        self, manifest: Manifest, press: Press | None, letters: list[OpenLetter], printed: Printed
    ) -> tuple[bytes, list[str]]:
        left: set[str] = set()

        def refused(letter: OpenLetter, error: CannotPrint) -> None:
            left.add(letter.ref)
            printed.quarantined.append(Quarantined(show_letter_reference(letter.ref), error.what))

        if press is None:
            data, _ = supplier_file(manifest, self.room.pack, self.room.sites, letters, refused)
        else:
            pdf = io.BytesIO()
            press.write(letters, pdf, refused)
            data = pdf.getvalue()
        return data, [self.journal.digest(letter.ref) for letter in letters if letter.ref not in left]

    def _left(self, manifest: Manifest, good: list[Part], quarantined: list[Quarantined]) -> list[Part]:
        """Those that GOV.UK Notify has not got: nobody gets a letter from it and another from here. One that it may have is quarantined.

        Raises Refused: it has all of them.
        """
        sent, asked = at_notify(self.journal.lines(), manifest)
        left = [part for part in good if self.journal.digest(part.ref) not in sent]
        if good and not left:
            where = f"batch {manifest.batch[:8]}"
            raise Refused(
                "GOV.UK Notify has every letter of this batch", where=where, mend="nobody gets a letter twice"
            )
        maybe = [part for part in left if self.journal.digest(part.ref) in asked]
        why = "GOV.UK Notify may have it: `troth print BATCH --as notify` asks"
        quarantined += [Quarantined(show_letter_reference(part.ref), why) for part in maybe]
        return [part for part in left if part not in maybe]

    def _clear(self, manifest: Manifest) -> None:
        """Files of a print that was begun and not finished are gone: nobody was told of them."""
        for each in unfinished(self.journal.lines(), manifest.batch):
            each.unlink(missing_ok=True)


def posting(manifest: Manifest) -> str:
    """What nobody gets two letters of: a wave. Replacements of lost letters are a posting of their own, batch by batch."""
    return manifest.wave if manifest.purpose == "wave" else f"{manifest.purpose} {manifest.batch}"


def sort_out(
    journal: Journal, manifest: Manifest, parts: list[Part], again: str
) -> tuple[list[Part], list[Quarantined]]:
    """The parts to print, and those in quarantine. What GOV.UK Notify refused has not gone out.

    Raises:
        Refused: a letter of this batch was printed or sent already, and `again` names no reason.

    """
    twice = {ref for ref, many in Counter(part.ref for part in parts).items() if many > 1}
    gone: dict[str, str] = {}
    for line in journal.lines():
        if line.get("wave") == posting(manifest):
            if line["what"] in ("printed", "sending"):
                gone.update(dict.fromkeys(line["refs"], line["batch"]))
            elif line["what"] == "refused":
                for ref in line["refs"]:
                    gone.pop(ref, None)
    digests = {part.ref: journal.digest(part.ref) for part in parts}
    if not again and any(gone.get(digest) == manifest.batch for digest in digests.values()):
        raise Refused(
            "this batch was printed already",
            where=f"batch {manifest.batch[:8]}",
            mend="nobody gets a letter twice; if the prints were lost, or letters are left, say why with --again",
        )
    why = {}
    for part in parts:
        if part.ref in twice:
            why[part.ref] = "this reference stands twice in the batch"
        elif gone.get(digests[part.ref], manifest.batch) != manifest.batch:
            why[part.ref] = "this reference went out in another batch of the wave"
    return [part for part in parts if part.ref not in why], [
        Quarantined(show_letter_reference(ref), said) for ref, said in why.items()
    ]


def at_notify(lines: Iterable[Line], manifest: Manifest) -> tuple[set[str], dict[str, date]]:
    """Digests of the batch's letters that GOV.UK Notify has; and of those of which only the beginning is known, with the day of it."""
    sent: set[str] = set()
    asked: dict[str, date] = {}
    for line in lines:
        if line.get("batch") != manifest.batch:
            continue
        if line["what"] == "sending":
            asked.update(dict.fromkeys(line["refs"], date.fromisoformat(line["day"])))
        elif line["what"] in ("sent", "refused"):
            for ref in line["refs"]:
                asked.pop(ref, None)
            if line["what"] == "sent":
                sent.update(line["refs"])
    return sent, asked


class _Names:
    """Names of files: the one asked for, or numbered; large print by itself."""

    def __init__(self, out: Path, *, numbered: bool, sealed: bool) -> None:
        self._out, self._numbered, self._sealed = out, numbered, sealed
        self._many: Counter[bool] = Counter()

    def next(self, *, large: bool) -> Path:
        self._many[large] += 1
        number = f"-{self._many[large]:03d}" if self._numbered else ""
        return self._out.with_name(
            f"{self._out.stem}{'-large' if large else ''}{number}{self._out.suffix}{'.age' if self._sealed else ''}"
        )


def _digest(file: Path) -> str:
    return hashlib.sha256(file.read_bytes()).hexdigest()
