"""Load: everybody of a sample file has a code, a sealed contact, a sealed letter per wave, and a handle that links to none of it.

The one place where a contact and a handle meet: in memory, one row at a time. Steps, each repeatable after a kill:

1. the file is checked whole; SAMPLE notes the intake;
2. part by part (5,000 rows), in one transaction each, SAMPLE stores the people and, sealed under a key of this load alone, the
   part's handles; a load that was killed goes on behind the last part, and with the last part come the codes that stand by;
3. when everybody is stored, RESPONSES is offered all handles at once, in one order drawn over all of them, and confirms them;
4. the ledger is told; the load's key is destroyed; SAMPLE confirms and forgets the sealed lists.

Why the two vaults cannot be laid beside each other (P04, ADR 0011). RESPONSES never sees a part: its rows come in one transaction, in one
order from `secrets`, so neither place (`rowid`, `ctid`, cell offset) nor transaction (`xmin`, the write-ahead log) says in which
part a code was made. That SAMPLE lies in parts tells whoever has the file what they know. What would link, the sealed lists,
opens with a key that only this role's folder holds, that is in no backup, and that is destroyed before a letter can leave. What
is conceded: while a load is under way or lies killed, that key and SAMPLE together tell a part's people and a part's handles
apart from the rest, cell by cell; this process knows more than that while it works.

Codes lie in no store but under their letters' seals. This process holds public halves only: what it has sealed it cannot open, but for
those lists (P03, P04, P06).
"""

from __future__ import annotations

import secrets
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from os import cpu_count
from typing import TYPE_CHECKING

from troth.fieldwork.loads import highest_tranche, in_words, not_twice
from troth.fieldwork.met import Met, not_again, stopped_before
from troth.fieldwork.sample.packed import Packed
from troth.fieldwork.sample.packed import pack as packed
from troth.fieldwork.sample_file import CONTACT_SIZE, PART, Reading, Row, examine, parts
from troth.fieldwork.today import today
from troth.kit.errors import CannotOpen, Refused
from troth.kit.steps import go_on, quietly
from troth.protocol import blind_index
from troth.protocol.bucket import lock, new_data_key
from troth.protocol.code import new_code, new_letter_reference
from troth.protocol.parcel import seal_parcel
from troth.protocol.root import Cost, derive
from troth.protocol.seal import Place, open_sealed, seal
from troth.vaults.responses import intake as handles
from troth.vaults.responses.intake import NewHandle
from troth.vaults.sample import store
from troth.vaults.sample.met import stopped_of
from troth.vaults.sample.store import Intake, NewPerson, NewReserve, Part

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from datetime import date
    from pathlib import Path

    from troth.fieldwork.sample_file import Examined
    from troth.keys.folder import KeyFolder
    from troth.keys.ring import Bucket, SealingRing
    from troth.kit.clock import Clock
    from troth.protocol.names import BucketPublic, Code, Handle, IndexKey, LetterRef, Pepper, RecipientPublic, Tag
    from troth.storage.database import Database
    from troth.study import StudyPack
    from troth.vaults.ledger.store import Ledger

KEY_KIND = "load"
CODE_SIZE = 64
"""Every code part is padded to this."""


def contact_place(study: str, ref: LetterRef) -> Place:
    """Where a contact parcel belongs, for those who open it."""
    return Place("letter", ref.encode(), "contact", study)


def code_place(study: str, ref: LetterRef, wave: str) -> Place:
    """Where a code parcel belongs: this person's letter of this wave."""
    return Place("letter", ref.encode(), f"code {wave}", study)


@dataclass(frozen=True)
class Loaded:
    """What a load did: counts only."""

    intake: str
    people: int
    reserves: int
    repeated: int
    """People who share name and postcode with another row, of this load or an earlier one."""
    again: int = 0
    """People who were here from another load, and come again for the reason that was given."""
    stopped: int = 0
    """Those of the load who are here and get no letter: they had been stopped before they came again."""


