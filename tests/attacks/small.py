"""A small study in real databases with the product's own tables: answered, flushed, claimed, and stolen by the product's own thief.

How it is flushed and claimed is what a test hands it: the product's way, or a leaky one.
"""

from __future__ import annotations

import hashlib
import json
import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import create_engine, delete, insert, select, text, update

from troth.assurance.attacks.loot import About, Loot, WaveDay, write_about
from troth.assurance.attacks.score import baselines, score
from troth.assurance.attacks.take import Thief
from troth.assurance.attacks.truth import Somebody, Truth
from troth.protocol.bucket import Locked
from troth.vaults.claimbox import ClaimBox
from troth.vaults.responses.flush import move_records
from troth.vaults.responses.schema import handle, progress, record, session, step, strip
from troth.vaults.vouchers.schema import tables

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from sqlalchemy import Connection
    from tests.attacks.swag import Attack

    from troth.assurance.attacks.score import Scored
    from troth.storage.database import Database

FIRST = date(2027, 1, 11)
WAVE = FIRST + timedelta(days=1)
K, SLOTS, BOX = 5, 3, 30
SURE = 1e-5


@dataclass
class Person:
    handle: bytes
    inner: list[bytes]
    outer: list[bytes]
    claim: bytes
    sealed: bytes

    @property
    def boxes(self) -> bytes:
        return b"".join(self.inner)


