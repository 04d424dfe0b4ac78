"""What is known of a promise on an installation: checks that ran, and the one state that follows from them."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict

from troth.promises.registry import PromiseId

if TYPE_CHECKING:
    from collections.abc import Iterable


class State(StrEnum):
    """How a promise stands. Only checks can say `kept`."""

    KEPT = "kept"
    PARTIAL = "partial"
    BROKEN = "broken"
    UNCHECKED = "unchecked"


class CheckResult(BaseModel):
    """One check that ran. `evidence` is numbers and words of this project, never a person's.

    `strength` is `weaker` where the set-up (one laptop, one user) cannot give what production would.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: str
    passed: bool
    evidence: str
    strength: Literal["full", "weaker"] = "full"


class Evidence(BaseModel):
    """A promise's state and what it follows from."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    promise: PromiseId
    state: State
    checks: tuple[CheckResult, ...]


def combine(checks: Iterable[CheckResult], needed: frozenset[str]) -> State:
    """The state that these checks prove, of a promise that needs the checks named.

    Any failure breaks it. Nothing checked is unchecked. A needed check that did not run, a promise that names no needed
    checks, or one that passed only in the weaker set-up, leaves it partial. Never kept by omission.
    """
    ran = tuple(checks)
    if any(not check.passed for check in ran):
        return State.BROKEN
    if not ran:
        return State.UNCHECKED
    full = {check.name for check in ran if check.strength == "full"}
    weaker = {check.name for check in ran if check.strength == "weaker"}
    return State.KEPT if needed and needed <= full and not weaker else State.PARTIAL


def weigh(promise: PromiseId, checks: Iterable[CheckResult], needed: frozenset[str]) -> Evidence:
    """The evidence of a promise, its state combined from its checks."""
    ran = tuple(checks)
    return Evidence(promise=promise, state=combine(ran, needed), checks=ran)
