"""`troth demo`, as `make run` calls it: from a sample to sites that answer, and nothing of it left but its folder."""

from __future__ import annotations

import re
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest
from tests.conftest import ROOT

from troth.cli.demo import _clear
from troth.kit.errors import Refused

if TYPE_CHECKING:
    from pathlib import Path


@pytest.mark.slow
def test_the_demonstration_runs_from_sample_to_sites_over_what_an_earlier_one_left(tmp_path: Path) -> None:
    home = tmp_path / "a folder" / "demo"
    home.mkdir(parents=True)
    (home / "left.over").touch()
    (home / "demonstration").touch()
    beside = tmp_path / "a folder" / "demo-pack"
    beside.mkdir()
    command = [sys.executable, "-m", "troth", "demo", "--once", "--people", "100", "--folder", str(home)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=170, check=False)
    assert done.returncode == 0, done.stderr
    assert not (home / "left.over").exists()
    assert beside.is_dir(), "a neighbour's folder is none of its business"
    codes = re.findall(r"^ +([0-9A-Z]{4}(?: [0-9A-Z]{4}){3})$", done.stdout, re.MULTILINE)
    assert len(codes) == 3
    assert not any(code in done.stderr for code in codes)
    assert (home / "letters.pdf").read_bytes().startswith(b"%PDF")
    assert (home / "evidence" / "evidence.json").exists()
    assert not (home / "sample.csv").exists()
    for role in ("respond", "issuer", "claim", "public"):
        assert f"{role}: " in done.stderr


def test_a_folder_that_is_not_a_demonstration_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").write_text("do not delete")
    (tmp_path / "mine.demonstration").touch()
    command = [sys.executable, "-m", "troth", "demo", "--once", "--folder", str(tmp_path / "mine")]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "something else" in done.stderr
    assert (tmp_path / "mine" / "thesis.txt").exists()


def test_what_an_earlier_demonstration_left_is_cleared_but_for_its_mark(tmp_path: Path) -> None:
    home = tmp_path / "demo"
    _clear(home)
    (home / "study").mkdir()
    (home / "study" / "left").touch()
    (home / "over").symlink_to(tmp_path)
    _clear(home)
    assert [path.name for path in home.iterdir()] == ["demonstration"]
    (home / "demonstration").unlink()
    (home / "mine").touch()
    with pytest.raises(Refused, match="something else"):
        _clear(home)
    assert (home / "mine").exists()