@dataclass
class Small:
    """Everybody, in the order in which they came."""

    responses: Database
    vouchers: Database
    home: Path
    data: Path | None = None
    settle: Callable[[], None] = lambda: None
    draw: random.Random = field(default_factory=lambda: random.Random(7))
    size: int = 24

    def __post_init__(self) -> None:
        rand = self.draw.randbytes
        self.people = [
            Person(
                rand(16), [rand(BOX) for _ in range(SLOTS)], [rand(BOX + 8) for _ in range(SLOTS)], rand(16), rand(90)
            )
            for _ in range(self.size)
        ]
        self.home.mkdir()
        urls = {
            name: base.url.render_as_string(hide_password=False)
            for name, base in (("responses", self.responses), ("vouchers", self.vouchers))
        }
        (self.home / "owners.json").write_text(json.dumps({"vaults": urls, "cluster": None}))
        self.loot = Loot(self.home / "loot")
        self.thief = Thief(self.home, self.loot.folder, self.data, self.settle)
        write_about(self.loot.folder, About(
            "rehearsal", "small", "sqlite" if self.responses.is_sqlite else "postgresql", K, SLOTS, FIRST, WAVE,
            (WaveDay("invitation", FIRST), WaveDay("reminder", WAVE)), 10,
        ))  # fmt: skip

    def answer(self) -> None:
        """Everybody answered and completed, one after another; a night goes by, and its copy."""
        with self.responses.write() as connection:
            connection.execute(insert(strip), {"id": "s" * 32, "public": bytes(32), "state": "leaving"})
            connection.execute(insert(strip), {"id": "t" * 32, "public": bytes(32), "state": "current"})
            loaded = self.draw.sample(self.people, len(self.people))
            connection.execute(insert(handle), [{
                "handle": one.handle, "intake": "i" * 32, "cell": "wales", "tranche": 1, "reserve": False, "state": "issued",
                "voucher": self.draw.randbytes(32), "interview": self.draw.randbytes(32),
            } for one in loaded])  # fmt: skip
        for one in self.people:
            with self.responses.write() as connection:
                connection.execute(insert(session), {"handle": one.handle, "hash": self.draw.randbytes(32), "tries": 0})
                for n, box in enumerate(one.outer):
                    connection.execute(insert(step), {"handle": one.handle, "n": n, "box": box, "strip": "s" * 32})
                connection.execute(update(handle).where(handle.c.handle == one.handle).values(state="complete"))
        self.thief.night(FIRST)
        self.thief.copy(WAVE, "before flush")

    def flush(self, *, keeps_strip_layer: bool = False) -> None:
        """The product's own way."""
        inner = {(one.handle, n): box for one in self.people for n, box in enumerate(one.inner)}

        def unwrap(of: Any, n: int, outer: bytes, _strip: str) -> bytes:
            return outer if keeps_strip_layer else inner[of, n]

        def rewrap(of: Any, n: int, box: bytes) -> tuple[bytes, str]:
            raise AssertionError("everybody has moved")

        move_records(
            self.responses, ["wales"], slots=SLOTS, states=["complete"], unwrap=unwrap, rewrap=rewrap, cell_of=str,
            leaving="s" * 32, day=WAVE,
        )  # fmt: skip

    def flush_one_by_one(self, *, own_transactions: bool) -> None:
        """As it once was: a record, and then that handle's rows deleted, one after another."""

        def move(connection: Connection, one: Person) -> None:
            row = {"id": self.draw.randbytes(16), "cell": "wales", "boxes": one.boxes}
            connection.execute(insert(record), row)
            for table in (step, progress, session):
                connection.execute(delete(table).where(table.c.handle == one.handle))
            connection.execute(update(handle).where(handle.c.handle == one.handle).values(state="flushed"))

        order = self.draw.sample(self.people, len(self.people))
        if own_transactions:
            for one in order:
                with self.responses.write() as connection:
                    move(connection, one)
        else:
            with self.responses.write() as connection:
                for one in order:
                    move(connection, one)

    def flush_as_they_came(self, table: str) -> None:
        """Into a table of another kind, which nothing rewrites, in the order of arrival."""
        with self.responses.write() as connection:
            connection.execute(text("DROP TABLE record"))
            connection.execute(text(table))
            for one in self.people:
                row = {"id": self.draw.randbytes(16), "cell": "wales", "boxes": one.boxes}
                connection.execute(insert(record), row)
            connection.execute(delete(step))

    def claim(self, *, order: list[Person] | None = None) -> None:
        """Everybody claims; the product's own way."""
        box = ClaimBox(self.vouchers, tables)
        for one in order or self.draw.sample(self.people, len(self.people)):
            box.put(
                self.draw.randbytes(32), one.claim, Locked(self.draw.randbytes(80), one.sealed), "voucher@2028-02-07.g1"
            )

    def sort(self) -> None:
        ClaimBox(self.vouchers, tables).sort(K, WAVE)

    def claims_as_they_came(self) -> None:
        """Straight into a table without row ids, which nothing rewrites."""
        with self.vouchers.write() as connection:
            connection.execute(text("DROP TABLE claim"))
            connection.execute(text(
                "CREATE TABLE claim (id BLOB PRIMARY KEY, wrapped BLOB, sealed BLOB, bucket TEXT, state TEXT, batch TEXT,"
                " latest DATE, dies_on DATE) WITHOUT ROWID"
            ))  # fmt: skip
            for one in self.people:
                connection.execute(insert(tables.claim), {
                    "id": one.claim, "wrapped": b"w", "sealed": b"s", "bucket": "b", "state": "waiting", "batch": None,
                    "latest": WAVE, "dies_on": WAVE,
                })  # fmt: skip

    def steal(self) -> Loot:
        """The copy of after the flush, and the night; the truth beside them."""
        self.thief.copy(WAVE, "after flush")
        self.thief.night(WAVE)
        self.thief.close()
        self.truth().write(self.loot.folder)
        return Loot(self.loot.folder)

    def truth(self) -> Truth:
        with self.responses.read() as connection:
            boxes = {bytes(found) for found in connection.scalars(select(record.c.boxes))}
        return Truth(tuple(
            Somebody(
                str(n), "", "wales", one.handle.hex(), hashlib.sha256(one.boxes).digest()[:16].hex() if boxes else "", "reminder",
                "wales", {"voucher": one.claim.hex()},
            )
            for n, one in enumerate(self.people)
        ))  # fmt: skip


def judged(attack: Attack, small: Small, loot: Loot) -> Scored:
    truth = small.truth()
    outcome = attack.run(loot)
    return score(attack, outcome, truth, baselines(truth), len(outcome.trials))


def finds_nothing(scored: Scored) -> None:
    """It guessed, and no way of guessing was better than luck: less surprising than one in a hundred thousand."""
    assert scored.n > 0
    assert min(tally.surprise for tally in scored.tallies) * len(scored.tallies) > SURE


def settling(url: str) -> Callable[[], None]:
    def settle() -> None:
        engine = create_engine(url, isolation_level="AUTOCOMMIT")
        with engine.connect() as connection:
            connection.execute(text("CHECKPOINT"))
        engine.dispose()

    return settle
