"""Who was met before is remembered beyond memory, and a full disk there is told in words (P03)."""

from __future__ import annotations

import resource
from typing import TYPE_CHECKING

import pytest
from tests.support.rows import PACK

from troth.fieldwork.sample import passes
from troth.fieldwork.sample_file import BadSample, Reading, examine
from troth.fieldwork.synthesise import write_sample
from troth.kit.errors import StorageFailed

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


@pytest.fixture
def file(tmp_path: Path) -> Path:
    """5,000 people; somebody of the beginning stands at the end once more."""
    path = tmp_path / "people.csv"
    write_sample(PACK, 5_000, 1, path)
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join([*lines, lines[7]]))
    return path


@pytest.fixture(autouse=True)
def _little_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """So little that what 5,000 rows leave goes to the temporary file."""
    begin = [s if "cache_size" not in s else "PRAGMA cache_size = -64" for s in passes._BEGIN]
    monkeypatch.setattr(passes, "_BEGIN", begin)


@pytest.fixture
def full_disk(file: Path) -> Iterator[Path]:
    """The file; after it no other may have more than two pages."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (8_192, hard))
    yield file
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_somebody_of_the_beginning_is_known_at_the_end(file: Path) -> None:
    with pytest.raises(BadSample) as caught:
        examine(file, PACK, Reading())
    assert str(caught.value.faults[0]) == "line 5002: the same person as on line 8"


def test_a_full_disk_is_told_in_words_and_names_nobody(full_disk: Path) -> None:
    with pytest.raises(StorageFailed, match="no room to remember") as caught:
        examine(full_disk, PACK, Reading())
    assert caught.value.where == "the folder of temporary files"
