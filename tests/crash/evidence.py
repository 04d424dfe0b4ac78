"""What lies in an installation, opened with keys that no served process has: what the verdict compares, and nothing of judgement."""

from __future__ import annotations

import csv
import io
import json
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from sqlalchemy import MetaData, Table, select

from troth.claims.details import decode_details
from troth.fieldwork.respondents import page_context, step_context
from troth.findings.opening import analysis_seed
from troth.keys.folder import KeyFolder
from troth.keys.ring import Bucket, read_bucket_id
from troth.protocol.age import open_age
from troth.protocol.boxes import ANALYSIS_OVERHEAD, AnalysisOpener, StripOpener
from troth.protocol.bucket import Locked, unlock
from troth.protocol.names import Handle, StripPrivate
from troth.protocol.seal import Place, unpad
from troth.questionnaire import PageRecord, decode_page, is_cut, plan
from troth.storage.database import Database
from troth.vaults.interviews import schema as interviews
from troth.vaults.ledger import schema as ledger
from troth.vaults.responses import schema as responses_schema
from troth.vaults.responses.records import records
from troth.vaults.sample import schema as sample
from troth.vaults.vouchers import schema as vouchers
from troth.wiring.open import opened
from troth.wiring.printing import printroom_for
from troth.wiring.settings import settings_for

if TYPE_CHECKING:
    from pathlib import Path

    from tests.crash.accounts import Values

    from troth.protocol.names import Code

OWNED: dict[str, tuple[str, MetaData]] = {
    "sample": ("letters", sample.metadata),
    "responses": ("flush", responses_schema.metadata),
    "vouchers": ("vouchers", vouchers.metadata),
    "interviews": ("interviews", interviews.metadata),
    "ledger": ("flush", ledger.metadata),
}
"""Vault -> a role that reads all of it, and its tables."""
PURPOSES = {"voucher": "vouchers", "interview": "interviews"}


def rows(home: Path, vault: str, table: str) -> list[dict[str, Any]]:
    """Every row of a table. The study pack is not read: this is asked often."""
    role, metadata = OWNED[vault]
    database = Database(settings_for(home, role).vault(vault), vault=vault)
    try:
        with database.read() as connection:
            return [dict(row) for row in connection.execute(select(metadata.tables[table])).mappings()]
    finally:
        database.close()


@dataclass(frozen=True)
class Response:
    """One response, opened."""

    complete: bool
    boxes: int
    pages: list[PageRecord] = field(repr=False)

    @property
    def values(self) -> list[Values]:
        return [dict(page.values) for page in self.pages]

    @property
    def twice(self) -> bool:
        """Whether a page stands in it twice."""
        return len({(page.page, page.repeat) for page in self.pages}) != len(self.pages)


def responses(home: Path) -> list[Response]:
    """Every response there is: under its handle in steps, or as a record."""
    shares = [KeyFolder(home / "keys" / f"share-{n}").get("analysis", "share").decode() for n in (1, 3)]
    found: list[Response] = []
    states = {bytes(row["handle"]): row["state"] for row in rows(home, "responses", "handle")}
    steps: dict[bytes, list[dict[str, Any]]] = {}
    for row in rows(home, "responses", "step"):
        steps.setdefault(bytes(row["handle"]), []).append(row)
    with opened(home, "flush") as work:
        inner = AnalysisOpener(analysis_seed(shares, work.keys.analysis_public()))
        context, planned = page_context(work.pack.id, work.pack.questionnaire), plan(work.pack.questionnaire)
        strips: dict[str, StripOpener] = {}
        for of, mine in steps.items():
            pages = []
            for row in mine:
                if row["strip"] not in strips:
                    private = work.keys.folder.get(f"strip-{row['strip']}.key", "strip-private")
                    strips[row["strip"]] = StripOpener(StripPrivate(private))
                outer = bytes(row["box"])
                box = strips[row["strip"]].open(outer, step_context(work.pack.id, Handle(of), row["n"]))
                pages.append(decode_page(inner.open(box, context)))
            found.append(
                Response(
                    states.get(of) == "complete", len(mine), [page for page in pages if isinstance(page, PageRecord)]
                )
            )
        size = planned.box_size + ANALYSIS_OVERHEAD
        for record in records(work.vault("responses")):
            boxes = [record.boxes[at : at + size] for at in range(0, len(record.boxes), size)]
            opened_ = [inner.open(box, context) for box in boxes]
            complete = not any(is_cut(box) for box in opened_)
            found.append(
                Response(
                    complete, len(boxes), [page for box in opened_ if isinstance(page := decode_page(box), PageRecord)]
                )
            )
    return found


