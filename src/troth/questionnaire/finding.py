"""What `structure` and `lint` report."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong (`error`) or doubtful (`warning`): which rule, where, what, and how to mend it."""

    rule: str
    where: str
    what: str
    mend: str
    severity: Literal["error", "warning"] = "error"
