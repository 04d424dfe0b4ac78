"""The tree of commands. A noun's commands live in the file of its name, which is read when the noun is typed: all of them take seconds.

This list is what `docs/commands.md` is checked against.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any, Final

import typer
from typer.core import TyperGroup
from typer.main import get_command, get_group

NOUNS: Final = {
    "demo": "demo",
    "rehearse": "rehearse",
    "attack": "attack",
    "study": "study",
    "questionnaire": "questionnaire",
    "sample": "sample",
    "letters": "letters",
    "print": "printroom",
    "serve": "serve",
    "daily": "daily",
    "flush": "flush",
    "erase": "erase",
    "restore": "restore",
    "hold": "hold",
    "vouchers": "vouchers",
    "interviews": "interviews",
    "findings": "findings",
    "vaults": "vaults",
    "keys": "keys",
    "grants": "grants",
    "promises": "promises",
}
"""Noun -> the file of this room that has its commands, as `app`; or its one command, as a function of the file's name."""


class _Tree(TyperGroup):
    """Nouns, each read when it is asked for."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - click's signature
        return list(NOUNS)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002 - click's signature
        return _noun(cmd_name) if cmd_name in NOUNS else None


@cache
def _noun(name: str) -> Any:
    """The noun's commands, or its one command."""
    room: Any = import_module(f"troth.cli.{NOUNS[name]}")
    if hasattr(room, "app"):
        command: Any = get_group(room.app)
    else:
        alone = typer.Typer(add_completion=False)
        alone.command(name)(getattr(room, NOUNS[name]))
        command = get_command(alone)
    command.name = name
    return command


app = typer.Typer(
    name="troth", cls=_Tree, no_args_is_help=True, pretty_exceptions_enable=False, add_completion=False
)  # fmt: skip


@app.callback()
def troth() -> None:
    """Confidential surveys that keep their word."""
