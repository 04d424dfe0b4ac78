"""Typed errors. Each says what was wrong, where, and what to do; none ever carries a code, a name or an answer."""

from __future__ import annotations


class TrothError(Exception):
    """Something was refused or failed: `what` happened, `where`, and `mend`: what the reader can do about it.

    The command line prints the three and exits with status 1. Sites show a page of their own and log only the class name.
    """

    def __init__(self, what: str, *, where: str = "", mend: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.mend = mend

    def __str__(self) -> str:
        parts = [f"{self.where}: {self.what}" if self.where else self.what]
        if self.mend:
            parts.append(self.mend)
        return ". ".join(part.rstrip(".") for part in parts) + "."


class Refused(TrothError):  # noqa: N818 - a refusal is not an error in the program
    """A rule of the study or a promise forbids what was asked; nothing was changed."""


class Invalid(TrothError):  # noqa: N818
    """What was handed in is malformed: `where` names file, line and column."""


class KeyMissing(TrothError):  # noqa: N818
    """A key that this role needs is not in its key folder, or is not the key it should be."""


class CannotOpen(TrothError):  # noqa: N818
    """A sealed value did not open: wrong key, wrong place, or changed since. Which of these is not said."""


class StorageFailed(TrothError):  # noqa: N818
    """The database or the disk refused a write; nothing was acknowledged."""


class Busy(TrothError):  # noqa: N818
    """More work than this process takes at once; nothing was lost, and trying again shortly is right."""
