"""The two passes over a sample file: everything is checked, then everything is read again and must be the same.

Between them only digests are kept: of a row's address and person and of its supplier's reference, 16 bytes each under a key that is
drawn for this check and ends with it. They lie in a temporary database of SQLite's, in memory up to `_CACHE` and beyond that in a file
that nobody can open by a name, and that is gone with the process: a million rows take hardly more memory than a hundred thousand. The
first pass takes a mark after every part of so many rows; the second gives a part out only when its mark is the same, so a file that was
changed between the passes gives nothing that was not checked.
"""

from __future__ import annotations

import hashlib
import secrets
import sqlite3
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO, Final, Self

from troth.fieldwork.sample import delimited, workbook
from troth.fieldwork.sample.row import SHOWN, BadSample, Broken, Fault, Reading, Row
from troth.fieldwork.sample.rules import Rules, same_place
from troth.kit.errors import Invalid, Refused, StorageFailed
from troth.kit.steps import quietly
from troth.protocol.blind_index import row_digest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence
    from pathlib import Path

    from troth.fieldwork.sample.rules import Cell
    from troth.study import StudyPack

PART: Final = 5_000
"""Rows in one part: what a kill loses at most."""
_BLOCK: Final = 1 << 20
_CACHE: Final = 64
"""MB of digests in memory: those of some 800,000 rows."""
_BEGIN: Final = (
    f"PRAGMA cache_size = -{_CACHE * 1024}", "PRAGMA journal_mode = OFF", "PRAGMA temp_store = FILE",
    "CREATE TABLE seen (digest BLOB PRIMARY KEY, line INTEGER NOT NULL) WITHOUT ROWID", "BEGIN",
)  # fmt: skip


@dataclass(frozen=True)
class Examined:
    """A sound file: counts and digests."""

    people: int
    cells: dict[str, int]
    """Cell -> people, small ones merged as was asked for."""
    sha256: bytes = field(repr=False)
    """Of the file as it lies."""
    marks: tuple[bytes, ...] = field(repr=False)
    """SHA-256 of all rows up to the end of each part."""
    dropped: tuple[str, ...]
    """Headers of ignored columns that stood in the file."""
    sharing: int
    """People at an address that somebody before them has."""
    shared_because: str
    joined: dict[str, str]
    """Cell with too few people -> how many joined which, in words for the ledger."""


class Faults:
    """The first faults and how many there are."""

    def __init__(self) -> None:
        self.first: list[Fault] = []
        self.count = 0

    def add(self, faults: Sequence[Fault]) -> None:
        """They are counted; the first are kept."""
        self.first += faults[: SHOWN - len(self.first)]
        self.count += len(faults)


class _Seen:
    """Who was met before, by keyed digests, and on which line."""

    def __init__(self, *, share: bool) -> None:
        self._key = secrets.token_bytes(32)
        self._share = share
        self._lines = sqlite3.connect("", isolation_level=None)
        for statement in _BEGIN:
            self._lines.execute(statement)
        self.sharing = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._lines.close()

    def faults(self, line: int, row: Row) -> list[Fault]:
        found = []
        first = self._first(row_digest(self._key, same_place(row)), line)
        before = self._first(row_digest(self._key, "who", row.name.casefold(), same_place(row)), line)
        if before != line:
            found.append(Fault(line, "", f"the same person as on line {before}"))
        elif first != line:
            self.sharing += 1
            if not self._share:
                what = f"the same address as on line {first}: one person per address, unless a reason is given"
                found.append(Fault(line, "", f"{what} (--allow-shared-addresses)"))
        if row.supplier:
            plain = "".join(c for c in row.supplier.casefold() if c.isalnum())
            before = self._first(row_digest(self._key, "reference", plain), line)
            if before != line:
                found.append(Fault(line, "supplier_ref", f"the same reference as on line {before}"))
        return found

    def _first(self, digest: bytes, line: int) -> int:
        """The line on which that digest was met first: this one, if it was not met before."""
        try:
            if self._lines.execute("INSERT INTO seen VALUES (?, ?) ON CONFLICT DO NOTHING", (digest, line)).rowcount:
                return line
            return int(self._lines.execute("SELECT line FROM seen WHERE digest = ?", (digest,)).fetchone()[0])
        except sqlite3.Error as error:
            raise StorageFailed(
                f"there is no room to remember who was met before ({type(error).__name__})",
                where="the folder of temporary files",
                mend="about 90 bytes a row are needed there: make room, or name another folder in TMPDIR",
            ) from None


