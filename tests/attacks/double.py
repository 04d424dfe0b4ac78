"""A double of a whole installation, written as loot at once: honest, or leaking in the ways that `Leaks` names. No database is needed."""

from __future__ import annotations

import base64
import hashlib
import random
from collections import Counter
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import TYPE_CHECKING, Final

from troth.assurance.attacks.loot import About, Loot, WaveDay, write_about
from troth.assurance.attacks.night import Long, Night, Rows, write_night
from troth.assurance.attacks.truth import Somebody, Truth
from troth.keys.folder import KeyFolder
from troth.protocol.age import new_age_identity, seal_age

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from troth.assurance.attacks.night import Value

FIRST: Final = date(2027, 1, 4)
NIGHTS: Final = 20
WAVES: Final = {0: "invitation", 6: "reminder_one", 12: "reminder_two"}
CLOSE, SEVER = 17, 19
CELLS: Final = ("east", "north", "wales")
K: Final = 5
SLOTS: Final = 4
BOX: Final = 300

Row = dict[str, "Value"]


@dataclass(frozen=True)
class Leaks:
    """What is wrong with the double. By default nothing is."""

    counting_ids: bool = False
    """Letter references and handles count up as the load went."""
    records_by_completion: bool = False
    """A flush writes records in the order in which they were completed."""
    records_by_handle: bool = False
    """A flush writes records in the order of their handles."""
    times: bool = False
    """Handles, records and claims say when they were made."""
    daily_receipt: bool = False
    """SAMPLE notes on the same day who is complete."""
    claims_keyed_by_record: bool = False
    """A claim has its record's id."""
    claims_soon: bool = False
    """Everybody claims at once: not the program's fault, but what the threat model concedes then."""
    claims_unsorted: bool = False
    """A sort leaves claims in the order in which they came."""
    script_column: bool = False
    """A claim is one byte longer without JavaScript."""
    lengths_by_route: bool = False
    """Boxes are as long as what was answered."""
    unpadded: bool = False
    """A short route has fewer steps when it is complete."""
    gap: bool = False
    """A page that a route leaves out leaves its number out."""

    targeted: bool = False
    """No leak: the study's reminders are targeted, so SAMPLE has tags, a flush hands receipts over, and a thief has the batches."""
    receipts_by_completion: bool = False
    """Receipts lie in SAMPLE, or stand in their batch, in the order in which people completed."""


@dataclass
class Person:
    """One person, and everything that is theirs."""

    somebody: Somebody
    handle: bytes
    record: bytes
    boxes: Long
    began: float
    done: float
    claims: dict[str, tuple[float, bytes]] = field(default_factory=dict)
    """Purpose -> when, and the claim's id."""
    route: int = 0


