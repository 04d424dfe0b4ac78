"""A younger generation whose public half a kill kept from the disk: the next run publishes it and goes on (P05, P16, P26)."""

from __future__ import annotations

from datetime import date
from pathlib import Path

from troth.keys.folder import KeyFolder
from troth.keys.ring import Bucket, Ring
from troth.protocol.bucket import lock, unlock
from troth.protocol.seal import Place

DAY = date(2028, 3, 7)
PLACE = Place("claim", b"\1", "details")


def half_made(folder: Path) -> tuple[Ring, Bucket, Bucket]:
    """A ring whose second generation was killed after its private half was kept."""
    ring = Ring("voucher", KeyFolder(folder / "private"), KeyFolder(folder / "public"))
    first = ring.ensure(DAY)
    second = ring.next_generation(first)
    (folder / "public" / f"{second.id}.pub").unlink()
    return ring, first, second


def test_a_younger_generation_that_was_half_made_is_made_whole(tmp_path: Path) -> None:
    ring, first, second = half_made(tmp_path)
    assert ring.next_generation(first) == second
    locked = lock(ring.public(second), b"details", PLACE)
    assert unlock(ring.private(second), locked, PLACE) == b"details"


def test_making_it_whole_keeps_the_private_half(tmp_path: Path) -> None:
    """A public half may also be missing because it was not copied here: what was sealed to it must still open."""
    ring, first, second = half_made(tmp_path)
    before = ring.private(second)
    ring.next_generation(first)
    assert ring.private(second) == before


def test_a_first_generation_that_was_half_made_is_made_whole(tmp_path: Path) -> None:
    ring = Ring("voucher", KeyFolder(tmp_path / "private"), KeyFolder(tmp_path / "public"))
    first = ring.ensure(DAY)
    (tmp_path / "public" / f"{first.id}.pub").unlink()
    assert ring.ensure(DAY) == first
    assert ring.newest(DAY) == first
