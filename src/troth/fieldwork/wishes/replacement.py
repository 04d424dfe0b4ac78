"""A lost letter is sent again: the person's own sealed code, once more, and nobody reads it (P05, P06; ADR 0012).

When does a contact die that got a replacement? On the day on which it was to die before: a replacement moves no date later. It
is given only where it comes, computed as every delivery is, before that day; so nobody can keep a contact alive by asking for
letters, the fixed latest date needs no second rule, and the batch file (which is deleted on the day after the delivery) never
outlives a person in it. The price: in the last days before a contact dies there is no time for a letter by post, and a code
that stands by is given instead. Replacements are posted first class for the same reason.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Final

from troth.fieldwork.batch import Part
from troth.fieldwork.delivery import delivery_day, dispatch_day
from troth.fieldwork.outgoing import Outgoing, Released
from troth.fieldwork.resumed import resumed
from troth.fieldwork.suppress import require_fresh
from troth.fieldwork.today import today
from troth.kit.errors import Refused
from troth.kit.steps import go_on
from troth.vaults.sample import post, spare
from troth.vaults.sample.post import Batch

if TYPE_CHECKING:
    from collections.abc import Callable
    from datetime import date
    from pathlib import Path

    from troth.keys.ring import Ring
    from troth.kit.clock import Clock
    from troth.protocol.names import AgeRecipient, LetterRef, SigningPrivate
    from troth.storage.database import Database
    from troth.study import StudyPack
    from troth.vaults.ledger.store import Ledger
    from troth.vaults.sample.post import Kind

POSTAGE: Final = "first"
RESERVE: Final = "reserve"
_INSTEAD: Final = "give a code that stands by: `troth letters reserve CELL`"


@dataclass(frozen=True)
class Lost:
    """The role `letters`, for lost letters: replacements, and codes that stand by."""

    pack: StudyPack
    sample: Database
    ledger: Ledger
    ring: Ring
    signing: SigningPrivate = field(repr=False)
    printroom: AgeRecipient
    clock: Clock
    between: Callable[[str], None] = go_on

    def ask(self, ref: LetterRef) -> date:
        """A replacement waits for this person; gives the day by which it comes, released now.

        Raises:
            Refused: nobody here has this reference; they get no more letters; none went out yet; it would come too late.

        """
        where = "letters reissue"
        day = today(self.ledger, self.clock, where)
        stands = spare.standing(self.sample, ref)
        if stands is None:
            raise Refused("nobody here has this letter reference", where=where, mend=f"were they erased? {_INSTEAD}")
        if not stands.live:
            raise Refused("this person gets no more letters", where=where, mend=_INSTEAD)
        if not stands.sent:
            raise Refused("no letter of theirs has left yet", where=where, mend="release their invitation")
        comes = self._new("replacement", "").delivered_by
        if comes >= stands.dies_on:
            what = f"a replacement comes by {comes}, and their contact is erased on {stands.dies_on}"
            raise Refused(what, where=where, mend=_INSTEAD)
        self._in_time(comes, where)
        spare.ask(self.sample, ref, day)
        return comes

    def release(self, folder: Path) -> list[Released]:
        """Every replacement that waits and comes in time lies in a file, one for each wave that is sent again.

        Released.waiting: so many came too late, and wait in vain until their contact dies. Killed, it goes on with the same batches.

        Raises:
            Refused: none waits that comes in time; somebody was not compared with a fresh suppression file, where the study requires
                it (P03). StorageFailed: run it again.

        """
        where = "letters release replacements"
        day = today(self.ledger, self.clock, where)
        before = post.batches(self.sample, kind="replacement")
        for done in before:
            if done.state == "released":
                self._outgoing().account(done, self._dies(done))
        chosen = [each for each in before if each.state == "prepared"]
        if chosen or spare.waiting(self.sample):
            require_fresh(self.sample, self.pack, day, where=where)
        new = self._new("replacement", "")

        def in_time(comes: date) -> None:
            self._in_time(comes, where)

        chosen = resumed(self.sample, self._outgoing(), chosen, new, folder=folder, in_time=in_time)
        if not chosen:
            self._in_time(new.delivered_by, where)
            chosen = spare.prepare(self.sample, new, [str(wave.id) for wave in self.pack.waves])
            self.between("batch prepared")
        late = spare.waiting(self.sample)
        if not chosen:
            if late:
                what = f"{late} replacements would come when their contacts are erased already"
                raise Refused(what, where=where, mend=_INSTEAD)
            raise Refused("no replacement waits", where=where, mend="ask for one with `troth letters reissue`")
        return [replace(self._send(each, folder), waiting=late) for each in chosen]

    def reserve(self, cell: str, folder: Path) -> Released:
        """One code of that cell that stood by is on its way to the print room, drawn at random; no row says for whom.

        Killed, it goes on with the same code.

        Raises:
            Refused: no such cell; none is left; the collection closes before it can be used. StorageFailed: run it again.

        """
        where = "letters reserve"
        day = today(self.ledger, self.clock, where)
        if cell not in {str(each.id) for each in self.pack.flush.cells}:
            raise Refused("this study has no such cell", where=where, mend="`troth study check` shows its cells")
        before = post.batches(self.sample, kind="reserve")
        out = self._outgoing()
        for done in before:
            if done.state == "released":
                out.account(done, {})
        given = spare.given(self.sample, [each.id for each in before if each.state == "prepared"])
        chosen = next((each for each in before if each.id in given and given[each.id].cell == cell), None)
        if chosen is None:
            new = self._new("reserve", RESERVE)
            self._in_time(day, where)  # read out, it needs no post
            chosen = spare.draw(self.sample, new, cell, day)
            self.between("batch prepared")
        if chosen is None:
            raise Refused("no code of this cell stands by any more", where=where, mend="they are counted at the load")
        found = spare.given(self.sample, [chosen.id])[chosen.id]
        of = chosen

        def mark(digest: str) -> None:
            spare.gave(self.sample, of.id, digest)

        done_now = out.send(of, RESERVE, POSTAGE, [Part(found.ref, b"", found.code)], folder=folder, mark=mark)
        out.account(replace(of, count=1, digest=done_now.digest), {})
        return done_now

    def _send(self, of: Batch, folder: Path) -> Released:
        out = self._outgoing()
        parts = out.uncover(spare.contents(self.sample, of.id), lambda _sealed: of.wave)
        refs = [part.ref for part in parts]
        kind = next(str(wave.kind) for wave in self.pack.waves if wave.id == of.wave)

        def mark(digest: str) -> None:
            spare.released(self.sample, of.id, refs, digest)

        done = out.send(of, kind, POSTAGE, parts, folder=folder, mark=mark)
        out.account(replace(of, count=done.count, digest=done.digest), self._dies(of))
        return done

    def _dies(self, of: Batch) -> dict[str, str]:
        """By when the printer's copies must be gone: as many days after the delivery as a contact has (P05)."""
        return {"dies_by": (of.delivered_by + timedelta(days=self.pack.retention.contact.days)).isoformat()}

    def _new(self, kind: Kind, wave: str) -> Batch:
        posted = dispatch_day(self.clock.now())
        return Batch(
            secrets.token_hex(16), wave, "prepared", self.clock.today(), posted, delivery_day(posted, POSTAGE), 1, None, kind
        )  # fmt: skip

    def _in_time(self, comes: date, where: str) -> None:
        if comes > self.pack.collection.closes:
            what = f"it comes by {comes}, and the collection closes on {self.pack.collection.closes}"
            raise Refused(what, where=where, mend="it can help nobody any more")

    def _outgoing(self) -> Outgoing:
        return Outgoing(self.pack.id, self.ledger, self.ring, self.signing, self.printroom, self.between)
