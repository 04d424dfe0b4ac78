"""What only the rehearsal knows: which record is whose. It opens the outer layer with the flush process's own key, before that key dies.

The scoring of attacks needs it; no attack gets it, and nothing of it lies in the installation.
"""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING

from sqlalchemy import func, select

from troth.fieldwork.flush import STRIP_KIND, strip_name
from troth.fieldwork.respondents import step_context
from troth.protocol.boxes import ANALYSIS_OVERHEAD, StripOpener
from troth.protocol.names import Handle, StripPrivate
from troth.questionnaire import plan
from troth.vaults.interviews import schema as interviews
from troth.vaults.responses.schema import handle, record, step
from troth.vaults.sample.schema import person
from troth.vaults.vouchers import schema as vouchers
from troth.wiring.open import opened

if TYPE_CHECKING:
    from pathlib import Path

    from sqlalchemy import Table

    from troth.kit.clock import Clock
    from troth.wiring.open import Opened

_DIGEST = 16


def about_to_move(work: Opened, state: str) -> dict[str, str]:
    """Handle -> the name that its record will have, of every whole response in that handle state. By the role `flush`.

    Both in hex; a record's name is the first 16 bytes of SHA-256 over its boxes (`assurance.attacks.attack.Link`).
    """
    openers: dict[str, StripOpener] = {}
    found: dict[str, str] = {}
    rows = (
        select(step.c.handle, step.c.n, step.c.box, step.c.strip)
        .join(handle, handle.c.handle == step.c.handle)
        .where(handle.c.state == state)
        .order_by(step.c.handle, step.c.n)
    )
    digests: dict[Handle, hashlib._Hash] = {}
    box = plan(work.pack.questionnaire).box_size + ANALYSIS_OVERHEAD  # beyond it is the room of a tag, in no record
    with work.vault("responses").read() as connection:
        for row in connection.execution_options(stream_results=True).execute(rows):
            if row.strip not in openers:
                private = work.keys.folder.get(strip_name(row.strip), STRIP_KIND)
                openers[row.strip] = StripOpener(StripPrivate(private))
            of = Handle(bytes(row.handle))
            inner = openers[row.strip].open(bytes(row.box), step_context(work.pack.id, of, row.n))
            digests.setdefault(of, hashlib.sha256()).update(inner[:box])
    for of, digest in digests.items():
        found[of.hex()] = digest.digest()[:_DIGEST].hex()
    return found


def records_there(work: Opened) -> dict[str, str]:
    """A record's name -> the cell that it shows."""
    with work.vault("responses").read() as connection:
        rows = connection.execution_options(stream_results=True).execute(select(record.c.boxes, record.c.cell))
        return {hashlib.sha256(bytes(row.boxes)).digest()[:_DIGEST].hex(): row.cell for row in rows}


def waiting_claims(work: Opened, inbox: Table) -> set[str]:
    """The ids, in hex, of the claims that wait unsorted. By the role of that vault."""
    with work.vault(work.settings.role).read() as connection:
        return {bytes(found).hex() for found in connection.scalars(select(inbox.c.id))}


def rows_held(home: Path, clock: Clock) -> dict[str, int]:
    """Rows about people, by vault; asked of each vault by its own role."""
    asked = {
        "sample": ("letters", "sample", (person,)),
        "responses, handles": ("flush", "responses", (handle,)),
        "responses, steps": ("flush", "responses", (step,)),
        "responses, records": ("flush", "responses", (record,)),
        "vouchers": ("vouchers", "vouchers", (vouchers.tables.inbox, vouchers.tables.claim)),
        "interviews": ("interviews", "interviews", (interviews.tables.inbox, interviews.tables.claim)),
    }
    found = {}
    for name, (role, vault, tables) in asked.items():
        with opened(home, role, clock) as work, work.vault(vault).read() as connection:
            found[name] = sum(int(connection.scalar(select(func.count()).select_from(t)) or 0) for t in tables)
    return found
