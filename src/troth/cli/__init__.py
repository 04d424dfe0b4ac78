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
    except OSError as error:  # a full disk, a folder that may not be written: whoever typed the command can mend it
        err.print(
            f"troth: {error.filename or 'the machine'}: {error.strerror or type(error).__name__}",
            markup=False,
            style="bold",
        )
        sys.exit(1)
