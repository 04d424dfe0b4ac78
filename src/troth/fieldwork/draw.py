"""Draw: a stratified simple random sample from a frame, which anybody who has the frame and the seed can draw again.

Why nobody can have chosen. The seed is 32 bytes from `secrets`; its SHA-256 and the frame's own counts and keyed digest stand in the
ledger's chain before the first row is weighed, and the seed itself afterwards. Within each cell rows are put in the order of
HMAC-SHA256(seed, the row's values), and the first n are taken. HMAC under a key that nobody knew gives every row an independent
uniform place, so every set of n rows of a cell is as likely as another: a simple random sample. The order depends on a row's values
alone: not on where it lies in the file, which program sorts it, or how many processors do. Equal rows would share a place, and are
refused before. Who runs a second draw because the first displeased leaves two commitments in the ledger.

Design weights are N/n of a cell, as exact fractions, in the ledger: a fact of cells, never of a person. What is written is a sample
file for `load`, readable by its owner only; nothing of the frame is stored (P03, P04).
"""

from __future__ import annotations

import csv
import heapq
import os
import secrets
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING, Final

from troth.fieldwork.sample_file import PART, Reading, examine, parts
from troth.fieldwork.today import today
from troth.kit.errors import Invalid, Refused, StorageFailed
from troth.kit.steps import go_on, quietly
from troth.protocol import blind_index

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from datetime import date

    from troth.fieldwork.sample_file import Examined, Row
    from troth.kit.clock import Clock
    from troth.protocol.names import IndexKey
    from troth.study import StudyPack
    from troth.vaults.ledger.store import Ledger

SEED_LENGTH: Final = 32
HEADER: Final = ["cell", "size"]


@dataclass(frozen=True)
class Allotted:
    """One cell of a draw: so many of so many, and the design weight of each who is drawn."""

    cell: str
    frame: int
    drawn: int

    @property
    def weight(self) -> str:
        """N/n in lowest terms: `40/3`. Exact, because sums of rounded weights differ between two programs."""
        share = Fraction(self.frame, self.drawn)
        return f"{share.numerator}/{share.denominator}"


@dataclass(frozen=True)
class Drawn:
    """A draw that was made."""

    id: str
    commitment: str
    seed: str
    cells: tuple[Allotted, ...]

    @property
    def size(self) -> int:
        """People drawn."""
        return sum(cell.drawn for cell in self.cells)


