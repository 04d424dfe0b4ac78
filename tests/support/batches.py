"""Batches for the print room without a load: parcels sealed as `load` seals them, a manifest as `release` signs it."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from tests.support.contacts import SITES, small_pack
from tests.support.letters import NERYS, letter_fonts

from troth.fieldwork.batch import Manifest, Part, write_batch
from troth.fieldwork.load import CODE_SIZE, code_place, contact_place
from troth.fieldwork.printing import PrintRoom
from troth.fieldwork.printroom.journal import Journal
from troth.fieldwork.sample_file import CONTACT_SIZE
from troth.kit.clock import SimulatedClock
from troth.protocol.age import new_age_identity
from troth.protocol.chain import new_signing
from troth.protocol.code import new_code, new_letter_reference
from troth.protocol.parcel import new_recipient, seal_parcel

if TYPE_CHECKING:
    from pathlib import Path

    from troth.protocol.names import LetterRef


@dataclass
class Bench:
    """A print room, its journal, and whoever makes batches for it."""

    folder: Path
    codes: dict[str, str] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.private, self.public = new_recipient()
        self.age, self.age_public = new_age_identity()
        self.signing, self.checking = new_signing()
        self.pack = small_pack()
        self.clock = SimulatedClock(datetime(2027, 1, 7, 9, 0, tzinfo=UTC))  # on the working day before the posting
        self.journal = Journal(self.folder / "printroom")

    @property
    def room(self) -> PrintRoom:
        return PrintRoom(self.pack, self.age, self.private, self.checking, SITES, letter_fonts())

    def part(
        self, ref: LetterRef | None = None, wave: str = "invitation", lines: tuple[str, ...] = NERYS, **more: Any
    ) -> Part:
        ref, study = ref or new_letter_reference(), self.pack.id
        code = new_code()
        self.codes[ref] = code
        told = {"lines": lines, "language": "en", "bilingual": False, **more}
        said = json.dumps(
            {name: value for name, value in told.items() if value is not None}, ensure_ascii=False
        ).encode()
        return Part(
            ref,
            seal_parcel([self.public], said, CONTACT_SIZE, contact_place(study, ref)),
            seal_parcel([self.public], code.encode(), CODE_SIZE, code_place(study, ref, wave)),
        )

    def batch(self, parts: list[Part], wave: str = "invitation") -> tuple[Path, Manifest]:
        kind = "invitation" if wave == "invitation" else "reminder"
        said = Manifest(
            secrets.token_hex(16), self.pack.id, wave, kind, "first", date(2027, 1, 8), date(2027, 1, 9), len(parts)
        )
        return self.again(parts, said), said

    def again(self, parts: list[Part], said: Manifest) -> Path:
        file = self.folder / f"{said.batch[:8]}-{secrets.token_hex(2)}.letters.age"
        file.write_bytes(write_batch(replace(said, count=len(parts)), parts, self.signing, self.age_public))
        return file
