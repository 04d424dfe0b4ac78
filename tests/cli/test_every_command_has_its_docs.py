"""The tree of commands and docs/commands.md name the same commands; each has help, and `--help` works."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from typer.main import get_command
from typer.testing import CliRunner

from troth.cli.tree import app

if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

PAGE = Path(__file__).parents[2] / "docs" / "commands.md"


def commands(command: Any = None, path: tuple[str, ...] = ("troth",)) -> Iterator[tuple[str, ...]]:
    command = command or get_command(app)
    inner = getattr(command, "commands", None)
    if not inner:
        yield path
        return
    for name, one in inner.items():
        yield from commands(one, (*path, name))


def test_the_page_of_commands_names_exactly_the_commands_there_are() -> None:
    rows = re.findall(r"^\| `(troth [a-z]+(?: [a-z-]+)?)", PAGE.read_text(), re.MULTILINE)
    assert sorted(rows) == sorted(" ".join(path) for path in commands())


@pytest.mark.parametrize("path", list(commands()), ids=" ".join)
def test_a_command_says_what_it_does(path: tuple[str, ...]) -> None:
    result = CliRunner().invoke(app, [*path[1:], "--help"], prog_name="troth", terminal_width=200)
    assert result.exit_code == 0
    assert len(result.output.splitlines()) > 5
