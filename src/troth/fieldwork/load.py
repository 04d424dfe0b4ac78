"""Load: everybody of a sample file has a code, a sealed contact, a sealed letter per wave, and a handle that links to none of it.

The one place where a contact and a handle meet: in memory, one row at a time. Steps, each repeatable after a kill: SAMPLE notes
the intake; RESPONSES is offered the handles; SAMPLE stores everybody; RESPONSES confirms; the ledger is told; SAMPLE confirms.
Codes live only between the second and the third step: a load that was killed there takes its handles back and draws new
codes. This process holds public halves only: what it has sealed it cannot open (P03, P04, P06).
"""

from __future__ import annotations

import secrets
from collections import deque
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from os import cpu_count
from typing import TYPE_CHECKING

from troth.fieldwork.sample_file import CONTACT_SIZE, Row, read_sample
from troth.kit.errors import Refused
from troth.protocol import blind_index
from troth.protocol.bucket import lock, new_data_key
from troth.protocol.code import new_code, new_letter_reference
from troth.protocol.parcel import seal_parcel
from troth.protocol.root import Cost, derive
from troth.protocol.seal import Place, seal
from troth.vaults.responses import intake as handles
from troth.vaults.responses.intake import NewHandle
from troth.vaults.sample import store
from troth.vaults.sample.store import Intake, NewPerson, NewReserve

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from datetime import date
    from pathlib import Path

    from troth.keys.ring import Bucket, SealingRing
    from troth.kit.clock import Clock
    from troth.protocol.names import BucketPublic, Code, Handle, IndexKey, LetterRef, Pepper, RecipientPublic
    from troth.storage.database import Database
    from troth.study import StudyPack
    from troth.vaults.ledger.store import Ledger

CODE_SIZE = 64
"""Every code part is padded to this."""


def contact_place(study: str, ref: LetterRef) -> Place:
    """Where a contact parcel belongs, for those who open it."""
    return Place("letter", ref.encode(), "contact", study)


def code_place(study: str, ref: LetterRef, wave: str) -> Place:
    """Where a code parcel belongs: this person's letter of this wave."""
    return Place("letter", ref.encode(), f"code {wave}", study)


def go_on(_step: str) -> None:
    """Nobody is killing."""


def quietly(_done: int, _all: int) -> None:
    """Nobody is watching."""


@dataclass(frozen=True)
class Loaded:
    """What a load did: counts only."""

    intake: str
    people: int
    reserves: int
    repeated: int
    """People who have a letter from an earlier load already, or share name and postcode with another row."""


