"""What is not linted twice is the very bytes that were linted, not files that say that they are as old."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from troth.wiring.open import seal_of

if TYPE_CHECKING:
    from pathlib import Path


def test_another_text_of_the_same_length_and_time_has_another_seal(tmp_path: Path) -> None:
    file = tmp_path / "questionnaire.yaml"
    file.write_text("label: How old are you?", encoding="utf-8")
    stat, linted = file.stat(), seal_of(tmp_path)
    assert seal_of(tmp_path) == linted
    file.write_text("label: Your full name??", encoding="utf-8")
    os.utime(file, ns=(stat.st_atime_ns, stat.st_mtime_ns))
    assert (file.stat().st_size, file.stat().st_mtime_ns) == (stat.st_size, stat.st_mtime_ns)
    assert seal_of(tmp_path) != linted