@dataclass(frozen=True)
class Draw:
    """The load role, before the load."""

    pack: StudyPack
    ledger: Ledger
    index: IndexKey = field(repr=False)
    clock: Clock
    between: Callable[[str], None] = go_on
    progress: Callable[[int], None] = quietly

    def preview(self, frame: Path, size: int, allocation: str, reading: Reading | None = None) -> tuple[Allotted, ...]:
        """What would be drawn from each cell; nothing is drawn. Raises as `run`."""
        return self._allot(examine(frame, self.pack, reading or Reading(), told=self.progress), size, allocation)

    def run(
        self,
        frame: Path,
        out: Path,
        size: int,
        allocation: str,
        *,
        reading: Reading | None = None,
        seed: bytes | None = None,
    ) -> Drawn:
        """The people drawn stand in `out`, in the frame's order; the ledger has the commitment, then the seed and the weights.

        Args:
            frame: a file with the study's columns, of everybody who could be drawn.
            out: the sample file to write; it must not exist. Mode 0600.
            size: how many are drawn in all.
            allocation: `proportional` to the cells of the frame, `fixed` (the same from each), or the path of a CSV `cell,size`.
            reading: how the frame is read.
            seed: 32 bytes to which somebody else has committed in public; drawn here unless given.

        Raises:
            BadSample: the frame has faults. Invalid: the allocation or the seed is malformed. Refused: more are to be drawn than there
                are, fewer than k from a cell, there is a file already, or the clock was set back. StorageFailed: the disk refused; nothing
                was written.

        """
        how, day = reading or Reading(), today(self.ledger, self.clock, "sample draw")
        if out.exists():
            raise Refused("there is a file already", where=out.name, mend="name another one")
        if seed is not None and len(seed) != SEED_LENGTH:
            raise Invalid(f"a seed has {SEED_LENGTH} bytes", where="--seed-file", mend="write 64 hex characters")
        examined = examine(frame, self.pack, how, told=self.progress)
        cells = self._allot(examined, size, allocation)
        mine = secrets.token_hex(16)
        chosen = secrets.token_bytes(SEED_LENGTH) if seed is None else seed
        commitment = blind_index.commitment(chosen)
        self._commit(mine, day, commitment, examined, cells)
        self.between("commitment written")
        limits = self._limits(frame, how, examined, chosen, cells)
        self._write(frame, out, how, examined, seed=chosen, limits=limits)
        self.between("sample written")
        drawn = Drawn(mine, commitment, chosen.hex(), cells)
        self._reveal(drawn, day)
        self.between("seed revealed")
        return drawn

    def _allot(self, examined: Examined, size: int, allocation: str) -> tuple[Allotted, ...]:
        frame = examined.cells
        if allocation == "proportional":
            sizes = proportional(frame, size)
        elif allocation == "fixed":
            sizes = fixed(frame, size)
        else:
            sizes = read_allocation(allocation, size)
        unknown = sorted(set(sizes) - set(frame))
        if unknown:
            raise Refused(
                "a cell of the allocation has nobody in the frame", where="allocation", mend="write cells of the frame"
            )
        for cell, count in sizes.items():
            if count > frame[cell]:
                raise Refused(
                    f"{count} of {frame[cell]} cannot be drawn",
                    where=f"cell {cell}",
                    mend="draw fewer, or allot otherwise",
                )
            if 0 < count < self.pack.flush.minimum:
                raise Refused(
                    f"{count} people are too few: at least {self.pack.flush.minimum}, or none",
                    where=f"cell {cell}",
                    mend="draw more, or allot otherwise (P04)",
                )
        return tuple(Allotted(cell, frame[cell], count) for cell, count in sorted(sizes.items()) if count)

    def _commit(self, mine: str, day: date, commitment: str, examined: Examined, cells: tuple[Allotted, ...]) -> None:
        self.ledger.enter(
            "draw commitment",
            f"draw {mine} commitment",
            day,
            {
                "commitment": commitment,
                "frame": blind_index.digest_of(self.index, examined.sha256),
                "cells": [cell.cell for cell in cells],
                "frame_counts": [cell.frame for cell in cells],
                "sizes": [cell.drawn for cell in cells],
            },
        )

    def _reveal(self, drawn: Drawn, day: date) -> None:
        self.ledger.enter(
            "draw",
            f"draw {drawn.id}",
            day,
            {
                "commitment": drawn.commitment,
                "seed": drawn.seed,
                "cells": [cell.cell for cell in drawn.cells],
                "frame_counts": [cell.frame for cell in drawn.cells],
                "sizes": [cell.drawn for cell in drawn.cells],
                "weights": [cell.weight for cell in drawn.cells],
            },
        )

    def _limits(
        self, frame: Path, how: Reading, examined: Examined, seed: bytes, cells: tuple[Allotted, ...]
    ) -> dict[str, bytes]:
        """Of each cell the last place that is drawn. In memory: one place of 32 bytes for each who is drawn."""
        heaps: dict[str, list[bytes]] = {cell.cell: [] for cell in cells}
        wanted = {cell.cell: cell.drawn for cell in cells}
        for some in parts(frame, self.pack, how, examined, part=PART):
            for row in some:
                if (heap := heaps.get(row.cell)) is None:
                    continue
                turned = _turned(place(seed, row))
                if len(heap) < wanted[row.cell]:
                    heapq.heappush(heap, turned)
                elif turned > heap[0]:
                    heapq.heapreplace(heap, turned)
        return {cell: _turned(heap[0]) for cell, heap in heaps.items()}

    def _write(
        self, frame: Path, out: Path, how: Reading, examined: Examined, *, seed: bytes, limits: Mapping[str, bytes]
    ) -> None:
        draft = out.with_name(f".{out.name}.{secrets.token_hex(4)}")
        try:
            with os.fdopen(
                os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8", newline=""
            ) as handle:
                writer = csv.writer(handle, lineterminator="\r\n")
                writer.writerow([column.heads for column in self.pack.sample_columns])
                for some in parts(frame, self.pack, how, examined, part=PART):
                    writer.writerows(
                        row.values for row in some if row.cell in limits and place(seed, row) <= limits[row.cell]
                    )
                handle.flush()
                os.fsync(handle.fileno())
            draft.replace(out)
        except OSError as error:
            raise StorageFailed(
                f"the sample cannot be written ({error.strerror})", where=out.name, mend="Make room and draw again"
            ) from None
        finally:
            draft.unlink(missing_ok=True)


