"""A file that waits is whole or not there, its maker's alone, or its folder's group's to read where that group may write there."""

from __future__ import annotations

import stat
from typing import TYPE_CHECKING

import pytest

from troth.kit.errors import StorageFailed
from troth.storage.whole import drafts, write_whole

if TYPE_CHECKING:
    from pathlib import Path


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_file_is_its_makers_alone_and_no_draft_is_left(tmp_path: Path) -> None:
    file = tmp_path / "queue" / "a.age"
    write_whole(file, b"first")
    (left,) = [file.with_name(".a.age.01234567")]
    left.touch()
    assert drafts(file.parent, "*.age") == [left]
    write_whole(file, b"second")
    assert (file.read_bytes(), list(file.parent.iterdir())) == (b"second", [file])
    assert (mode(file.parent), mode(file)) == (0o700, 0o600)


def test_a_group_that_may_write_in_the_folder_may_read_the_file(tmp_path: Path) -> None:
    tmp_path.chmod(0o2770)
    write_whole(tmp_path / "a.age", b"for both")
    assert mode(tmp_path / "a.age") == 0o640
    tmp_path.chmod(0o750)
    write_whole(tmp_path / "b.age", b"for one")
    assert mode(tmp_path / "b.age") == 0o600


def test_what_cannot_be_written_is_told_and_not_there(tmp_path: Path) -> None:
    (tmp_path / "queue").write_bytes(b"no folder")
    with pytest.raises(StorageFailed, match="cannot be written"):
        write_whole(tmp_path / "queue" / "a.age", b"")