@dataclass(frozen=True)
class Load:
    """The load process: pepper and index key, the ledger's key, and public halves."""

    pack: StudyPack
    sample: Database
    responses: Database
    ledger: Ledger
    pepper: Pepper = field(repr=False)
    index: IndexKey = field(repr=False)
    printroom: RecipientPublic
    custodian: RecipientPublic
    ring: SealingRing
    clock: Clock
    between: Callable[[str], None] = go_on
    progress: Callable[[int, int], None] = quietly

    def run(self, file: Path, *, source: str, extracted: date) -> Loaded:
        """Everybody in the file is loaded, once; a load that was killed is finished or begun anew.

        Args:
            file: the sample file; it is read and not kept.
            source: who provided it, as the ledger shall say (P03).
            extracted: the day that the source drew it.

        Raises:
            BadSample: the file has faults; nothing was loaded. Refused: this file was loaded before, or the study is over.
            KeyMissing: the bucket of this study's contacts is not there any more. StorageFailed: run it again.

        """
        rows, data = read_sample(file, self.pack)
        self._in_time(extracted)
        digest = blind_index.file_digest(self.index, data)
        mine = self._tidy(digest)
        if mine is not None and mine.state == "confirmed":
            raise Refused(f"this file was loaded on {mine.day}", where=file.name, mend="nothing is to be done")
        repeated = 0
        if mine is None:
            mine = Intake(secrets.token_hex(16), "begun", self.clock.today(), len(rows), digest)
            store.begin(self.sample, mine.id, mine.day, mine.count, mine.digest)
            self.between("intake begun")
        if mine.state == "begun":
            repeated = self._write(mine, rows)
        self._settle(mine, source, extracted, rows)
        return Loaded(mine.id, len(rows), len({row.cell for row in rows}) * self.pack.reserve_codes, repeated)

    def _in_time(self, extracted: date) -> None:
        today = self.clock.today()
        if extracted > today:
            raise Refused(
                "the extract is dated in the future", where="extract date", mend="give the day that it was drawn"
            )
        for what, day in (
            ("the collection closed", self.pack.collection.closes),
            ("contacts die", self.pack.retention.contact.latest),
        ):
            if today >= day:
                raise Refused(f"{what} on {day}", where="sample load", mend="nobody can be invited any more")

    def _tidy(self, digest: str) -> Intake | None:
        """What killed loads left is put right; gives the intake of this file, if there is one."""
        mine = None
        for each in store.intakes(self.sample):
            if each.digest == digest:
                mine = each
            elif each.state == "begun":
                handles.take_back(self.responses, each.id)
                store.drop(self.sample, each.id)
            elif each.state == "loaded":
                raise Refused(
                    f"a load begun on {each.day} is not finished",
                    where="sample load",
                    mend="load that file again first",
                )
        return mine

    def _write(self, mine: Intake, rows: list[Row]) -> int:
        bucket = self.ring.newest(self.pack.retention.contact.latest)
        refs, known = store.taken(self.sample)
        people: list[NewPerson] = []
        spare: list[NewReserve] = []
        offered: list[NewHandle] = []
        repeated = 0
        cells = sorted({row.cell for row in rows})
        wanted: list[tuple[str, Row | None]] = [(row.cell, row) for row in rows]
        wanted += [(cell, None) for cell in cells for _ in range(self.pack.reserve_codes)]
        sealer = _Sealer(self, bucket, self.ring.public(bucket))
        with ThreadPoolExecutor(max_workers=cpu_count() or 1) as pool:
            # scrypt, which is nearly all of the work, releases the interpreter's lock: threads use every core, and no
            # code is ever handed from one process to another.
            work = ((cell, row, _fresh(refs)) for cell, row in wanted)
            for done, (handle, made) in enumerate(_ahead(pool, sealer, work), start=1):
                offered.append(NewHandle(handle, made.cell, reserve=isinstance(made, NewReserve)))
                if isinstance(made, NewReserve):
                    spare.append(made)
                else:
                    repeated += made.lookup in known
                    known.add(made.lookup)
                    people.append(made)
                self.progress(done, len(wanted))
        handles.offer(self.responses, mine.id, offered, tranche=self.pack.tranche)
        self.between("handles offered")
        store.store(
            self.sample,
            mine.id,
            people,
            spare,
            ring=self.ring,
            bucket=bucket,
            latest=self.pack.retention.contact.latest,
        )
        self.between("people stored")
        return repeated

    def _settle(self, mine: Intake, source: str, extracted: date, rows: list[Row]) -> None:
        handles.confirm(self.responses, mine.id)
        self.between("handles confirmed")
        self.ledger.enter(
            "load",
            f"load {mine.id}",
            mine.day,
            {
                "source": source,
                "lawful_basis": self.pack.controller.lawful_basis,
                "extracted": extracted.isoformat(),
                "columns": [column.name for column in self.pack.sample_columns],
                "people": len(rows),
                "reserve": len({row.cell for row in rows}) * self.pack.reserve_codes,
                "latest": self.pack.retention.contact.latest.isoformat(),
                "promise": self.pack.retention.contact.promise,
            },
        )
        self.between("ledger told")
        store.confirm(self.sample, mine.id)
        self.between("intake confirmed")


@dataclass(frozen=True)
class _Sealer:
    """Makes one person's code and seals everything; the code is gone when this returns."""

    load: Load
    bucket: Bucket
    public: BucketPublic

    def seal(self, cell: str, row: Row | None, ref: LetterRef) -> tuple[Handle, NewPerson | NewReserve]:
        code = new_code()
        pack = self.load.pack
        handle = derive(code, self.load.pepper, pack.id, Cost(pack.code_cost_log2_n)).handle
        if row is None:
            place = code_place(pack.id, ref, "reserve")
            return handle, NewReserve(ref, cell, seal_parcel([self.load.printroom], code.encode(), CODE_SIZE, place))
        return handle, self._person(row, ref, code)

    def _person(self, row: Row, ref: LetterRef, code: Code) -> NewPerson:
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
        return NewPerson(ref, row.cell, locked.wrapped, locked.sealed, wrapped, codes, lookup, supplier)


def _fresh(refs: set[str]) -> LetterRef:
    """A letter reference that nobody has: 40.7 bits are too few to leave a large sample to chance."""
    while (ref := new_letter_reference()) in refs:
        pass
    refs.add(ref)
    return ref


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
