"""The tree of commands and docs/commands.md name the same commands; each has help, and `--help` works."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.core import TyperGroup
from typer.main import get_command
from typer.testing import CliRunner

from troth.cli.tree import app

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

PAGE = Path(__file__).parents[2] / "docs" / "commands.md"


def commands(command: Any = None, path: tuple[str, ...] = ("troth",)) -> Iterator[tuple[str, ...]]:
    command = command or get_command(app)
    if not isinstance(command, TyperGroup):
        yield path
        return
    for name in command.list_commands(None):
        yield from commands(command.get_command(None, name), (*path, name))


def test_the_page_of_commands_names_exactly_the_commands_there_are() -> None:
    rows = re.findall(r"^\| `(troth [a-z]+(?: [a-z-]+)?)", PAGE.read_text(), re.MULTILINE)
    assert sorted(rows) == sorted(" ".join(path) for path in commands())


@pytest.mark.parametrize("path", list(commands()), ids=" ".join)
def test_a_command_says_what_it_does(path: tuple[str, ...]) -> None:
    result = CliRunner().invoke(app, [*path[1:], "--help"], prog_name="troth", terminal_width=200)
    assert result.exit_code == 0
    assert len(result.output.splitlines()) > 5


def test_a_noun_is_read_when_it_is_typed() -> None:
    """All of them together take seconds and 160 MB; somebody who typed one waits for that one."""
    asked = "import sys, troth.cli.tree; print([m for m in ('sqlalchemy', 'weasyprint', 'troth.wiring') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"


def test_a_disk_that_refuses_is_told_in_one_line() -> None:
    """Whatever command it was: here one that writes where nobody can."""
    typed = "import troth.cli as c, pathlib; c.app = lambda: pathlib.Path('/proc/nowhere/x').write_text(''); c.main()"
    done = subprocess.run([sys.executable, "-c", typed], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (1, "troth: /proc/nowhere/x: No such file or directory\n")
