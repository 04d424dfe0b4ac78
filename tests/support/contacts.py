"""A small installation for the walk of a contact: real keys in folders, real vaults, sixty synthetic people."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from functools import lru_cache
from typing import TYPE_CHECKING

from sqlalchemy import func, select
from tests.conftest import need

from troth.fieldwork.delivery import posting_day, working_day_before
from troth.fieldwork.load import Load
from troth.fieldwork.printing import PrintRoom, Sites
from troth.fieldwork.release import Release
from troth.fieldwork.suppress import Suppress
from troth.fieldwork.synthesise import write_sample
from troth.keys.folder import KeyFolder
from troth.keys.ring import Ring, SealingRing
from troth.kit.steps import go_on
from troth.protocol.age import new_age_identity
from troth.protocol.blind_index import new_index_key
from troth.protocol.chain import new_signing
from troth.protocol.parcel import new_recipient
from troth.protocol.root import new_pepper
from troth.retention.erase import erase_due
from troth.study import StudyPack, bundled, load_pack
from troth.vaults.ledger.store import Ledger
from troth.vaults.responses import schema as responses
from troth.vaults.sample import schema as sample
from troth.vaults.sample.erasable import contacts
from troth.wiring.registrar import LedgerRegistrar

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from troth.fieldwork.load import Loaded
    from troth.fieldwork.release import Released
    from troth.fieldwork.sample_file import Reading
    from troth.kit.clock import SimulatedClock
    from troth.retention.erase import Certificate
    from troth.storage.database import Database
    from troth.vaults.sample.suppress import Run

PEOPLE = 60
RESERVE = 2
SITES = Sites("https://survey.example.uk", "https://about.example.uk")


class Killed(Exception):  # noqa: N818
    """The process died here."""


@lru_cache(maxsize=1)
def small_pack() -> StudyPack:
    """The bundled study with a cheap code, groups of five, and few codes that stand by."""
    pack = load_pack(bundled("sdcs"))
    flush = pack.flush.model_copy(update={"minimum": 5})
    return pack.model_copy(update={"code_cost_log2_n": 4, "flush": flush, "reserve_codes": RESERVE})


def killer(at: int) -> Callable[[str], None]:
    """Kills at the `at`-th writing step, counted from 1."""
    seen = 0

    def between(_step: str) -> None:
        nonlocal seen
        seen += 1
        if seen == at:
            raise Killed

    return between


@dataclass
class Contacts:
    """Everything that the roles load, letters and print room need, and what a test counts."""

    folder: Path
    clock: SimulatedClock
    sample: Database
    responses: Database
    ledger_database: Database
    pack: StudyPack = field(default_factory=small_pack)
    part: int = 25
    """Rows in a part of a load: sixty people come in three."""

    def __post_init__(self) -> None:
        self.letters_keys = KeyFolder(self.folder / "keys" / "letters")
        self.load_keys = KeyFolder(self.folder / "keys" / "load")
        self.public = KeyFolder(self.folder / "keys" / "public")
        self.ring = Ring("contact", self.letters_keys, self.public)
        self.ring.ensure(self.pack.retention.contact.latest)
        self.pepper, self.index = new_pepper(), new_index_key()
        self.printroom, self.printroom_public = new_recipient()
        self.custodian, self.custodian_public = new_recipient()
        self.age, self.age_public = new_age_identity()
        self.signing, self.checking = new_signing()
        self.ledger = Ledger(self.ledger_database, self.signing)
        self.out = self.folder / "out"

    def file(self, people: int = PEOPLE, seed: int = 1) -> Path:
        path = self.folder / f"sample-{people}-{seed}.csv"
        if not path.exists():
            write_sample(self.pack, people, seed, path)
        return path

    def load(
        self,
        file: Path | None = None,
        between: Callable[[str], None] = go_on,
        *,
        reading: Reading | None = None,
        give_up: bool = False,
        others: str = "",
        again: str = "",
    ) -> Loaded:
        role = Load(
            self.pack, self.sample, self.responses, self.ledger, self.pepper, self.index, self.printroom_public,
            self.custodian_public, SealingRing("contact", self.public), self.load_keys, self.clock, between, part=self.part,
        )  # fmt: skip
        day = date(2027, 1, 4)
        return role.run(
            file or self.file(), source="NHS England", extracted=day, reading=reading, give_up=give_up, others=others, again=again
        )  # fmt: skip

    def suppress(self, *named: tuple[str, str], between: Callable[[str], None] = go_on) -> Run:
        """(Supplier's reference, reason) of whom the supplier names; nobody: just the header."""
        path = self.folder / "suppression.csv"
        path.write_text("".join(f"{ref},{reason}\r\n" for ref, reason in (("supplier_ref", "reason"), *named)))
        role = Suppress(self.pack, self.sample, self.ledger, self.index, self.clock, between)
        return role.run(path)

    def letters(self, between: Callable[[str], None] = go_on) -> Release:
        return Release(
            self.pack, self.sample, self.ledger, self.ring, self.signing, self.age_public, self.clock, between
        )

    def near(self, wave: str) -> None:
        """It is the day on which that wave is to be released, or a later one."""
        (planned,) = (each.dispatch_on for each in self.pack.waves if each.id == wave)
        day = working_day_before(posting_day(planned))
        if day > self.clock.today():
            self.clock.to_day(day)

    def release(self, wave: str, between: Callable[[str], None] = go_on) -> Released:
        self.suppress()
        return self.letters(between).run(wave, self.out)

    def room(self) -> PrintRoom:
        from importlib import resources
        from pathlib import Path

        fonts = Path(str(resources.files("troth"))) / "web" / "static" / "letter"
        need("the built letter font", here=fonts.is_dir(), line="python scripts/assets.py")
        return PrintRoom(self.pack, self.age, self.printroom, self.checking, SITES, fonts)

    def opened(self, done: Released) -> dict[str, str]:
        """Letter reference -> code, as the print room reads the batch."""
        return {letter.ref: letter.code for letter in self.room().open(done.file)[1]}

    def erase(self, between: Callable[[str], None] = go_on) -> list[Certificate]:
        rule = contacts(self.sample, self.ring, self.pack.retention.contact.promise)
        return erase_due([rule], LedgerRegistrar(self.ledger), self.clock, between=between)

    def refs(self) -> list[str]:
        with self.sample.read() as connection:
            return list(connection.scalars(select(sample.person.c.ref).order_by(sample.person.c.ref)))

    def count(self, table: str) -> int:
        room = self.responses if table == "handle" else self.sample
        found = responses.metadata.tables["handle"] if table == "handle" else sample.metadata.tables[table]
        with room.read() as connection:
            return int(connection.scalar(select(func.count()).select_from(found)) or 0)

    def dies(self) -> dict[str, date]:
        with self.sample.read() as connection:
            return {row.ref: row.dies_on for row in connection.execute(select(sample.person))}
