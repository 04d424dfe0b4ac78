"""The `troth` command, one file per noun. Exit status: 0 done, 1 refused or failed with what, where and what to do, 2 wrong usage."""

from __future__ import annotations

import sys

from troth.cli.options import err
from troth.cli.tree import app
from troth.kit.errors import TrothError


def main() -> None:
    """The command that was typed has run."""
    try:
        app()
    except TrothError as error:
        err.print(f"troth: {error}", markup=False, style="bold")
        sys.exit(1)
    except BrokenPipeError:
        sys.exit(1)