def examine(
    path: Path,
    pack: StudyPack,
    reading: Reading,
    *,
    part: int = PART,
    told: Callable[[int], None] = quietly,
    each: Callable[[Row], None] | None = None,
) -> Examined:
    """What a sound file holds; nothing of it is kept. `each` is given every row, while no fault is found.

    Raises:
        BadSample: anything at all is wrong; every fault has a line and, where it can, a column. Invalid: it cannot be read.
        StorageFailed: no room for the temporary file.
        Refused: a cell is to be merged that is not small, or that is not a cell.

    """
    _mergeable(pack, reading)
    because = reading.shared or pack.sample.shared_addresses
    rules, faults = Rules(pack, reading), Faults()
    counts: Counter[str] = Counter()
    merged: Counter[str] = Counter()
    region = [column.name for column in pack.sample_columns].index("region")
    running, marks, people = hashlib.sha256(), [], 0
    with _opened(path) as file, _Seen(share=bool(because)) as seen:
        for line, row, wrong in _read(file, rules, reading):
            faults.add(wrong)
            if row is not None:
                faults.add(seen.faults(line, row))
                if each is not None and not faults.count:
                    each(row)
                people += 1
                counts[row.cell] += 1
                merged[row.values[region]] += row.values[region] in reading.merge
                _take(running, row)
                if people % part == 0:
                    marks.append(running.digest())
                    told(people)
        digest = _digest(file)
    if not people and not faults.count:
        faults.add([Fault(1, "", "there is nobody in the file")])
    if not faults.count:
        _merged(pack, reading, merged, path.name)
        faults.add(_too_few(pack, counts))
    if faults.count:
        raise BadSample(path.name, faults.first, faults.count)
    marks.append(running.digest())
    moved = {cell: f"{reading.merge[cell]} ({count} people)" for cell, count in sorted(merged.items()) if count}
    return Examined(
        people, dict(sorted(counts.items())), digest, tuple(marks), tuple(rules.dropped), seen.sharing,
        because if seen.sharing else "", moved,
    )  # fmt: skip


def parts(
    path: Path, pack: StudyPack, reading: Reading, examined: Examined, *, part: int = PART
) -> Iterator[list[Row]]:
    """The rows again, in parts, each the same as when it was checked.

    Raises:
        Refused: the file is another than was checked; the parts before were right. Invalid: it cannot be read.

    """
    changed = Refused(
        "the file changed while it was being loaded", where=path.name, mend="load it again; what was stored is the same"
    )
    running, rows, number = hashlib.sha256(), [], 0
    with _opened(path) as file:
        for _, row, wrong in _read(file, Rules(pack, reading), reading):
            if row is None or wrong:
                raise changed
            _take(running, row)
            rows.append(row)
            if len(rows) == part:
                if number >= len(examined.marks) or running.digest() != examined.marks[number]:
                    raise changed
                yield rows
                rows, number = [], number + 1
        if (
            number != len(examined.marks) - 1
            or running.digest() != examined.marks[-1]
            or _digest(file) != examined.sha256
        ):
            raise changed
    if rows:
        yield rows


def _read(file: BinaryIO, rules: Rules, reading: Reading) -> Iterator[tuple[int, Row | None, list[Fault]]]:
    """Line, its person if it is sound, its faults."""
    try:
        for n, (line, values) in enumerate(_records(file, rules, reading)):
            if n == 0:
                if faults := rules.header(values):
                    yield line, None, faults
                    return
                continue
            row, faults = rules.row(line, values)
            yield line, row, faults
    except Broken as broken:
        yield broken.fault.line, None, [broken.fault]


def _records(file: BinaryIO, rules: Rules, reading: Reading) -> Iterator[tuple[int, Sequence[Cell]]]:
    mark = file.read(4)
    file.seek(0)
    if mark == workbook.OLD_MARK:
        raise Broken(1, "an old workbook (.xls): save it as .xlsx or as CSV")
    if mark == workbook.MARK:
        return workbook.lines_of(file, reading)
    return delimited.lines_of(file, reading, rules.heads)


def _opened(path: Path) -> BinaryIO:
    try:
        return path.open("rb")
    except OSError as error:
        raise Invalid(f"the sample file cannot be read ({error.strerror})", where=path.name) from None


def _digest(file: BinaryIO) -> bytes:
    file.seek(0)
    found = hashlib.sha256()
    while block := file.read(_BLOCK):
        found.update(block)
    return found.digest()


def _take(running: hashlib._Hash, row: Row) -> None:
    # No value holds a control character, so these separate.
    running.update("\x1f".join((*row.values, row.cell, "\x1e")).encode())


def _mergeable(pack: StudyPack, reading: Reading) -> None:
    cells = {str(cell.id) for cell in pack.flush.cells}
    for cell, into in reading.merge.items():
        if cell not in cells or into not in cells or cell == into or into in reading.merge:
            raise Refused(
                "a cell is merged into another cell of the study, which is not merged itself",
                where="--merge-small",
                mend="write CELL=INTO with two of the study's cells",
            )


def _merged(pack: StudyPack, reading: Reading, merged: Counter[str], file: str) -> None:
    for cell in reading.merge:
        if merged[cell] >= pack.flush.minimum:
            raise Refused(
                f"the cell {cell} has {merged[cell]} people, and only a cell with fewer than {pack.flush.minimum} is merged",
                where=file,
                mend="load it without --merge-small for this cell",
            )


def _too_few(pack: StudyPack, counts: Counter[str]) -> list[Fault]:
    """A cell with few people in it would show who completed (P04): it is named with its count, which is no person's."""
    minimum = pack.flush.minimum
    return [
        Fault(
            1,
            "region",
            f"the cell {cell} has {count} people in this file; at least {minimum} are needed, or --merge-small {cell}=…",
        )
        for cell, count in sorted(counts.items())
        if count < minimum
    ]
