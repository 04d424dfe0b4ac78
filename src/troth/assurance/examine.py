"""Every promise examined: the checks that could run, and the one state that follows. What is not checked is never called kept."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Final

from troth.assurance.check import CHECKS, Site, say
from troth.kit.errors import TrothError
from troth.promises import REGISTRY, CheckResult, Evidence, PromiseId, weigh

if TYPE_CHECKING:
    from collections.abc import Mapping

for _group in ("answers", "apart", "attacks", "claims", "contacts", "findings", "holds", "receipts", "sample"):
    importlib.import_module(f"troth.assurance.checks.{_group}")

NOT_BUILT: Final[Mapping[str, tuple[str, ...]]] = {
    "P16": ("access is bound to the purpose",),
    "P25": ("orders travel by SFTP and are acknowledged",),
    "P12": ("copies of the microdata elsewhere are attested",),
}
"""What a promise needs besides and this version cannot check: it stays partial until it can."""


def needed(promise: PromiseId) -> frozenset[str]:
    """The names of all checks that must pass, in full strength, before the promise is called kept."""
    return frozenset(
        {found.name for found in CHECKS if found.promise == promise and found.needed} | set(NOT_BUILT.get(promise, ()))
    )


def examine(site: Site) -> tuple[Evidence, ...]:
    """Every promise of the registry with its state and the checks that ran."""
    ran: dict[PromiseId, list[CheckResult]] = {promise: [] for promise in REGISTRY}
    for found in CHECKS:
        try:
            result = found.ask(site)
        except (
            TrothError
        ) as error:  # a role that cannot be opened, a broken chain: that is an answer, and not a good one
            result = say(found.name, passed=False, evidence=f"could not be asked: {error.what}")
        if result is not None:
            ran[found.promise].append(result)
    return tuple(weigh(promise, results, needed(promise)) for promise, results in ran.items())
