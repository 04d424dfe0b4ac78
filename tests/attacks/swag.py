"""Puts a small house into loot, as a thief would: dumps, raw files, key folders, the printer's letters, and what is seen from outside."""

from __future__ import annotations

import importlib
import json
import shutil
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from scipy.stats import binom
from sqlalchemy import select

from troth.assurance.attacks.attack import ATTACKS, Attack, Finding, Outcome
from troth.assurance.attacks.backup import backup_rows
from troth.assurance.attacks.loot import About, Loot, Printed, WaveDay, append, write_about
from troth.assurance.attacks.night import Night, Rows, shorten, write_night
from troth.assurance.attacks.tried import (  # noqa: F401 - importing registers
    clear_text,
    codes_with_pepper,
    dead_keys,
    issuers_mark,
    letters_holder,
    old_backups,
    oracle_bytes,
    oracle_time,
    printers_batch,
    unique_answers,
)
from troth.fieldwork.load import code_place, contact_place
from troth.protocol.bucket import Locked, open_data_key, unlock
from troth.protocol.parcel import open_parcel
from troth.protocol.seal import Place, open_sealed
from troth.storage.database import Database
from troth.vaults.sample.schema import letter, person
from troth.wiring.create import VAULTS, read_owners
from troth.wiring.open import opened

if TYPE_CHECKING:
    from collections.abc import Mapping

    from tests.support.house import House

STUDY_KEYS = ("share-1", "share-2", "share-3", "provider", "custodian")
"""Folders that lie elsewhere in a real study: with the share holders, the provider, the custodian."""

SURE = 1e-5
"""Luck below this is no luck."""


@dataclass(frozen=True)
class Swag:
    """One thief's bag."""

    loot: Loot
    house: House

    def night(self) -> None:
        """Every row of every vault, and the raw files, as they are today."""
        urls, _ = read_owners(self.house.home)
        day, vaults = self.house.clock.today(), {}
        for name in VAULTS:
            database = Database(urls[name], vault=name)
            tables = importlib.import_module(f"troth.vaults.{name}.schema").metadata.tables
            with database.read() as connection:
                vaults[name] = {
                    table: Rows(
                        tuple(column.name for column in shape.columns),
                        tuple(tuple(shorten(value) for value in row) for row in connection.execute(select(shape))),
                    )
                    for table, shape in tables.items()
                }
            database.close()
        write_night(self.loot.folder, Night(day, vaults))

    def copy(self) -> None:
        """The raw files of every vault."""
        for name in VAULTS:
            shutil.copytree(
                self.house.home / "vaults" / name,
                self.loot.folder / "copies" / self.house.clock.today().isoformat() / name,
            )

    def keys(self, label: str) -> None:
        """The key folders of this moment, without those that lie elsewhere."""
        shutil.copytree(
            self.house.home / "keys",
            self.loot.folder / "keys" / f"{self.house.clock.today()}-{label}",
            ignore=shutil.ignore_patterns(*STUDY_KEYS),
        )

    def backup(self) -> None:
        """The sealed values of every vault that the attack on backups judges."""
        urls, _ = read_owners(self.house.home)
        for name in ("sample", "responses", "vouchers", "interviews"):
            database = Database(urls[name], vault=name)
            day = self.house.clock.today()
            backup_rows(database, name, self.loot.folder / "files" / "backups" / f"{day}-{name}.jsonl")
            database.close()

    def printed(self) -> None:
        """The invitation as the printer has it, opened with every key that it takes."""
        append(self.loot.folder, "printed", (vars(each) for each in letters(self.house)))

    def about(self, *, severed: date | None = None, erased: Mapping[str, date] | None = None) -> None:
        with opened(self.house.home, "letters", self.house.clock) as work:
            pack = work.pack
        waves = tuple(WaveDay(str(wave.id), wave.dispatch_on) for wave in pack.waves)
        write_about(
            self.loot.folder,
            About(
                "rehearsal", pack.id, "sqlite", pack.flush.minimum, 1, pack.collection.opens, pack.collection.closes,
                waves, pack.code_cost_log2_n, severed, dict(erased or {}),
            ),
        )  # fmt: skip


def letters(house: House) -> list[Printed]:
    """Every letter of the first wave in the clear."""
    with opened(house.home, "printroom", house.clock) as work:
        private, study = work.keys.recipient("printroom"), work.pack.id
    with opened(house.home, "letters", house.clock) as work, work.vault("sample").read() as connection:
        ring, wave = work.keys.ring("contact"), str(work.pack.waves[0].id)
        bucket = ring.private(ring.living()[0])
        joined = select(person, letter.c.code_sealed).join(letter, letter.c.ref == person.c.ref)
        found = []
        for row in connection.execute(joined.where(letter.c.wave == wave)):
            ref = row.ref
            place = Place("person", ref.encode(), "contact")
            contact = unlock(bucket, Locked(row.contact_wrapped, row.contact_sealed), place)
            said = json.loads(open_parcel(private, contact, contact_place(study, ref)))
            data_key = open_data_key(bucket, row.code_wrapped, Place("person", ref.encode(), "code"))
            part = open_sealed(data_key, row.code_sealed, Place("letter", ref.encode(), f"code {wave}"))
            code = open_parcel(private, part, code_place(study, ref, wave)).decode()
            found.append(Printed(wave, ref, tuple(said["lines"]), code))
    return found


def attack_called(name: str) -> Attack:
    return next(each for each in ATTACKS if each.name == name)


def run(name: str, loot: Loot) -> Outcome:
    """What that attack comes to; a deterministic one must have looked at something."""
    return attack_called(name).run(Loot(loot.folder))


def clean(name: str, loot: Loot) -> None:
    """The deterministic attack looked, and found nothing."""
    came = run(name, loot)
    assert attack_called(name).deterministic
    assert came.examined > 0
    assert came.findings == ()


def broken(name: str, loot: Loot) -> tuple[Finding, ...]:
    """The deterministic attack found something; what it says holds no value."""
    came = run(name, loot)
    assert came.findings
    return came.findings


def chance(came: Outcome, truth: Mapping[str, str]) -> float:
    """How likely the best trial's hits are by luck, times the number of trials: near 0 the attack works."""
    likely = 1.0
    for trial in came.trials:
        known = [guess for guess in trial.guesses if guess.left in truth]
        hits = sum(truth[guess.left] == guess.right for guess in known)
        if known:
            likely = min(likely, float(binom.sf(hits - 1, len(known), 1 / known[0].among)))
    return likely * len(came.trials)


def tampered(loot: Loot, to: Path) -> Loot:
    """A copy of the loot, to be made leaky."""
    shutil.copytree(loot.folder, to)
    return Loot(to)
