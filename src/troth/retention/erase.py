"""Erasure on the day: rows deleted, residue folded away, key destroyed, certificate written, in that order.

A kill between any two steps leaves a note (`Pending`) from which the next run goes on; the certificate's key makes it
one certificate however often that happens. Erasing needs nobody's memory: `troth daily` calls this every day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date  # noqa: TC003 - dataclass fields
from typing import TYPE_CHECKING, Protocol

from troth.kit.errors import TrothError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from troth.keys.erasable import Due, Erasable, Pending
    from troth.kit.clock import Clock


@dataclass(frozen=True)
class Certificate:
    """What is said of an erasure, for good: never a person."""

    name: str
    bucket: str
    rule: str
    promise: str
    day: date
    count: int

    @property
    def key(self) -> str:
        """Names the erasure: one bucket generation dies once."""
        return f"erasure {self.name} {self.bucket}"


class Registrar(Protocol):
    """Keeps certificates; the ledger, in every installation."""

    def certify(self, certificate: Certificate) -> None:
        """The certificate is in the chain, once."""
        ...


def show_due(erasables: Sequence[Erasable], clock: Clock) -> list[Due]:
    """What `erase_due` would erase today; nothing is changed."""
    return [due for erasable in erasables for due in erasable.due(clock.today())]


def erase_due(
    erasables: Sequence[Erasable],
    registrar: Registrar,
    clock: Clock,
    *,
    between: Callable[[str], None] = lambda _step: None,
) -> list[Certificate]:
    """Nothing whose day has come is left, and each erasure has its certificate (P05, P12, P16, P26).

    Args:
        erasables: the rules to run.
        registrar: where certificates go.
        clock: says what day it is.
        between: called with a step's name after each writing step; crash tests kill there.

    What cannot be certified today (the ledger is restored, its disk is full or away) keeps nothing else alive: every row and key whose
    day has come is gone first, and what was refused is raised at the end.

    Raises:
        StorageFailed, KeyMissing: something refused; what was done stays done, and running again goes on from there.
        Refused: the ledger takes no certificate; rows and keys are gone, and running again certifies them.

    """
    today = clock.today()
    written: list[Certificate] = []
    failed: list[TrothError] = []

    def account(erasable: Erasable) -> None:
        for pending in erasable.pending():
            try:
                written.append(_account(erasable, pending, registrar, between))
            except TrothError as error:
                failed.append(error)

    for erasable in erasables:
        account(erasable)
        due_today = erasable.due(today)
        for due in due_today:
            erasable.forget(due, today)
            between("forgotten")
        if due_today:
            account(erasable)
    if failed:
        raise failed[0]
    return written


def _account(erasable: Erasable, pending: Pending, registrar: Registrar, between: Callable[[str], None]) -> Certificate:
    erasable.destroy_key(pending)
    between("key destroyed")
    certificate = Certificate(
        erasable.name, pending.bucket.id, pending.rule, pending.promise, pending.day, pending.count
    )  # fmt: skip
    registrar.certify(certificate)
    between("certified")
    erasable.settle(pending)
    between("settled")
    return certificate
