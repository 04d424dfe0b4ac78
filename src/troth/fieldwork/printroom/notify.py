"""A batch goes to GOV.UK Notify as precompiled letters, each once, whatever happens between two steps.

Notify itself takes the same letter twice if it is asked twice. So before each sending the journal says that it is about to happen, and
after it that it did; whoever finds only the first asks Notify by the letter's reference before anything is sent again. Notify's own words
for a letter: `accepted`, `received` (printed and handed to the post: never a delivery), `cancelled`, and three failures.
"""

from __future__ import annotations

import io
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import requests
from notifications_python_client.errors import APIError
from notifications_python_client.notifications import NotificationsAPIClient

from troth.fieldwork.letter.address import CannotPrint
from troth.fieldwork.letter.page import Press
from troth.fieldwork.printroom.days import require_notify_in_time
from troth.fieldwork.printroom.files import note_input
from troth.fieldwork.printroom.sheaves import Quarantined, at_notify, posting, sort_out
from troth.kit.errors import Busy, Invalid, Refused
from troth.kit.steps import go_on
from troth.protocol.code import show_letter_reference

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from datetime import date
    from pathlib import Path

    from troth.fieldwork.batch import Manifest, Part
    from troth.fieldwork.letter.page import OpenLetter
    from troth.fieldwork.printing import PrintRoom
    from troth.fieldwork.printroom.journal import Journal
    from troth.kit.clock import Clock
    from troth.protocol.names import LetterRef

URL: Final = "https://api.notifications.service.gov.uk"
LARGEST: Final = 5 * 1024 * 1024
"""Bytes of a PDF that Notify takes."""
MOST_PAGES: Final = 10
SURE: Final = 5
"""Days in which Notify lists what it took in: a service may let it forget after as few as 7, and what it does not list then is in doubt."""
_FORGOTTEN: Final = (
    "GOV.UK Notify may have it, and lists it no longer: look there, and send a replacement if it has not"
)
ATTEMPTS: Final = 8
_FIRST_WAIT: Final = 1.0
_KEY_LENGTH: Final = 73
_TOO_MANY, _REFUSED, _NO_ENTRY = 429, 400, (401, 403)
PRINTED: Final = "received"
"""Notify's word for: printed and dispatched. When it comes is computed, and nobody reports it."""
FAILED: Final = frozenset(
    {"cancelled", "validation-failed", "virus-scan-failed", "technical-failure", "permanent-failure"}
)
"""Notify's words for letters that it took in and that are not printed."""


@dataclass
class Posted:
    """What Notify has of a batch."""

    manifest: Manifest
    sent: int = 0
    """By this run."""
    before: int = 0
    """Sent by an earlier run."""
    found: int = 0
    """An earlier run's reply was lost; Notify had the letter."""
    quarantined: list[Quarantined] = field(default_factory=list)


@dataclass(frozen=True)
class Standing:
    """How a batch stands at Notify."""

    batch: str
    counts: dict[str, int]
    """Notify's word -> how many letters; `unknown`: it lists them no longer."""
    failed: list[Quarantined]
    """Letters that it took in and that nobody gets, by reference and Notify's word; none without the batch's file."""


