"""Erasure on the day: rows deleted, residue folded away, key destroyed, certificate written, in that order.

A kill between any two steps leaves a note (`Pending`) from which the next run goes on; the certificate's key makes it
one certificate however often that happens. Erasing needs nobody's memory: `troth daily` calls this every day.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date  # noqa: TC003 - dataclass fields
from typing import TYPE_CHECKING, Protocol

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

    Raises:
        StorageFailed, KeyMissing: something refused; what was done stays done, and running again goes on from there.

    """
    today = clock.today()
    written = []
    for erasable in erasables:
        written += [_account(erasable, pending, registrar, between) for pending in erasable.pending()]
        due_today = erasable.due(today)
        for due in due_today:
            erasable.forget(due, today)
            between("forgotten")
        if due_today:
            written += [_account(erasable, pending, registrar, between) for pending in erasable.pending()]
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
