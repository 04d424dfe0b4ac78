"""A sample is drawn as a seed says to which somebody had committed, and whoever has frame and seed draws the same (P03)."""

from __future__ import annotations

import csv
import hashlib
import hmac
from collections import Counter
from fractions import Fraction
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support.contact_fixture import here
from tests.support.contacts import Contacts, Killed, killer

from troth.fieldwork.draw import Draw, fixed, place, proportional, read_allocation
from troth.fieldwork.sample_file import BadSample, read_sample
from troth.kit.errors import Invalid, Refused, StorageFailed
from troth.kit.steps import go_on

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

__all__ = ["here"]
FRAME, SIZE = 300, 100
SEED = bytes(range(32))


def drawing(here: Contacts, between: Callable[[str], None] = go_on) -> Draw:
    return Draw(here.pack, here.ledger, here.index, here.clock, between)


def test_a_draw_is_what_the_revealed_seed_says_computed_by_hand(here: Contacts) -> None:
    frame, out = here.file(FRAME), here.folder / "drawn.csv"
    done = drawing(here).run(frame, out, SIZE, "proportional")
    # By hand: the published recipe over the frame, with nothing of the program's
    seed = bytes.fromhex(done.seed)
    with frame.open(encoding="utf-8", newline="") as handle:
        header, *rows = list(csv.reader(handle))

    def at(row: list[str]) -> bytes:
        fields = [b"troth/1 sample draw", *(value.encode() for value in row)]
        framed = b"".join(len(part).to_bytes(4, "big") + part for part in fields)
        return hmac.digest(seed, framed, "sha256")

    expected = []
    for cell in sorted({row[6] for row in rows}):
        mine = sorted((row for row in rows if row[6] == cell), key=at)
        expected += mine[: SIZE * len(mine) // FRAME]
    with out.open(encoding="utf-8", newline="") as handle:
        found = list(csv.reader(handle))
    assert found[0] == header
    assert sorted(found[1:]) == sorted(expected)
    assert out.stat().st_mode & 0o777 == 0o600
    # And the ledger had the commitment before the seed
    kinds = [entry.kind for entry in here.ledger.entries()]
    assert kinds == ["draw commitment", "draw"]
    first, second = here.ledger.entries()
    assert first.body["commitment"] == second.body["commitment"] == hashlib.sha256(seed).hexdigest()
    assert "seed" not in first.body
    # What was drawn is a sound sample file
    assert len(read_sample(out, here.pack)[0]) == SIZE


def test_the_order_of_the_frame_changes_nothing(here: Contacts) -> None:
    frame = here.file(FRAME)
    header, *rows = frame.read_bytes().splitlines(keepends=True)
    turned = here.folder / "turned.csv"
    turned.write_bytes(header + b"".join(reversed(rows)))
    outs = [here.folder / "one.csv", here.folder / "two.csv"]
    for file, out in zip((frame, turned), outs, strict=True):
        drawing(here).run(file, out, SIZE, "fixed", seed=SEED)
    one, two = (sorted(out.read_bytes().splitlines()) for out in outs)
    assert one == two
    other = here.folder / "other.csv"
    drawing(here).run(frame, other, SIZE, "fixed")
    assert sorted(other.read_bytes().splitlines()) != one


def test_everybody_is_as_likely_as_another(here: Contacts) -> None:
    """200 draws of half of 60: each is drawn 100 times on average, sd 7; 65 and 135 lie five sd out."""
    rows, _ = read_sample(here.file(60), here.pack)
    drawn: Counter[str] = Counter()
    for number in range(200):
        seed = hashlib.sha256(number.to_bytes(4, "big")).digest()
        for cell in {row.cell for row in rows}:
            mine = sorted((row for row in rows if row.cell == cell), key=lambda row: place(seed, row))
            drawn.update(row.supplier for row in mine[: len(mine) // 2])
    assert len(drawn) == 60
    assert min(drawn.values()) >= 65
    assert max(drawn.values()) <= 135


def test_weights_are_facts_of_cells_and_add_up_to_the_frame(here: Contacts) -> None:
    done = drawing(here).run(here.file(FRAME), here.folder / "drawn.csv", 97, "proportional")
    body = here.ledger.entries("draw")[0].body
    assert sum(Fraction(w) * n for w, n in zip(body["weights"], body["sizes"], strict=True)) == FRAME
    assert sum(body["sizes"]) == done.size == 97
    assert set(body) == {"key", "kind", "day", "commitment", "seed", "cells", "frame_counts", "sizes", "weights"}


@pytest.mark.parametrize("at", [1, 2])
def test_a_draw_that_was_killed_stands_in_the_ledger_beside_the_next(here: Contacts, at: int) -> None:
    out = here.folder / "drawn.csv"
    with pytest.raises(Killed):
        drawing(here, killer(at)).run(here.file(FRAME), out, SIZE, "fixed")
    assert out.exists() is (at == 2)
    out.unlink(missing_ok=True)
    drawing(here).run(here.file(FRAME), out, SIZE, "fixed")
    assert [entry.kind for entry in here.ledger.entries()] == ["draw commitment", "draw commitment", "draw"]


def test_what_cannot_be_drawn_is_refused_before_anything_is_committed(here: Contacts) -> None:
    frame, out = here.file(60), here.folder / "drawn.csv"
    table = here.folder / "sizes.csv"
    table.write_text("cell,size\nlondon,7\n")
    for size, allocation, what in (
        (61, "proportional", "61 of 60"),
        (20, "fixed", "too few"),
        (7, str(table), "cannot be drawn"),
    ):
        with pytest.raises(Refused, match=what):
            drawing(here).run(frame, out, size, allocation)
    table.write_text("cell,size\natlantis,7\n")
    with pytest.raises(Refused, match="nobody in the frame"):
        drawing(here).run(frame, out, 7, str(table))
    with pytest.raises(Invalid, match="32 bytes"):
        drawing(here).run(frame, out, 60, "fixed", seed=b"short")
    bad = here.folder / "bad.csv"
    bad.write_text("name\n")
    with pytest.raises(BadSample):
        drawing(here).run(bad, out, 60, "fixed")
    out.write_text("mine")
    with pytest.raises(Refused, match="already"):
        drawing(here).run(frame, out, 60, "fixed")
    assert here.ledger.entries() == []
    with pytest.raises(StorageFailed):
        drawing(here).run(frame, here.folder / "nowhere" / "drawn.csv", 60, "fixed")


@pytest.mark.parametrize(
    ("content", "where"),
    [
        ("size,cell\n", "line 1"),
        ("cell,size\na\n", "line 2"),
        ("cell,size\na,-1\n", "line 2"),
        ("cell,size\na,1\na,2\n", "line 3"),
    ],
)
def test_a_bad_allocation_is_told_by_its_line(tmp_path: Path, content: str, where: str) -> None:
    file = tmp_path / "sizes.csv"
    file.write_text(content)
    with pytest.raises(Invalid) as told:
        read_allocation(str(file), 3)
    assert where in str(told.value)
    with pytest.raises(Invalid, match="cannot be read"):
        read_allocation(str(tmp_path / "none.csv"), 3)
    file.write_text("cell,size\na,1\nb,1\n")
    with pytest.raises(Invalid, match="add up to 2"):
        read_allocation(str(file), 3)


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.integers(1, 10_000), min_size=1), st.data())
def test_allocations_add_up_and_follow_the_frame(frame: dict[str, int], data: st.DataObject) -> None:
    size = data.draw(st.integers(1, sum(frame.values())))
    sizes = proportional(frame, size)
    total = sum(frame.values())
    assert sum(sizes.values()) == sum(fixed(frame, size).values()) == size
    assert all(abs(sizes[cell] - size * count / total) < 1 for cell, count in frame.items())
    assert all(sizes[cell] <= count for cell, count in frame.items())
    assert max(fixed(frame, size).values()) - min(fixed(frame, size).values()) <= 1