@dataclass(frozen=True)
class Load:
    """The load process: pepper and index key, the ledger's key, its key folder for the keys of loads, and public halves."""

    pack: StudyPack
    sample: Database
    responses: Database
    ledger: Ledger
    pepper: Pepper = field(repr=False)
    index: IndexKey = field(repr=False)
    printroom: RecipientPublic
    custodian: RecipientPublic
    ring: SealingRing
    folder: KeyFolder
    clock: Clock
    between: Callable[[str], None] = go_on
    progress: Callable[[int, int], None] = quietly
    part: int = PART

    def run(
        self,
        file: Path,
        *,
        source: str,
        extracted: date,
        reading: Reading | None = None,
        give_up: bool = False,
        others: str = "",
        again: str = "",
    ) -> Loaded:
        """Everybody in the file is loaded, once; a load that was killed is gone on with.

        Args:
            file: the sample file; it is read and not kept.
            source: who provided it, as the ledger shall say (P03).
            extracted: the day that the source drew it.
            reading: how the file is read, and what is allowed in it.
            give_up: take back what another load stored that is not whole; without, that load is finished first.
            others: why nobody of this file was in a load that is lost with a backup of SAMPLE; the ledger keeps it.
            again: why people who are here from another load get a second code; the ledger keeps it. Who was stopped stays stopped.

        Raises:
            BadSample: the file has faults; nothing was loaded. Refused: this file was loaded before, or the study is over, or
                another load is not finished, or the file changed meanwhile, or a lost load's codes are open (`loads.not_twice`), or the
                clock was set back, or people of the file are here from another load and nobody says why they come again (`met`).
                KeyMissing: the bucket of this study's contacts is not there any more. StorageFailed: run it again.

        """
        how, others, again = reading or Reading(), in_words(others), in_words(again, "sample load --again-people")
        self._in_time(extracted)
        met = Met(self.sample, self.index)
        examined = examine(file, self.pack, how, part=self.part, each=met)
        digest = blind_index.digest_of(self.index, examined.sha256)
        rows = blind_index.digest_of(self.index, examined.marks[-1])
        not_twice(self.ledger, self.sample, self.responses, digest, others)
        before = {each.id for each in store.intakes(self.sample)}
        mine = self._tidy(digest, rows, give_up=give_up)
        if mine is not None and mine.state == "confirmed":
            raise Refused(f"this file was loaded on {mine.day}", where=file.name, mend="nothing is to be done")
        gone = frozenset(before - {each.id for each in store.intakes(self.sample)})
        twice = met.elsewhere(mine.id if mine else "", gone)
        not_again(twice, again)
        if mine is None:
            mine = Intake(secrets.token_hex(16), "begun", self.clock.today(), examined.people, digest, 0, rows)
            store.begin(self.sample, mine)
            self.between("intake begun")
        if mine.state in {"begun", "loading"}:
            mine = self._write(mine, file, how, examined, twice=bool(twice))
        said: dict[str, str | int] = {"other_people": others, "again": twice, "again_because": again if twice else ""}
        self._settle(mine, source, extracted, examined, said)
        spare = len(examined.cells) * self.pack.reserve_codes
        repeated, stopped = store.repeated(self.sample, mine.id), stopped_of(self.sample, mine.id) if twice else 0
        return Loaded(mine.id, examined.people, spare, repeated, twice, stopped)

    def _in_time(self, extracted: date) -> None:
        day = today(self.ledger, self.clock, "sample load")
        if extracted > day:
            raise Refused(
                "the extract is dated in the future", where="extract date", mend="give the day that it was drawn"
            )
        for what, end in (
            ("the collection closed", self.pack.collection.closes),
            ("contacts die", self.pack.retention.contact.latest),
        ):
            if day >= end:
                raise Refused(f"{what} on {end}", where="sample load", mend="nobody can be invited any more")

    def _tidy(self, digest: str, rows: str, *, give_up: bool) -> Intake | None:
        """What killed loads left is put right; gives the intake of this file, if there is one."""
        mine = None
        for each in store.intakes(self.sample):
            if each.state == "confirmed":
                mine = each if each.digest == digest else mine
                continue
            whole = handles.state(self.responses, each.id) == "confirmed"
            given_up = give_up and not whole
            if each.digest == digest and not given_up:
                mine = each
            elif each.state == "begun" or given_up:
                handles.take_back(self.responses, each.id)
                store.drop(self.sample, each.id)
                self.folder.destroy(_key_name(each))
            else:
                raise Refused(
                    f"a load begun on {each.day} is not finished",
                    where="sample load",
                    mend="load that file again first" + ("" if whole else ", or give it up (--give-up)"),
                )
        if mine is not None and mine.state == "loading" and mine.rows != rows:
            raise Refused(
                f"this load was begun on {mine.day} with other cells merged",
                where="sample load",
                mend="load it with the same options as before",
            )
        return mine

    def _write(self, mine: Intake, file: Path, how: Reading, examined: Examined, *, twice: bool) -> Intake:
        if mine.state == "begun" and not self.folder.has(_key_name(mine)):
            self.folder.put(_key_name(mine), KEY_KIND, secrets.token_bytes(32))
        total = examined.people + len(examined.cells) * self.pack.reserve_codes
        self.progress(mine.sealed, total)
        with ThreadPoolExecutor(max_workers=cpu_count() or 1) as pool:
            # scrypt, which is nearly all of the work, releases the interpreter's lock: threads use every core, and no
            # code is ever handed from one process to another.
            read = 0
            for rows in parts(file, self.pack, how, examined, part=self.part):
                fresh, read = rows[max(0, mine.sealed - read) :], read + len(rows)
                if fresh:
                    why = stopped_before(self.sample, self.index, fresh, mine.id) if twice else [None] * len(fresh)
                    mine = self._part(pool, mine, [(row.cell, row) for row in fresh], total, why=why)
            spare = [(cell, None) for cell in examined.cells for _ in range(self.pack.reserve_codes)]
            return self._part(pool, mine, spare, total)

    def _part(
        self,
        pool: ThreadPoolExecutor,
        mine: Intake,
        wanted: Sequence[tuple[str, Row | None]],
        total: int,
        *,
        why: Sequence[str | None] | None = None,
    ) -> Intake:
        """These people, or these codes that stand by, are stored, with their handles under the load's key.

        `why` each of these people was stopped before, if they were; None: these are the codes, which come last.
        """
        last = why is None
        bucket = self.ring.newest(self.pack.retention.contact.latest)
        sealer = _Sealer(self, bucket, self.ring.public(bucket))
        made: list[tuple[Handle, NewPerson | NewReserve]] = []
        refs = self._references(len(wanted))
        work = ((cell, row, ref) for (cell, row), ref in zip(wanted, refs, strict=True))
        for each in _ahead(pool, sealer, work):
            made.append(each)
            self.progress(mine.sealed + len(made), total)
        offered = [NewHandle(handle, new.cell, reserve=isinstance(new, NewReserve)) for handle, new in made]
        key = self.folder.get(_key_name(mine), KEY_KIND)
        sealed = seal(key, packed(offered), self._staged(mine, mine.sealed))
        people = [new for _, new in made if isinstance(new, NewPerson)]
        part = Part(
            [replace(new, stopped=reason) for new, reason in zip(people, why or (), strict=True)],
            [new for _, new in made if isinstance(new, NewReserve)],
            sealed,
            last,
            self.clock.today(),
        )
        after = store.store(
            self.sample, mine, part, ring=self.ring, bucket=bucket, latest=self.pack.retention.contact.latest
        )
        self.between("everybody stored" if last else "part stored")
        return after

    def _references(self, count: int) -> list[LetterRef]:
        """Letter references that nobody has: 40.7 bits are too few to leave a large sample to chance."""
        found: dict[LetterRef, None] = {}
        while len(found) < count:
            drawn = [new_letter_reference() for _ in range(count - len(found))]
            there = store.taken(self.sample, drawn)
            found |= dict.fromkeys(ref for ref in drawn if ref not in there)
        return list(found)

    def _staged(self, mine: Intake, number: int) -> Place:
        return Place("staged", mine.id.encode(), f"handles {number}", self.pack.id)

    def _offered(self, mine: Intake) -> Packed:
        """All handles of the load. Raises CannotOpen: the load's key is not the one that sealed them."""
        key, found = self.folder.get(_key_name(mine), KEY_KIND), Packed()
        try:
            for number, sealed in store.stagings(self.sample, mine.id):
                found.add(open_sealed(key, sealed, self._staged(mine, number)))
        except CannotOpen:
            raise CannotOpen(
                "the key of this load does not open its lists",
                where=_key_name(mine),
                mend="bring the key folder's own file back, or give the load up (--give-up) and load it again",
            ) from None
        return found

    def _settle(
        self, mine: Intake, source: str, extracted: date, examined: Examined, said: Mapping[str, str | int]
    ) -> None:
        if handles.state(self.responses, mine.id) != "confirmed":
            offered = self._offered(mine)
            above = highest_tranche(self.ledger)
            handles.offer(self.responses, mine.id, offered, tranche=self.pack.tranche, above=above)
            self.between("handles offered")
            handles.confirm(self.responses, mine.id)
        self.between("handles confirmed")
        told: dict[str, str | int | list[str] | list[int]] = {
            "source": source,
            "lawful_basis": self.pack.controller.lawful_basis,
            "extracted": extracted.isoformat(),
            "columns": [column.name for column in self.pack.sample_columns],
            "dropped": list(examined.dropped),
            "people": examined.people,
            "reserve": len(examined.cells) * self.pack.reserve_codes,
            "sharing": examined.sharing,
            "shared_because": examined.shared_because,
            "merged": [f"{cell} into {how}" for cell, how in examined.joined.items()],
            "latest": self.pack.retention.contact.latest.isoformat(),
            "promise": self.pack.retention.contact.promise,
            "file": mine.digest,
            "tranches": list(handles.tranches(self.responses, mine.id)),
            **said,
        }
        self.ledger.enter("load", f"load {mine.id}", mine.day, told)
        self.between("ledger told")
        self.folder.destroy(_key_name(mine))
        self.between("key destroyed")
        store.confirm(self.sample, mine.id)
        self.between("intake confirmed")