class Double:
    """A study of 150 people and 20 nights. The same seed gives the same loot."""

    def __init__(self, leaks: Leaks, seed: int, people: int = 150) -> None:
        self.leaks = leaks
        self.draw = random.Random(seed)
        self.people = [self._person(n) for n in range(people)]
        self.tables: dict[str, dict[str, list[Row]]] = {
            "sample": {"person": [], "letter": []},
            "responses": {"handle": [], "session": [], "step": [], "progress": [], "record": []},
            **{vault: {"inbox": [], "claim": [], "spent": []} for vault in ("vouchers", "interviews")},
        }
        self.identity, self.recipient = new_age_identity()
        self.shuffling = random.Random(seed + 1)
        self._load()
        for row in self.tables["sample"]["person"] if leaks.targeted else ():
            row["tag"] = self.shuffling.randbytes(16)

    def write(self, folder: Path) -> Loot:
        """All nights, the design and the truth stand in the folder."""
        if self.leaks.targeted:
            KeyFolder(folder / "keys" / f"{FIRST} first" / "letters").put(
                "letters.age", "age-identity", self.identity.encode()
            )
        waves = tuple(WaveDay(name, FIRST + timedelta(n)) for n, name in WAVES.items())
        write_about(
            folder,
            About(
                "rehearsal", "double", "sqlite", K, SLOTS, FIRST, FIRST + timedelta(CLOSE), waves, 10,
                FIRST + timedelta(SEVER),
            ),
        )  # fmt: skip
        for day in range(NIGHTS):
            if day in WAVES or day == CLOSE + 1:
                self._flush(WAVES.get(day, "close"))
                self._hand_over(folder, WAVES.get(day))
            if day == SEVER:
                self._sever()
            self._answers(day)
            self._claims(day)
            write_night(folder, self._night(day))
        Truth(tuple(one.somebody for one in self.people)).write(folder)
        return Loot(folder)

    def _person(self, n: int) -> Person:
        draw = self.draw
        ref = f"{n:010d}" if self.leaks.counting_ids else draw.randbytes(5).hex()
        handle = n.to_bytes(16) if self.leaks.counting_ids else draw.randbytes(16)
        route = draw.randrange(3)
        size = SLOTS * BOX + (SLOTS * route if self.leaks.lengths_by_route else 0)
        boxes = Long(hashlib.sha256(draw.randbytes(32)).digest()[:16], size)
        done = draw.uniform(0.5, CLOSE + 0.9) if draw.random() < 0.75 else 99.0
        began = (
            max(0.1, done - draw.choice((0.05, 0.1, 1.5))) if done < 99 else draw.choice((99.0, draw.uniform(1, CLOSE)))
        )
        cell = CELLS[n % len(CELLS)]
        script = draw.random() < 0.7
        one = Person(
            Somebody(ref, "", cell, handle.hex(), script=script),
            handle,
            draw.randbytes(16),
            boxes,
            began,
            done,
            route=route,
        )
        for purpose, share in (("voucher", 0.7), ("interview", 0.3)):
            soon = self.leaks.claims_soon
            if done < 99 and (soon or draw.random() < share):
                at = done + (0.001 if soon else draw.uniform(4, 8))
                if at < NIGHTS:
                    one.claims[purpose] = (at, one.record if self.leaks.claims_keyed_by_record else draw.randbytes(16))
                    one.somebody.claims[purpose] = one.claims[purpose][1].hex()
        return one

    def _load(self) -> None:
        """Two lists in independent random orders."""
        sample, responses, draw = self.tables["sample"], self.tables["responses"], self.draw
        for one in draw.sample(self.people, len(self.people)):
            ref, cell = one.somebody.ref, one.somebody.cell
            sample["person"].append({"ref": ref, "cell": cell, "state": "live", "lookup": draw.randbytes(32)})
            sample["letter"] += [
                {"ref": ref, "wave": name, "code_sealed": Long(draw.randbytes(16), 400)} for name in WAVES.values()
            ]
        for one in draw.sample(self.people, len(self.people)):
            row: Row = {
                "handle": one.handle,
                "cell": one.somebody.cell,
                "reserve": 0,
                "state": "issued",
                "voucher": None,
            }
            responses["handle"].append(row | self._time(0))

    def _answers(self, day: int) -> None:
        """The day's sessions in the order in which they came: some pages, or all that were left and the end."""
        events = [(one.began, one, "began") for one in self.people] + [(one.done, one, "done") for one in self.people]
        for at, one, what in sorted(
            ((at, one, what) for at, one, what in events if day <= at < day + 1), key=lambda each: each[0]
        ):
            rows = self.tables["responses"]
            if what == "began":
                rows["session"].append({"handle": one.handle, "hash": self.draw.randbytes(32), "tries": 0})
                self._save(one, (0, 1))
                rows["progress"].append({"handle": one.handle, "n": 2, "exact": Long(self.draw.randbytes(16), 200)})
            else:
                self._complete(at, one)

    def _time(self, at: float) -> Row:
        """A column that should not be there."""
        return {"at": int(at * 86400)} if self.leaks.times else {}

    def _save(self, one: Person, numbers: tuple[int, ...]) -> None:
        for n in numbers:
            size = BOX + 60 + (one.route if self.leaks.lengths_by_route else 0)
            self.tables["responses"]["step"].append(
                {"handle": one.handle, "n": n, "box": Long(self.draw.randbytes(16), size)}
            )

    def _complete(self, at: float, one: Person) -> None:
        numbers = (2, 4) if self.leaks.gap and one.route else (2,) if self.leaks.unpadded and one.route else (2, 3)
        self._save(one, numbers)
        self._drop("progress", {one.handle})
        for row in self.tables["responses"]["handle"]:
            if row["handle"] == one.handle:
                row.update({"state": "complete", "voucher": self.draw.randbytes(32), **self._time(at)})
        for row in self.tables["sample"]["person"]:
            if self.leaks.daily_receipt and row["ref"] == one.somebody.ref:
                row["state"] = "complete"

    def _claims(self, day: int) -> None:
        came = [(at, made, purpose, one) for one in self.people for purpose, (at, made) in one.claims.items()]
        for at, made, purpose, one in sorted(
            (each for each in came if day <= each[0] < day + 1), key=lambda each: each[0]
        ):
            vault = self.tables[f"{purpose}s"]
            size = 240 + (1 if self.leaks.script_column and not one.somebody.script else 0)
            row: Row = {"id": made, "sealed": Long(self.draw.randbytes(16), size), "wrapped": self.draw.randbytes(48)}
            vault["inbox"].append(row | self._time(at))
            vault["spent"].append({"key": self.draw.randbytes(32)})

    def _flush(self, wave: str) -> None:
        """Cells of at least K leave; at the close all do, the short ones together, and what was not finished is erased."""
        tables, closing = self.tables["responses"], wave == "close"
        state = {row["handle"]: row for row in tables["handle"]}
        waiting = [one for one in self.people if state[one.handle]["state"] == "complete"]
        counts = Counter(one.somebody.cell for one in waiting)
        moving = [one for one in waiting if closing or counts[one.somebody.cell] >= K]
        self.draw.shuffle(moving)
        for one in moving:
            one.somebody.record, one.somebody.wave = one.boxes.digest.hex(), wave
            one.somebody.shown_cell = one.somebody.cell if counts[one.somebody.cell] >= K else "merged"
            row: Row = {"id": one.record, "cell": one.somebody.shown_cell, "boxes": one.boxes}
            tables["record"].append(row | self._time(one.done))
            state[one.handle]["state"] = "flushed"
        gone = {one.handle for one in moving}
        if closing:
            gone |= {one.handle for one in self.people if state[one.handle]["state"] == "issued"}
            for row in tables["handle"]:
                row["state"] = "closed" if row["state"] == "issued" else row["state"]
        for name in ("step", "progress", "session"):
            self._drop(name, gone)
        for name, rows in tables.items():
            self.draw.shuffle(rows)
            if name == "record":
                self._leak(rows)
        self._sort()

    def _hand_over(self, folder: Path, wave: str | None) -> None:
        """Whoever left with this wave's flush has a receipt: their tag goes, a row comes, and the batch lies about."""
        moved = [one for one in self.people if wave and one.somebody.wave == wave and self.leaks.targeted]
        if not moved:
            return
        told = self.shuffling.sample(moved, len(moved))
        if self.leaks.receipts_by_completion:
            told.sort(key=lambda one: one.done)
        person = {row["ref"]: row for row in self.tables["sample"]["person"]}
        tags = b"".join(bytes(person[one.somebody.ref]["tag"]) for one in told)  # type: ignore[arg-type]
        for one in told:
            person[one.somebody.ref]["tag"] = None
            self.tables["sample"].setdefault("receipt", []).append({"ref": one.somebody.ref})
        queue = folder / "files" / "receipts"
        queue.mkdir(parents=True, exist_ok=True)
        batch = seal_age([self.recipient], b"{}\n00\n" + base64.b64encode(tags))
        (queue / f"{wave}.receipts.age").write_bytes(batch)

    def _leak(self, rows: list[Row]) -> None:
        """Records lie in an order that they should not have."""
        whose = {one.boxes: one for one in self.people}
        key: Callable[[Person], float | bytes] | None = None
        if self.leaks.records_by_completion:
            key = lambda one: one.done  # noqa: E731
        if self.leaks.records_by_handle:
            key = lambda one: one.handle  # noqa: E731
        if key is not None:
            rows.sort(key=lambda row: key(whose[row["boxes"]]))  # type: ignore[index, arg-type, return-value]

    def _sort(self) -> None:
        """The inboxes are sorted into claims, which lie in no order."""
        for name in ("vouchers", "interviews"):
            vault = self.tables[name]
            if len(vault["inbox"]) < K:
                continue
            vault["claim"] += [row | {"state": "waiting", "dies_on": "2027-09-01"} for row in vault["inbox"]]
            vault["inbox"] = []
            self.draw.shuffle(vault["spent"])
            if not self.leaks.claims_unsorted:
                self.draw.shuffle(vault["claim"])

    def _sever(self) -> None:
        """The handles are gone; records have new ids and lie in a new order, if they ever did."""
        tables = self.tables["responses"]
        tables["handle"].clear()
        for row in tables["record"]:
            row["id"] = self.draw.randbytes(16)
        self.draw.shuffle(tables["record"])
        self._leak(tables["record"])

    def _drop(self, table: str, handles: set[bytes]) -> None:
        rows = self.tables["responses"][table]
        rows[:] = [row for row in rows if row["handle"] not in handles]

    def _night(self, day: int) -> Night:
        return Night(
            FIRST + timedelta(day),
            {vault: {name: _rows(rows) for name, rows in tables.items()} for vault, tables in self.tables.items()},
        )


def _rows(rows: list[Row]) -> Rows:
    columns = tuple(rows[0]) if rows else ()
    return Rows(
        columns,
        tuple(tuple(row[column] for column in columns) for row in rows),
        {"rowid": tuple(range(1, len(rows) + 1))},
    )