def slots(home: Path) -> int:
    """How many boxes a whole response has."""
    with opened(home, "flush") as work:
        return plan(work.pack.questionnaire).total_slots


@dataclass(frozen=True)
class ClaimSeen:
    """One claim, opened."""

    reference: str
    email: str
    batch: str | None


def claims(home: Path, purpose: str) -> list[ClaimSeen]:
    """Every claim of that purpose, sorted or not."""
    vault = PURPOSES[purpose]
    found = []
    with opened(home, vault) as work:
        ring = work.keys.ring(purpose)
        for row in [*rows(home, vault, "inbox"), *rows(home, vault, "claim")]:
            locked = Locked(bytes(row["wrapped"]), bytes(row["sealed"]))
            place = Place("claim", bytes(row["id"]), "details")
            details = decode_details(unpad(unlock(ring.private(read_bucket_id(row["bucket"])), locked, place)))
            found.append(ClaimSeen(bytes(row["id"]).hex(), details.email, row.get("batch")))
    return found


def files(home: Path, purpose: str) -> dict[str, list[str]]:
    """Batch id -> the email addresses in its order file or its round."""
    if purpose == "interview":
        return {path.stem: json.loads(path.read_text()) for path in (home / "rounds").glob("*.json")}
    found = {}
    identity = KeyFolder(home / "keys" / "provider").get("provider.age", "age-identity").decode()
    for path in (home / "outbox" / "vouchers").glob("voucher-order-*.age"):
        text = open_age(identity, path.read_bytes()).decode()  # type: ignore[arg-type]
        found[path.stem.removeprefix("voucher-order-")] = [row["email"] for row in csv.DictReader(io.StringIO(text))]
    return found


def codes_of(home: Path, wave: str) -> list[Code]:
    """The codes on the letters of that wave, as the print room opens them."""
    with opened(home, "printroom") as work:
        room = printroom_for(work)
        found = [room.open(path) for path in sorted((home / "outbox").glob("*.letters.age"))]
    return [letter.code for manifest, letters in found if manifest.wave == wave for letter in letters]


def bucket_keys(home: Path) -> dict[str, list[str]]:
    """Bucket id -> the key files of its that are there, in any folder."""
    found: dict[str, list[str]] = {}
    for path in (home / "keys").glob("*/*@*.g*"):
        match = re.fullmatch(r"\.?(.+@.+\.g\d+)\.(key|pub)(\.[0-9a-f]{8})?", path.name)
        if match and not path.name.startswith("."):
            found.setdefault(match[1], []).append(f"{path.parent.name}/{path.name}")
    return found


@dataclass
class Seen:
    """Every bucket whose private half was ever there when somebody looked."""

    buckets: set[Bucket] = field(default_factory=set)

    def look(self, home: Path) -> None:
        ids = (bucket for bucket, paths in bucket_keys(home).items() if any(path.endswith(".key") for path in paths))
        self.buckets |= {read_bucket_id(each) for each in ids}

    def refs(self, home: Path, count: int) -> list[str]:
        """Letter references of that many people who are here."""
        return sorted(str(row["ref"]) for row in rows(home, "sample", "person"))[:count]


def snapshot(home: Path) -> dict[str, Any]:
    """Everything that a repeated day could change: all rows, and all files of keys and of the outbox."""
    found: dict[str, Any] = {
        f"{vault}.{table.name}": sorted(repr(sorted(row.items())) for row in rows(home, vault, table.name))
        for vault, (_, metadata) in OWNED.items()
        for table in metadata.sorted_tables
        if isinstance(table, Table)
    }
    for folder in ("keys", "outbox"):
        found[folder] = sorted((str(p), p.stat().st_size) for p in (home / folder).rglob("*") if p.is_file())
    return found