def _key_name(mine: Intake) -> str:
    return f"load-{mine.id}"


@dataclass(frozen=True)
class _Sealer:
    """Makes one person's code and seals everything; the code is gone when this returns."""

    load: Load
    bucket: Bucket
    public: BucketPublic

    def seal(self, cell: str, row: Row | None, ref: LetterRef) -> tuple[Handle, NewPerson | NewReserve]:
        code = new_code()
        pack = self.load.pack
        derived = derive(code, self.load.pepper, pack.id, Cost(pack.code_cost_log2_n))
        handle, tag = derived.handle, derived.tag if pack.reminders == "targeted" else None
        if row is None:
            place = code_place(pack.id, ref, "reserve")
            return handle, NewReserve(ref, cell, seal_parcel([self.load.printroom], code.encode(), CODE_SIZE, place))
        return handle, self._person(row, ref, code, tag)

    def _person(self, row: Row, ref: LetterRef, code: Code, tag: Tag | None) -> NewPerson:
        load, study, here = self.load, self.load.pack.id, ref.encode()
        to_both = [load.printroom, load.custodian]
        contact = seal_parcel(to_both, row.contact_part(), CONTACT_SIZE, contact_place(study, ref))
        locked = lock(self.public, contact, Place("person", here, "contact"))
        data_key, wrapped = new_data_key(self.public, Place("person", here, "code"))
        codes = {}
        for wave in load.pack.waves:
            part = seal_parcel([load.printroom], code.encode(), CODE_SIZE, code_place(study, ref, wave.id))
            codes[str(wave.id)] = seal(data_key, part, Place("letter", here, f"code {wave.id}"))
        lookup = blind_index.index(load.index, row.name, row.postcode)
        supplier = blind_index.supplier_index(load.index, row.supplier) if row.supplier else None
        return NewPerson(ref, row.cell, locked.wrapped, locked.sealed, wrapped, codes, lookup, supplier, tag)


def _ahead(
    pool: ThreadPoolExecutor, sealer: _Sealer, work: Iterable[tuple[str, Row | None, LetterRef]]
) -> Iterator[tuple[Handle, NewPerson | NewReserve]]:
    """What the sealer makes, in order, with a bounded number of jobs under way."""
    waiting = deque()  # type: ignore[var-annotated]
    for cell, row, ref in work:
        waiting.append(pool.submit(sealer.seal, cell, row, ref))
        if len(waiting) > 4 * (cpu_count() or 1):
            yield waiting.popleft().result()
    while waiting:
        yield waiting.popleft().result()