@dataclass(frozen=True)
class Notify:
    """Sends batches to GOV.UK Notify, one letter after another."""

    room: PrintRoom
    journal: Journal
    clock: Clock
    key: str = field(repr=False)
    url: str = URL
    between: Callable[[str], None] = go_on
    wait: Callable[[float], None] = time.sleep
    timeout: float = 30.0

    def run(self, file: Path, late: str = "") -> Posted:
        """Notify has every letter of the batch that can be set and was not printed here, each once; run again, it goes on.

        A letter that was begun more than `SURE` days ago and that Notify does not list is quarantined: nobody can know by asking.

        Raises:
            Refused: every letter was sent already, or the batch was printed another way; Notify refuses the key; it would
                post what is left before the batch's day, or after it and `late` names no reason, or when it was to have come (P05).
                Busy: Notify does not answer; run it again. Invalid: no key. As `PrintRoom.parts`.

        """
        manifest, parts = self.room.parts(file)
        client = self._client()
        with self.journal.turn():
            sent, asked = at_notify(self.journal.lines(), manifest)
            digests = {part.ref: self.journal.digest(part.ref) for part in parts}
            # A batch that is under way here goes on; one that was printed another way is refused.
            good, quarantined = sort_out(self.journal, manifest, parts, "it goes on" if sent or asked else "")
            lines = self.journal.lines()
            here = {
                ref
                for line in lines
                if line["what"] == "printed" and line["batch"] == manifest.batch
                for ref in line["refs"]
            }
            left = [part for part in good if digests[part.ref] not in sent | here]
            if not left:
                raise Refused(
                    "every letter of this batch was sent or printed already",
                    where=f"batch {manifest.batch[:8]}",
                    mend="nobody gets a letter twice",
                )
            note_input(self.journal, manifest.batch, file)
            posted = Posted(manifest, before=len(good) - len(left), quarantined=quarantined)
            press = Press(
                self.room.pack, manifest.kind, manifest.dispatched_on, self.room.sites, self.room.fonts, notify=True
            )
            for done, part in enumerate(left, start=1):
                self._one(client, press, part, asked, posted, late)
                self.room.progress(done, len(left))
        return posted

    def status(self, batch: str, file: Path | None = None) -> Standing:
        """How Notify calls the letters of the batch that it was sent; with the batch's file, which letters failed there.

        `batch` is its name or how it begins; with a file it is the file's.

        Raises:
            Refused: nothing of this batch was sent. Busy: Notify does not answer. As `PrintRoom.parts`.

        """
        refs: dict[str, LetterRef] = {}
        with self.journal.turn():
            if file is not None:
                manifest, parts = self.room.parts(file)
                batch, refs = manifest.batch, {self.journal.digest(part.ref): part.ref for part in parts}
            client = self._client()
            sent = {
                str(line["id"]): str(line["refs"][0])
                for line in self.journal.lines()
                if line["what"] == "sent" and line["batch"].startswith(batch)
            }
            if not sent or not batch:
                raise Refused(
                    "nothing of this batch was sent through Notify",
                    where=f"batch {batch[:8]}",
                    mend="look at the batch's name",
                )
            found = self._listed(client, sent)
            counts = Counter(found.values())
            counts["unknown"] = len(sent) - len(found)
            said = {name: many for name, many in sorted(counts.items()) if many}
            self.journal.write("status", batch=batch, day=self.clock.today(), counts=said)
        failed = [
            Quarantined(show_letter_reference(refs[digest]), found[number])
            for number, digest in sent.items()
            if found.get(number) in FAILED and digest in refs
        ]
        return Standing(batch, said, failed)

    def _listed(self, client: Any, ids: Collection[str]) -> dict[str, str]:
        """Of those ids, each that Notify lists -> its word for it. Raises Busy: no answer; Refused: the key."""
        found: dict[str, str] = {}
        older: str | None = None
        while True:
            page = self._patiently(lambda: client.get_all_notifications(template_type="letter", older_than=older))  # noqa: B023
            listed = page.get("notifications", [])
            found.update({each["id"]: str(each["status"]) for each in listed if each["id"] in ids})
            if not listed or len(found) == len(ids):
                return found
            older = listed[-1]["id"]

    def _one(self, client: Any, press: Press, part: Part, asked: dict[str, date], posted: Posted, late: str) -> None:  # noqa: PLR0917
        manifest = posted.manifest
        digest = self.journal.digest(part.ref)
        reference = f"{manifest.batch}.{digest}"
        said: dict[str, Any] = {"batch": manifest.batch, "wave": posting(manifest), "refs": [digest]}
        if digest in asked and (known := self._known(client, reference)):
            self.journal.write("sent", id=known, day=self.clock.today(), **said)
            posted.found += 1
            return
        if digest in asked and (self.clock.today() - asked[digest]).days > SURE:
            posted.quarantined.append(Quarantined(show_letter_reference(part.ref), _FORGOTTEN))
            return
        require_notify_in_time(manifest, self.clock.now(), late)  # each: a long batch may meet the end of the day
        letter = self.room.letter(manifest, part)
        try:
            pdf = self._pdf(press, letter)
        except CannotPrint as error:
            posted.quarantined.append(Quarantined(show_letter_reference(part.ref), error.what))
            return
        self.journal.write("sending", day=self.clock.today(), late=late, **said)
        self.between("about to send")
        number = self._send(client, reference, pdf, manifest.postage)
        self.between("sent")
        if number is None:
            self.journal.write("refused", day=self.clock.today(), **said)
            posted.quarantined.append(Quarantined(show_letter_reference(part.ref), "GOV.UK Notify refused the letter"))
            return
        self.journal.write("sent", id=number, day=self.clock.today(), **said)
        self.between("noted")
        posted.sent += 1

    def _pdf(self, press: Press, letter: OpenLetter) -> bytes:
        where = f"letter {show_letter_reference(letter.ref)}"
        pdf = press.print([letter])
        if len(pdf) > LARGEST:
            raise CannotPrint(
                "the PDF is larger than GOV.UK Notify takes (5 MB)", where=where, mend="print it yourself"
            )
        if len(press.template(letter).pages) > MOST_PAGES:
            raise CannotPrint("the letter has more than 10 pages", where=where, mend="shorten its words")
        return pdf

    def _send(self, client: Any, reference: str, pdf: bytes, postage: str) -> str | None:
        """The letter's id at Notify; None: Notify refused it. Raises Busy: no answer; Refused: the key."""
        for attempt in range(ATTEMPTS):
            try:
                reply = client.send_precompiled_letter_notification(
                    reference=reference, pdf_file=io.BytesIO(pdf), postage=postage
                )
                return str(reply["id"])
            except (APIError, requests.RequestException, KeyError, TypeError) as error:
                status = _status(error)
                if status in _NO_ENTRY:
                    raise _closed() from None
                if status == _REFUSED:
                    return None
                self.wait(_FIRST_WAIT * 2**attempt)
                # Anything else leaves open whether the letter was taken in: ask, before it is sent again.
                if status != _TOO_MANY and (known := self._known(client, reference)):
                    return known
        raise _silent()

    def _known(self, client: Any, reference: str) -> str:
        """The id of the letter with that reference; nothing: Notify has none."""
        page = self._patiently(lambda: client.get_all_notifications(template_type="letter", reference=reference))
        return next(
            (str(each["id"]) for each in page.get("notifications", []) if each.get("reference") == reference), ""
        )

    def _patiently(self, ask: Callable[[], Any]) -> dict[str, Any]:
        for attempt in range(ATTEMPTS):
            try:
                return dict(ask())
            except (APIError, requests.RequestException, TypeError) as error:
                if _status(error) in _NO_ENTRY:
                    raise _closed() from None
                self.wait(_FIRST_WAIT * 2**attempt)
        raise _silent()

    def _client(self) -> Any:
        if len(self.key) < _KEY_LENGTH:
            raise Invalid(
                "the key for GOV.UK Notify is malformed",
                where="key notify",
                mend="copy it whole from Notify, API integration",
            )
        if not self.url.startswith("https://") and not self.url.startswith("http://127.0.0.1:"):
            raise Refused("letters go to Notify only over https", where="outputs.toml", mend="write https://")
        return NotificationsAPIClient(self.key, base_url=self.url, timeout=self.timeout)  # type: ignore[no-untyped-call]


def _status(error: Exception) -> int:
    """The reply's status; 0: there was none, or none that can be read."""
    response = getattr(error, "response", None)
    return int(getattr(response, "status_code", 0) or 0)


def _closed() -> Refused:
    return Refused(
        "GOV.UK Notify does not accept the key", where="key notify", mend="check the key, and this machine's clock"
    )


def _silent() -> Busy:
    return Busy(
        "GOV.UK Notify does not answer", where="print", mend="run it again later: it goes on, and sends nothing twice"
    )
