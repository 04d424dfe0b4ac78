"""What long work calls at each step while nobody listens; crash tests and progress bars put theirs in its place."""

from __future__ import annotations


def go_on(_step: str) -> None:
    """Called with a writing step's name: nobody is killing."""


def quietly(*_counts: int) -> None:
    """Called with how much is done, and of how much: nobody is watching."""