def place(seed: bytes, row: Row) -> bytes:
    """Where the row comes within its cell: 32 bytes, from its values alone (tidied and composed, in the study's order of columns)."""
    return blind_index.draw_place(seed, *row.values)


def proportional(frame: Mapping[str, int], size: int) -> dict[str, int]:
    """`size` shared out as the frame's cells are, by largest remainder; ties go to the cell whose name comes first.

    Raises Refused: fewer than one, or more than there are.
    """
    total = sum(frame.values())
    _drawable(size, total)
    sizes = {cell: size * count // total for cell, count in frame.items()}
    rest = sorted(frame, key=lambda cell: (-(size * frame[cell] % total), cell))
    for cell in rest[: size - sum(sizes.values())]:
        sizes[cell] += 1
    return sizes


def fixed(frame: Mapping[str, int], size: int) -> dict[str, int]:
    """`size` shared out evenly; what does not divide goes to the largest cells. Raises Refused as `proportional`."""
    _drawable(size, sum(frame.values()))
    each, over = divmod(size, len(frame))
    largest = sorted(frame, key=lambda cell: (-frame[cell], cell))[:over]
    return {cell: each + (cell in largest) for cell in frame}


def read_allocation(file: str, size: int) -> dict[str, int]:
    """The allocation in a CSV `cell,size` whose sizes add up to `size`.

    Raises:
        Invalid: it cannot be read, or is no such file; says the line.

    """
    mend = "write `proportional`, `fixed`, or the path of a CSV with the header cell,size"
    try:
        lines = Path(file).read_text(encoding="utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError):
        raise Invalid("the allocation cannot be read", where="--allocation", mend=mend) from None
    rows = [[value.strip() for value in line.split(",")] for line in lines if line.strip()]
    if not rows or rows[0] != HEADER:
        raise Invalid("the header is not cell,size", where="allocation, line 1", mend=mend)
    sizes: dict[str, int] = {}
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != len(HEADER) or not row[1].isdecimal() or not row[0] or row[0] in sizes:
            raise Invalid("not a cell and its size, or a cell twice", where=f"allocation, line {number}", mend=mend)
        sizes[row[0]] = int(row[1])
    if sum(sizes.values()) != size:
        raise Invalid(
            f"the sizes add up to {sum(sizes.values())}, not {size}", where="allocation", mend="make the two agree"
        )
    return sizes


def _drawable(size: int, total: int) -> None:
    if not 0 < size <= total:
        raise Refused(f"{size} of {total} cannot be drawn", where="--size", mend="draw at least one, at most all")


def _turned(at: bytes) -> bytes:
    """The same place counted from the other end: a heap keeps its smallest at hand, and the largest is what is wanted."""
    return bytes(255 - byte for byte in at)
