"""What leaves for one reader is whole, for that reader's eyes only, and never written over something (P05, P06)."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from troth.fieldwork.private import write_private
from troth.kit.errors import Refused, StorageFailed

if TYPE_CHECKING:
    from pathlib import Path


def test_a_private_file_is_whole_and_a_killed_draft_of_it_goes(tmp_path: Path) -> None:
    left, other = tmp_path / ".a.txt.0123abcd", tmp_path / ".a.txt.b.0123abcd"
    for each in (left, other):
        each.write_bytes(b"half")
    write_private(tmp_path / "a.txt", b"whole")
    assert (tmp_path / "a.txt").read_bytes() == b"whole"
    assert (tmp_path / "a.txt").stat().st_mode & 0o777 == 0o600
    assert (left.exists(), other.exists()) == (False, True)


def test_a_folder_that_its_group_may_write_to_lets_nobody_else_read(tmp_path: Path) -> None:
    tmp_path.chmod(0o770)
    write_private(tmp_path / "a.txt", b"whole")
    assert (tmp_path / "a.txt").stat().st_mode & 0o777 == 0o600


def test_nothing_is_written_over_and_what_cannot_be_written_leaves_nothing(tmp_path: Path) -> None:
    file = tmp_path / "a.txt"
    write_private(file, b"first")
    with pytest.raises(Refused, match="a file already"):
        write_private(file, b"second")
    with pytest.raises(StorageFailed):
        write_private(file / "b.txt", b"a folder that is a file")
    assert ([each.name for each in tmp_path.iterdir()], file.read_bytes()) == (["a.txt"], b"first")
