"""What commands share: where the installation is, how results are printed, how a refusal ends."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

Home = Annotated[
    Path,
    typer.Option("--home", envvar="TROTH_HOME", help="The installation's folder.", show_envvar=True, file_okay=False),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object on stdout; messages go to stderr.")]

err = Console(stderr=True, highlight=False, soft_wrap=True)
"""Messages, progress bars, tables for people: stderr, so that stdout stays clean for `--json`."""


def say(text: str) -> None:
    """One line for the person at the terminal."""
    err.print(text, markup=False)


def give(result: dict[str, Any], *, as_json: bool, text: str = "") -> None:
    """The result: one JSON object, or the text for people, on stdout."""
    sys.stdout.write((json.dumps(result, sort_keys=True, default=str) if as_json else text) + "\n")
